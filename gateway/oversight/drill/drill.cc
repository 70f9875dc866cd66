#include "gateway/oversight/drill/drill.h"

#include <algorithm>
#include <set>

#include "gateway/hub.h"
#include "gateway/manifest.h"
#include "gateway/oversight/drill/world.h"
#include "gateway/sqlite_file.h"
#include "petition/submission.h"

namespace gateway::drill {

using petition::Json;
using petition::Result;
using petition::Status;
using petition::Time;

namespace {

constexpr std::int64_t kStart = 1'735'660'800'000;  // 2025-01-01T00:00:00+08:00
constexpr int kRegistersAt = 6, kLookEvery = 6;     // hours of the day
constexpr std::uint64_t kHour = 3'600'000;

Principal Everybody() {
  Principal who;
  who.role = Role::kOversight;
  who.name = "drill";
  who.sealed = true;
  return who;
}
Principal SourceNamed(const std::string& name) {
  Principal who;
  who.role = Role::kSource;
  who.name = who.source = name;
  return who;
}

std::string Digest(const std::string& bytes) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes))); }

class Drill {
 public:
  explicit Drill(const DrillOptions& options)
      : options_(options),
        clock_(Time(std::chrono::milliseconds(kStart))),
        calendar_(config::Calendar::BuiltIn()),
        world_(options.seed, options.volume, clock_.Now(), calendar_) {}

  Status Open();
  Result<DrillResult> Run();

 private:
  Status RunDay(std::int64_t day);
  Status RunHour(std::int64_t day, int hour);
  void Prepare(const SourceKind& kind, std::int64_t day);
  void Spoil(Planted& leak, const SourceKind& kind, std::int64_t day, std::vector<Item>& items);
  Status After(Planted& leak, std::int64_t day);
  Status HandIn(std::vector<Item> items);
  Status HandInRegisters(std::int64_t day);
  Status Manifests(const SourceKind& kind, std::int64_t day);
  Status DeleteHere(const std::string& source, const std::string& number);
  /// A unit reports these about the item, which must have been handed in.
  Status ReportOn(Planted& leak, const Item* item, std::vector<EventReport> reports);
  Status Fold();
  Status Judge(DrillResult& result);
  Planted* Running(const std::string& source, std::int64_t day, Leak leak);

  const DrillOptions& options_;
  petition::ManualClock clock_;
  const config::Calendar calendar_;
  World world_;
  std::unique_ptr<Hub> hub_;
  std::vector<Planted> plan_;
  std::vector<Item> coming_;  ///< handed in at their time
  std::map<std::pair<std::string, std::int64_t>, std::vector<Item>>
      books_;                                  ///< what sources wrote into their registers
  std::map<std::string, std::string> edited_;  ///< number -> digest as the source has it now
  std::set<std::string> not_listed_;           ///< numbers that the source deleted
  std::uint64_t items_ = 0;
};

Status Drill::Open() {
  HubOptions options;
  options.data = options_.folder;
  options.ledger.publish = false;
  options.ledger.sync = false;
  GUIYI_TRY(hub_, Hub::Open(std::move(options), clock_));
  for (const auto& kind : SourceKinds()) {
    Source source;
    source.name = kind.name;
    source.channel = kind.channel;
    source.division = "439910";
    source.state = "live";
    GUIYI_TRY(const auto key, hub_->registry().AddSource(source));
    (void)key;
  }
  plan_ = PlanLeaks(options_.days, options_.seed);
  for (auto& leak : plan_) {
    // A day on which enough comes to be left out.
    const auto worked = [&] {
      const auto date = std::chrono::floor<std::chrono::days>(world_.Midnight(leak.day) + std::chrono::hours(8));
      const auto known = calendar_.IsWorkday(date);
      return !known.ok() || *known;
    };
    while (leak.days == 1 && !worked()) ++leak.day;
  }
  return petition::Ok();
}

