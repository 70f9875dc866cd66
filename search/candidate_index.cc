#include "search/candidate_index.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <fstream>
#include <iterator>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <tuple>

#include "ledger/durable_file.h"
#include "search/candidate_terms.h"
#include "search/overlay.h"
#include "search/rarity.h"
#include "search/store/gather.h"
#include "search/store/term_store.h"

namespace search {
namespace {

namespace fs = std::filesystem;
using petition::Status;

// The format's name stands in the stamp: an index of another one is rebuilt, not read.
constexpr std::string_view kFormat = "guiyi-candidates-1";
constexpr const char* kPosition = "guiyi.position";
constexpr const char* kLastId = "guiyi.last";
constexpr const char* kLearned = "guiyi.learned";
constexpr const char* kLearning = "guiyi.rarity.learning";
constexpr const char* kInUse = "guiyi.rarity.in_use";
constexpr std::size_t kTableBytesMax = std::size_t{64} << 20;
// Xapian's documents are numbered from 1 in 32 bits; ours is the ledger index plus one.
constexpr std::uint64_t kIdMax = UINT32_MAX - 2;

std::uint32_t DocumentOf(std::uint64_t id) { return id <= kIdMax ? static_cast<std::uint32_t>(id) + 1 : 0; }

std::uint64_t ToNumber(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t FromTermBytes(const std::string& bytes) {
  std::uint64_t term = 0;
  for (std::size_t i = 0; i < 8; ++i) term = term << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
  return term;
}

// A young table says little about rarity and a small index costs little to ask: more is stored and asked until the
// table has seen enough.
std::size_t Widened(std::size_t shingles, const RarityTable& table) {
  if (table.documents() < 2048) return shingles * 4;
  return table.documents() < 16384 ? shingles * 2 : shingles;
}

// The tables of frequencies lie beside the database as files named by document count; metadata of the same commit as
// the postings say which ones belong.
class RarityFiles {
 public:
  explicit RarityFiles(fs::path folder) : folder_(std::move(folder)) {}

  /// Writes what changed; answers the metadata for the commit that makes it count.
  Status Save(Rarity& rarity, std::vector<std::pair<std::string, std::string>>& metadata) {
    if (rarity.changed() || learning_.empty()) {
      GUIYI_TRY(learning_, Write("learning", rarity.documents(), rarity.EncodeLearning()));
    }
    const RarityInUse& in_use = *rarity.in_use();
    if (in_use_.empty() || epoch_ != in_use.epoch) {
      GUIYI_TRY(in_use_, Write("in-use", in_use.epoch, in_use.encoded));
      epoch_ = in_use.epoch;
    }
    metadata.emplace_back(kLearning, learning_);
    metadata.emplace_back(kInUse, in_use_);
    metadata.emplace_back(kLearned, std::to_string(rarity.documents()));
    return petition::Ok();
  }

  petition::Result<Rarity> Load(const store::TermStore& store) {
    learning_ = store.Metadata(kLearning);
    in_use_ = store.Metadata(kInUse);
    if (learning_.empty() && in_use_.empty()) return Rarity();
    GUIYI_TRY(const std::string learning, Read(learning_));
    GUIYI_TRY(const std::string in_use, Read(in_use_));
    const std::string_view name = in_use_;
    epoch_ = ToNumber(name.substr(name.find('.') + 1));
    return Rarity::Restore(ToNumber(store.Metadata(kLearned)), learning, epoch_, in_use);
  }

  /// Files that no commit names any more.
  void Tidy() const {
    std::error_code error;
    for (const auto& item : fs::directory_iterator(folder_, error)) {
      const std::string name = item.path().filename().string();
      if (item.is_regular_file(error) && name != FileOf(learning_) && name != FileOf(in_use_)) {
        fs::remove(item.path(), error);
      }
    }
  }

 private:
  // An entry reads "NAME.COUNT HASH".
  static std::string FileOf(const std::string& entry) { return entry.substr(0, entry.find(' ')); }

  petition::Result<std::string> Write(const std::string& name, std::uint64_t count, const std::string& bytes) const {
    const std::string file = name + "." + std::to_string(count);
    GUIYI_CHECK(ledger::WriteDurably(ledger::FileSystem::Real(), folder_ / file, bytes));
    return file + " " + ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes)));
  }
  petition::Result<std::string> Read(const std::string& entry) const {
    const auto bytes = ledger::FileSystem::Real().Read(folder_ / FileOf(entry), kTableBytesMax);
    if (!bytes.ok()) return petition::Corrupt("table of shingle frequencies is missing: " + bytes.error().detail);
    const std::string hash = ledger::Hex(ledger::AsBytes(ledger::Sha256(*bytes)));
    if (!entry.ends_with(" " + hash)) return petition::Corrupt("table of shingle frequencies is not the one committed");
    return *bytes;
  }

