#include "ledger/sqlite_reader.h"

#include <algorithm>
#include <cstring>

#include "ledger/sqlite_statement.h"

namespace ledger::sqlite {
namespace {

using namespace Poco::Data::Keywords;
using petition::Result;
using Poco::Data::BLOB;
using Poco::Data::Statement;

}  // namespace

// Each query with the variables it is bound to. All results are vectors: an empty one means no row.
struct Reader::Statements {
  explicit Statements(Poco::Data::Session& session)
      : head((Prepare(session, "SELECT size, root, checkpoint FROM head WHERE id = 0"), into(sizes), into(blobs),
              into(texts))),
        entries((Prepare(session, "SELECT idx, entry FROM entries WHERE idx >= $1 AND idx < $2 ORDER BY idx"), use(a),
                 use(b), into(numbers), into(texts))),
        tile((Prepare(session, "SELECT hashes FROM tiles WHERE level = $1 AND n = $2"), use(a), use(b), into(blobs))),
        tiles((Prepare(session, "SELECT n, hashes FROM tiles WHERE level = $1 AND n >= $2 AND n < $3 ORDER BY n"),
               use(a), use(b), use(c), into(numbers), into(blobs))),
        rows((Prepare(session,
                      "SELECT e.idx, e.kind, e.entry, p.record FROM entries e LEFT JOIN payloads p ON p.idx = e.idx "
                      "WHERE e.idx >= $1 AND e.idx < $2 ORDER BY e.idx"),
              use(a), use(b), into(numbers), into(kinds), into(texts), into(blobs))),
        rows_with_raw((Prepare(session,
                               "SELECT e.idx, e.kind, e.entry, p.record, p.raw FROM entries e LEFT JOIN payloads p "
                               "ON p.idx = e.idx "
                               "WHERE e.idx >= $1 AND e.idx < $2 ORDER BY e.idx"),
                       use(a), use(b), into(numbers), into(kinds), into(texts), into(blobs), into(raws))),
        intake((Prepare(session, "SELECT idx FROM intakes WHERE day = $1 AND serial = $2"), use(text_a), use(a),
                into(numbers))),
        // The latest, which have no place in `numbers` yet, then the others.
        external((Prepare(session,
                          "SELECT idx, content, people, day, serial, revision_of FROM intakes "
                          "WHERE idx >= (SELECT idx FROM numbers_to) AND source = $1 AND external_id = $2 "
                          "UNION ALL "
                          "SELECT i.idx, i.content, i.people, i.day, i.serial, i.revision_of "
                          "FROM numbers n CROSS JOIN intakes i ON i.idx = n.idx "
                          "WHERE n.source = $1 AND n.external_id = $2 LIMIT $3"),
                  use(text_a), use(text_b), use(a), into(numbers), into(blobs), into(raws), into(texts), into(sizes),
                  into(links))),
        content((Prepare(session,
                         "SELECT idx, content, people, day, serial, revision_of FROM intakes "
                         "WHERE idx = COALESCE((SELECT MIN(idx) FROM numbers "
                         "WHERE source = $1 AND external_id = $2 AND content = $3), "
                         "(SELECT MIN(idx) FROM intakes WHERE idx >= (SELECT idx FROM numbers_to) "
                         "AND source = $1 AND external_id = $2 AND content = $3))"),
                 use(text_a), use(text_b), use(blob), into(numbers), into(blobs), into(raws), into(texts), into(sizes),
                 into(links))),
        history((Prepare(session, "SELECT idx, kind FROM about WHERE about = $1 ORDER BY idx"), use(a), into(numbers),
                 into(kinds))),
        serial((Prepare(session, "SELECT serial FROM intakes WHERE day = $1 ORDER BY serial DESC LIMIT 1"), use(text_a),
                into(numbers))),
        late(
            (Prepare(session,
                     "SELECT idx FROM intakes WHERE idx >= (SELECT idx FROM numbers_to) AND external_id <> '' LIMIT 1"),
             into(numbers))),
        distinct((Prepare(session,
                          "SELECT DISTINCT source, external_id FROM numbers WHERE (source, external_id) > ($1, $2) "
                          "ORDER BY source, external_id LIMIT $3"),
                  use(text_a), use(text_b), use(a), into(texts), into(more_texts))),
        fact((Prepare(session, "SELECT value FROM facts WHERE name = $1"), use(text_a), into(texts))) {}

