// The decision, after Fellegi and Sunter's record linkage (evidence as log-odds that add up, two thresholds with a
// clerk's band between them), with two questions kept apart: is somebody in common, and is it the same matter? Each is
// a logistic model over named features; the matter's weights differ between follow-ups of the same people and
// strangers' submissions, since people repeat themselves about the same trouble while strangers share words without
// sharing it. Probabilities of a case come from its best member under the people of the whole case, and are checked
// against the rest.
#include "dedup/decide.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "dedup/han.h"
#include "dedup/parameters.h"
#include "dedup/prepared_cache.h"
#include "dedup/reasons.h"

namespace dedup {
namespace {

using petition::Relation;

struct Pair {
  std::uint64_t index = 0;
  PeopleVector people{};
  MatterVector matter{};
  MatterNotes notes;
  double people_odds = 0;
  std::uint32_t full_letters = 0;
  SupplementVector follow_up{};
};

struct CaseView {
  CaseFacts facts;
  std::vector<Pair> pairs;
  std::size_t best = 0;  ///< of pairs
  double people = 0;     ///< somebody in common with any member compared
  double matter = 0;     ///< the best member's
  double least = 1;      ///< the worst member's
  double score = 0;
  Relation relation = Relation::kNew;
  bool told_apart = false;

  std::uint64_t first() const { return facts.members.empty() ? pairs.front().index : facts.members.front(); }
  bool closed_before(petition::Time time) const { return facts.closed_at.has_value() && *facts.closed_at <= time; }
};

double LogOddsOf(double probability) {
  constexpr double kEdge = 1e-12;
  const double p = std::clamp(probability, kEdge, 1 - kEdge);
  return std::log(p / (1 - p));
}

class Weighing {
 public:
  Weighing(const Model::Parameters& parameters, const CandidateSource& source, const History& history,
           PreparedCache* cache, std::uint64_t self, const Prepared& asking, bool across = false)
      : p_(parameters),
        source_(source),
        history_(history),
        cache_(cache),
        self_(self),
        later_(asking),
        asking_(asking.profile),
        sealed_(asking_.sealed != across) {
    documents_ = std::log(static_cast<double>(std::max<std::uint64_t>(source.Documents(), 2000)) + 1);
  }

  petition::Status Look(std::size_t limit) {
    GUIYI_TRY(auto found, source_.Find(self_, asking_, limit));
    bounded_ = found.bounded;
    LeaveWorthComparing(found.candidates);
    std::vector<std::uint64_t> indices;
    indices.reserve(found.candidates.size());
    for (const auto& candidate : found.candidates) indices.push_back(candidate.index);
    auto ready = cache_ != nullptr ? cache_->FindAll(indices) : std::vector<SharedPrepared>(indices.size());
    for (std::size_t i = 0; i < indices.size(); ++i) GUIYI_CHECK(Add(indices[i], std::move(ready[i])));
    WeighAll();
    GUIYI_CHECK(CompleteBest());
    WeighAll();
    Order();
    return petition::Ok();
  }

  petition::Status LookAt(std::uint64_t earlier) {
    GUIYI_CHECK(Add(earlier));
    WeighAll();
    Order();
    return petition::Ok();
  }

  const std::vector<CaseView>& cases() const { return cases_; }
  bool bounded() const { return bounded_; }

  /// Whether two cases are nearly surely one matter themselves: held against each other by the members that the asking
  /// one compares best with.
  petition::Result<bool> LikelyOne(const CaseView& a, const CaseView& b) {
    const std::uint64_t x = a.pairs[a.best].index, y = b.pairs[b.best].index;
    GUIYI_TRY(const auto known, PreparedOf(std::max(x, y)));
    GUIYI_TRY(const auto earlier, PreparedOf(std::min(x, y)));
    // What is kept of a submission is mostly made to be the earlier of two: as the later one it is made anew, always.
    const Prepared later(Profile(known->profile), p_.rarity);
    const auto rarity = [this](std::string_view key) { return RarityOf(key); };
    const auto matter = CompareMatter(Later(later), *earlier, rarity, false);
    const auto people =
        DescribePeople(later.profile, earlier->profile, ComparePeople(later.profile, earlier->profile), rarity);
    const double shared = p_.people.Probability(people);
    const double one = shared * p_.matter_same.Probability(matter) + (1 - shared) * p_.matter_other.Probability(matter);
    return one >= kLikelyOne;
  }

