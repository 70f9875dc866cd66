// The case book against a slow book in plain memory, on random histories; and what must not depend on order.
#include <map>
#include <random>

#include "tests/dedup/case_book_fixture.h"

namespace dedup {
namespace {

using petition::Mode;
using petition::Relation;
using Set = std::set<std::uint64_t>;

/// Everything by search: cases as sets, joint ties as pairs, told apart as pairs of sides.
class Oracle {
 public:
  void Add(std::uint64_t index, bool sealed, std::int64_t received) {
    cases_.push_back({index});
    sealed_[index] = sealed;
    received_[index] = received;
  }
  void Tie(std::uint64_t index, std::uint64_t of, bool joint) {
    if (sealed_[index] != sealed_[of]) return;
    if (joint) {
      joint_.emplace(index, of);
    } else {
      Unite(index, of);
    }
  }
  std::string Merge(std::uint64_t a, std::uint64_t b, bool overrule) {
    if (CaseOf(a) == CaseOf(b)) return "same_case";
    if (auto why = Objection(a, b, true, overrule); !why.empty()) return why;
    Unite(a, b);
    return "";
  }
  std::string Split(std::uint64_t of, const Set& leaving) {
    const Set whole = CaseOf(of);
    for (const auto index : leaving) {
      if (!whole.contains(index)) return "not_member";
    }
    if (leaving.empty()) return "not_member";
    Set staying;
    for (const auto index : whole) {
      if (!leaving.contains(index)) staying.insert(index);
    }
    if (staying.empty()) return "whole_case";
    std::erase(cases_, whole);
    cases_.push_back(leaving);
    cases_.push_back(staying);
    TellApart(false, leaving, staying);
    return "";
  }
  std::string Answer(std::uint64_t index, std::uint64_t of, dedup::Answer answer, bool overrule) {
    if (answered_.contains(index)) return "answered";
    const bool together = CaseOf(index) == CaseOf(of);
    if (answer == Answer::kDifferent) {
      if (together) return "same_case";
      TellApart(true, {index}, CaseOf(of));
    } else if (answer == Answer::kSame) {
      if (!together) {
        if (auto why = Objection(index, of, true, overrule); !why.empty()) return why;
        Unite(index, of);
      }
    } else {
      // The book looks for objections first: two in one case have none but to being one.
      if (!together) {
        if (auto why = Objection(index, of, false, overrule); !why.empty()) return why;
      } else {
        return "same_case";
      }
      joint_.emplace(index, of);
      TellApart(false, {index}, CaseOf(of));
    }
    answered_.insert(index);
    return "";
  }
  void Close(std::uint64_t index, std::int64_t at) { closed_[index] = std::max(closed_[index], at); }

  Set CaseOf(std::uint64_t index) const {
    for (const auto& members : cases_) {
      if (members.contains(index)) return members;
    }
    return {};
  }
  Set GroupOf(std::uint64_t index) const {
    Set group = CaseOf(index);
    for (std::size_t before = 0; before != group.size();) {
      before = group.size();
      for (const auto& [a, b] : joint_) {
        for (const auto& [x, y] : {std::pair(a, b), std::pair(b, a)}) {
          if (group.contains(x)) group.merge(Set(CaseOf(y)));
        }
      }
    }
    return group;
  }
  std::optional<petition::Time> ClosedAt(std::uint64_t index) const {
    std::int64_t closed = -1, received = -1;
    for (const auto member : CaseOf(index)) {
      if (const auto at = closed_.find(member); at != closed_.end()) closed = std::max(closed, at->second);
      received = std::max(received, received_.at(member));
    }
    if (closed < 0 || received > closed) return std::nullopt;
    return Minute(closed);
  }
  bool Apart(std::uint64_t a, std::uint64_t b) const { return Separated(CaseOf(a), CaseOf(b), false); }

