// A BenchDedupStore holds submissions of a BenchCorpus as the follower leaves them (state.db with profiles, the
// candidate index), without a ledger, and decides further ones over them as the follower does: within a transaction,
// with its cache of prepared profiles. Filling draws profiles and commits the index on threads of their own; deciding
// is one thread's work. Everything lies in one folder. One thread uses it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "dedup/case_book.h"
#include "dedup/decide.h"
#include "dedup/prepared_cache.h"
#include "gateway/commands/bench_corpus.h"
#include "search/candidate_index.h"

namespace gateway {

/// One decision, in milliseconds: by the clock and by what the thread itself used.
struct BenchDecision {
  struct Part {
    double wall_ms = 0, cpu_ms = 0;
  };
  Part prepare;        ///< drawing the profile, naming its keys, making it ready
  Part decide;         ///< asking the index with text and keys, comparing, weighing
  bool found = false;  ///< it was tied, or put before a person, with the submission it is a copy of
};

class BenchDedupStore {
 public:
  /// Goes on from what an earlier one of the same corpus left in the folder, filled to an end.
  static petition::Result<std::unique_ptr<BenchDedupStore>> Open(const std::filesystem::path& folder,
                                                                 const BenchCorpus& corpus, const dedup::Model& model);

  /// Stores texts until there are `count`. `told`: how many there are.
  petition::Status Fill(std::uint64_t count, const std::function<void(std::uint64_t)>& told);
  std::uint64_t size() const { return size_; }

  /// The ids of the best for a text alone, without keys.
  std::vector<std::uint64_t> Candidates(const std::string& text, std::size_t limit) const;
  /// Decides a submission that is not stored. `of`: the one it is a copy of.
  petition::Result<BenchDecision> Decide(const petition::Submission& submission, std::uint64_t of);

  std::filesystem::path candidates_folder() const { return folder_ / "candidates"; }

 private:
  BenchDedupStore(std::filesystem::path folder, const BenchCorpus& corpus, const dedup::Model& model)
      : folder_(std::move(folder)), corpus_(corpus), model_(model) {}
  struct Drawn;
  petition::Status GoOn();
  Drawn Draw(std::uint64_t number) const;
  petition::Status Put(Drawn drawn, dedup::CaseBook::Transaction& transaction);

  const std::filesystem::path folder_;
  const BenchCorpus& corpus_;
  const dedup::Model& model_;
  std::unique_ptr<dedup::CaseBook> book_;
  std::unique_ptr<search::CandidateIndex> index_;
  dedup::PreparedCache cache_{12'288};  // as many as the follower keeps
  std::uint64_t size_ = 0;
};

}  // namespace gateway
