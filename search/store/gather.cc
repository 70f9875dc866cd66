#include "search/store/gather.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

namespace search::store {
namespace {

enum class Kind { kShingle, kKey, kExact };

// One posting list of the question: the committed postings without hidden ones, then what the overlay adds. Both are
// ascending, and what is only in the overlay is newer than what is committed, but for replaced documents; a document
// can stand in both when a commit is just done. What was not fetched is read when it is asked for.
class List {
 public:
  List(const Xapian::Database& database, const Question& question, std::uint64_t term, const CommittedList& committed,
       const Overlay::Postings& overlay, Kind kind, std::uint32_t weight)
      : database_(&database),
        question_(&question),
        committed_(&committed),
        overlay_(&overlay),
        term_(term),
        kind_(kind),
        weight_(weight) {}

  Kind kind() const { return kind_; }
  std::uint32_t weight() const { return weight_; }

  // Calls visit(document) for the next `count` at most; answers how many. Documents come ascending.
  template <typename Visit>
  std::size_t Read(std::size_t count, Visit visit) {
    std::size_t seen = 0;
    while (seen < count && !AtEnd()) {
      last_ = Next();
      if (last_ == question_->self) continue;
      visit(last_);
      ++seen;
    }
    return seen;
  }
  bool AtEnd() { return Head() == kNone && next_overlaid_ == overlay_->documents.size(); }

  // Whether an unread document stands in the list. Ask ascending.
  bool Contains(std::uint32_t document) {
    if (document <= last_) return false;
    const auto& overlaid = overlay_->documents;
    if (std::binary_search(overlaid.begin(), overlaid.end(), document)) return true;
    if (IsHidden(document)) return false;
    const auto& fetched = committed_->documents;
    if (!fetched.empty() && document <= fetched.back())
      return std::binary_search(fetched.begin(), fetched.end(), document);
    if (committed_->complete) return false;
    OpenRest();
    rest_.skip_to(document);
    return rest_ != rest_end_ && *rest_ == document;
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  bool IsHidden(std::uint32_t document) const {
    const auto& hidden = question_->hidden;
    return !hidden.empty() && std::binary_search(hidden.begin(), hidden.end(), document);
  }
  void OpenRest() {
    if (rest_open_) return;
    rest_open_ = true;
    const std::string bytes = TermBytes(term_, kCandidateTermBytes);
    rest_ = database_->postlist_begin(bytes);
    rest_end_ = database_->postlist_end(bytes);
    if (!committed_->documents.empty() && rest_ != rest_end_) rest_.skip_to(committed_->documents.back() + 1);
  }
  // The next committed document that is not hidden.
  std::uint32_t Head() {
    const auto& fetched = committed_->documents;
    while (next_committed_ < fetched.size() && IsHidden(fetched[next_committed_])) ++next_committed_;
    if (next_committed_ < fetched.size()) return fetched[next_committed_];
    if (committed_->complete) return kNone;
    OpenRest();
    while (rest_ != rest_end_ && IsHidden(*rest_)) ++rest_;
    return rest_ == rest_end_ ? kNone : *rest_;
  }
  void StepCommitted() {
    if (next_committed_ < committed_->documents.size()) {
      ++next_committed_;
    } else {
      ++rest_;
    }
  }
  // The lower of the two heads; both step on when they are equal.
  std::uint32_t Next() {
    const std::uint32_t overlaid =
        next_overlaid_ < overlay_->documents.size() ? overlay_->documents[next_overlaid_] : kNone;
    const std::uint32_t committed = Head();
    if (overlaid <= committed) ++next_overlaid_;
    if (committed <= overlaid) StepCommitted();
    return std::min(overlaid, committed);
  }

  const Xapian::Database* database_;
  const Question* question_;
  const CommittedList* committed_;
  const Overlay::Postings* overlay_;
  std::uint64_t term_;
  Kind kind_;
  std::uint32_t weight_;
  Xapian::PostingIterator rest_, rest_end_;  // beyond what was fetched
  bool rest_open_ = false;
  std::size_t next_committed_ = 0, next_overlaid_ = 0;
  std::uint32_t last_ = 0;
};

// Documents met so far, by open addressing; grows by doubling.
class Accumulator {
 public:
  Accumulator() : slots_(1024) {}

  Gathered& At(std::uint32_t document) {
    if (used_ * 2 >= slots_.size()) Grow();
    Gathered& slot = slots_[Find(slots_, document)];
    if (slot.document == 0) {
      slot.document = document;
      ++used_;
    }
    return slot;
  }
  std::vector<Gathered> Take() {
    std::erase_if(slots_, [](const Gathered& slot) { return slot.document == 0; });
    return std::move(slots_);
  }

 private:
  static std::size_t Find(const std::vector<Gathered>& slots, std::uint32_t document) {
    std::size_t at = document * 2654435761u % slots.size();
    while (slots[at].document != 0 && slots[at].document != document) at = (at + 1) % slots.size();
    return at;
  }
  void Grow() {
    std::vector<Gathered> larger(slots_.size() * 4);
    for (const Gathered& slot : slots_) {
      if (slot.document != 0) larger[Find(larger, slot.document)] = slot;
    }
    slots_ = std::move(larger);
  }