 private:
  /// Two that a person told apart: as one case, or as one matter as well.
  struct Pair {
    bool matter;
    std::uint64_t a, b;
  };
  void TellApart(bool matter, const Set& a, const Set& b) {
    for (const auto x : a)
      for (const auto y : b) apart_.push_back({matter, x, y});
  }
  static bool Between(const Pair& pair, const Set& a, const Set& b) {
    return (a.contains(pair.a) && b.contains(pair.b)) || (a.contains(pair.b) && b.contains(pair.a));
  }
  bool Separated(const Set& a, const Set& b, bool matter_only) const {
    return std::any_of(apart_.begin(), apart_.end(),
                       [&](const Pair& pair) { return (pair.matter || !matter_only) && Between(pair, a, b); });
  }
  void TakeBack(const Set& a, const Set& b) {
    std::erase_if(apart_, [&](const Pair& pair) { return Between(pair, a, b); });
  }
  std::string Objection(std::uint64_t a, std::uint64_t b, bool one_case, bool overrule) {
    if (sealed_[a] != sealed_[b]) return "sealed_mix";
    const Set case_a = CaseOf(a), case_b = CaseOf(b), group_a = GroupOf(a), group_b = GroupOf(b);
    const bool in_case = one_case && Separated(case_a, case_b, false),
               in_group = group_a != group_b && Separated(group_a, group_b, true);
    if (!in_case && !in_group) return "";
    if (!overrule) return "told_apart";
    if (in_case) TakeBack(case_a, case_b);
    if (in_group) TakeBack(group_a, group_b);
    return "";
  }
  void Unite(std::uint64_t a, std::uint64_t b) {
    Set one = CaseOf(a), other = CaseOf(b);
    if (one == other) return;
    std::erase(cases_, one);
    std::erase(cases_, other);
    one.merge(other);
    cases_.push_back(one);
  }