Planted* Drill::Running(const std::string& source, std::int64_t day, Leak leak) {
  for (auto& planted : plan_) {
    if (planted.leak == leak && planted.source == source && day >= planted.day && day < planted.day + planted.days)
      return &planted;
  }
  return nullptr;
}

/// What a leak does to the items of its source on that day, before they are handed in. They stand in the source's own
/// register all the same.
void Drill::Spoil(Planted& leak, const SourceKind& kind, std::int64_t day, std::vector<Item>& items) {
  const Time registers = world_.Midnight(day + 1) + std::chrono::hours(kRegistersAt);
  const auto take = [&](std::size_t from, std::size_t count) {
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(std::min(from, items.size()));
    const auto end =
        begin + static_cast<std::ptrdiff_t>(std::min(count, static_cast<std::size_t>(items.end() - begin)));
    leak.rows += static_cast<std::uint64_t>(end - begin);
    items.erase(begin, end);
  };
  leak.visible_at = registers;
  switch (leak.leak) {
    case Leak::kGivenUp:
      return take(items.size() / 3, 3);
    case Leak::kNoUpperNumber:
      return take(items.size() / 2, 2);
    case Leak::kCutFile:
      return take(items.size() * 6 / 10, items.size());
    case Leak::kNumberUnused: {
      if (items.size() < 3) return;
      // Its number shows when the next one comes.
      leak.visible_at = items[2].handed_in_at;
      return take(1, 1);
    }
    case Leak::kSilentWeek:
    case Leak::kStoppedMailbox: {
      if (day == leak.day) {
        Time at = world_.Midnight(day);
        while (world_.Usual(kind, world_.Midnight(day), at) < 13) at += std::chrono::hours(1);
        leak.visible_at = leak.leak == Leak::kSilentWeek ? at : std::min(at, registers);
      }
      return take(0, items.size());
    }
    case Leak::kCallWithoutCase:
      return take(1, 2);
    case Leak::kDeletedThere:
      if (!items.empty()) not_listed_.insert(items[items.size() / 2].number), ++leak.rows;
      return;
    case Leak::kTimeoutAfterCommit: {
      if (items.empty()) return;
      not_listed_.insert(items.back().number);
      items.push_back(world_.Again(kind, items.back(), day));
      books_[{kind.name, day}].push_back(items.back());
      ++leak.rows;
      return;
    }
    case Leak::kEditedText:
      if (!items.empty()) edited_[items.front().number] = Digest(items.front().raw + " "), ++leak.rows;
      return;
    case Leak::kRenumbered:
      if (items.size() >= 3) leak.visible_at = items[2].handed_in_at;
      leak.rows = items.size();
      return;
    case Leak::kConstantFlag:
      // The five weeks that are looked at must be over.
      leak.visible_at = world_.Midnight(leak.day + 36);
      leak.rows += items.size();
      return;
    default:
      return;
  }
}

void Drill::Prepare(const SourceKind& kind, std::int64_t day) {
  if (kind.name == "letters" && Running(kind.name, day, Leak::kRenumbered)) world_.Renumber();
  if (Running(kind.name, day, Leak::kConstantFlag)) world_.ClaimFirst(kind.name);
  auto items = world_.Day(kind, day);
  items_ += items.size();
  books_[{kind.name, day}] = items;
  for (auto& leak : plan_) {
    if (leak.source != kind.name || day < leak.day || day >= leak.day + leak.days) continue;
    const auto visible = leak.visible_at;
    Spoil(leak, kind, day, items);
    if (day > leak.day) leak.visible_at = visible;  // as of its first day
  }
  for (auto& item : items) coming_.push_back(std::move(item));
}

Status Drill::HandIn(std::vector<Item> items) {
  std::vector<Arrival> arrivals;
  for (auto& item : items) {
    GUIYI_TRY(const auto json, petition::ParseJson(item.raw));
    Arrival arrival;
    arrival.source = item.source;
    GUIYI_TRY(arrival.submission, petition::SubmissionFromJson(json));
    arrival.raw = std::move(item.raw);
    arrivals.push_back(std::move(arrival));
  }
  for (const auto& receipt : hub_->intake().RegisterAll(arrivals))
    if (!receipt.ok()) return receipt.error();
  return petition::Ok();
}

