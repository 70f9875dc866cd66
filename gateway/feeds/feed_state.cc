#include "gateway/feeds/feed_state.h"

#include <mutex>

#include "gateway/sqlite_file.h"

namespace gateway {

using petition::Result;
using petition::Status;
using namespace Poco::Data::Keywords;

namespace {

constexpr const char* kFeedFile = "feeds.db";
constexpr std::size_t kUnmappedNameMax = 120;
constexpr int kUnmappedNamesMax = 500;  // of one source; beyond, they are counted as one: "…"
constexpr const char* kFeedSchema[] = {
    "CREATE TABLE IF NOT EXISTS cursors (source TEXT PRIMARY KEY, kind TEXT NOT NULL, cursor TEXT NOT NULL) WITHOUT "
    "ROWID",
    "CREATE TABLE IF NOT EXISTS counts (source TEXT PRIMARY KEY, registered INTEGER NOT NULL, existing INTEGER NOT "
    "NULL, "
    "revisions INTEGER NOT NULL, reported INTEGER NOT NULL, refused INTEGER NOT NULL, shadow INTEGER NOT NULL, "
    "shadow_failed INTEGER NOT NULL, last_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS unmapped (source TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL, "
    "PRIMARY KEY (source, name)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS write_backs (source TEXT NOT NULL, place TEXT NOT NULL, number TEXT NOT NULL, PRIMARY "
    "KEY (source, place)) WITHOUT ROWID",
};

}  // namespace

void FeedCounts::Add(const FeedCounts& other) {
  registered += other.registered;
  existing += other.existing;
  revisions += other.revisions;
  reported += other.reported;
  refused += other.refused;
  shadow += other.shadow;
  shadow_failed += other.shadow_failed;
}

struct FeedState::Impl {
  Impl(Poco::Data::Session its_session, const petition::Clock& its_clock)
      : session(std::move(its_session)), clock(its_clock) {}

  void AddCounts(std::string source, const FeedCounts& counts) {
    if (counts.all() == 0) return;
    Poco::Int64 registered = static_cast<Poco::Int64>(counts.registered),
                existing = static_cast<Poco::Int64>(counts.existing),
                revisions = static_cast<Poco::Int64>(counts.revisions),
                reported = static_cast<Poco::Int64>(counts.reported),
                refused = static_cast<Poco::Int64>(counts.refused), shadow = static_cast<Poco::Int64>(counts.shadow),
                failed = static_cast<Poco::Int64>(counts.shadow_failed), at = clock.Now().time_since_epoch().count();
    session << "INSERT INTO counts VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (source) DO UPDATE SET "
               "registered = registered + excluded.registered, existing = existing + excluded.existing, "
               "revisions = revisions + excluded.revisions, reported = reported + excluded.reported, "
               "refused = refused + excluded.refused, shadow = shadow + excluded.shadow, "
               "shadow_failed = shadow_failed + excluded.shadow_failed, last_at = excluded.last_at",
        use(source), use(registered), use(existing), use(revisions), use(reported), use(refused), use(shadow),
        use(failed), use(at), now;
  }
  void AddUnmapped(std::string source, std::span<const std::string> names) {
    std::map<std::string, std::uint64_t> counted;
    for (const std::string& name : names) ++counted[name.size() > kUnmappedNameMax ? "…" : name];
    for (const auto& [name, times] : counted) {
      std::string key = name;
      Poco::Int64 count = static_cast<Poco::Int64>(times), there = 0, known = 0;
      session << "SELECT count(*), coalesce(sum(name = $1), 0) FROM unmapped WHERE source = $2", use(key), use(source),
          into(there), into(known), now;
      if (known == 0 && there >= kUnmappedNamesMax) key = "…";
      session << "INSERT INTO unmapped VALUES ($1, $2, $3) ON CONFLICT (source, name) DO UPDATE SET count = count + "
                 "excluded.count",
          use(source), use(key), use(count), now;
    }
  }