  std::vector<Set> cases_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> joint_;
  std::vector<Pair> apart_;
  Set answered_;
  std::map<std::uint64_t, bool> sealed_;
  std::map<std::uint64_t, std::int64_t> received_, closed_;
};

void ExpectEqual(Book& book, const Oracle& oracle, int step) {
  for (std::uint64_t index = 0; index < book.intakes(); ++index) {
    const Set members = oracle.CaseOf(index), group = oracle.GroupOf(index);
    const auto facts = book->FactsOf(index).value();
    ASSERT_EQ(Set(facts.members.begin(), facts.members.end()), members) << "intake " << index << ", step " << step;
    ASSERT_EQ(facts.lead, *members.begin());
    ASSERT_EQ(facts.group, group == members ? std::nullopt : std::optional(*group.begin()))
        << "intake " << index << ", step " << step;
    ASSERT_EQ(facts.closed_at, oracle.ClosedAt(index)) << "intake " << index << ", step " << step;
  }
}

/// What must hold of every member and link.
void ExpectSound(Book& book) {
  for (std::uint64_t index = 0; index < book.intakes(); ++index) {
    const auto member = book->Member(index).value();
    const auto view = book->CaseByNo(member.case_no, Scope::Everything()).value();
    ASSERT_EQ(view.row.size, view.members.size());
    if (view.row.first == index) {
      ASSERT_FALSE(petition::SharesCase(member.relation)) << "the first of a case is tied to nothing in it";
    } else {
      ASSERT_TRUE(petition::SharesCase(member.relation)) << "a later member says what it is";
      ASSERT_EQ(book.CaseOf(*member.of), member.case_no);
    }
    for (const auto& other : view.members) ASSERT_EQ(other.sealed, member.sealed);
    for (const auto& row : view.group) ASSERT_EQ(row.sealed, member.sealed);
  }
}

// A transaction keeps in mind what it was asked; a reader does not.
void ExpectFactsAsCommitted(Book& book, bool commit) {
  const auto transaction = book->Begin().value();
  for (std::uint64_t index = 0; index < book.intakes(); ++index) {
    const auto kept = transaction->FactsOf(index).value(), read = book->FactsOf(index).value();
    ASSERT_EQ(kept.lead, read.lead) << index;
    ASSERT_EQ(kept.group, read.group) << index;
    ASSERT_EQ(kept.members, read.members) << index;
    ASSERT_EQ(kept.group_cases_first, read.group_cases_first) << index;
    ASSERT_EQ(kept.closed_at, read.closed_at) << index;
  }
  if (commit) {
    ASSERT_TRUE(transaction->Commit().ok());
  }
}

TEST(CaseBookOracleTest, AgreesWithASlowBookOnRandomHistories) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto pick = [&](std::uint64_t below) { return random() % below; };
    Book book;
    Oracle oracle;
    std::map<std::uint64_t, std::uint64_t> asked;
    for (int step = 0; step < 90; ++step) {
      const auto action = pick(10);
      if (book.intakes() < 3 || action < 4) {
        const bool sealed = pick(8) == 0;
        const auto received = static_cast<std::int64_t>(pick(200));
        const auto index = book.Add(sealed, pick(2) == 0 ? "portal" : "letters", received);
        oracle.Add(index, sealed, received);
        if (index == 0 || pick(4) == 0) {
          book.Decide(index);
          continue;
        }
        const auto of = pick(index);
        const bool joint = pick(3) == 0, question = pick(3) == 0;
        book.Decide(index, joint ? Relation::kJoint : Relation::kDuplicate, question ? Mode::kReview : Mode::kAuto, of,
                    0.5);
        if (question) {
          asked[index] = of;
        } else {
          oracle.Tie(index, of, joint);
        }
      } else if (action < 6) {
        const auto a = pick(book.intakes()), b = pick(book.intakes());
        const bool overrule = pick(5) == 0;
        ASSERT_EQ(book.Merge(a, b, overrule).why, oracle.Merge(a, b, overrule)) << "step " << step;
      } else if (action < 8) {
        const auto of = pick(book.intakes());
        Set leaving;
        for (const auto member : oracle.CaseOf(of)) {
          if (pick(2) == 0) leaving.insert(member);
        }
        if (pick(9) == 0) leaving.insert(pick(book.intakes()));
        ASSERT_EQ(book.Split(of, {leaving.begin(), leaving.end()}).why, oracle.Split(of, leaving)) << "step " << step;
      } else if (action == 8 && !asked.empty()) {
        const auto question = *std::next(asked.begin(), static_cast<std::ptrdiff_t>(pick(asked.size())));
        const auto answer = static_cast<Answer>(pick(3));
        const bool overrule = pick(5) == 0;
        ASSERT_EQ(book.Answered(question.first, answer, overrule).why,
                  oracle.Answer(question.first, question.second, answer, overrule))
            << "step " << step;
      } else {
        const auto index = pick(book.intakes());
        const auto at = static_cast<std::int64_t>(pick(250));
        book.Event(index, "closed", at);
        oracle.Close(index, at);
      }
      ExpectFactsAsCommitted(book, pick(9) != 0);
      if (::testing::Test::HasFatalFailure()) return;
      if (step % 10 == 9) {
        ExpectEqual(book, oracle, step);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
    ExpectEqual(book, oracle, 999);
    ExpectSound(book);
    for (std::uint64_t a = 0; a < book.intakes(); ++a) {
      const auto b = pick(book.intakes());
      if (book.CaseOf(a) != book.CaseOf(b)) {
        ASSERT_EQ(book->ToldApart(a, b), oracle.Apart(a, b));
      }
    }
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(CaseBookOracleTest, OrderOfMergesDoesNotMatter) {
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> merges = {{0, 4}, {2, 4}, {7, 6}, {1, 3}, {6, 3}, {8, 0}};
  const auto end = [&](const std::vector<std::size_t>& order) {
    Book book;
    for (int i = 0; i < 9; ++i) {
      const auto index = book.Add(false, "portal", (i * 37) % 50);
      if (i == 5) {
        book.Decide(index, Relation::kJoint, Mode::kAuto, 2);
      } else {
        book.Decide(index);
      }
    }
    book.Event(3, "closed", 40);
    book.Event(8, "closed", 60);
    for (const auto at : order) EXPECT_FALSE(book.Merge(merges[at].first, merges[at].second).refused);
    std::string state = book.Lines({"case"});
    for (std::uint64_t index = 0; index < book.intakes(); ++index) {
      state += book.CaseOf(index) + " " + book.GroupOf(index) + "\n";
    }
    return state;
  };
  std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
  const std::string expected = end(order);
  std::mt19937 random(7);
  for (int i = 0; i < 6; ++i) {
    std::shuffle(order.begin(), order.end(), random);
    EXPECT_EQ(end(order), expected);
  }
}

TEST(CaseBookOracleTest, EveryMergeUndoneIsAsIfItHadNotBeen) {
  std::mt19937 random(3);
  Book book;
  for (int i = 0; i < 14; ++i) {
    const auto index = book.Add(false, "portal", static_cast<std::int64_t>(random() % 90));
    if (index == 0 || random() % 3 == 0) {
      book.Decide(index);
    } else {
      book.Decide(index, random() % 2 == 0 ? Relation::kJoint : Relation::kSupplement, Mode::kAuto, random() % index);
    }
    if (random() % 4 == 0) book.Event(index, "closed", static_cast<std::int64_t>(random() % 100));
  }
  int undone = 0;
  for (int i = 0; i < 60; ++i) {
    const auto a = random() % book.intakes(), b = random() % book.intakes();
    const auto facts = book->FactsOf(std::max(a, b)).value();
    const std::string before = book.Lines({"intake", "case"});
    if (book.Merge(a, b).refused) continue;
    const auto moved = book->FactsOf(std::min(a, b)).value();
    ASSERT_GT(moved.members.size(), facts.members.size());
    ASSERT_FALSE(book.Split(a, facts.members).refused);
    ASSERT_EQ(book.Lines({"intake", "case"}), before);
    ++undone;
  }
  EXPECT_GT(undone, 10);
}

}  // namespace
}  // namespace dedup