  void Clear() {
    numbers.clear();
    sizes.clear();
    links.clear();
    kinds.clear();
    texts.clear();
    more_texts.clear();
    blobs.clear();
    raws.clear();
  }

  std::uint64_t a = 0, b = 0, c = 0;
  std::string text_a, text_b;
  BLOB blob;
  std::vector<std::uint64_t> numbers, sizes;
  std::vector<std::int64_t> links;
  std::vector<int> kinds;
  std::vector<std::string> texts, more_texts;
  std::vector<BLOB> blobs, raws;
  Statement head, entries, tile, tiles, rows, rows_with_raw, intake, external, content, history, serial, late, distinct,
      fact;
};

Reader::Reader(Poco::Data::Session session)
    : session_(std::move(session)), statements_(std::make_unique<Statements>(session_)) {}
Reader::~Reader() = default;

template <typename F>
auto Reader::Guarded(const char* step, F&& query) -> decltype(query()) {
  statements_->Clear();
  try {
    return query();
  } catch (...) {
    return CaughtError(step);
  }
}

Result<Head> Reader::LoadHead() {
  return Guarded("read head", [&]() -> Result<Head> {
    statements_->head.execute();
    Head head;
    if (statements_->sizes.empty()) {
      head.root = Sha256("");
      return head;
    }
    head.size = statements_->sizes[0];
    const std::string root = ToString(statements_->blobs[0]);
    if (root.size() != head.root.size()) return petition::Corrupt("the stored head has no root");
    std::memcpy(head.root.data(), root.data(), root.size());
    head.checkpoint = statements_->texts[0];
    return head;
  });
}

Result<std::vector<std::string>> Reader::Entries(std::uint64_t first, std::size_t count) {
  return Guarded("read entries", [&]() -> Result<std::vector<std::string>> {
    statements_->a = first;
    statements_->b = first + count;
    statements_->entries.execute();
    for (std::size_t i = 0; i < statements_->numbers.size(); ++i) {
      if (statements_->numbers[i] != first + i) return petition::Corrupt("an entry is missing in the store");
    }
    return std::move(statements_->texts);
  });
}

Result<std::string> Reader::TileBytes(int level, std::uint64_t n) {
  return Guarded("read tile", [&]() -> Result<std::string> {
    statements_->a = static_cast<std::uint64_t>(level);
    statements_->b = n;
    statements_->tile.execute();
    if (statements_->blobs.empty()) return petition::NotFound("no such full tile");
    return ToString(statements_->blobs[0]);
  });
}

Result<std::vector<StoredTile>> Reader::Tiles(int level, std::uint64_t first, std::size_t count) {
  return Guarded("read tiles", [&]() -> Result<std::vector<StoredTile>> {
    statements_->a = static_cast<std::uint64_t>(level);
    statements_->b = first;
    statements_->c = first + count;
    statements_->tiles.execute();
    std::vector<StoredTile> found;
    for (std::size_t i = 0; i < statements_->numbers.size(); ++i) {
      found.push_back({level, statements_->numbers[i], ToString(statements_->blobs[i])});
    }
    return found;
  });
}

Result<std::vector<StoredRow>> Reader::Rows(std::uint64_t first, std::size_t count, bool with_raw) {
  return Guarded("read rows", [&]() -> Result<std::vector<StoredRow>> {
    statements_->a = first;
    statements_->b = first + count;
    (with_raw ? statements_->rows_with_raw : statements_->rows).execute();
    std::vector<StoredRow> found(statements_->numbers.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i].index = statements_->numbers[i];
      found[i].kind = static_cast<Kind>(statements_->kinds[i]);
      found[i].entry = std::move(statements_->texts[i]);
      found[i].sealed_record = ToString(statements_->blobs[i]);
      if (with_raw) found[i].sealed_raw = ToString(statements_->raws[i]);
    }
    return found;
  });
}

Result<std::optional<std::uint64_t>> Reader::FindIntake(std::string_view day, std::uint64_t serial) {
  return Guarded("find intake", [&]() -> Result<std::optional<std::uint64_t>> {
    statements_->text_a = day;
    statements_->a = serial;
    statements_->intake.execute();
    if (statements_->numbers.empty()) return std::optional<std::uint64_t>();
    return std::optional<std::uint64_t>(statements_->numbers[0]);
  });
}

