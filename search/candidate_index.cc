#include "search/candidate_index.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <system_error>
#include <thread>

#include "petition/thread_nice.h"
#include "search/candidate_terms.h"
#include "search/overlay.h"
#include "search/rarity.h"
#include "search/rarity_files.h"
#include "search/store/gather.h"
#include "search/store/term_store.h"
#include "search/term_filter.h"

namespace search {
namespace {

namespace fs = std::filesystem;
using petition::Status;

// The format's name stands in the stamp: an index of another one is rebuilt, not read.
constexpr std::string_view kFormat = "guiyi-candidates-1";
constexpr const char* kPosition = "guiyi.position";
constexpr const char* kLastId = "guiyi.last";
// Xapian's documents are numbered from 1 in 32 bits; ours is the ledger index plus one.
constexpr std::uint64_t kIdMax = UINT32_MAX - 2;

std::uint32_t DocumentOf(std::uint64_t id) { return id <= kIdMax ? static_cast<std::uint32_t>(id) + 1 : 0; }

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

// What was found, and what stood in the overlay then.
struct Found {
  CandidateHits hits;
  std::size_t limit = 0;
  Overlay::Moment moment;
};

// Of one document, by the table in use and the commit that stood then.
struct Look final : CandidateLook {
  std::shared_ptr<const RarityInUse> in_use;
  std::uint64_t epoch = 0;  // of the overlay
  bool sealed = false;
  std::vector<std::uint64_t> shingles;  // all of them
  CandidateTerms terms;                 // those asked
  store::Committed committed;           // what is committed of those
  std::optional<Found> found;           // when it was asked with last
};

struct Asked {
  store::Question question;
  Overlay::Moment moment;
};

class XapianCandidateIndex : public CandidateIndex {
 public:
  XapianCandidateIndex(const CandidateOptions& options, const ledger::Key& key, std::unique_ptr<store::TermStore> store,
                       RarityFiles files, Rarity rarity)
      : options_(options), key_(key), store_(std::move(store)), files_(std::move(files)) {
    Begin(std::move(rarity));
    filling_ = std::thread([this] { FillFilter(); });
  }
  ~XapianCandidateIndex() override {
    closing_ = true;
    filling_.join();
  }

  Status Add(const CandidateDocument& document, const CandidateLook* ahead) override;
  Status Commit(std::uint64_t position) override;
  Status BeginCommit(std::uint64_t position) override;
  Status FinishCommit() override;
  std::uint64_t durable_position() const override { return position_; }
  Status Reopen() override;
  petition::Result<CandidateHits> Find(const CandidateDocument& asking, std::size_t limit,
                                       CandidateLook* ahead) const override;
  petition::Result<std::vector<std::shared_ptr<CandidateLook>>> LookAhead(
      std::span<const CandidateDocument> asking) const override;
  std::uint64_t Frequency(std::string_view key, const CandidateLook* ahead) const override;
  std::uint64_t size() const override { return size_; }
  ledger::Hash frequency_table_hash() const override {
    const std::shared_lock lock(overlay_mutex_);
    return in_use_->hash;
  }

 private:
  struct Pending {
    std::uint64_t position = 0, last_id = 0;
    Rarity rarity;
  };
  void Begin(Rarity rarity);
  void FillFilter();
  std::uint64_t Epoch() const {
    const std::shared_lock lock(overlay_mutex_);
    return overlay_.epoch();
  }
  petition::Result<std::vector<std::shared_ptr<Look>>> LookAt(std::span<const CandidateDocument> asking) const;
  std::optional<Asked> QuestionOf(const CandidateDocument& asking, const Look& look) const;
  petition::Result<CandidateHits> Answer(const Asked& asked, std::size_t limit) const;
  bool StillStands(const Look& look) const;
  std::optional<std::uint64_t> FrequencySince(std::uint64_t epoch, std::uint64_t term, std::uint64_t committed,
                                              std::uint32_t through) const;
  Status Put(std::uint32_t document, const CandidateTerms& chosen, bool is_new);
  petition::Result<std::optional<std::vector<std::uint64_t>>> CommittedTermsOf(std::uint32_t document) const;
  Status WritePending();

  const CandidateOptions options_;
  const TermKey key_;
  const std::unique_ptr<store::TermStore> store_;
  // Owned by the writer.
  Rarity rarity_;
  std::uint64_t last_id_ = 0;  // the highest id ever added, plus one
  std::atomic<std::uint64_t> position_{0}, size_{0};
  std::atomic<bool> failed_{false};
  // Guarded by commit_mutex_, as all writing to store_ is.
  std::mutex commit_mutex_;
  RarityFiles files_;
  std::optional<Pending> pending_;
  // Guarded by overlay_mutex_.
  mutable std::shared_mutex overlay_mutex_;
  Overlay overlay_;
  std::shared_ptr<const RarityInUse> in_use_;

