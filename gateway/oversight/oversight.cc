#include "gateway/oversight/oversight.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <tuple>

#include "dedup/case_book_file.h"
#include "gateway/decisions.h"
#include "gateway/oversight/altered.h"
#include "gateway/oversight/serial.h"
#include "petition/text/fold.h"
#include "petition/thread_nice.h"

namespace gateway {

using petition::Json;
using petition::Result;
using petition::Status;

namespace {

constexpr std::chrono::hours kGrowsEvery{24};
constexpr std::size_t kNamedPerMinute = 20;
constexpr std::size_t kLinesMax = 10'000, kLineTextMax = 200;
constexpr std::chrono::milliseconds kFindingFoldWait{2'000};
constexpr int kOversightNice = 19;

/// What tells one finding from another.
using FindingIdentity = std::tuple<std::string, std::string, std::string, bool>;
FindingIdentity FindingIdentityOf(const Condition& one) { return {one.kind, one.source, one.key, one.sealed}; }
FindingIdentity FindingIdentityOf(const FindingRow& one) { return {one.kind, one.source, one.key, one.sealed}; }

Json BegunFinding(const Condition& one, petition::Time now) {
  const KindRule& rule = RuleOf(one.kind);
  const std::string owner = rule.owner.empty() ? one.source : std::string(rule.owner);
  return {{"kind", "finding"},
          {"v", 1},
          {"what", "start"},
          {"type", one.kind},
          {"source", one.source},
          {"division", one.division},
          {"key", one.key},
          {"day", one.day},
          {"sealed", one.sealed},
          {"count", one.count},
          {"evidence", one.evidence},
          {"owner", owner},
          {"deadline", petition::FormatTime(now + rule.within)},
          {"at", petition::FormatTime(now)}};
}

Json AboutFinding(const FindingRow& row, const char* what, petition::Time now) {
  return {{"kind", "finding"}, {"v", 1}, {"what", what}, {"finding", row.id}, {"at", petition::FormatTime(now)}};
}

/// Whether it may end by itself now that nothing is to be found.
bool EndsByItself(const FindingRow& row, const WatchOptions& options, petition::Time now) {
  const KindRule& rule = RuleOf(row.kind);
  return !rule.sticky && !(rule.windowed && row.started_at < now - options.look_back + std::chrono::hours(48));
}

Alert AlertOf(const FindingRow& row, bool began, petition::Time now) {
  return {began, row.kind, row.source, row.day, row.id, row.count, row.sealed, now};
}

bool IsCount(const Json& value) { return value.is_number_integer() && value >= 0; }

void CheckLine(const Json& line, const std::string& pointer, std::vector<petition::FieldError>& wrong) {
  const auto bad = [&](const char* name, const char* code, const char* message) {
    if (wrong.size() < 50) wrong.push_back({pointer + "/" + name, code, message});
  };
  if (!line.is_object()) {
    bad("", "type", "must be an object");
    return;
  }
  const auto text = [&](const char* name, bool needed) {
    const auto found = line.find(name);
    if (found == line.end() || found->is_null()) {
      if (needed) bad(name, "field_missing", "is needed");
      return std::string();
    }
    if (!found->is_string()) {
      bad(name, "type", "must be a text");
      return std::string();
    }
    auto value = found->get<std::string>();
    if (value.size() > kLineTextMax || (needed && value.empty())) bad(name, "size", "1 to 200 bytes");
    return value;
  };
  text("source", false);
  if (line.contains("count")) {
    if (!IsCount(line["count"])) bad("count", "type", "must be a number");
    const auto day = text("day", true);
    if (!day.empty() && !config::ParseDay(day).ok()) bad("day", "day_invalid", "a day as 2025-03-04");
    return;
  }
  text("id", true);
  const auto time = text("time", true);
  if (!time.empty() && !petition::ParseTime(time).ok()) bad("time", "time_invalid", "a time with its zone (RFC 3339)");
  const auto hash = text("numberHash", false);
  if (!hash.empty() && (hash.size() != 64 || hash.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos))
    bad("numberHash", "digest_invalid", "SHA-256 of the number's digits as 64 hex digits");
  if (line.contains("answered") && !line["answered"].is_boolean()) bad("answered", "type", "must be true or false");
  for (const char* name : {"seconds", "waitSeconds"})
    if (line.contains(name) && !IsCount(line[name])) bad(name, "type", "must be a number");
}

/// The line as it is kept: only what we know, so that no text of a caller's slips in.
Json KeptLine(const Json& line) {
  Json kept = Json::object();
  for (const char* name : {"id", "time", "source", "answered", "seconds", "waitSeconds", "count"})
    if (line.contains(name) && !line[name].is_null()) kept[name] = line[name];
  if (line.contains("numberHash") && line["numberHash"].is_string()) {
    auto hash = line["numberHash"].get<std::string>();
    std::transform(hash.begin(), hash.end(), hash.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    kept["numberHash"] = hash;
  }
  if (line.contains("day") && line["day"].is_string()) {
    auto day = line["day"].get<std::string>();
    std::erase(day, '-');
    kept["day"] = day;
  }
  return kept;
}

}  // namespace

Oversight::Oversight(OversightOptions options, OversightTables& tables, dedup::CaseBook& book, ledger::Ledger& ledger,
                     const Deliveries& deliveries, const Registry& registry, const Follower& follower,
                     const petition::Clock& clock)
    : options_(std::move(options)),
      tables_(tables),
      book_(book),
      ledger_(ledger),
      deliveries_(deliveries),
      registry_(registry),
      follower_(follower),
      clock_(clock),
      folded_before_look_(ledger.size()) {}

Oversight::~Oversight() { Stop(); }

void Oversight::Start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  if (thread_.joinable()) return;
  thread_ = std::thread([this] {
    // Registering and deciding come first.
    petition::SetThreadNice(kOversightNice);
    for (;;) {
      {
        std::unique_lock waiting(mutex_);
        wake_.wait_for(waiting, options_.every, [this] { return stopping_; });
        if (stopping_) return;
      }
      (void)Check();  // what failed is looked for again at the next turn
    }
  });
}

void Oversight::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Conditions Oversight::Find() const {
  Watch watch{tables_, book_, ledger_, deliveries_, {}, options_.watch, clock_.Now()};
  for (auto& source : registry_.Sources())
    if (source.state != "suspended") watch.sources.push_back(std::move(source));
  if (options_.feeds) watch.feeds = options_.feeds();
  if (options_.expiries) watch.expiries = options_.expiries();
  std::vector<Condition> all;
  for (const auto find :
       {FindRegisterDifferences, FindMissingManifests, FindUpstreamDifferences, FindGaps, FindSilence, FindUnregistered,
        FindStuck, FindAltered, FindStoppedFeeds, FindExpiring, FindConstantFields}) {
    GUIYI_TRY(auto some, find(watch));
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

Result<std::vector<std::uint64_t>> Oversight::Append(const std::vector<Json>& records) {
  std::vector<ledger::DraftProposal> proposals;
  proposals.reserve(records.size());
  for (const auto& record : records) {
    ledger::Draft draft;
    draft.kind = ledger::Kind::kFinding;
    draft.record = petition::CanonicalJson(record);
    proposals.emplace_back(std::move(draft), false);
  }
  std::vector<ledger::Proposal*> pointers;
  for (auto& proposal : proposals) pointers.push_back(&proposal);
  std::vector<std::uint64_t> entries;
  if (pointers.empty()) return entries;
  entries.reserve(pointers.size());
  for (const auto& appended : ledger_.AppendAll(pointers)) {
    if (!appended.ok()) return appended.error();
    entries.push_back(appended->index);
  }
  return entries;
}

/// A person has ended it, knowing of as much.
Result<bool> Oversight::Silenced(const Condition& condition) const {
  GUIYI_TRY(const auto ended,
            tables_.findings().EndedByPerson(condition.kind, condition.source, condition.key, condition.sealed));
  return ended && ended->count >= condition.count;
}

Result<Oversight::Looked> Oversight::Check() {
  const std::lock_guard looking(looking_);
  Looked looked;
  // What the last look found must be folded, or it would be found twice.
  if (follower_.position() < folded_before_look_) {
    looked.waited = true;
    return looked;
  }
  const auto now = clock_.Now();
  GUIYI_TRY(const auto conditions, Find());
  GUIYI_TRY(const auto standing, tables_.findings().Standing());
  std::map<FindingIdentity, const FindingRow*> known;
  for (const auto& row : standing) known[FindingIdentityOf(row)] = &row;

  std::vector<Json> records;
  std::vector<std::pair<std::size_t, Alert>> alerts;  // place in `records`
  std::map<FindingIdentity, bool> stands;
  for (const auto& condition : conditions) {
    if (!stands.emplace(FindingIdentityOf(condition), true).second) continue;
    ++looked.standing;
    const auto found = known.find(FindingIdentityOf(condition));
    if (found == known.end()) {
      GUIYI_TRY(const bool silenced, Silenced(condition));
      if (silenced) continue;
      alerts.emplace_back(records.size(), Alert{true, condition.kind, condition.source, condition.day, 0,
                                                condition.count, condition.sealed, now});
      records.push_back(BegunFinding(condition, now));
      ++looked.began;
      continue;
    }
    const FindingRow& row = *found->second;
    if (row.count == condition.count || now - row.updated_at < kGrowsEvery) continue;
    auto record = AboutFinding(row, "update", now);
    record["count"] = condition.count;
    record["evidence"] = condition.evidence;
    records.push_back(std::move(record));
  }
  for (const auto& row : standing) {
    if (stands.contains(FindingIdentityOf(row)) || !EndsByItself(row, options_.watch, now)) continue;
    alerts.emplace_back(records.size(), AlertOf(row, false, now));
    auto record = AboutFinding(row, "end", now);
    record["reason"] = "cleared";
    records.push_back(std::move(record));
    ++looked.ended;
  }
  GUIYI_TRY(const auto entries, Append(records));
  if (!entries.empty()) folded_before_look_ = entries.back() + 1;
  std::vector<Alert> told;
  for (auto& [place, alert] : alerts) {
    if (alert.began) alert.finding = entries[place];
    told.push_back(std::move(alert));
  }
  if (!told.empty() && options_.alert) options_.alert(told);
  return looked;
}

Result<FindingRow> Oversight::ChangeFinding(const Principal& who, std::uint64_t id, const Change& change) {
  const auto scope = ScopeOf(who);
  GUIYI_TRY(const auto row, tables_.findings().Get(id, scope));
  if (change.note.empty() && change.owner.empty() && !change.deadline && !change.end)
    return petition::Invalid("change_empty", "a note, an owner, a deadline or an end is needed");
  if (change.end && row.ended_at) return petition::Conflict("ended", "this exception has ended");
  if (change.end && change.end_reason.empty()) {
    auto error = petition::Invalid("field_missing", "an end needs its reason");
    error.fields.push_back({"/endReason", "field_missing", "is needed"});
    return error;
  }
  const auto now = clock_.Now();
  auto record = AboutFinding(row, change.end ? "end" : "note", now);
  record["by"] = who.name;
  if (!change.note.empty()) record["note"] = change.note;
  if (!change.owner.empty()) record["owner"] = change.owner;
  if (change.deadline) record["deadline"] = petition::FormatTime(*change.deadline);
  if (change.end) record["reason"] = change.end_reason;
  GUIYI_TRY(const auto entries, Append({record}));
  follower_.WaitFolded(entries.back(), kFindingFoldWait);
  if (change.end && options_.alert) options_.alert({AlertOf(row, false, now)});
  return tables_.findings().Get(id, scope);
}

Result<std::uint64_t> Oversight::RecordRegister(std::string_view reg, const Json& lines, std::string_view by) {
  if (!lines.is_array() || lines.empty()) return petition::Invalid("lines_missing", "a list of lines is needed");
  if (lines.size() > kLinesMax) return petition::Invalid("too_many", "at most 10000 lines");
  auto error = petition::Invalid("fields_invalid", "the register has wrong lines");
  Json kept = Json::array();
  for (std::size_t n = 0; n < lines.size(); ++n) {
    CheckLine(lines[n], "/lines/" + std::to_string(n), error.fields);
    if (error.fields.empty()) kept.push_back(KeptLine(lines[n]));
  }
  if (!error.fields.empty()) return error;
  ledger::Draft draft;
  draft.kind = ledger::Kind::kRegister;
  draft.raw = petition::CanonicalJson(kept);
  draft.record = petition::CanonicalJson({{"kind", "register"},
                                          {"v", 1},
                                          {"register", reg},
                                          {"lines", kept.size()},
                                          {"linesSha256", ledger::Hex(ledger::AsBytes(ledger::Sha256(draft.raw)))},
                                          {"by", by},
                                          {"at", petition::FormatTime(clock_.Now())}});
  GUIYI_TRY(const auto appended, ledger_.Append(std::move(draft)));
  return appended.index;
}

Status Oversight::NameMissing(std::string_view source, std::string_view number) {
  if (!registry_.FindSource(source) || number.empty() || number.size() > kLineTextMax ||
      !petition::text::IsValidUtf8(number))
    return petition::Ok();
  const auto now = clock_.Now();
  const auto serial = ReadSerial(number, petition::LocalDay(now));
  if (!serial) return petition::Ok();
  // Built as that source's numbers are, whatever the day: anybody can ask about anything.
  const auto alike = dedup::Guarded("named", [&]() -> Result<bool> {
    auto sql = book_.file().Reader();
    return !sql->Ask<int>(
                   "SELECT 1 FROM items WHERE source=$1 AND width=$2 AND (shape=$3 OR (LENGTH(series)=$4 AND "
                   "SUBSTR(series, 1, 1)=SUBSTR($5, 1, 1))) LIMIT 1",
                   source, serial->width, serial->shape, serial->series.size(), serial->series)
                .empty();
  });
  if (!alike.ok()) return alike.error();
  if (!*alike) return petition::Ok();
  {
    const std::lock_guard lock(named_mutex_);
    const std::int64_t minute = now.time_since_epoch().count() / 60'000;
    if (minute != named_minute_) named_minute_ = minute, named_ = 0;
    if (named_++ >= kNamedPerMinute) return petition::Ok();
  }
  GUIYI_TRY(const auto entry, RecordRegister("named",
                                             Json::array({{{"id", std::string(number)},
                                                           {"source", std::string(source)},
                                                           {"time", petition::FormatTime(now)}}}),
                                             ""));
  (void)entry;
  return petition::Ok();
}

}  // namespace gateway
