#include "gateway/upstream_register.h"

#include <algorithm>

#include "config/calendar.h"
#include "gateway/hub.h"
#include "petition/text/fold.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kReferenceBytesMax = 200, kUpstreamErrorsMax = 50, kUpstreamAnswered = 10'000;
constexpr std::chrono::milliseconds kUpstreamFoldWait{2'000};

std::string DayDigits(std::string_view text) {
  std::string day(text);
  std::erase(day, '-');
  return day;
}

bool IsRegisterDay(const std::string& text) {
  const auto dashed = text.size() == 8 ? text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6) : text;
  return config::ParseDay(dashed).ok();
}

petition::Status CheckRegister(const UpstreamRegister& reg) {
  auto error = petition::Invalid("fields_invalid", "the register has wrong fields");
  const auto wrong = [&](std::string pointer, const char* code, const char* message) {
    if (error.fields.size() < kUpstreamErrorsMax) error.fields.push_back({std::move(pointer), code, message});
  };
  if (!IsRegisterDay(reg.day)) wrong("/day", "day_invalid", "a day as 2025-03-04");
  if (reg.lines.size() > kUpstreamLinesMax) wrong("/numbers", "too_many", "at most 100000 numbers");
  const auto fits = [](const std::string& text) {
    return text.size() <= kReferenceBytesMax && petition::text::IsValidUtf8(text);
  };
  for (std::size_t n = 0; n < reg.lines.size() && error.fields.size() < kUpstreamErrorsMax; ++n) {
    const auto pointer = "/numbers/" + std::to_string(n);
    if (reg.lines[n].reference.empty() || !fits(reg.lines[n].reference))
      wrong(pointer + "/reference", "number_invalid", "a reference of up to 200 bytes is needed");
    if (!fits(reg.lines[n].national_no)) wrong(pointer + "/nationalNo", "number_invalid", "up to 200 bytes");
  }
  if (!error.fields.empty()) return error;
  return petition::Ok();
}

/// As it is kept: a reference, and the number there.
ledger::Draft DraftOf(const UpstreamRegister& reg, std::string_view by, petition::Time now) {
  Json lines = Json::array();
  for (const auto& line : reg.lines) lines.push_back({{"reference", line.reference}, {"nationalNo", line.national_no}});
  ledger::Draft draft;
  draft.kind = ledger::Kind::kRegister;
  draft.raw = petition::CanonicalJson(lines);
  draft.record = petition::CanonicalJson({{"kind", "register"},
                                          {"v", 1},
                                          {"register", "upstream"},
                                          {"destination", reg.destination},
                                          {"day", DayDigits(reg.day)},
                                          {"count", reg.count.value_or(reg.lines.size())},
                                          {"lines", reg.lines.size()},
                                          {"linesSha256", ledger::Hex(ledger::AsBytes(ledger::Sha256(draft.raw)))},
                                          {"by", by},
                                          {"at", petition::FormatTime(now)}});
  return draft;
}

bool IsUpstreamHeading(std::string_view cell) {
  return cell == "reference" || cell == "intakeNo" || cell == "登记编号";
}