  std::vector<Gathered> slots_;
  std::size_t used_ = 0;
};

void Credit(Gathered& document, Kind kind, std::uint32_t weight) {
  document.score += weight;
  if (kind == Kind::kShingle) ++document.shingles;
  if (kind == Kind::kKey) {
    ++document.keys;
    document.key_score += weight;
  }
}

bool Better(const Gathered& a, const Gathered& b) {
  return a.score != b.score ? a.score > b.score : a.document < b.document;
}

bool BetterByKeys(const Gathered& a, const Gathered& b) {
  return a.key_score != b.key_score ? a.key_score > b.key_score : Better(a, b);
}

class Gathering {
 public:
  Gathering(const Xapian::Database& database, const Question& question) : database_(database), question_(question) {}

  void ReadKeys() {
    const auto& keys = question_.terms->keys;
    std::vector<std::uint64_t> frequencies;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto& overlaid = question_.keys[i];
      const std::uint64_t committed = question_.committed->keys[i].frequency;
      frequencies.push_back(committed +
                            CountBeyond(overlaid.documents, question_.hidden, question_.committed->through) -
                            std::min<std::uint64_t>(overlaid.hidden, committed));
    }
    std::vector<std::size_t> rarest_first(keys.size());
    std::iota(rarest_first.begin(), rarest_first.end(), std::size_t{0});
    std::stable_sort(rarest_first.begin(), rarest_first.end(),
                     [&](std::size_t a, std::size_t b) { return frequencies[a] < frequencies[b]; });
    std::size_t left = kKeyPostingsMax;
    for (const std::size_t i : rarest_first) {
      if (frequencies[i] == 0) continue;
      List list(database_, question_, keys[i], question_.committed->keys[i], question_.keys[i], Kind::kKey,
                KeyWeight(frequencies[i]));
      const bool read = frequencies[i] <= std::min(kKeyListMax, left);
      left -= Read(std::move(list), read ? left : 0);
    }
  }

  void ReadShingles() {
    std::size_t left = kShinglePostingsMax;
    const Committed& committed = *question_.committed;
    if (question_.terms->exact != 0) {
      left -= Read(
          {database_, question_, question_.terms->exact, committed.exact, question_.exact, Kind::kExact, kExactWeight},
          kShingleListMax);
    }
    const auto& shingles = question_.terms->shingles;
    for (std::size_t i = 0; i < shingles.size(); ++i) {
      left -= Read({database_, question_, shingles[i].term, committed.shingles[i], question_.shingles[i],
                    Kind::kShingle, ShingleWeight(shingles[i].rarity_class)},
                   std::min(left, kShingleListMax));
    }
  }

  // The best candidates get what they earn in the unread rests of long lists, too.
  std::vector<Gathered> Complete() {
    std::vector<Gathered> found = found_.Take();
    const std::size_t best = std::min(kCompletedCandidates, found.size());
    if (unfinished_.empty() || best == 0) return found;
    const auto middle = found.begin() + static_cast<std::ptrdiff_t>(best);
    std::partial_sort(found.begin(), middle, found.end(), Better);
    std::sort(found.begin(), middle, [](const Gathered& a, const Gathered& b) { return a.document < b.document; });
    std::size_t lookups = kCompletingLookups;
    for (List& list : unfinished_) {
      if (lookups < best) break;
      lookups -= best;
      for (auto at = found.begin(); at != middle; ++at) {
        if (list.Contains(at->document)) Credit(*at, list.kind(), list.weight());
      }
    }
    return found;
  }

  bool bounded() const { return !unfinished_.empty(); }

 private:
  std::size_t Read(List list, std::size_t count) {
    const std::size_t seen =
        list.Read(count, [&](std::uint32_t document) { Credit(found_.At(document), list.kind(), list.weight()); });
    if (!list.AtEnd()) unfinished_.push_back(std::move(list));
    return seen;
  }

  const Xapian::Database& database_;
  const Question& question_;
  Accumulator found_;
  std::vector<List> unfinished_;
};

// A term of a question and where its list is wanted.
struct Wanted {
  std::uint64_t term;
  bool is_key;
  std::size_t question;
  CommittedList* into;
};

// A list whole, or `most` documents from its beginning.
CommittedList ReadList(const Xapian::Database& database, std::uint64_t term, std::size_t most) {
  const std::string bytes = TermBytes(term, kCandidateTermBytes);
  CommittedList list;
  // First how long it is: the blocks that lead there stay with the database, and the next look-up begins with them.
  // Reading a list begins with them, too, but leaves none.
  list.frequency = database.get_termfreq(bytes);
  list.complete = list.frequency <= most;
  list.documents.reserve(std::min<std::uint64_t>(list.frequency, most));
  if (list.frequency == 0) return list;
  const auto end = database.postlist_end(bytes);
  for (auto next = database.postlist_begin(bytes); next != end && list.documents.size() < most; ++next)
    list.documents.push_back(*next);
  return list;
}

// Reads lists for several questions, each term once, within what each question may have.
class Fetching {
 public:
  Fetching(const Xapian::Database& database, std::size_t questions) : database_(database), left_(questions) {}

