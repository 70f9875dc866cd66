#include "search/text_index.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "search/store/term_store.h"
#include "search/store/text_question.h"
#include "search/text_terms.h"

namespace search {
namespace {

using petition::Status;
using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kTextFormat = "guiyi-text-1";
constexpr const char* kTextPosition = "guiyi.position";
// Large uncommitted batches of long texts get slower, and what is not committed is not found.
constexpr std::size_t kCommitEvery = 2000;
constexpr SteadyClock::duration kCommitAfter = std::chrono::seconds(1);
constexpr int kCommitShare = 10;  // of the time is spent on commits that time demands: one in so many
constexpr std::uint64_t kTextIdMax = UINT32_MAX - 2;
constexpr std::size_t kLimitMax = 1000;
constexpr Xapian::doccount kCountedMax = 10000;  // totals up to here are exact

class XapianTextIndex : public TextIndex {
 public:
  XapianTextIndex(const ledger::Key& key, std::unique_ptr<store::TermStore> store)
      : key_(key), store_(std::move(store)) {
    Begin();
  }

  Status Add(const TextDocument& document) override;
  Status Remove(std::uint64_t id) override;
  Status Commit(std::uint64_t position) override;
  std::uint64_t durable_position() const override { return position_; }
  Status Reopen() override;
  petition::Result<TextHits> Search(const TextQuery& query) const override;
  std::uint64_t size() const override { return size_; }

 private:
  void Begin();

  const TermKey key_;
  const std::unique_ptr<store::TermStore> store_;
  // Owned by the writer.
  std::size_t uncommitted_ = 0;
  SteadyClock::time_point commit_after_ = SteadyClock::now() + kCommitAfter;
  std::atomic<std::uint64_t> position_{0}, size_{0};
};

/// From what is committed.
void XapianTextIndex::Begin() {
  position_ = store_->MetadataNumber(kTextPosition).value_or(0);
  uncommitted_ = 0;
  (void)store_->Write([&](Xapian::WritableDatabase& database) { size_ = database.get_doccount(); });
}

Status XapianTextIndex::Reopen() {
  GUIYI_CHECK(store_->Reopen());
  Begin();
  return petition::Ok();
}

Status XapianTextIndex::Add(const TextDocument& document) {
  if (document.id > kTextIdMax) return petition::Invalid("id_too_large", "the text index holds ids below 4,294,967,294");
  const TextTerms terms(key_, document.sealed);
  Xapian::Document stored;
  for (const auto& [term, count] : terms.WordsOf(document)) stored.add_term(term, count);
  for (const std::string& term : terms.FiltersOf(document)) stored.add_boolean_term(term);
  GUIYI_CHECK(store_->Write([&](Xapian::WritableDatabase& database) {
    database.replace_document(static_cast<Xapian::docid>(document.id + 1), stored);
    size_ = database.get_doccount();
  }));
  if (++uncommitted_ < kCommitEvery && SteadyClock::now() < commit_after_) return petition::Ok();
  return Commit(std::max(position_.load(), document.id));
}

Status XapianTextIndex::Remove(std::uint64_t id) {
  if (id > kTextIdMax) return petition::Ok();
  GUIYI_CHECK(store_->Write([&](Xapian::WritableDatabase& database) {
    try {
      database.delete_document(static_cast<Xapian::docid>(id + 1));
    } catch (const Xapian::DocNotFoundError&) {
      // Gone already.
    }
    size_ = database.get_doccount();
  }));
  ++uncommitted_;
  return petition::Ok();
}

Status XapianTextIndex::Commit(std::uint64_t position) {
  const auto begin = SteadyClock::now();
  commit_after_ = begin + kCommitAfter;
  if (uncommitted_ == 0 && position == position_) return petition::Ok();
  GUIYI_CHECK(store_->Commit({{kTextPosition, std::to_string(position)}}));
  const auto end = SteadyClock::now();
  commit_after_ = end + std::max(kCommitAfter, kCommitShare * (end - begin));
  uncommitted_ = 0;
  position_ = position;
  return petition::Ok();
}

petition::Result<TextHits> XapianTextIndex::Search(const TextQuery& query) const {
  GUIYI_CHECK(store::CheckTextQuery(query));
  const Xapian::Query question = store::TextQuestion(key_, query);
  const auto limit = static_cast<Xapian::doccount>(std::min(query.limit, kLimitMax));
  return store_->Read([&](const Xapian::Database& database) -> petition::Result<TextHits> {
    Xapian::Enquire enquire(database);
    enquire.set_query(question);
    enquire.set_docid_order(Xapian::Enquire::DESCENDING);
    if (query.newest_first) {
      enquire.set_weighting_scheme(Xapian::BoolWeight());
    } else {
      enquire.set_weighting_scheme(Xapian::BM25Weight());
    }
    const Xapian::MSet found = enquire.get_mset(static_cast<Xapian::doccount>(query.offset), limit, kCountedMax);
    TextHits hits;
    // The lower bound, not the estimate: an estimate is drawn from figures of the whole index, sealed documents among
    // them.
    hits.total = found.get_matches_lower_bound();
    hits.estimated = found.get_matches_lower_bound() != found.get_matches_upper_bound();
    for (auto hit = found.begin(); hit != found.end(); ++hit) hits.ids.push_back(*hit - 1);
    return hits;
  });
}

}  // namespace

petition::Result<std::unique_ptr<TextIndex>> TextIndex::Open(const std::filesystem::path& folder,
                                                             const ledger::Key& term_key) {
  GUIYI_TRY(auto store, store::TermStore::Open(folder, TermKey(term_key).Stamp(kTextFormat)));
  return std::unique_ptr<TextIndex>(std::make_unique<XapianTextIndex>(term_key, std::move(store)));
}

petition::Status TextIndex::Erase(const std::filesystem::path& folder) { return store::RemoveIndex(folder); }

}  // namespace search