  TermFilter filter_;
  std::atomic<bool> closing_{false};
  std::thread filling_;
};

/// From what is committed.
void XapianCandidateIndex::Begin(Rarity rarity) {
  rarity_ = std::move(rarity);
  position_ = store_->MetadataNumber(kPosition).value_or(0);
  const auto last = store_->MetadataNumber(kLastId);
  last_id_ = last ? *last + 1 : 0;
  pending_.reset();
  (void)store_->Write([&](Xapian::WritableDatabase& database) { size_ = database.get_doccount(); });
  const std::unique_lock lock(overlay_mutex_);
  overlay_.Clear();
  in_use_ = rarity_.in_use();
}

/// With every term that is committed; those that are added meanwhile come in by themselves.
void XapianCandidateIndex::FillFilter() {
  constexpr std::size_t kTermsAtOnce = 16384;  // a reader is not held so long that commits leave it behind
  petition::SetThreadNice(19);
  std::string next;
  for (bool more = true; more;) {
    const Status read = store_->Read([&](const Xapian::Database& database) -> Status {
      auto term = database.allterms_begin();
      if (!next.empty()) term.skip_to(next);
      const auto end = database.allterms_end();
      for (std::size_t i = 0; i < kTermsAtOnce && term != end; ++i, ++term) {
        next = *term;
        filter_.Insert(FromTermBytes(next));
      }
      more = term != end;
      return petition::Ok();
    });
    if (!read.ok() || closing_) return;  // without it every term is looked up
  }
  filter_.SayFilled();
}

Status XapianCandidateIndex::Reopen() {
  const std::lock_guard commit(commit_mutex_);
  GUIYI_CHECK(store_->Reopen());
  GUIYI_TRY(Rarity rarity, files_.Load(*store_));
  Begin(std::move(rarity));
  failed_ = false;
  return petition::Ok();
}

Status XapianCandidateIndex::Add(const CandidateDocument& document, const CandidateLook* ahead) {
  const std::uint32_t number = DocumentOf(document.id);
  if (number == 0) return petition::Invalid("id_too_large", "the candidate index holds ids below 4,294,967,294");
  if (failed_) return store::TermStore::Refused();
  const bool is_new = document.id >= last_id_;
  // Sealed documents teach the table nothing: it may tell nobody about them.
  const bool learns = is_new && !document.sealed;
  if (learns) rarity_.StepEpoch();
  const auto& in_use = rarity_.in_use();
  const std::size_t count = Widened(options_.shingles_stored, in_use->table);
  const auto* look = static_cast<const Look*>(ahead);
  if (look != nullptr && look->in_use == in_use && look->sealed == document.sealed &&
      options_.shingles_stored <= options_.shingles_asked) {
    CandidateTerms chosen = look->terms;
    chosen.shingles.resize(std::min(count, chosen.shingles.size()));
    GUIYI_CHECK(Put(number, chosen, is_new));
    if (learns) rarity_.Learn(look->shingles);
  } else {
    const std::u32string letters = LettersOf(document);
    const std::vector<std::uint64_t> shingles = Shingles(key_, letters);
    GUIYI_CHECK(Put(number, ChooseTerms(key_, in_use->table, document, letters, shingles, count), is_new));
    if (learns) rarity_.Learn(shingles);
  }
  if (is_new) last_id_ = document.id + 1;
  return petition::Ok();
}

Status XapianCandidateIndex::Put(std::uint32_t document, const CandidateTerms& chosen, bool is_new) {
  std::vector<std::uint64_t> terms = chosen.keys;
  for (const auto& shingle : chosen.shingles) terms.push_back(shingle.term);
  if (chosen.exact != 0) terms.push_back(chosen.exact);
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  for (const std::uint64_t term : terms) filter_.WillAsk(term);
  for (const std::uint64_t term : terms) filter_.Insert(term);

  std::optional<std::vector<std::uint64_t>> before;
  bool held = false;
  if (!is_new) {
    const auto holds = [&](bool frozen) {
      const std::shared_lock lock(overlay_mutex_);
      return frozen ? overlay_.IsFrozen(document) : overlay_.Holds(document);
    };
    if (holds(true)) GUIYI_CHECK(FinishCommit());
    held = holds(false);
    if (!held) {
      GUIYI_TRY(before, CommittedTermsOf(document));
    }
  }
  const std::unique_lock lock(overlay_mutex_);
  if (before) overlay_.Hide(document, *before);
  overlay_.Put(document, std::move(terms));
  in_use_ = rarity_.in_use();
  if (!held && !before) ++size_;
  return petition::Ok();
}

/// Empty: it is not there.
petition::Result<std::optional<std::vector<std::uint64_t>>> XapianCandidateIndex::CommittedTermsOf(
    std::uint32_t document) const {
  return store_->Read(
      [&](const Xapian::Database& database) -> petition::Result<std::optional<std::vector<std::uint64_t>>> {
        std::vector<std::uint64_t> terms;
        try {
          const Xapian::Document stored = database.get_document(document);
          for (auto term = stored.termlist_begin(); term != stored.termlist_end(); ++term)
            terms.push_back(FromTermBytes(*term));
        } catch (const Xapian::DocNotFoundError&) {
          return std::optional<std::vector<std::uint64_t>>();  // or an id that was left out before
        }
        return std::optional(std::move(terms));
      });
}

Status XapianCandidateIndex::Commit(std::uint64_t position) {
  GUIYI_CHECK(BeginCommit(position));
  return FinishCommit();
}

Status XapianCandidateIndex::BeginCommit(std::uint64_t position) {
  const std::lock_guard commit(commit_mutex_);
  GUIYI_CHECK(WritePending());
  if (failed_) return store::TermStore::Refused();
  pending_ = {position, last_id_, rarity_.Copy()};
  const std::unique_lock lock(overlay_mutex_);
  overlay_.Freeze();
  return petition::Ok();
}

Status XapianCandidateIndex::FinishCommit() {
  const std::lock_guard commit(commit_mutex_);
  return WritePending();
}

Status XapianCandidateIndex::WritePending() {
  if (!pending_) return petition::Ok();
  const auto write = [&]() -> Status {
    // Only who holds commit_mutex_ changes what is frozen.
    const Overlay::Terms& frozen = overlay_.frozen();
    std::vector<std::uint32_t> documents;
    for (const auto& [document, terms] : frozen) documents.push_back(document);
    std::sort(documents.begin(), documents.end());
    GUIYI_CHECK(store_->Write([&](Xapian::WritableDatabase& database) {
      for (const std::uint32_t document : documents) {
        Xapian::Document stored;
        for (const std::uint64_t term : frozen.at(document))
          stored.add_boolean_term(TermBytes(term, kCandidateTermBytes));
        database.replace_document(document, stored);
      }
    }));
    std::vector<std::pair<std::string, std::string>> metadata = {{kPosition, std::to_string(pending_->position)}};
    if (pending_->last_id > 0) metadata.emplace_back(kLastId, std::to_string(pending_->last_id - 1));
    GUIYI_CHECK(files_.Save(pending_->rarity, metadata));
    return store_->Commit(metadata);
  };
  if (const Status written = write(); !written.ok()) {
    failed_ = true;
    return written;
  }
  files_.Tidy();
  position_ = pending_->position;
  pending_.reset();
  // Readers that borrow from here on see the commit, so they need it no more. It is given back to memory when they
  // wait no longer.
  Overlay::Layer dropped;
  const std::unique_lock lock(overlay_mutex_);
  dropped = overlay_.DropFrozen();
  return petition::Ok();
}

petition::Result<std::vector<std::shared_ptr<CandidateLook>>> XapianCandidateIndex::LookAhead(
    std::span<const CandidateDocument> asking) const {
  GUIYI_TRY(const auto looks, LookAt(asking));
  return std::vector<std::shared_ptr<CandidateLook>>(looks.begin(), looks.end());
}

petition::Result<std::vector<std::shared_ptr<Look>>> XapianCandidateIndex::LookAt(
    std::span<const CandidateDocument> asking) const {
  const auto in_use = [this] {
    const std::shared_lock lock(overlay_mutex_);
    return in_use_;
  }();
  const RarityTable& table = in_use->table;
  std::vector<std::shared_ptr<Look>> looks;
  std::vector<const CandidateTerms*> questions;
  for (const CandidateDocument& document : asking) {
    auto& look = looks.emplace_back(std::make_shared<Look>());
    look->in_use = in_use;
    const std::u32string letters = LettersOf(document);
    look->sealed = document.sealed;
    look->shingles = Shingles(key_, letters);
    look->terms = ChooseTerms(key_, table, document, letters, look->shingles, Widened(options_.shingles_asked, table));
    questions.push_back(&look->terms);
  }
  const std::uint64_t epoch = Epoch();  // what is read below is at least that new
  GUIYI_CHECK(store_->Read([&](const Xapian::Database& database) -> Status {
    auto committed = store::Fetch(database, questions, filter_);
    for (std::size_t i = 0; i < looks.size(); ++i) looks[i]->committed = std::move(committed[i]);
    return petition::Ok();
  }));
  for (const auto& look : looks) look->epoch = epoch;
  return looks;
}

/// Empty: another table is in use, or something was committed since.
std::optional<Asked> XapianCandidateIndex::QuestionOf(const CandidateDocument& asking, const Look& look) const {
  const std::shared_lock lock(overlay_mutex_);
  if (look.in_use != in_use_ || look.epoch != overlay_.epoch()) return std::nullopt;
  store::Question question{&look.terms, &look.committed, {}, {}, {}, overlay_.hidden(), DocumentOf(asking.id)};
  for (const auto& shingle : look.terms.shingles) question.shingles.push_back(overlay_.Of(shingle.term));
  for (const std::uint64_t term : look.terms.keys) question.keys.push_back(overlay_.Of(term));
  question.exact = overlay_.Of(look.terms.exact);
  return Asked{std::move(question), overlay_.Now()};
}

/// Whether what was found is what would be found now.
bool XapianCandidateIndex::StillStands(const Look& look) const {
  const std::shared_lock lock(overlay_mutex_);
  const auto unchanged = [&](std::uint64_t term) { return overlay_.HasNothingSince(look.found->moment, term); };
  return look.in_use == in_use_ && overlay_.StandsAs(look.found->moment) && unchanged(look.terms.exact) &&
         std::all_of(look.terms.keys.begin(), look.terms.keys.end(), unchanged) &&
         std::all_of(look.terms.shingles.begin(), look.terms.shingles.end(),
                     [&](const auto& shingle) { return unchanged(shingle.term); });
}

petition::Result<CandidateHits> XapianCandidateIndex::Find(const CandidateDocument& asking, std::size_t limit,
                                                           CandidateLook* ahead) const {
  Look own;
  Look* look = &own;
  if (ahead != nullptr && static_cast<Look*>(ahead)->sealed == asking.sealed) look = static_cast<Look*>(ahead);
  if (look->found && look->found->limit == limit && StillStands(*look)) return look->found->hits;
  std::optional<Asked> asked;
  while (!(asked = QuestionOf(asking, *look))) {
    GUIYI_TRY(const auto looks, LookAt({&asking, 1}));
    *look = std::move(*looks.front());
  }
  GUIYI_TRY(auto hits, Answer(*asked, limit));
  look->found = {hits, limit, asked->moment};
  return hits;
}

petition::Result<CandidateHits> XapianCandidateIndex::Answer(const Asked& asked, std::size_t limit) const {
  return store_->Read([&](const Xapian::Database& database) -> petition::Result<CandidateHits> {
    CandidateHits hits;
    for (const auto& found : store::Gather(database, asked.question, limit, hits.bounded)) {
      hits.hits.push_back({found.document - 1, found.shingles, found.keys, static_cast<double>(found.score)});
    }
    return hits;
  });
}

std::uint64_t XapianCandidateIndex::Frequency(std::string_view key, const CandidateLook* ahead) const {
  const std::uint64_t term = KeyTerm(key_, false, key);
  if (const auto* look = static_cast<const Look*>(ahead); look != nullptr) {
    const auto& keys = look->terms.keys;
    if (const auto at = std::find(keys.begin(), keys.end(), term); at != keys.end()) {
      const auto& list = look->committed.keys[static_cast<std::size_t>(at - keys.begin())];
      if (const auto known = FrequencySince(look->epoch, term, list.frequency, look->committed.through)) return *known;
    }
  }
  for (;;) {
    const std::uint64_t before = Epoch();
    std::uint64_t committed = 0;
    std::uint32_t through = 0;
    if (filter_.MayHold(term)) {
      const Status read = store_->Read([&](const Xapian::Database& database) -> Status {
        committed = database.get_termfreq(TermBytes(term, kCandidateTermBytes));
        through = database.get_lastdocid();
        return petition::Ok();
      });
      if (!read.ok()) committed = through = 0;
    }
    if (const auto known = FrequencySince(before, term, committed, through)) return *known;
  }
}

/// Of what was committed and read at that epoch. Empty: something was committed since.
std::optional<std::uint64_t> XapianCandidateIndex::FrequencySince(std::uint64_t epoch, std::uint64_t term,
                                                                  std::uint64_t committed,
                                                                  std::uint32_t through) const {
  const std::shared_lock lock(overlay_mutex_);
  if (overlay_.epoch() != epoch) return std::nullopt;
  const auto [added, taken] = overlay_.CountOf(term, through);
  return committed + added - std::min(taken, committed);
}

}  // namespace

std::size_t DocumentsBetweenCommits(std::size_t least, std::uint64_t stored) {
  constexpr std::uint64_t kMost = 32'768;
  return std::max<std::size_t>(least, std::min(stored / 16, kMost));
}

petition::Result<std::unique_ptr<CandidateIndex>> CandidateIndex::Open(const CandidateOptions& options,
                                                                       const ledger::Key& term_key) {
  const TermKey key(term_key);
  GUIYI_TRY(auto store, store::TermStore::Open(options.folder / "terms", key.Stamp(kFormat), store::Lists::kShort));
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