  const fs::path folder_;
  std::string learning_, in_use_;
  std::uint64_t epoch_ = 0;
};

class XapianCandidateIndex : public CandidateIndex {
 public:
  XapianCandidateIndex(const CandidateOptions& options, const ledger::Key& key, std::unique_ptr<store::TermStore> store,
                       RarityFiles files, Rarity rarity)
      : options_(options), key_(key), store_(std::move(store)), files_(std::move(files)) {
    Begin(std::move(rarity));
  }

  Status Add(const CandidateDocument& document) override;
  Status Commit(std::uint64_t position) override;
  std::uint64_t durable_position() const override { return position_; }
  Status Reopen() override;
  petition::Result<CandidateHits> Find(const CandidateDocument& asking, std::size_t limit) const override;
  std::uint64_t Frequency(std::string_view key) const override;
  std::uint64_t size() const override { return size_; }
  ledger::Hash frequency_table_hash() const override {
    const std::shared_lock lock(overlay_mutex_);
    return in_use_->hash;
  }

 private:
  void Begin(Rarity rarity);
  store::Question Ask(const CandidateDocument& asking) const;
  Status Put(std::uint32_t document, const CandidateTerms& chosen);

  const CandidateOptions options_;
  const TermKey key_;
  const std::unique_ptr<store::TermStore> store_;
  // Owned by the writer.
  RarityFiles files_;
  Rarity rarity_;
  std::size_t uncommitted_ = 0;
  std::atomic<std::uint64_t> position_{0}, size_{0};
  std::uint64_t last_id_ = 0;  // the highest id ever added, plus one
  // Guarded by overlay_mutex_.
  mutable std::shared_mutex overlay_mutex_;
  Overlay overlay_;
  std::shared_ptr<const RarityInUse> in_use_;
};

/// From what is committed.
void XapianCandidateIndex::Begin(Rarity rarity) {
  rarity_ = std::move(rarity);
  position_ = ToNumber(store_->Metadata(kPosition));
  const std::string last = store_->Metadata(kLastId);
  last_id_ = last.empty() ? 0 : ToNumber(last) + 1;
  uncommitted_ = 0;
  (void)store_->Write([&](Xapian::WritableDatabase& database) { size_ = database.get_doccount(); });
  const std::unique_lock lock(overlay_mutex_);
  overlay_.Clear();
  in_use_ = rarity_.in_use();
}

Status XapianCandidateIndex::Reopen() {
  GUIYI_CHECK(store_->Reopen());
  GUIYI_TRY(Rarity rarity, files_.Load(*store_));
  Begin(std::move(rarity));
  return petition::Ok();
}

Status XapianCandidateIndex::Add(const CandidateDocument& document) {
  const std::uint32_t number = DocumentOf(document.id);
  if (number == 0) return petition::Invalid("id_too_large", "the candidate index holds ids below 4,294,967,294");
  const std::u32string letters = LettersOf(document);
  const std::vector<std::uint64_t> shingles = Shingles(key_, letters);
  const bool is_new = document.id >= last_id_;
  // Sealed documents teach the table nothing: it may tell nobody about them.
  const bool learns = is_new && !document.sealed;
  if (learns) rarity_.StepEpoch();
  const RarityTable& table = rarity_.in_use()->table;
  const std::size_t count = Widened(options_.shingles_stored, table);
  GUIYI_CHECK(Put(number, ChooseTerms(key_, table, document, letters, shingles, count)));
  if (learns) rarity_.Learn(shingles);
  if (is_new) last_id_ = document.id + 1;
  if (++uncommitted_ >= options_.commit_every) return Commit(std::max(position_.load(), last_id_ - 1));
  return petition::Ok();
}