Status Drill::Manifests(const SourceKind& kind, std::int64_t day) {
  const auto known = books_.find({kind.name, day});
  if (known == books_.end()) return petition::Ok();
  Manifest manifest;
  manifest.source = kind.name;
  manifest.day = petition::LocalDay(world_.Midnight(day));
  for (const auto& item : known->second) {
    if (not_listed_.contains(item.number)) continue;
    const auto edited = edited_.find(item.number);
    manifest.numbers.push_back({item.number, edited == edited_.end() ? Digest(item.raw) : edited->second});
  }
  manifest.count = manifest.numbers.size();
  GUIYI_TRY(const auto answer, RecordManifest(*hub_, manifest, Everybody()));
  (void)answer;
  return petition::Ok();
}

/// In the morning of the next day: the sources' registers, the exchange's calls, the mail server's counts.
Status Drill::HandInRegisters(std::int64_t day) {
  GUIYI_CHECK(Fold());
  for (const auto& kind : SourceKinds()) {
    if (kind.manifest && !Running(kind.name, day, Leak::kSilentWeek)) GUIYI_CHECK(Manifests(kind, day));
    const auto& items = books_[{kind.name, day}];
    if (kind.name == "hotline") {
      Json calls = Json::array();
      for (const auto& item : items)
        calls.push_back({{"id", item.call_id},
                         {"time", petition::FormatTime(item.happened_at)},
                         {"answered", true},
                         {"seconds", 60 + item.raw.size() % 300}});
      // A wrong number now and then is no case.
      calls.push_back({{"id", "WRONG-" + std::to_string(day)},
                       {"time", petition::FormatTime(world_.Midnight(day) + std::chrono::hours(12))},
                       {"answered", true},
                       {"seconds", 7}});
      GUIYI_TRY(const auto entry, hub_->oversight().RecordRegister("calls", calls, "exchange"));
      (void)entry;
    }
    if (kind.name == "mailbox") {
      GUIYI_TRY(const auto entry,
                hub_->oversight().RecordRegister(
                    "mailroom",
                    Json::array({{{"day", petition::LocalDay(world_.Midnight(day)).insert(6, "-").insert(4, "-")},
                                  {"source", "mailbox"},
                                  {"count", items.size()}}}),
                    "mailroom"));
      (void)entry;
    }
  }
  // Nobody hands the same day in again, but for the sender that looks back too short.
  std::erase_if(books_, [&](const auto& book) { return book.first.first != "housing" && book.first.second < day; });
  return petition::Ok();
}

Status Drill::DeleteHere(const std::string& source, const std::string& number) {
  GUIYI_TRY(const auto known, hub_->ledger().FindExternal(source, number));
  if (known.empty()) return petition::NotFound("nothing to delete");
  GUIYI_TRY(auto session, sqlite::Open(options_.folder / "ledger.db"));
  return sqlite::InTransaction(session, "ledger.db", [&]() -> Status {
    using Poco::Data::Keywords::now;
    using Poco::Data::Keywords::useRef;
    Poco::Int64 index = static_cast<Poco::Int64>(known.front().index);
    session << "DELETE FROM intakes WHERE idx=$1", useRef(index), now;
    session << "DELETE FROM payloads WHERE idx=$1", useRef(index), now;
    return petition::Ok();
  });
}

