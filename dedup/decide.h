// A Decider tells what a submission is: new, a duplicate, a supplement, a repeat, joint ... of an earlier one, how sure
// that is, and why. It asks for candidates and history through the two interfaces below, which gateway/ wires to the
// index and the case book. Same ledger and same model give the same answer; ties are broken by the lower index.
// Threads: Decide is const and safe from any thread as far as the two interfaces are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/profile.h"
#include "petition/relation.h"
#include "petition/result.h"

namespace dedup {

class Prepared;       // features.h
class PreparedCache;  // prepared_cache.h

/// One earlier submission that may be about the same matter.
struct Candidate {
  std::uint64_t index = 0;
  std::uint32_t shared_shingles = 0, shared_keys = 0;
  double score = 0;
};

/// Leaves, of candidates best first, those that are compared: the first few, and of the others those that share more
/// than one key or shingle with the asking one and at least half of what the best one does.
void LeaveWorthComparing(std::vector<Candidate>& candidates);

/// Where candidates and rarity come from.
class CandidateSource {
 public:
  virtual ~CandidateSource() = default;
  struct Found {
    std::vector<Candidate> candidates;  ///< best first
    bool bounded = false;
  };
  /// `self`: the index of the asking one, never among the answer (kNoSelf for one not registered).
  virtual petition::Result<Found> Find(std::uint64_t self, const Profile& asking, std::size_t limit) const = 0;
  virtual std::uint64_t Frequency(std::string_view key) const = 0;  ///< documents with that key
  virtual std::uint64_t Documents() const = 0;
};
inline constexpr std::uint64_t kNoSelf = ~std::uint64_t{0};

/// What is known about the case an earlier submission belongs to.
struct CaseFacts {
  std::uint64_t lead = 0;                        ///< first member of the case, by which it is known
  std::optional<std::uint64_t> group;            ///< lead of its group's first case; empty when the case stands alone
  std::vector<std::uint64_t> members;            ///< ledger indices, ascending
  std::vector<std::uint64_t> group_cases_first;  ///< first member of each case of the group, ascending
  std::optional<petition::Time> closed_at;       ///< when the case was last answered and closed; empty while open
};

/// The state before the submission at hand.
class History {
 public:
  virtual ~History() = default;
  virtual petition::Result<Profile> ProfileOf(std::uint64_t index) const = 0;
  virtual petition::Result<CaseFacts> CaseOf(std::uint64_t index) const = 0;
  /// Whether a person said that the cases of two intakes are not the same. kNoSelf is in no case.
  virtual bool ToldApart(std::uint64_t one, std::uint64_t other) const = 0;
};

/// One piece of evidence in the waterfall. `weight` in log-odds: above zero for the tie. `detail` is in Chinese, for a
/// clerk, and names kinds and parts of facts (楼栋相同, 金额不同 ...) but never a person's name, phone, id number or
/// account.
struct Reason {
  std::string feature;
  double weight = 0;
  std::string detail;
};

/// How one earlier submission compares.
struct Comparison {
  std::uint64_t index = 0;
  petition::Relation relation = petition::Relation::kNew;  ///< what it would be, were they tied
  double matter = 0;                                       ///< probability of the same matter
  double people = 0;                                       ///< probability of a person in common
  double score = 0;                                        ///< probability of the tie as `relation` says
  std::vector<Reason> reasons;                             ///< strongest first
};
/// As many of a verdict's candidates come with reasons.
inline constexpr std::size_t kCandidatesExplained = 3;

struct Verdict {
  petition::Relation relation = petition::Relation::kNew;
  petition::Mode mode = petition::Mode::kNew;
  double score = 0;
  std::optional<std::uint64_t> of;  ///< the earlier one it is tied to, or would be
  std::vector<Reason> reasons;
  std::vector<Comparison> candidates;  ///< best first, at most 10, the chosen one first
  bool bounded = false;
  std::vector<std::string> flags;  ///< "bridge", "size", "margin" ...: why it became a question
};

/// The model: weights, thresholds, versions, as one JSON file (config/dedup_model.json is built in).
class Model {
 public:
  static petition::Result<Model> Load(const std::filesystem::path& file);
  static Model BuiltIn();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();
  const std::string& hash() const;  ///< hex SHA-256 of the file

  struct Parameters;
  const Parameters& parameters() const { return *parameters_; }
  std::shared_ptr<const Prepared> Prepare(Profile profile) const;

 private:
  Model();
  std::unique_ptr<Parameters> parameters_;
};

class Decider {
 public:
  /// `cache` spares making the same earlier submissions ready again and again; it belongs to one model.
  Decider(const Model& model, const CandidateSource& candidates, const History& history, PreparedCache* cache = nullptr)
      : model_(model), candidates_(candidates), history_(history), cache_(cache) {}

  /// `across`: held against the other side of the seal instead of its own.
  petition::Result<Verdict> Decide(std::uint64_t self, const Prepared& asking, bool across = false) const;
  petition::Result<Verdict> Decide(std::uint64_t self, const Profile& asking) const;
  /// Up to `limit` earlier ones compared, best first, one a case, without deciding: what an operator sees while typing.
  petition::Result<std::vector<Comparison>> Compare(const Profile& asking, std::size_t limit) const;
  /// Two given ones.
  petition::Result<Comparison> Explain(const Profile& later, std::uint64_t earlier) const;

 private:
  const Model& model_;
  const CandidateSource& candidates_;
  const History& history_;
  PreparedCache* const cache_;
};

}  // namespace dedup