Status XapianCandidateIndex::Put(std::uint32_t document, const CandidateTerms& chosen) {
  std::vector<std::uint64_t> terms = chosen.keys;
  for (const auto& shingle : chosen.shingles) terms.push_back(shingle.term);
  if (chosen.exact != 0) terms.push_back(chosen.exact);
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());

  const bool held = [&] {
    const std::shared_lock lock(overlay_mutex_);
    return overlay_.Holds(document);
  }();
  bool committed = false;
  std::vector<std::uint64_t> before;
  GUIYI_CHECK(store_->Write([&](Xapian::WritableDatabase& database) {
    if (!held && document <= database.get_lastdocid()) {
      try {
        const Xapian::Document old = database.get_document(document);
        for (auto term = old.termlist_begin(); term != old.termlist_end(); ++term)
          before.push_back(FromTermBytes(*term));
        committed = true;
      } catch (const Xapian::DocNotFoundError&) {
        // An id that was left out before.
      }
    }
    Xapian::Document stored;
    for (const std::uint64_t term : terms) stored.add_boolean_term(TermBytes(term, kCandidateTermBytes));
    database.replace_document(document, stored);
    size_ = database.get_doccount();
  }));
  const std::unique_lock lock(overlay_mutex_);
  if (committed) overlay_.Hide(document, before);
  overlay_.Put(document, std::move(terms));
  in_use_ = rarity_.in_use();
  return petition::Ok();
}

Status XapianCandidateIndex::Commit(std::uint64_t position) {
  std::vector<std::pair<std::string, std::string>> metadata = {{kPosition, std::to_string(position)}};
  if (last_id_ > 0) metadata.emplace_back(kLastId, std::to_string(last_id_ - 1));
  GUIYI_CHECK(files_.Save(rarity_, metadata));
  GUIYI_CHECK(store_->Commit(metadata));
  files_.Tidy();
  {
    // Readers that borrow from here on see the commit, so they need the overlay no more.
    const std::unique_lock lock(overlay_mutex_);
    overlay_.Clear();
  }
  uncommitted_ = 0;
  position_ = position;
  return petition::Ok();
}

store::Question XapianCandidateIndex::Ask(const CandidateDocument& asking) const {
  const auto table = [&] {
    const std::shared_lock lock(overlay_mutex_);
    return in_use_;
  }();
  const std::u32string letters = LettersOf(asking);
  store::Question question;
  question.self = DocumentOf(asking.id);
  question.terms = ChooseTerms(key_, table->table, asking, letters, Shingles(key_, letters),
                               Widened(options_.shingles_asked, table->table));
  const std::shared_lock lock(overlay_mutex_);
  for (const auto& shingle : question.terms.shingles) question.shingles.push_back(overlay_.Of(shingle.term));
  for (const std::uint64_t term : question.terms.keys) question.keys.push_back(overlay_.Of(term));
  question.exact = overlay_.Of(question.terms.exact);
  question.hidden = overlay_.hidden();
  return question;
}

petition::Result<CandidateHits> XapianCandidateIndex::Find(const CandidateDocument& asking, std::size_t limit) const {
  const store::Question question = Ask(asking);
  return store_->Read([&](const Xapian::Database& database) -> petition::Result<CandidateHits> {
    CandidateHits hits;
    for (const auto& found : store::Gather(database, question, limit, hits.bounded)) {
      hits.hits.push_back({found.document - 1, found.shingles, found.keys, static_cast<double>(found.score)});
    }
    return hits;
  });
}

std::uint64_t XapianCandidateIndex::Frequency(std::string_view key) const {
  const std::uint64_t term = KeyTerm(key_, false, key);
  std::uint64_t overlaid = 0, hidden = 0;
  {
    const std::shared_lock lock(overlay_mutex_);
    std::tie(overlaid, hidden) = overlay_.CountOf(term);
  }
  const auto counted = store_->Read([&](const Xapian::Database& database) -> petition::Result<std::uint64_t> {
    const std::uint64_t committed = database.get_termfreq(TermBytes(term, kCandidateTermBytes));
    return committed + overlaid - std::min(hidden, committed);
  });
  return counted.ok() ? *counted : overlaid;
}

}  // namespace

petition::Result<std::unique_ptr<CandidateIndex>> CandidateIndex::Open(const CandidateOptions& options,
                                                                       const ledger::Key& term_key) {
  const TermKey key(term_key);
  GUIYI_TRY(auto store, store::TermStore::Open(options.folder / "terms", key.Stamp(kFormat)));
  std::error_code error;
  fs::create_directories(options.folder / "rarity", error);
  if (error) return petition::Unavailable("the index folder can't be made", error.message());
  RarityFiles files(options.folder / "rarity");
  GUIYI_TRY(Rarity rarity, files.Load(*store));
  return std::unique_ptr<CandidateIndex>(
      std::make_unique<XapianCandidateIndex>(options, term_key, std::move(store), std::move(files), std::move(rarity)));
}

petition::Status CandidateIndex::Erase(const fs::path& folder) { return store::RemoveIndex(folder); }

}  // namespace search