Result<std::vector<KnownIntake>> Reader::FindExternal(std::string_view source, std::string_view external_id) {
  if (external_id.empty()) return std::vector<KnownIntake>();
  return Guarded("find external", [&]() -> Result<std::vector<KnownIntake>> {
    statements_->text_a = source;
    statements_->text_b = external_id;
    statements_->a = kSameNumberMax;
    statements_->external.execute();
    std::vector<KnownIntake> found = TakeIntakes();
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    return found;
  });
}

Result<std::optional<KnownIntake>> Reader::FindContent(std::string_view source, std::string_view external_id,
                                                       std::string_view content) {
  if (external_id.empty()) return std::optional<KnownIntake>();
  return Guarded("find content", [&]() -> Result<std::optional<KnownIntake>> {
    statements_->text_a = source;
    statements_->text_b = external_id;
    statements_->blob = ToBlob(content);
    statements_->content.execute();
    std::vector<KnownIntake> found = TakeIntakes();
    if (found.empty()) return std::optional<KnownIntake>();
    return std::optional<KnownIntake>(std::move(found[0]));
  });
}

// The rows of `external` or `content`.
std::vector<KnownIntake> Reader::TakeIntakes() {
  std::vector<KnownIntake> found(statements_->numbers.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i].index = statements_->numbers[i];
    found[i].key = {statements_->text_a,
                    statements_->text_b,
                    ToString(statements_->blobs[i]),
                    ToString(statements_->raws[i]),
                    std::move(statements_->texts[i]),
                    statements_->sizes[i],
                    static_cast<std::uint64_t>(statements_->links[i])};
  }
  return found;
}

Result<std::vector<std::uint64_t>> Reader::History(std::uint64_t about, std::optional<Kind> kind) {
  return Guarded("read history", [&]() -> Result<std::vector<std::uint64_t>> {
    statements_->a = about;
    statements_->history.execute();
    if (!kind) return std::move(statements_->numbers);
    std::vector<std::uint64_t> found;
    for (std::size_t i = 0; i < statements_->numbers.size(); ++i) {
      if (statements_->kinds[i] == static_cast<int>(*kind)) found.push_back(statements_->numbers[i]);
    }
    return found;
  });
}

Result<std::vector<SourceNumber>> Reader::Numbers(const SourceNumber& after, std::size_t count) {
  return Guarded("read numbers", [&]() -> Result<std::vector<SourceNumber>> {
    if (after.external_id.empty()) {
      statements_->late.execute();
      if (!statements_->numbers.empty()) return petition::Unavailable("the store's numbers are not in their order yet");
    }
    statements_->text_a = after.source;
    statements_->text_b = after.external_id;
    statements_->a = count;
    statements_->distinct.execute();
    std::vector<SourceNumber> found;
    found.reserve(statements_->texts.size());
    for (std::size_t i = 0; i < statements_->texts.size(); ++i)
      found.push_back({std::move(statements_->texts[i]), std::move(statements_->more_texts[i])});
    return found;
  });
}

Result<std::uint64_t> Reader::LastSerial(std::string_view day) {
  return Guarded("read serial", [&]() -> Result<std::uint64_t> {
    statements_->text_a = day;
    statements_->serial.execute();
    return statements_->numbers.empty() ? 0 : statements_->numbers[0];
  });
}

Result<std::optional<std::string>> Reader::Fact(std::string_view name) {
  return Guarded("read fact", [&]() -> Result<std::optional<std::string>> {
    statements_->text_a = name;
    statements_->fact.execute();
    if (statements_->texts.empty()) return std::optional<std::string>();
    return std::optional<std::string>(statements_->texts[0]);
  });
}

Result<std::unique_ptr<Reader>> ReaderPool::Take() {
  {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [&] { return !idle_.empty() || out_ < readers_max_; });
    ++out_;
    if (!idle_.empty()) {
      std::unique_ptr<Reader> reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  auto session = OpenSession(settings_);
  if (!session.ok()) {
    GiveBack(nullptr, false);
    return session.error();
  }
  return std::make_unique<Reader>(std::move(session).value());
}

void ReaderPool::GiveBack(std::unique_ptr<Reader> reader, bool keep) {
  if (!keep) reader.reset();
  {
    const std::lock_guard lock(mutex_);
    --out_;
    if (reader) idle_.push_back(std::move(reader));
  }
  freed_.notify_one();
}

}  // namespace ledger::sqlite