  Comparison ComparisonOf(const CaseView& view, const Pair& pair, bool explained = true) const {
    Comparison out;
    out.index = pair.index;
    out.relation = view.relation;
    out.people = view.people;
    const bool best = &pair == &view.pairs[view.best];
    out.matter = best ? view.matter : MatterOf(pair, view.people);
    out.score = out.matter * (petition::SharesCase(view.relation) ? view.people : 1 - view.people);
    if (!explained) return out;
    out.reasons = dedup::Explain(p_.people, pair.people, LogOddsOf(view.people),
                                 view.people >= p_.thresholds.people ? p_.matter_same : p_.matter_other, pair.matter,
                                 LogOddsOf(out.matter), pair.notes);
    return out;
  }

 private:
  /// `ready`: it, if it is at hand.
  petition::Status Add(std::uint64_t index, SharedPrepared ready = nullptr) {
    GUIYI_TRY(auto facts, history_.CaseOf(index));
    auto at =
        std::find_if(cases_.begin(), cases_.end(), [&](const CaseView& view) { return view.facts.lead == facts.lead; });
    if (at == cases_.end()) {
      cases_.push_back({});
      at = std::prev(cases_.end());
      at->told_apart = history_.ToldApart(self_, facts.lead);
      at->facts = std::move(facts);
    }
    return Compare(index, *at, std::move(ready));
  }

  petition::Status Compare(std::uint64_t index, CaseView& view, SharedPrepared other = nullptr) {
    for (const auto& pair : view.pairs)
      if (pair.index == index) return petition::Ok();
    if (!other) {
      GUIYI_TRY(other, PreparedOf(index));
    }
    const Profile& earlier = other->profile;
    if (earlier.sealed != sealed_) return petition::Ok();  // sealed and open never meet, whatever the index says
    Pair pair;
    pair.index = index;
    const auto rarity = [this](std::string_view key) { return RarityOf(key); };
    pair.matter = CompareMatter(later_, *other, rarity, view.closed_before(asking_.received_at), &pair.notes);
    pair.people = DescribePeople(asking_, earlier, ComparePeople(asking_, earlier), rarity);
    pair.people_odds = p_.people.LogOdds(pair.people);
    pair.follow_up = DescribeFollowUp(asking_, earlier, pair.matter);
    view.pairs.push_back(std::move(pair));
    return petition::Ok();
  }

  petition::Result<SharedPrepared> PreparedOf(std::uint64_t index) const {
    if (cache_ != nullptr)
      if (auto known = cache_->Find(index)) return known;
    const std::uint64_t read_at = cache_ != nullptr ? cache_->generation() : 0;
    GUIYI_TRY(auto profile, history_.ProfileOf(index));
    SharedPrepared prepared = std::make_shared<const Prepared>(std::move(profile), p_.rarity, Prepared::Side::kEarlier);
    if (cache_ != nullptr) cache_->Put(index, prepared, read_at);
    return prepared;
  }

  double RarityOf(std::string_view key) {
    const auto known = rarities_.find(key);
    if (known != rarities_.end()) return known->second;
    const double frequency = static_cast<double>(source_.Frequency(key));
    const double rarity = std::clamp(1 - std::log(std::max(1.0, frequency)) / documents_, 0.0, 1.0);
    rarities_.emplace(std::string(key), rarity);
    return rarity;
  }

  double MatterOf(const Pair& pair, double people) const {
    return people * p_.matter_same.Probability(pair.matter) + (1 - people) * p_.matter_other.Probability(pair.matter);
  }

  void Weigh(CaseView& view) const {
    // Somebody in common with any member is in common with the case; but a family name alone, met in one member, is
    // worth little when another member gives the case's people in full and they differ.
    double odds = -100, apart = 0;
    std::size_t meeting = 0;
    for (std::size_t i = 0; i < view.pairs.size(); ++i) {
      const auto& pair = view.pairs[i];
      if (pair.people_odds > odds) {
        odds = pair.people_odds;
        meeting = i;
      }
      if (pair.people[k_id_differs] > 0 || pair.people[k_name_differs] > 0) apart = std::min(apart, pair.people_odds);
    }
    if (NameFitsOnly(view.pairs[meeting].people) && apart < 0) odds = (odds + apart) / 2;
    view.people = Sigmoid(odds);
    view.matter = -1;
    view.least = 1;
    for (std::size_t i = 0; i < view.pairs.size(); ++i) {
      const double matter = MatterOf(view.pairs[i], view.people);
      view.least = std::min(view.least, matter);
      if (matter > view.matter) {
        view.matter = matter;
        view.best = i;
      }
    }
    // Held against the whole case: what tells the asking one apart from another member (a copied letter about another
    // lane) counts against the best one too.
    const double here = Conflict(view.pairs[view.best], view.people);
    double worst = here;
    for (const auto& pair : view.pairs) worst = std::min(worst, Conflict(pair, view.people));
    worst += UnsaidByTheBest(view);
    view.matter = Sigmoid(std::log(view.matter / (1 - view.matter + 1e-9) + 1e-9) + kConflictCounts * (worst - here));
  }