/// Leaks that are no item left out, at noon of their day.
Status Drill::After(Planted& leak, std::int64_t day) {
  const auto& book = books_[{leak.source, day}];
  const auto handed_in = [&]() -> const Item* {
    for (const auto& item : book)
      if (item.handed_in_at < clock_.Now() - std::chrono::hours(1) && !not_listed_.contains(item.number)) {
        const auto known = hub_->ledger().FindExternal(leak.source, item.number);
        if (known.ok() && !known->empty()) return &item;  // another leak may have left it out
      }
    return nullptr;
  };
  switch (leak.leak) {
    case Leak::kDeletedHere: {
      GUIYI_CHECK(Fold());
      const Item* item = handed_in();
      if (!item) return petition::Internal("the drill has nothing to delete that day");
      ++leak.rows;
      return DeleteHere(leak.source, item->number);
    }
    case Leak::kWindow90: {
      // Entered late for a day long past, listed in that day's register, and never sent.
      const std::int64_t old_day = std::max<std::int64_t>(day - 100, 1);
      Item late;
      late.source = leak.source;
      late.number = "ZJ-19" + std::to_string(900 + day % 90);
      books_[{leak.source, old_day}].push_back(late);
      leak.visible_at = clock_.Now();
      ++leak.rows;
      for (const auto& kind : SourceKinds())
        if (kind.name == leak.source) return Manifests(kind, old_day);
      return petition::Ok();
    }
    case Leak::kRefusedForGood: {
      Refusal refusal;
      refusal.door = "http";
      refusal.source = refusal.by = leak.source;
      refusal.reason = "fields_invalid";
      refusal.raw = R"({"externalId":"ZJ-R)" + std::to_string(day) + R"(","channel":"wrong"})";
      refusal.media_type = "application/json";
      leak.visible_at = clock_.Now();
      ++leak.rows;
      GUIYI_TRY(const auto entry, hub_->intake().Refuse(refusal));
      (void)entry;
      return petition::Ok();
    }
    case Leak::kClosedUnregistered: {
      Refusal refusal;
      refusal.door = "http";
      refusal.source = refusal.by = leak.source;
      refusal.reason = "not_found";
      refusal.raw = R"({"event":"closed","externalId":"HL-NEVER-)" + std::to_string(day) + R"(","text":"已办结"})";
      refusal.media_type = "application/json";
      leak.visible_at = clock_.Now();
      ++leak.rows;
      GUIYI_TRY(const auto entry, hub_->intake().Refuse(refusal));
      (void)entry;
      return petition::Ok();
    }
    case Leak::kTransferLoop: {
      std::vector<EventReport> reports(2);
      for (std::size_t at = 0; at < reports.size(); ++at) {
        reports[at].event = "transferred";
        reports[at].by = at == 0 ? "甲局" : "乙局";
        reports[at].unknown = {{"to", at == 0 ? "乙局" : "甲局"}};
      }
      return ReportOn(leak, handed_in(), std::move(reports));
    }
    case Leak::kClosedWithoutReply: {
      EventReport report;
      report.event = "closed";
      report.by = "某局";
      report.text = "已办结";
      return ReportOn(leak, handed_in(), {report});
    }
    default:
      return petition::Ok();
  }
}

Status Drill::ReportOn(Planted& leak, const Item* item, std::vector<EventReport> reports) {
  GUIYI_CHECK(Fold());
  if (!item) return petition::Internal("the drill has nothing to hand on that day");
  GUIYI_TRY(const auto known, hub_->ledger().FindExternal(leak.source, item->number));
  if (known.empty()) return petition::Internal("the drill's item is not there");
  for (auto& report : reports) {
    report.at = clock_.Now();
    GUIYI_TRY(const auto acted, hub_->decisions().Report(SourceNamed(leak.source), known.front().index, report));
    (void)acted;
    clock_.Advance(std::chrono::minutes(1));
  }
  leak.visible_at = clock_.Now();
  ++leak.rows;
  return petition::Ok();
}

Status Drill::Fold() {
  for (;;) {
    GUIYI_TRY(const auto folded, hub_->follower().Step());
    if (folded == 0) return petition::Ok();
  }
}

