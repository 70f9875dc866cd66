#include "search/store/term_store.h"

#include <cerrno>
#include <charconv>
#include <system_error>

#include "ledger/early_writing.h"
#include "ledger/read_ahead.h"

namespace search::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStampName = "guiyi.stamp";
constexpr const char* kSizesName = "guiyi.sizes";
constexpr const char* kTables[] = {"postlist.glass", "termlist.glass", "docdata.glass"};
constexpr const char* kVersionFile = "iamglass";
constexpr std::size_t kReadersKept = 64;

std::uint64_t SizeOf(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : size;
}

// The tables never shrink. A later commit remembers how long they were, so that a cut one is noticed at opening instead
// of at some later look-up.
std::string SizesOf(const fs::path& folder) {
  std::string out;
  for (const char* table : kTables) out += std::to_string(SizeOf(folder / table)) + " ";
  return out;
}

bool AreCut(const fs::path& folder, std::string_view sizes) {
  for (const char* table : kTables) {
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(sizes.data(), sizes.data() + sizes.size(), size);
    if (error != std::errc{}) return false;  // the first commit had nothing to remember
    sizes.remove_prefix(static_cast<std::size_t>(end - sizes.data()) + 1);
    if (SizeOf(folder / table) < size) return true;
  }
  return false;
}

// Xapian takes either half of such an index for an empty one and would begin anew without a word.
bool IsHalfThere(const fs::path& folder) {
  const bool version = fs::exists(folder / kVersionFile), postings = fs::exists(folder / kTables[0]);
  return version != postings;
}

// The last document's terms and the first term: touches each table's root and one way down.
void ReadEdges(const Xapian::Database& database) {
  if (database.get_doccount() == 0) return;
  (void)database.get_document(database.get_lastdocid());
  auto term = database.allterms_begin();
  if (term != database.allterms_end()) (void)*database.postlist_begin(*term);
}

}  // namespace

std::optional<std::uint64_t> NumberIn(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

petition::Error Translate(const Xapian::Error& error) {
  const std::string kind = error.get_type();
  std::string detail = kind + ": " + error.get_msg();
  if (const char* system = error.get_error_string()) detail += std::string(" (") + system + ")";
  if (kind == "DatabaseCorruptError" || kind == "DatabaseVersionError" || kind == "DatabaseNotFoundError" ||
      kind == "DatabaseOpeningError" || kind == "SerialisationError" || error.get_msg().starts_with("EOF reading")) {
    return petition::Corrupt(std::move(detail));
  }
  if (kind == "DatabaseLockError")
    return petition::Unavailable("the index is in use by another process", std::move(detail));
  if (kind.starts_with("Database"))
    return petition::Unavailable("the index can't be read or written now", std::move(detail));
  return petition::Internal(std::move(detail));
}

petition::Result<std::unique_ptr<TermStore>> TermStore::Open(const fs::path& folder, const std::string& stamp,
                                                             Lists lists) {
  try {
    fs::create_directories(folder);
    if (IsHalfThere(folder)) return petition::Corrupt("index without its version file or postings");
    Xapian::WritableDatabase writer(folder.string(), Xapian::DB_CREATE_OR_OPEN | Xapian::DB_BACKEND_GLASS);
    const std::string found = writer.get_metadata(kStampName);
    const bool fresh = found.empty() && writer.get_doccount() == 0;
    if (!fresh && found != stamp) return petition::Corrupt("index made with another key or format");
    if (AreCut(folder, writer.get_metadata(kSizesName)))
      return petition::Corrupt("index table shorter than at its last commit");
    ReadEdges(writer);
    std::unique_ptr<TermStore> store(new TermStore(folder, lists, std::move(writer)));
    if (fresh) GUIYI_CHECK(store->Commit({{kStampName, stamp}}));
    return store;
  } catch (const Xapian::Error& error) {
    return Translate(error);
  } catch (const fs::filesystem_error& error) {
    return petition::Unavailable("the index folder can't be opened", error.code().message());
  }
}

TermStore::TermStore(fs::path folder, Lists lists, Xapian::WritableDatabase writer)
    : folder_(std::move(folder)), lists_(lists), writer_(std::move(writer)) {
  writer_.begin_transaction();
}

TermStore::~TermStore() {
  try {
    writer_.cancel_transaction();
    writer_.close();
  } catch (const Xapian::Error&) {
    // What was not committed is not promised; the next opening starts from the last commit.
  }
}

petition::Status TermStore::Commit(const std::vector<std::pair<std::string, std::string>>& metadata) {
  return Write([&](Xapian::WritableDatabase& database) {
    for (const auto& [name, value] : metadata) database.set_metadata(name, value);
    database.set_metadata(kSizesName, SizesOf(folder_));
    {
      const ledger::EarlyWriting beside({folder_ / kTables[0], folder_ / kTables[1]});
      database.commit_transaction();
    }
    generation_.fetch_add(1);
    database.begin_transaction();
  });
}

petition::Status TermStore::Reopen() {
  failed_ = true;
  try {
    writer_.cancel_transaction();
  } catch (const Xapian::Error&) {
    // There is none any more; closing gives up whatever there was.
  }
  try {
    writer_.close();
    writer_ = Xapian::WritableDatabase(folder_.string(), Xapian::DB_OPEN | Xapian::DB_BACKEND_GLASS);
    writer_.begin_transaction();
  } catch (const Xapian::Error& error) {
    return Translate(error);
  }
  generation_.fetch_add(1);
  failed_ = false;
  return petition::Ok();
}

std::string TermStore::Metadata(const std::string& name) const {
  try {
    return writer_.get_metadata(name);
  } catch (const Xapian::Error&) {
    return {};
  }
}

std::unique_ptr<TermStore::Reader> TermStore::Borrow() const {
  const std::uint64_t generation = generation_.load();
  std::unique_ptr<Reader> reader;
  {
    const std::lock_guard lock(pool_mutex_);
    if (!pool_.empty()) {
      reader = std::move(pool_.back());
      pool_.pop_back();
    }
  }
  if (reader && reader->generation == generation) return reader;
  if (!reader) {
    reader = std::make_unique<Reader>(Reader{Xapian::Database(folder_.string()), generation});
  } else {
    reader->database.reopen();  // which opens the files anew
    reader->generation = generation;
  }
  // The writer goes through the lists in order: it is not meant.
  if (lists_ == Lists::kShort) ledger::ReadNothingAhead(folder_ / "postlist.glass", ledger::OpenFor::kReading);
  return reader;
}

void TermStore::Return(std::unique_ptr<Reader> reader) const {
  const std::lock_guard lock(pool_mutex_);
  if (pool_.size() < kReadersKept) pool_.push_back(std::move(reader));
}

petition::Error TermStore::Refused() {
  return petition::Unavailable("the index stopped after a failed write",
                               "reopen the index: it continues from its last commit");
}

petition::Status RemoveIndex(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) return petition::Unavailable("the index can't be deleted", error.message());
  return petition::Ok();
}

}  // namespace search::store
