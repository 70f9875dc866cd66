#include "ledger/audit_rows.h"

#include <cstring>

#include "ledger/sqlite_session.h"

namespace ledger::audit {
namespace {

using namespace Poco::Data::Keywords;
using petition::Result;
using Poco::Data::BLOB;
using Int = Poco::Int64;

constexpr std::size_t kBeyondMax = 1'000;

template <typename F>
auto Guarded(F&& read) -> decltype(read()) {
  try {
    return read();
  } catch (...) {
    return sqlite::CaughtError("audit");
  }
}

std::uint64_t Index(Int number) { return static_cast<std::uint64_t>(number); }

}  // namespace

struct Tables::Impl {
  Poco::Data::Session session;
};

Tables::Tables(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tables::~Tables() = default;

Result<std::unique_ptr<Tables>> Tables::Open(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed)) return petition::NotFound("there is no ledger.db here");
  GUIYI_TRY(auto session, sqlite::OpenSession({file, "", true, true}));
  return Guarded([&]() -> Result<std::unique_ptr<Tables>> {
    session << "BEGIN", now;  // one state for all that follows
    return std::unique_ptr<Tables>(new Tables(std::make_unique<Impl>(Impl{std::move(session)})));
  });
}

Result<Head> Tables::LoadHead() {
  return Guarded([&]() -> Result<Head> {
    Int size = -1;
    std::string checkpoint;
    BLOB root;
    impl_->session << "SELECT size, root, checkpoint FROM head WHERE id=0", into(size), into(root), into(checkpoint),
        now;
    if (size < 0) return petition::Corrupt("the store has no head");
    Head head{Index(size), {}, std::move(checkpoint)};
    const std::string bytes = sqlite::ToString(root);
    if (bytes.size() == head.root.size()) std::memcpy(head.root.data(), bytes.data(), bytes.size());
    return head;
  });
}

Result<Stretch> Tables::Read(std::uint64_t first, std::uint64_t count) {
  return Guarded([&]() -> Result<Stretch> {
    Stretch stretch;
    Int low = static_cast<Int>(first), high = static_cast<Int>(first + count);
    auto& session = impl_->session;
    {
      std::vector<Int> idx;
      std::vector<int> kind;
      std::vector<std::string> entry;
      session << "SELECT idx, kind, entry FROM entries WHERE idx>=$1 AND idx<$2", use(low), use(high), into(idx),
          into(kind), into(entry), now;
      for (std::size_t i = 0; i < idx.size(); ++i) stretch.entries[Index(idx[i])] = {kind[i], std::move(entry[i])};
    }
    {
      std::vector<Int> idx;
      std::vector<BLOB> record, raw;
      session << "SELECT idx, COALESCE(record, x''), COALESCE(raw, x'') FROM payloads WHERE idx>=$1 AND idx<$2",
          use(low), use(high), into(idx), into(record), into(raw), now;
      for (std::size_t i = 0; i < idx.size(); ++i)
        stretch.payloads[Index(idx[i])] = {sqlite::ToString(record[i]), sqlite::ToString(raw[i])};
    }
    {
      std::vector<Int> idx, serial, revision_of;
      std::vector<std::string> source, external_id, day;
      std::vector<BLOB> content, people;
      session << "SELECT idx, source, external_id, COALESCE(content, x''), COALESCE(people, x''), day, serial, "
                 "revision_of FROM intakes WHERE "
                 "idx>=$1 AND idx<$2",
          use(low), use(high), into(idx), into(source), into(external_id), into(content), into(people), into(day),
          into(serial), into(revision_of), now;
      for (std::size_t i = 0; i < idx.size(); ++i)
        stretch.intakes[Index(idx[i])] = {source[i],
                                          external_id[i],
                                          sqlite::ToString(content[i]),
                                          sqlite::ToString(people[i]),
                                          day[i],
                                          Index(serial[i]),
                                          revision_of[i] < 0 ? kNoIndex : Index(revision_of[i])};
    }
    std::vector<Int> about, idx;
    std::vector<int> kind;
    // The table is ordered by what it is about: without an index by idx it is read once a stretch.
    session << "SELECT about, idx, kind FROM about WHERE idx>=$1 AND idx<$2", use(low), use(high), into(about),
        into(idx), into(kind), now;
    for (std::size_t i = 0; i < idx.size(); ++i) stretch.about[Index(idx[i])].emplace_back(Index(about[i]), kind[i]);
    return stretch;
  });
}

Result<std::optional<std::string>> Tables::Tile(int level, std::uint64_t n) {
  return Guarded([&]() -> Result<std::optional<std::string>> {
    std::vector<BLOB> found;
    Int number = static_cast<Int>(n);
    impl_->session << "SELECT hashes FROM tiles WHERE level=$1 AND n=$2", use(level), use(number), into(found), now;
    if (found.empty()) return std::optional<std::string>();
    return std::optional<std::string>(sqlite::ToString(found[0]));
  });
}

Result<std::vector<std::pair<std::string, std::uint64_t>>> Tables::Beyond(std::uint64_t size) {
  return Guarded([&]() -> Result<std::vector<std::pair<std::string, std::uint64_t>>> {
    std::vector<std::pair<std::string, std::uint64_t>> beyond;
    for (const char* table : {"entries", "payloads", "intakes", "about"}) {
      std::vector<Int> idx;
      Int low = static_cast<Int>(size), most = kBeyondMax;
      impl_->session << "SELECT idx FROM " << table << " WHERE idx>=$1 OR idx<0 LIMIT $2", use(low), use(most),
          into(idx), now;
      for (const Int index : idx) beyond.emplace_back(table, Index(index));
    }
    return beyond;
  });
}

Result<std::vector<std::uint64_t>> Tables::NumbersAstray() {
  return Guarded([&]() -> Result<std::vector<std::uint64_t>> {
    std::vector<Int> idx;
    Int most = kBeyondMax;
    impl_->session << "SELECT n.idx FROM numbers n LEFT JOIN intakes i ON i.idx=n.idx AND i.source=n.source AND "
                      "i.external_id=n.external_id AND COALESCE(i.content, x'')=n.content WHERE i.idx IS NULL "
                      "UNION SELECT i.idx FROM intakes i LEFT JOIN numbers n ON n.source=i.source AND "
                      "n.external_id=i.external_id AND n.content=COALESCE(i.content, x'') AND n.idx=i.idx "
                      "WHERE i.external_id<>'' AND i.idx<(SELECT idx FROM numbers_to) AND n.idx IS NULL LIMIT $1",
        use(most), into(idx), now;
    std::vector<std::uint64_t> astray;
    for (const Int index : idx) astray.push_back(Index(index));
    return astray;
  });
}

Result<std::uint64_t> Tables::TileRows() {
  return Guarded([&]() -> Result<std::uint64_t> {
    Int rows = 0;
    impl_->session << "SELECT COUNT(*) FROM tiles", into(rows), now;
    return Index(rows);
  });
}

Result<std::optional<std::string>> Tables::Fact(const std::string& name) {
  return Guarded([&]() -> Result<std::optional<std::string>> {
    std::vector<std::string> found;
    std::string key = name;
    impl_->session << "SELECT value FROM facts WHERE name=$1", use(key), into(found), now;
    return found.empty() ? std::optional<std::string>() : std::optional<std::string>(found[0]);
  });
}

}  // namespace ledger::audit