std::string_view UpstreamCell(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '"'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<UpstreamRegister> UpstreamRegisterFromJson(const Json& json, std::string destination) {
  if (!json.is_object()) return petition::Invalid("json_not_object", "the body must be one JSON object");
  auto error = petition::Invalid("fields_invalid", "the register has wrong fields");
  const auto text = [&](const Json& from, const char* name, const std::string& pointer) {
    const auto found = from.find(name);
    if (found == from.end() || found->is_null()) return std::string();
    if (found->is_string()) return found->get<std::string>();
    if (error.fields.size() < kUpstreamErrorsMax)
      error.fields.push_back({pointer + "/" + name, "type", "must be a text"});
    return std::string();
  };
  UpstreamRegister reg;
  reg.destination = std::move(destination);
  reg.day = text(json, "day", "");
  if (const auto count = json.find("count"); count != json.end() && !count->is_null()) {
    if (count->is_number_unsigned()) {
      reg.count = count->get<std::uint64_t>();
    } else {
      error.fields.push_back({"/count", "type", "must be a number"});
    }
  }
  if (const auto numbers = json.find("numbers"); numbers != json.end() && !numbers->is_null()) {
    if (!numbers->is_array()) error.fields.push_back({"/numbers", "type", "must be a list"});
    for (std::size_t n = 0; numbers->is_array() && n < numbers->size(); ++n) {
      const auto pointer = "/numbers/" + std::to_string(n);
      const Json& one = (*numbers)[n];
      if (!one.is_object()) {
        if (error.fields.size() < kUpstreamErrorsMax) error.fields.push_back({pointer, "type", "must be an object"});
        continue;
      }
      reg.lines.push_back({text(one, "reference", pointer), text(one, "nationalNo", pointer)});
    }
  }
  if (!error.fields.empty()) return error;
  return reg;
}

Result<UpstreamRegister> ReadUpstreamRegister(std::string_view text, const std::string& destination,
                                              const std::string& day) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!petition::text::IsValidUtf8(text)) return petition::Invalid("encoding_invalid", "a register is UTF-8");
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    GUIYI_TRY(const auto json, petition::ParseJson(text));
    GUIYI_TRY(auto reg, UpstreamRegisterFromJson(json, destination));
    if (!day.empty()) reg.day = day;
    return reg;
  }
  if (day.empty()) return petition::Invalid("day_missing", "a file of lines does not say its day: give --day");
  UpstreamRegister reg{destination, day, {}, {}};
  std::size_t line_no = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    ++line_no;
    const auto comma = line.find(',');
    const auto reference = UpstreamCell(line.substr(0, comma));
    if (reference.empty() && comma == std::string_view::npos) continue;
    if (line_no == 1 && IsUpstreamHeading(reference)) continue;
    if (reference.empty())
      return petition::Invalid("number_invalid", "line " + std::to_string(line_no) + ": the reference is empty");
    if (reg.lines.size() == kUpstreamLinesMax)
      return petition::Invalid("too_many", "line " + std::to_string(line_no) + ": more than 100000 numbers");
    const auto number = comma == std::string_view::npos ? std::string_view() : UpstreamCell(line.substr(comma + 1));
    reg.lines.push_back({std::string(reference), std::string(number)});
  }
  return reg;
}

Json UpstreamAnswerToJson(const UpstreamAnswer& answer) {
  using Kind = UpstreamDifference::Kind;
  const auto list = [&](Kind kind) {
    Json references = Json::array();
    for (const auto& one : answer.differences)
      if (one.kind == kind) references.push_back(one.reference);
    return references;
  };
  return {{"ledgerIndex", answer.ledger_index},
          {"compared", answer.compared},
          {"missingHere", list(Kind::kUnknown)},
          {"missingThere", list(Kind::kMissing)},
          {"differs", list(Kind::kDiffers)},
          {"countedTwice", list(Kind::kTwice)},
          {"more", answer.more}};
}

Result<UpstreamAnswer> RecordUpstreamRegister(Hub& hub, const UpstreamRegister& reg, const Principal& who) {
  GUIYI_TRY(const auto totals, hub.deliveries().Totals());
  const bool known = std::any_of(totals.begin(), totals.end(),
                                 [&](const Deliveries::Total& total) { return total.destination == reg.destination; });
  if (!known) return petition::NotFound("nothing is delivered to such a destination");
  GUIYI_CHECK(CheckRegister(reg));
  const auto now = hub.clock().Now();
  GUIYI_TRY(const auto appended, hub.ledger().Append(DraftOf(reg, who.name, now)));
  UpstreamAnswer answer;
  answer.ledger_index = appended.index;
  if (!hub.follower().WaitFolded(appended.index, kUpstreamFoldWait)) return answer;
  const UpstreamDay day{reg.destination, DayDigits(reg.day), appended.index, now, reg.count.value_or(reg.lines.size()),
                        reg.lines.size()};
  GUIYI_TRY(answer.differences, hub.oversight().tables().upstream().Compare(day, kUpstreamAnswered));
  answer.more = answer.differences.size() >= kUpstreamAnswered;
  // An intake out of their sight is answered as if both sides agreed on it.
  std::erase_if(answer.differences, [&](const UpstreamDifference& one) { return one.sealed && !who.sealed; });
  answer.compared = true;
  return answer;
}

}  // namespace gateway