  static bool SharesAValue(const PeopleVector& v) {
    return v[k_id_same] + v[k_id_damaged_same] + v[k_phone_same] + v[k_phone_near] + v[k_name_same] + v[k_name_sounds] +
               v[k_account_same] + v[k_address_same] + v[k_room_same_person] >
           0;
  }
  static bool KnownToBeTheSame(const CaseView& view) {
    return std::any_of(view.pairs.begin(), view.pairs.end(),
                       [](const Pair& pair) { return SharesAValue(pair.people); });
  }
  static bool NameFitsOnly(const PeopleVector& v) {
    return !SharesAValue(v) && (v[k_name_fits] > 0 || v[k_name_fits_by_sound] > 0);
  }

  // Log-odds of what speaks outright against one matter.
  double Conflict(const Pair& pair, double people) const {
    const auto& model = people >= p_.thresholds.people ? p_.matter_same : p_.matter_other;
    double sum = 0;
    for (const auto feature : {k_copied_elsewhere, k_place_differs, k_building_differs_alone, k_route_differs,
                               k_year_differs, k_accused_differs})
      sum += model.weights[feature] * pair.matter[feature];
    return sum;
  }

  double WorstConflict(const CaseView& view, double people) const {
    double worst = 0;
    for (const auto& pair : view.pairs) worst = std::min(worst, Conflict(pair, people));
    return worst;
  }

  // What tells the asking one apart from one case of a group (a copied letter about another crossing) counts against
  // the group's other cases, too: they are the same matter. It weighs as it would between the asking one and those.
  void HoldAgainstGroups() {
    for (auto& view : cases_) {
      if (!view.facts.group) continue;
      double worst = 0;
      for (const auto& other : cases_)
        if (other.facts.group == view.facts.group && !other.told_apart)
          worst = std::min(worst, WorstConflict(other, view.people));
      if (const double more = worst - WorstConflict(view, view.people); more < 0)
        view.matter = Sigmoid(LogOddsOf(view.matter) + kConflictCounts * more);
    }
  }

  // What the best member says nothing of and every other one that does says against the tie: another firm, another
  // thing.
  double UnsaidByTheBest(const CaseView& view) const {
    const auto& model = view.people >= p_.thresholds.people ? p_.matter_same : p_.matter_other;
    double sum = 0;
    for (const auto& [same, differs] :
         {std::pair{k_org_same, k_org_differs}, std::pair{k_thing_same, k_thing_differs}}) {
      const auto& best = view.pairs[view.best].matter;
      if (best[same] > 0 || best[differs] > 0) continue;
      double against = 0;
      bool any_for = false;
      for (const auto& pair : view.pairs) {
        any_for = any_for || pair.matter[same] > 0;
        against = std::max(against, pair.matter[differs]);
      }
      if (!any_for) sum += model.weights[differs] * against;
    }
    return sum;
  }

  void WeighAll() {
    std::erase_if(cases_, [](const CaseView& view) { return view.pairs.empty(); });
    for (auto& view : cases_) Weigh(view);
    HoldAgainstGroups();
    // What is known of a group's other cases counts for the case of one's own people.
    for (auto& view : cases_) {
      if (!view.facts.group || view.people < p_.thresholds.people ||
          Conflict(view.pairs[view.best], view.people) < kConflictMax)
        continue;
      for (const auto& other : cases_)
        if (&other != &view && other.facts.group == view.facts.group)
          view.matter = std::max(view.matter, kGroupCounts * other.matter);
    }
    for (auto& view : cases_) {
      const bool same = view.people >= p_.thresholds.people;
      view.relation = same ? RelationOf(view) : Relation::kJoint;
      view.score = view.told_apart ? 0 : view.matter * (same ? view.people : 1 - view.people);
    }
  }

  Relation RelationOf(const CaseView& view) const {
    if (AnsweredBefore(view)) return Relation::kRepeat;
    return p_.supplement.Probability(view.pairs[view.best].follow_up) >= 0.5 ? Relation::kSupplement
                                                                             : Relation::kDuplicate;
  }

