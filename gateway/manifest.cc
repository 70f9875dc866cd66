#include "gateway/manifest.h"

#include <algorithm>
#include <set>

#include "gateway/hub.h"
#include "gateway/sight.h"
#include "petition/text/fold.h"

namespace gateway {

using petition::Json;
using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kNumberBytesMax = 4096;

std::string PlainDay(std::string_view text) {
  std::string day;
  for (const char c : text)
    if (c != '-') day += c;
  const bool digits = day.size() == 8 && day.find_first_not_of("0123456789") == std::string::npos;
  return digits && (text.size() == 8 || (text.size() == 10 && text[4] == '-' && text[7] == '-')) ? day : std::string();
}

Result<petition::Time> StartOf(const std::string& day) {
  return petition::ParseTime(day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6, 2) + "T00:00:00+08:00");
}

bool IsDigest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

void Add(std::vector<std::string>& list, const std::string& number, bool& more) {
  if (list.size() < kManifestListMax) {
    list.push_back(number);
  } else {
    more = true;
  }
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Status Check(const Manifest& manifest) {
  auto error = petition::Invalid("fields_invalid", "the manifest has wrong fields");
  const auto day = PlainDay(manifest.day);
  if (day.empty() || !StartOf(day).ok()) error.fields.push_back({"/day", "day_invalid", "a day as 2025-03-04"});
  if (manifest.source.empty()) error.fields.push_back({"/source", "field_missing", "a manifest belongs to a source"});
  if (manifest.numbers.size() > kManifestNumbersMax)
    error.fields.push_back({"/numbers", "too_many", "at most 100000 numbers"});
  for (std::size_t n = 0; n < manifest.numbers.size() && error.fields.size() < 50; ++n) {
    const auto& number = manifest.numbers[n];
    const auto pointer = "/numbers/" + std::to_string(n);
    if (number.external_id.empty() || number.external_id.size() > kNumberBytesMax ||
        !petition::text::IsValidUtf8(number.external_id))
      error.fields.push_back({pointer + "/externalId", "number_invalid", "a number of up to 4096 bytes is needed"});
    if (!number.sha256.empty() && !IsDigest(number.sha256))
      error.fields.push_back({pointer + "/sha256", "digest_invalid", "64 hex digits"});
  }
  if (!error.fields.empty()) return error;
  return petition::Ok();
}

/// What is true, and what of it is told to the one who asked.
struct Comparison {
  ManifestAnswer truth, told;
};

bool MaySee(Hub& hub, const Principal& who, std::uint64_t index) {
  if (const auto member = hub.cases().Member(index); member.ok()) return SeesMember(who, *member);
  const auto stored = hub.ledger().Read(index);
  if (!stored.ok()) return false;
  const auto record = ReadIntakeRecord(*stored);
  return record.ok() && SeesIntake(hub.cases(), who, *record);
}

/// Whether one of the registrations under that number was delivered as bytes of that digest.
Result<bool> HasBytes(const ledger::Ledger& ledger, const std::vector<ledger::KnownIntake>& known,
                      const std::string& sha256) {
  for (const auto& one : known) {
    GUIYI_TRY(const auto stored, ledger.Read(one.index, ledger::Ledger::Raw::kRead));
    if (stored.dropped || ledger::Hex(ledger::AsBytes(ledger::Sha256(stored.raw))) == sha256) return true;
  }
  return false;
}

Status CompareTheirs(Hub& hub, const Manifest& manifest, const Principal& who, Comparison& comparison) {
  const auto compare = [&](const ManifestNumber& number, const std::vector<ledger::KnownIntake>& known,
                           ManifestAnswer& answer) -> Status {
    if (known.empty()) {
      Add(answer.missing_here, number.external_id, answer.more);
    } else if (!number.sha256.empty()) {
      GUIYI_TRY(const bool equal, HasBytes(hub.ledger(), known, Lower(number.sha256)));
      if (!equal) Add(answer.differs, number.external_id, answer.more);
    }
    return petition::Ok();
  };
  for (const auto& number : manifest.numbers) {
    GUIYI_TRY(auto known, hub.ledger().FindExternal(manifest.source, number.external_id));
    GUIYI_CHECK(compare(number, known, comparison.truth));
    std::erase_if(known, [&](const ledger::KnownIntake& one) { return !MaySee(hub, who, one.index); });
    GUIYI_CHECK(compare(number, known, comparison.told));
  }
  return petition::Ok();
}

/// What of ours belongs to the day: counted, and missing there unless listed.
Status CompareDay(Hub& hub, const Manifest& manifest, const std::string& day, const Principal& who,
                  Comparison& comparison) {
  std::set<std::string_view> listed;
  for (const auto& number : manifest.numbers) listed.insert(number.external_id);
  GUIYI_TRY(const auto ours, hub.oversight().tables().items().OfDay(manifest.source, day));
  for (const auto& one : ours) {
    const auto count = [&](ManifestAnswer& answer) {
      ++answer.count_here;
      if (!one.number.empty() && !listed.contains(one.number)) Add(answer.missing_there, one.number, answer.more);
    };
    count(comparison.truth);
    if (Sees(who, one.source, one.division, one.sealed)) count(comparison.told);
  }
  return petition::Ok();
}

Status Record(Hub& hub, const Manifest& manifest, const std::string& day, std::string_view by, Comparison& comparison) {
  const ManifestAnswer& answer = comparison.truth;
  Json numbers = Json::array();
  for (const auto& number : manifest.numbers)
    numbers.push_back({{"externalId", number.external_id}, {"sha256", Lower(number.sha256)}});
  ledger::Draft draft;
  draft.kind = ledger::Kind::kManifest;
  draft.raw = petition::CanonicalJson(Json{{"day", manifest.day}, {"numbers", std::move(numbers)}});
  Json record = {{"kind", "manifest"},
                 {"v", 1},
                 {"source", manifest.source},
                 {"day", day},
                 {"count", manifest.count.value_or(manifest.numbers.size())},
                 {"listed", manifest.numbers.size()},
                 {"numbersSha256", ledger::Hex(ledger::AsBytes(ledger::Sha256(draft.raw)))},
                 {"countHere", answer.count_here},
                 {"missingHere", answer.missing_here.size()},
                 {"missingThere", answer.missing_there.size()},
                 {"differs", answer.differs.size()},
                 {"by", by},
                 {"at", petition::FormatTime(hub.clock().Now())}};
  draft.record = petition::CanonicalJson(record);
  GUIYI_TRY(const auto appended, hub.ledger().Append(std::move(draft)));
  comparison.told.ledger_index = appended.index;
  return petition::Ok();
}

}  // namespace