  // `wanted`: all of one term.
  void Read(std::span<const Wanted> wanted) {
    const bool is_key = wanted.front().is_key;
    const CommittedList list = ReadList(database_, wanted.front().term, is_key ? kRareKey : kShingleListMax);
    for (const Wanted& by : wanted) {
      *by.into = list;
      if (is_key) continue;
      std::size_t& left = left_[by.question].shingles;
      if (list.documents.size() > left) {
        by.into->documents.resize(left);
        by.into->complete = false;
      }
      left -= by.into->documents.size();
    }
    if (is_key && !list.complete) longer_.push_back({list.frequency, wanted});
  }

  // Rare keys were read whole; of the others those that the bounds let be read, rarest first.
  void ReadLongerKeys() {
    std::stable_sort(longer_.begin(), longer_.end(),
                     [](const Longer& a, const Longer& b) { return a.frequency < b.frequency; });
    for (const Longer& key : longer_) {
      const auto may = [&](const Wanted& by) {
        return key.frequency <= std::min(kKeyListMax, left_[by.question].keys);
      };
      if (std::none_of(key.wanted.begin(), key.wanted.end(), may)) continue;
      const CommittedList list = ReadList(database_, key.wanted.front().term, kKeyListMax);
      for (const Wanted& by : key.wanted) {
        if (!may(by)) continue;
        *by.into = list;
        left_[by.question].keys -= list.documents.size();
      }
    }
  }

 private:
  static constexpr std::size_t kRareKey = 64;
  struct Left {
    std::size_t shingles = kShinglePostingsMax, keys = kKeyPostingsMax;
  };
  struct Longer {
    std::uint64_t frequency;
    std::span<const Wanted> wanted;
  };
  const Xapian::Database& database_;
  std::vector<Left> left_;  ///< for each question
  std::vector<Longer> longer_;
};

}  // namespace

std::vector<Committed> Fetch(const Xapian::Database& database, std::span<const CandidateTerms* const> questions,
                             const TermFilter& filter) {
  const std::uint32_t through = database.get_lastdocid();
  std::vector<Committed> all(questions.size());
  std::vector<Wanted> wanted;
  for (std::size_t question = 0; question < questions.size(); ++question) {
    const CandidateTerms& terms = *questions[question];
    Committed& committed = all[question];
    committed.through = through;
    committed.keys.resize(terms.keys.size());
    committed.shingles.resize(terms.shingles.size());
    for (const std::uint64_t key : terms.keys) filter.WillAsk(key);
    for (const auto& shingle : terms.shingles) filter.WillAsk(shingle.term);
    const auto want = [&](std::uint64_t term, bool is_key, CommittedList& into) {
      if (filter.MayHold(term)) wanted.push_back({term, is_key, question, &into});
    };
    for (std::size_t i = 0; i < terms.keys.size(); ++i) want(terms.keys[i], true, committed.keys[i]);
    if (terms.exact != 0) want(terms.exact, false, committed.exact);
    for (std::size_t i = 0; i < terms.shingles.size(); ++i) want(terms.shingles[i].term, false, committed.shingles[i]);
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return std::tuple(a.term, a.is_key, a.question) < std::tuple(b.term, b.is_key, b.question);
  });
  Fetching fetching(database, questions.size());
  for (std::size_t i = 0, end = 0; i < wanted.size(); i = end) {
    while (end < wanted.size() && wanted[end].term == wanted[i].term && wanted[end].is_key == wanted[i].is_key) ++end;
    fetching.Read(std::span(wanted).subspan(i, end - i));
  }
  fetching.ReadLongerKeys();
  return all;
}

std::uint32_t ShingleWeight(unsigned rarity_class) { return rarity_class < 11 ? 12 - rarity_class : 1; }

std::uint32_t KeyWeight(std::uint64_t frequency) {
  const auto doublings = static_cast<std::uint32_t>(std::bit_width(std::max<std::uint64_t>(frequency, 1)) - 1);
  return doublings < 20 ? 80 - 4 * doublings : 1;
}

std::vector<Gathered> Gather(const Xapian::Database& database, const Question& question, std::size_t limit,
                             bool& bounded) {
  Gathering gathering(database, question);
  gathering.ReadKeys();
  gathering.ReadShingles();
  std::vector<Gathered> found = gathering.Complete();
  bounded = gathering.bounded();

  const std::size_t kept = std::min(limit, found.size());
  const std::size_t by_keys = kept < found.size() ? kept / 4 : 0;
  const auto first = found.begin() + static_cast<std::ptrdiff_t>(kept - by_keys);
  const auto last = found.begin() + static_cast<std::ptrdiff_t>(kept);
  std::partial_sort(found.begin(), first, found.end(), Better);
  std::partial_sort(first, last, found.end(), BetterByKeys);
  found.resize(kept);
  std::sort(found.begin(), found.end(), Better);
  return found;
}

}  // namespace search::store