  // Answered: the case itself, or another case of its matter (one answer goes to all of a group, and groups are tied
  // late).
  bool AnsweredBefore(const CaseView& view) const {
    if (view.closed_before(asking_.received_at)) return true;
    for (const auto& other : cases_) {
      const bool tied = other.facts.group && other.facts.group == view.facts.group;
      // A question left open keeps apart what belongs together: a case about the same matter of people who are known to
      // be the same counts, too; and one of others whose answer is quoted, as long as people remember answers.
      const bool quoted = (asking_.acts & kActQuotesAnswer) != 0 && other.facts.closed_at.has_value() &&
                          asking_.received_at - *other.facts.closed_at < kAnswersAreQuotedFor;
      const bool likely = !other.told_apart && other.matter >= p_.thresholds.ask &&
                          ((other.people >= p_.thresholds.people && KnownToBeTheSame(other)) || quoted);
      if (other.closed_before(asking_.received_at) && (tied || likely)) return true;
    }
    return false;
  }

  // Best first; a case of one's own people before the others of its group; then the older one.
  void Order() {
    std::stable_sort(cases_.begin(), cases_.end(), [&](const CaseView& a, const CaseView& b) {
      if (a.score != b.score) return a.score > b.score;
      return a.first() < b.first();
    });
    if (cases_.size() < 2 || cases_[0].relation != Relation::kJoint) return;
    for (std::size_t i = 1; i < cases_.size(); ++i)
      if (cases_[i].relation != Relation::kJoint &&
          cases_[i].score >= std::max(p_.thresholds.ask, kOwnCaseCounts * cases_[0].score)) {
        std::rotate(cases_.begin(), cases_.begin() + static_cast<std::ptrdiff_t>(i),
                    cases_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        return;
      }
  }

  // The best cases are compared whole, as far as the limits go: newest members first, since they are the state of the
  // case.
  petition::Status CompleteBest() {
    Order();
    const std::size_t cases = std::min(p_.limits.cases_completed, cases_.size());
    for (std::size_t i = 0; i < cases; ++i) {
      if (cases_[i].matter < kWorthCompleting) continue;
      std::size_t more = 0;
      const auto members = cases_[i].facts.members;
      for (auto member = members.rbegin(); member != members.rend() && more < p_.limits.members_compared; ++member) {
        if (*member == self_) continue;
        const auto before = cases_[i].pairs.size();
        GUIYI_CHECK(Compare(*member, cases_[i]));
        more += cases_[i].pairs.size() - before;
      }
    }
    return CompleteGroup();
  }

  // The other cases of the best one's group may hold the asking one's own people.
  petition::Status CompleteGroup() {
    if (cases_.empty() || !cases_[0].facts.group || cases_[0].matter < kWorthCompleting) return petition::Ok();
    const auto firsts = cases_[0].facts.group_cases_first;
    std::size_t more = 0;
    for (const auto first : firsts) {
      if (more >= p_.limits.members_compared) break;
      const bool known =
          std::any_of(cases_.begin(), cases_.end(), [&](const CaseView& view) { return view.first() == first; });
      if (known || first == self_) continue;
      GUIYI_CHECK(Add(first));
      ++more;
    }
    return petition::Ok();
  }

  static constexpr double kLikelyOne = 0.8;
  static constexpr double kGroupCounts = 0.95, kOwnCaseCounts = 0.6, kWorthCompleting = 0.15, kConflictCounts = 0.5,
                          kConflictMax = -1;
  static constexpr std::chrono::days kAnswersAreQuotedFor{365};

  const Model::Parameters& p_;
  const CandidateSource& source_;
  const History& history_;
  PreparedCache* const cache_;
  const std::uint64_t self_;
  const Later later_;
  const Profile& asking_;
  const bool sealed_;  ///< the side it is held against
  double documents_ = 0;
  bool bounded_ = false;
  std::vector<CaseView> cases_;
  std::map<std::string, double, std::less<>> rarities_;
};

bool SameMatter(const CaseView& a, const CaseView& b) { return a.facts.group && a.facts.group == b.facts.group; }

// Why a tie that would be made automatically is put before a person instead.
petition::Result<std::vector<std::string>> Doubts(Weighing& weighing, const History& history,
                                                  const Model::Parameters& p) {
  std::vector<std::string> flags;
  const auto& cases = weighing.cases();
  const auto& first = cases.front();
  // A person said that two cases are not the same, and this one could belong to either: it is the person's to say.
  for (std::size_t i = 1; i < cases.size(); ++i) {
    if (cases[i].told_apart || cases[i].score < p.thresholds.ask || SameMatter(cases[i], first)) continue;
    if (!history.ToldApart(first.facts.lead, cases[i].facts.lead)) continue;
    flags.push_back("told_apart");
    break;
  }
  for (std::size_t i = 1; i < cases.size() && first.score < p.thresholds.sure; ++i) {
    if (SameMatter(cases[i], first) || cases[i].told_apart) continue;
    if (first.score - cases[i].score >= p.thresholds.margin) break;
    // Nearly as likely, but the same matter in a case of its own: no doubt about the matter.
    GUIYI_TRY(const bool one, weighing.LikelyOne(first, cases[i]));
    if (one) continue;
    flags.push_back("margin");
    break;
  }
  if (first.facts.members.size() >= p.limits.case_size || first.facts.group_cases_first.size() >= p.limits.case_size)
    flags.push_back("size");
  if (first.relation != Relation::kJoint && first.pairs.size() > 2 && first.least < p.thresholds.whole_case &&
      first.score < p.thresholds.sure)
    flags.push_back("bridge");
  return flags;
}

}  // namespace

// Beyond the first few, what shares little beside the best candidate is some common words, or lives in the same street:
// reading and comparing it is most of a decision's cost with a million stored, and changes no figure of the labelled
// sets.
void LeaveWorthComparing(std::vector<Candidate>& candidates) {
  constexpr std::size_t kComparedAlways = 6;
  constexpr double kWorthComparing = 0.5;
  if (candidates.size() <= kComparedAlways) return;
  const double least = kWorthComparing * candidates.front().score;
  const auto others = candidates.begin() + kComparedAlways;
  candidates.erase(std::remove_if(others, candidates.end(),
                                  [&](const Candidate& candidate) {
                                    return candidate.score < least ||
                                           candidate.shared_shingles + candidate.shared_keys <= 1;
                                  }),
                   candidates.end());
}

std::shared_ptr<const Prepared> Model::Prepare(Profile profile) const {
  return std::make_shared<const Prepared>(std::move(profile), parameters_->rarity);
}

petition::Result<Verdict> Decider::Decide(std::uint64_t self, const Profile& asking) const {
  return Decide(self, *model_.Prepare(asking));
}

petition::Result<Verdict> Decider::Decide(std::uint64_t self, const Prepared& asking, bool across) const {
  const auto& p = model_.parameters();
  Weighing weighing(p, candidates_, history_, cache_, self, asking, across);
  GUIYI_CHECK(weighing.Look(p.limits.candidates));
  Verdict verdict;
  verdict.bounded = weighing.bounded();
  const auto& cases = weighing.cases();
  if (cases.empty()) return verdict;
  for (std::size_t i = 0; i < std::min<std::size_t>(10, cases.size()); ++i)
    verdict.candidates.push_back(
        weighing.ComparisonOf(cases[i], cases[i].pairs[cases[i].best], i < kCandidatesExplained));
  const auto& best = cases.front();
  const bool joint = best.relation == petition::Relation::kJoint;
  verdict.score = best.score;
  if (best.told_apart || best.score < (joint ? p.thresholds.ask_joint : p.thresholds.ask)) {
    verdict.reasons = verdict.candidates.front().reasons;
    return verdict;
  }
  verdict.relation = best.relation;
  verdict.of = best.pairs[best.best].index;
  verdict.reasons = verdict.candidates.front().reasons;
  verdict.candidates.front().score = best.score;
  verdict.mode = petition::Mode::kReview;
  if (best.score >= (joint ? p.thresholds.automatic_joint : p.thresholds.automatic)) {
    GUIYI_TRY(verdict.flags, Doubts(weighing, history_, p));
    if (verdict.flags.empty()) verdict.mode = petition::Mode::kAuto;
  }
  return verdict;
}

petition::Result<std::vector<Comparison>> Decider::Compare(const Profile& asking, std::size_t limit) const {
  const auto prepared = model_.Prepare(asking);
  Weighing weighing(model_.parameters(), candidates_, history_, cache_, kNoSelf, *prepared);
  GUIYI_CHECK(weighing.Look(model_.parameters().limits.candidates));
  std::vector<Comparison> out;
  for (const auto& view : weighing.cases()) {
    if (out.size() >= limit) break;
    out.push_back(weighing.ComparisonOf(view, view.pairs[view.best]));
  }
  return out;
}

petition::Result<Comparison> Decider::Explain(const Profile& later, std::uint64_t earlier) const {
  const auto prepared = model_.Prepare(later);
  Weighing weighing(model_.parameters(), candidates_, history_, cache_, kNoSelf, *prepared);
  GUIYI_CHECK(weighing.LookAt(earlier));
  if (weighing.cases().empty()) return petition::NotFound("nothing to compare with");
  const auto& view = weighing.cases().front();
  return weighing.ComparisonOf(view, view.pairs.front());
}

}  // namespace dedup
