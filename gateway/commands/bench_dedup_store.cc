#include "gateway/commands/bench_dedup_store.h"

#include <algorithm>
#include <future>

#include "gateway/commands/bench_timings.h"
#include "gateway/follower_judge.h"
#include "gateway/follower_sources.h"
#include "petition/identifiers.h"

namespace gateway {

using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kDrawnAtOnce = 2000;
constexpr std::size_t kCandidatesAsked = 64;  // as the follower asks
constexpr std::uint64_t kNobodysId = std::uint64_t{1} << 31;

petition::Time BenchTimeOf(std::uint64_t number) {
  return petition::Time(std::chrono::milliseconds(1'735'660'800'000 + static_cast<std::int64_t>(number) * 3'000));
}

BenchDecision::Part PartTaken(const Stopwatch& watch) {
  return {watch.wall_seconds() * 1000, watch.cpu_seconds() * 1000};
}

}  // namespace

struct BenchDedupStore::Drawn {
  dedup::IntakeRow row;
  std::string text, profile;
  std::vector<std::string> keys;
};

Result<std::unique_ptr<BenchDedupStore>> BenchDedupStore::Open(const std::filesystem::path& folder,
                                                               const BenchCorpus& corpus, const dedup::Model& model) {
  for (const char* of_a_hub : {"ledger.db", "keys"}) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / of_a_hub, ignored))
      return petition::Invalid("hub_there", "that folder is a hub's: a benchmark stores nothing there");
  }
  std::unique_ptr<BenchDedupStore> store(new BenchDedupStore(folder, corpus, model));
  GUIYI_TRY(store->book_, dedup::CaseBook::Open(folder, {ledger::Key{}}));
  search::CandidateOptions options;
  options.folder = store->candidates_folder();
  GUIYI_TRY(store->index_, search::CandidateIndex::Open(options, ledger::Key{}));
  GUIYI_CHECK(store->GoOn());
  return store;
}

Status BenchDedupStore::GoOn() {
  size_ = index_->size();
  const auto next = book_->Member(size_);
  if (!next.ok() && next.error().code != petition::Code::kNotFound) return next.error();
  if (next.ok() || (size_ > 0 && !book_->Member(size_ - 1).ok()))
    return petition::Invalid("half_stored", "the filling of the store in that folder was broken off: delete it");
  if (size_ == 0) return petition::Ok();
  GUIYI_TRY(const auto first, book_->ProfileOf(0));
  if (dedup::Serialize(first) != Draw(0).profile)
    return petition::Invalid("another_corpus", "the folder holds a store of another seed");
  return petition::Ok();
}

BenchDedupStore::Drawn BenchDedupStore::Draw(std::uint64_t number) const {
  const auto submission = corpus_.Filed(number);
  Drawn drawn;
  drawn.row.index = number;
  drawn.row.intake_no = petition::MakeIntakeNo("439900", "20250304", number + 1);
  drawn.row.source = "bench";
  drawn.row.division = submission.division;
  drawn.row.channel = submission.channel;
  drawn.row.received_at = drawn.row.registered_at = BenchTimeOf(number);
  const auto profile = dedup::Extract(submission, {"bench", BenchTimeOf(number), false});
  drawn.text = IndexedText(submission);
  drawn.profile = dedup::Serialize(profile);
  drawn.keys = dedup::CandidateKeys(profile);
  return drawn;
}

Status BenchDedupStore::Put(Drawn drawn, dedup::CaseBook::Transaction& transaction) {
  GUIYI_CHECK(transaction.AddIntake(drawn.row, drawn.profile));
  return index_->Add({drawn.row.index, std::move(drawn.text), std::move(drawn.keys), false});
}

Status BenchDedupStore::Fill(std::uint64_t count, const std::function<void(std::uint64_t)>& told) {
  const auto draw = [&](std::uint64_t from) {
    std::vector<Drawn> batch;
    for (std::uint64_t number = from; number < std::min<std::uint64_t>(count, from + kDrawnAtOnce); ++number)
      batch.push_back(Draw(number));
    return batch;
  };
  auto next = std::async(std::launch::async, draw, size_);
  std::future<Status> committing;  // of what was added before
  std::size_t added = 0;
  while (size_ < count) {
    auto batch = next.get();
    next = std::async(std::launch::async, draw, size_ + batch.size());
    GUIYI_TRY(const auto transaction, book_->Begin());
    for (Drawn& drawn : batch) GUIYI_CHECK(Put(std::move(drawn), *transaction));
    GUIYI_CHECK(transaction->Commit());
    size_ += batch.size();
    added += batch.size();
    // Less often than a hub does: what it takes in within years is to be stored within an hour.
    if (added >= std::clamp<std::uint64_t>(size_ / 32, 10'000, 65'536)) {
      if (committing.valid()) GUIYI_CHECK(committing.get());
      GUIYI_CHECK(index_->BeginCommit(size_));
      committing = std::async(std::launch::async, [this] { return index_->FinishCommit(); });
      added = 0;
    }
    told(size_);
  }
  if (committing.valid()) GUIYI_CHECK(committing.get());
  return index_->Commit(size_);
}

std::vector<std::uint64_t> BenchDedupStore::Candidates(const std::string& text, std::size_t limit) const {
  std::vector<std::uint64_t> ids;
  const auto found = index_->Find({kNobodysId, text, {}, false}, limit);
  if (found.ok()) {
    for (const auto& hit : found->hits) ids.push_back(hit.id);
  }
  return ids;
}

Result<BenchDecision> BenchDedupStore::Decide(const petition::Submission& submission, std::uint64_t of) {
  BenchDecision taken;
  Stopwatch preparing, deciding;
  preparing.Start();
  auto profile = dedup::Extract(submission, {"bench", BenchTimeOf(size_), false});
  const auto keys = dedup::CandidateKeys(profile);
  const auto prepared = model_.Prepare(std::move(profile));
  preparing.Stop();

  const std::string text = IndexedText(submission);

  GUIYI_TRY(const auto transaction, book_->Begin());
  deciding.Start();
  const IndexSource source(*index_, text, false, kCandidatesAsked, {}, {&keys});
  const FoldingHistory history(*transaction);
  const auto verdict = dedup::Decider(model_, source, history, &cache_).Decide(kNobodysId, *prepared);
  deciding.Stop();
  if (!verdict.ok()) return verdict.error();
  GUIYI_CHECK(transaction->Commit());  // a hub takes back nothing: what it learned of cases it keeps
  taken.prepare = PartTaken(preparing);
  taken.decide = PartTaken(deciding);
  taken.found = verdict->of == of;
  return taken;
}

}  // namespace gateway