  std::mutex mutex;  // guards the session
  Poco::Data::Session session;
  const petition::Clock& clock;
};

FeedState::FeedState(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FeedState::~FeedState() = default;

Result<std::unique_ptr<FeedState>> FeedState::Open(const std::filesystem::path& folder, const petition::Clock& clock) {
  GUIYI_TRY(auto session, sqlite::Open(folder / "feeds.db"));
  auto impl = std::make_unique<Impl>(std::move(session), clock);
  GUIYI_CHECK(sqlite::InTransaction(impl->session, kFeedFile, [&] {
    for (const char* statement : kFeedSchema) impl->session << statement, now;
    return petition::Ok();
  }));
  return std::unique_ptr<FeedState>(new FeedState(std::move(impl)));
}

Result<std::string> FeedState::Cursor(std::string_view source, std::string_view kind) const {
  const std::lock_guard lock(impl_->mutex);
  std::string name(source), its_kind(kind), cursor;
  try {
    impl_->session << "SELECT coalesce(max(cursor), '') FROM cursors WHERE source = $1 AND kind = $2", use(name),
        use(its_kind), into(cursor), now;
  } catch (...) {
    return sqlite::CaughtError(kFeedFile);
  }
  return cursor;
}

Status FeedState::Advance(std::string_view source, std::string_view kind, const std::string& cursor,
                          const FeedCounts& counts, std::span<const std::string> unmapped) {
  const std::lock_guard lock(impl_->mutex);
  return sqlite::InTransaction(impl_->session, kFeedFile, [&] {
    std::string name(source), its_kind(kind), to = cursor;
    impl_->session << "INSERT OR REPLACE INTO cursors (source, kind, cursor) VALUES ($1, $2, $3)", use(name),
        use(its_kind), use(to), now;
    impl_->AddCounts(name, counts);
    impl_->AddUnmapped(name, unmapped);
    return petition::Ok();
  });
}

Status FeedState::Count(std::string_view source, const FeedCounts& counts, std::span<const std::string> unmapped) {
  const std::lock_guard lock(impl_->mutex);
  return sqlite::InTransaction(impl_->session, kFeedFile, [&] {
    impl_->AddCounts(std::string(source), counts);
    impl_->AddUnmapped(std::string(source), unmapped);
    return petition::Ok();
  });
}

Status FeedState::OweWriteBack(std::string_view source, const WriteBack& owed) {
  const std::lock_guard lock(impl_->mutex);
  return sqlite::InTransaction(impl_->session, kFeedFile, [&] {
    std::string name(source), place = owed.place, number = owed.intake_no;
    impl_->session << "INSERT OR REPLACE INTO write_backs VALUES ($1, $2, $3)", use(name), use(place), use(number), now;
    return petition::Ok();
  });
}

Result<std::vector<WriteBack>> FeedState::OwedWriteBacks(std::string_view source, std::size_t limit) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<std::string> places, numbers;
  std::string name(source);
  Poco::Int64 most = static_cast<Poco::Int64>(limit);
  try {
    impl_->session << "SELECT place, number FROM write_backs WHERE source = $1 ORDER BY place LIMIT $2", use(name),
        use(most), into(places), into(numbers), now;
  } catch (...) {
    return sqlite::CaughtError(kFeedFile);
  }
  std::vector<WriteBack> owed;
  for (std::size_t i = 0; i < places.size(); ++i) owed.push_back({places[i], numbers[i]});
  return owed;
}

Status FeedState::WrittenBack(std::string_view source, const std::string& its_place) {
  const std::lock_guard lock(impl_->mutex);
  return sqlite::InTransaction(impl_->session, kFeedFile, [&] {
    std::string name(source), place = its_place;
    impl_->session << "DELETE FROM write_backs WHERE source = $1 AND place = $2", use(name), use(place), now;
    return petition::Ok();
  });
}

Result<std::map<std::string, FeedFigures>> FeedState::Figures() const {
  const std::lock_guard lock(impl_->mutex);
  std::map<std::string, FeedFigures> figures;
  try {
    std::vector<std::string> sources, names;
    std::vector<Poco::Int64> registered, existing, revisions, reported, refused, shadow, failed, last, counts;
    impl_->session
        << "SELECT source, registered, existing, revisions, reported, refused, shadow, shadow_failed, last_at "
           "FROM counts",
        into(sources), into(registered), into(existing), into(revisions), into(reported), into(refused), into(shadow),
        into(failed), into(last), now;
    const auto number = [](Poco::Int64 value) { return static_cast<std::uint64_t>(value); };
    for (std::size_t i = 0; i < sources.size(); ++i) {
      FeedFigures& one = figures[sources[i]];
      one.counts = {number(registered[i]), number(existing[i]), number(revisions[i]), number(reported[i]),
                    number(refused[i]),    number(shadow[i]),   number(failed[i])};
      one.last_at = petition::Time{std::chrono::milliseconds{last[i]}};
    }
    sources.clear();
    impl_->session << "SELECT source, name, count FROM unmapped", into(sources), into(names), into(counts), now;
    for (std::size_t i = 0; i < sources.size(); ++i) figures[sources[i]].unmapped[names[i]] = number(counts[i]);
    sources.clear();
    counts.clear();
    impl_->session << "SELECT source, count(*) FROM write_backs GROUP BY source", into(sources), into(counts), now;
    for (std::size_t i = 0; i < sources.size(); ++i) figures[sources[i]].write_backs_owed = number(counts[i]);
  } catch (...) {
    return sqlite::CaughtError(kFeedFile);
  }
  return figures;
}

}  // namespace gateway