Result<Manifest> ManifestFromJson(const Json& json, std::string source) {
  auto error = petition::Invalid("fields_invalid", "the manifest has wrong fields");
  const auto wrong = [&](std::string pointer) {
    if (error.fields.size() < 50)
      error.fields.push_back({std::move(pointer), "type_wrong", "of another type than expected"});
  };
  if (!json.is_object()) return petition::Invalid("json_not_object", "the body must be one JSON object");
  Manifest manifest;
  manifest.source = std::move(source);
  const auto text = [&](const Json& from, const char* name, const std::string& pointer) {
    const auto found = from.find(name);
    if (found == from.end() || found->is_null()) return std::string();
    if (!found->is_string()) {
      wrong(pointer + "/" + name);
      return std::string();
    }
    return found->get<std::string>();
  };
  manifest.day = text(json, "day", "");
  if (const auto count = json.find("count"); count != json.end() && !count->is_null()) {
    if (count->is_number_unsigned()) {
      manifest.count = count->get<std::uint64_t>();
    } else {
      wrong("/count");
    }
  }
  if (const auto numbers = json.find("numbers"); numbers != json.end() && !numbers->is_null()) {
    if (!numbers->is_array()) wrong("/numbers");
    for (std::size_t n = 0; numbers->is_array() && n < numbers->size(); ++n) {
      const auto pointer = "/numbers/" + std::to_string(n);
      const auto& one = (*numbers)[n];
      if (!one.is_object()) {
        wrong(pointer);
        continue;
      }
      manifest.numbers.push_back({text(one, "externalId", pointer), text(one, "sha256", pointer)});
    }
  }
  if (!error.fields.empty()) return error;
  return manifest;
}

Json ManifestAnswerToJson(const ManifestAnswer& answer) {
  return {{"ledgerIndex", answer.ledger_index}, {"countHere", answer.count_here},
          {"missingHere", answer.missing_here}, {"missingThere", answer.missing_there},
          {"differs", answer.differs},          {"more", answer.more}};
}

Result<ManifestAnswer> RecordManifest(Hub& hub, const Manifest& manifest, const Principal& who) {
  GUIYI_CHECK(Check(manifest));
  const auto day = PlainDay(manifest.day);
  Comparison comparison;
  GUIYI_CHECK(CompareTheirs(hub, manifest, who, comparison));
  GUIYI_CHECK(CompareDay(hub, manifest, day, who, comparison));
  GUIYI_CHECK(Record(hub, manifest, day, who.name, comparison));
  return std::move(comparison.told);
}

}  // namespace gateway