Status Drill::RunHour(std::int64_t day, int hour) {
  const Time now = world_.Midnight(day) + std::chrono::hours(hour);
  clock_.Set(now);
  std::vector<Item> due;
  std::erase_if(coming_, [&](Item& item) {
    if (item.handed_in_at >= now) return false;
    due.push_back(std::move(item));
    return true;
  });
  std::stable_sort(due.begin(), due.end(),
                   [](const Item& a, const Item& b) { return a.handed_in_at < b.handed_in_at; });
  if (!due.empty()) GUIYI_CHECK(HandIn(std::move(due)));
  if (hour == kRegistersAt && day > 0) GUIYI_CHECK(HandInRegisters(day - 1));
  if (hour == 15) {
    for (auto& leak : plan_)
      if (day == leak.day) GUIYI_CHECK(After(leak, day));
  }
  if (hour % kLookEvery != 0) return petition::Ok();
  GUIYI_CHECK(Fold());
  GUIYI_TRY(const auto looked, hub_->oversight().Check());
  (void)looked;
  return Fold();
}

Status Drill::RunDay(std::int64_t day) {
  for (const auto& kind : SourceKinds()) Prepare(kind, day);
  for (int hour = 0; hour < 24; ++hour) GUIYI_CHECK(RunHour(day, hour));
  return petition::Ok();
}

Status Drill::Judge(DrillResult& result) {
  FindingFilter all;
  all.state = FindingFilter::State::kAll;
  std::string cursor;
  std::vector<FindingRow> found;
  do {
    GUIYI_TRY(auto page, hub_->oversight().tables().findings().List(all, dedup::Scope::Everything(), cursor, 500));
    cursor = page.next;
    std::move(page.rows.begin(), page.rows.end(), std::back_inserter(found));
  } while (!cursor.empty());
  std::reverse(found.begin(), found.end());
  result.findings = found.size();
  for (const auto& row : found) {
    bool told = false;
    for (auto& leak : plan_) {
      const Time begin = world_.Midnight(leak.day);
      const Time end = std::max(world_.Midnight(leak.day + leak.days), leak.visible_at) + std::chrono::hours(72);
      const bool fits = row.source == leak.source && row.started_at >= begin && row.started_at <= end &&
                        std::find(leak.kinds.begin(), leak.kinds.end(), row.kind) != leak.kinds.end();
      if (!fits) continue;
      told = true;
      if (leak.found_at) continue;
      leak.found_at = row.started_at;
      leak.found_by = row.kind;
    }
    if (!told) result.false_alarms.push_back({row.kind, row.source, row.key, row.started_at});
  }
  for (const auto& kind : SourceKinds()) result.alarms_a_month[kind.name] = 0;
  const double months = static_cast<double>(options_.days) / 30.4;
  for (const auto& alarm : result.false_alarms) result.alarms_a_month[alarm.source] += 1 / months;
  result.leaks = plan_;
  return petition::Ok();
}

Result<DrillResult> Drill::Run() {
  const auto began = std::chrono::steady_clock::now();
  for (std::int64_t day = 0; day < options_.days; ++day) {
    GUIYI_CHECK(RunDay(day));
    if (options_.progress) options_.progress(day + 1, options_.days);
  }
  DrillResult result;
  result.items = items_;
  result.entries = hub_->ledger().size();
  GUIYI_CHECK(Judge(result));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace

double DelayHours(const Planted& planted) {
  if (!planted.found_at) return -1;
  return std::max(0.0,
                  static_cast<double>((*planted.found_at - planted.visible_at).count()) / static_cast<double>(kHour));
}

bool DrillResult::Passed() const {
  const bool found = std::all_of(leaks.begin(), leaks.end(), [](const Planted& leak) {
    const double delay = DelayHours(leak);
    return delay >= 0 && delay <= 24;
  });
  return found &&
         std::all_of(alarms_a_month.begin(), alarms_a_month.end(), [](const auto& one) { return one.second <= 1; });
}

Result<DrillResult> RunDrill(const DrillOptions& options) {
  if (options.days < 60 || options.days > 700)
    return petition::Invalid("days_invalid", "a drill has from 60 to 700 days");
  Drill drill(options);
  GUIYI_CHECK(drill.Open());
  return drill.Run();
}

}  // namespace gateway::drill
