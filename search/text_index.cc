#include "search/text_index.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "search/store/term_shards.h"
#include "search/store/text_question.h"
#include "search/text_terms.h"

namespace search {
namespace {

using petition::Status;
using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kTextFormat = "guiyi-text-2";
// What is not committed is not found, and is held in memory. A commit to a large index writes most blocks of its
// posting lists: more documents come before it, unless they are long.
constexpr std::size_t kCommitEvery = 2000, kCommitEveryMost = 8192, kTermsHeld = 4'000'000;
constexpr SteadyClock::duration kCommitAfter = std::chrono::seconds(1);
constexpr int kCommitShare = 10;  // of the time is spent on commits that time demands: one in so many
constexpr std::uint64_t kTextIdMax = UINT32_MAX - 2;
constexpr std::size_t kLimitMax = 1000;
constexpr Xapian::doccount kCountedMax = 10000;  // totals up to here are exact

class XapianTextIndex : public TextIndex {
 public:
  XapianTextIndex(const ledger::Key& key, std::unique_ptr<store::TermShards> shards)
      : key_(key), shards_(std::move(shards)) {}

  Status Add(const TextDocument& document) override;
  Status Remove(std::uint64_t id) override;
  Status Commit(std::uint64_t position) override;
  std::uint64_t durable_position() const override { return shards_->position(); }
  Status Reopen() override;
  petition::Result<TextHits> Search(const TextQuery& query) const override;
  std::uint64_t size() const override { return shards_->size(); }

 private:
  const TermKey key_;
  const std::unique_ptr<store::TermShards> shards_;
  // Owned by the writer.
  std::size_t uncommitted_ = 0, terms_held_ = 0;  // terms: of those documents
  SteadyClock::time_point commit_after_ = SteadyClock::now() + kCommitAfter;
};

Status XapianTextIndex::Reopen() {
  GUIYI_CHECK(shards_->Reopen());
  uncommitted_ = terms_held_ = 0;
  return petition::Ok();
}

Status XapianTextIndex::Add(const TextDocument& document) {
  if (document.id > kTextIdMax)
    return petition::Invalid("id_too_large", "the text index holds ids below 4,294,967,294");
  const TextTerms terms(key_, document.sealed);
  Xapian::Document stored;
  for (const auto& [term, count] : terms.WordsOf(document)) stored.add_term(term, count);
  for (const std::string& term : terms.FiltersOf(document)) stored.add_boolean_term(term);
  GUIYI_CHECK(shards_->Write(document.id, [&](Xapian::WritableDatabase& database, Xapian::docid number) {
    database.replace_document(number, stored);
  }));
  const std::size_t at_most = std::clamp<std::size_t>(size() / 32, kCommitEvery, kCommitEveryMost);
  terms_held_ += stored.termlist_count();
  if (++uncommitted_ < at_most && terms_held_ < kTermsHeld && SteadyClock::now() < commit_after_) return petition::Ok();
  return Commit(std::max(durable_position(), document.id));
}

Status XapianTextIndex::Remove(std::uint64_t id) {
  if (id > kTextIdMax) return petition::Ok();
  GUIYI_CHECK(shards_->Write(id, [](Xapian::WritableDatabase& database, Xapian::docid number) {
    try {
      database.delete_document(number);
    } catch (const Xapian::DocNotFoundError&) {
      // Gone already.
    }
  }));
  ++uncommitted_;
  return petition::Ok();
}

Status XapianTextIndex::Commit(std::uint64_t position) {
  const auto begin = SteadyClock::now();
  commit_after_ = begin + kCommitAfter;
  if (uncommitted_ == 0 && position == durable_position()) return petition::Ok();
  GUIYI_CHECK(shards_->Commit(position));
  const auto end = SteadyClock::now();
  commit_after_ = end + std::max(kCommitAfter, kCommitShare * (end - begin));
  uncommitted_ = terms_held_ = 0;
  return petition::Ok();
}

// The lower bound, not the estimate: an estimate is drawn from figures of the whole index, sealed documents among them.
void AddTotal(const Xapian::MSet& found, TextHits& hits) {
  hits.total += found.get_matches_lower_bound();
  hits.estimated = hits.estimated || found.get_matches_lower_bound() != found.get_matches_upper_bound();
}

TextHits MostRelevant(const store::TermShards::View& view, const Xapian::Query& question, const TextQuery& query) {
  Xapian::Enquire enquire(view.Whole());
  enquire.set_query(question);
  enquire.set_docid_order(Xapian::Enquire::DESCENDING);
  enquire.set_weighting_scheme(Xapian::BM25Weight());
  const auto limit = static_cast<Xapian::doccount>(std::min(query.limit, kLimitMax));
  const Xapian::MSet found = enquire.get_mset(static_cast<Xapian::doccount>(query.offset), limit, kCountedMax);
  TextHits hits;
  AddTotal(found, hits);
  for (auto hit = found.begin(); hit != found.end(); ++hit) hits.ids.push_back(view.IdInWhole(*hit));
  return hits;
}

// Store by store from the newest on, until the page is full and enough are counted.
TextHits Newest(const store::TermShards::View& view, const Xapian::Query& question, const TextQuery& query) {
  auto skip = static_cast<Xapian::doccount>(query.offset);
  auto wanted = static_cast<Xapian::doccount>(std::min(query.limit, kLimitMax));
  TextHits hits;
  for (std::size_t at = view.stores.size(); at-- > 0;) {
    const auto counted = static_cast<Xapian::doccount>(std::min<std::uint64_t>(hits.total, kCountedMax));
    if (wanted == 0 && counted == kCountedMax) {
      hits.estimated = true;
      break;
    }
    Xapian::Enquire enquire(view.stores[at]);
    enquire.set_query(question);
    enquire.set_docid_order(Xapian::Enquire::DESCENDING);
    enquire.set_weighting_scheme(Xapian::BoolWeight());
    const Xapian::MSet found = enquire.get_mset(skip, wanted, kCountedMax - counted);
    AddTotal(found, hits);
    for (auto hit = found.begin(); hit != found.end(); ++hit) hits.ids.push_back(view.IdIn(at, *hit));
    wanted -= found.size();
    skip -= std::min(skip, found.get_matches_lower_bound());  // exact where it is less: all were looked at
  }
  return hits;
}

petition::Result<TextHits> XapianTextIndex::Search(const TextQuery& query) const {
  GUIYI_CHECK(store::CheckTextQuery(query));
  const Xapian::Query question = store::TextQuestion(key_, query);
  // Where no words are asked for all are equally relevant.
  const bool newest_first = query.newest_first || (query.words.empty() && query.title.empty() && query.place.empty() &&
                                                   query.accused.empty());
  return shards_->Read([&](const store::TermShards::View& view) -> petition::Result<TextHits> {
    return newest_first ? Newest(view, question, query) : MostRelevant(view, question, query);
  });
}

}  // namespace

petition::Result<std::unique_ptr<TextIndex>> TextIndex::Open(const std::filesystem::path& folder,
                                                             const ledger::Key& term_key, std::uint64_t ids_each) {
  GUIYI_TRY(auto shards, store::TermShards::Open(folder, TermKey(term_key).Stamp(kTextFormat), ids_each));
  return std::unique_ptr<TextIndex>(std::make_unique<XapianTextIndex>(term_key, std::move(shards)));
}

petition::Status TextIndex::Erase(const std::filesystem::path& folder) { return store::RemoveIndex(folder); }

}  // namespace search
