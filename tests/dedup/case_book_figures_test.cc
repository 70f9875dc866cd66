// Figures kept while folding against a full count, under random acts.
#include <array>
#include <random>

#include "support/full_run.h"
#include "tests/dedup/case_book_fixture.h"

namespace dedup {
namespace {

using petition::Mode;
using petition::Relation;

bool InScope(const MemberRow& member, const Scope& scope) {
  const bool within = scope.divisions.empty() ||
                      std::any_of(scope.divisions.begin(), scope.divisions.end(), [&](const std::string& division) {
                        return member.division.starts_with(division.substr(0, division.ends_with("00") ? 4 : 6));
                      });
  return (!member.sealed || scope.sealed) && (scope.source.empty() || member.source == scope.source) && within;
}

/// Everything counted one by one.
Counters CountSlowly(Book& book, const Scope& scope) {
  Counters counters;
  std::map<Relation, std::uint64_t> relations;
  std::map<Mode, std::uint64_t> modes;
  for (std::uint64_t index = 0; index < book.intakes(); ++index) {
    const auto member = book->Member(index).value();
    if (!InScope(member, scope)) continue;
    ++counters.intakes;
    if (member.decided) {
      ++relations[member.relation];
      ++modes[member.mode];
    } else {
      ++counters.undecided;
    }
    counters.historic += member.historic ? 1 : 0;
    counters.sealed += member.sealed ? 1 : 0;
    const auto row = book->CaseOfIntake(index).value();
    if (row.first != index) continue;
    ++counters.cases;
    counters.cases_closed += row.closed_at ? 1 : 0;
    counters.groups += row.group_no == GroupNo(No(index)) ? 1 : 0;
  }
  for (const Relation relation : {Relation::kNew, Relation::kResend, Relation::kRevision, Relation::kDuplicate,
                                  Relation::kSupplement, Relation::kRepeat, Relation::kJoint})
    counters.relations.emplace_back(petition::RelationName(relation), relations[relation]);
  for (const Mode mode : {Mode::kNew, Mode::kAuto, Mode::kReview})
    counters.modes.emplace_back(petition::ModeName(mode), modes[mode]);
  ReviewFilter filter;
  counters.reviews_open = book->Reviews(filter, scope, "", 1)->total;
  filter.state = ReviewFilter::State::kAnswered;
  counters.reviews_answered = book->Reviews(filter, scope, "", 1)->total;
  return counters;
}

void ExpectCounted(Book& book) {
  for (const Scope& scope : {Scope::Everything(), Scope{}, Scope{"portal", {}, true}, Scope{"", {"439902"}, false},
                             Scope{"letters", {"439900"}, true}, Scope{"nobody", {}, true}}) {
    const auto kept = book->Count(scope).value();
    const auto counted = CountSlowly(book, scope);
    ASSERT_EQ(kept.intakes, counted.intakes);
    ASSERT_EQ(kept.undecided, counted.undecided);
    ASSERT_EQ(kept.historic, counted.historic);
    ASSERT_EQ(kept.sealed, counted.sealed);
    ASSERT_EQ(kept.relations, counted.relations);
    ASSERT_EQ(kept.modes, counted.modes);
    ASSERT_EQ(kept.cases, counted.cases);
    ASSERT_EQ(kept.cases_closed, counted.cases_closed);
    ASSERT_EQ(kept.groups, counted.groups);
    ASSERT_EQ(kept.reviews_open, counted.reviews_open);
    ASSERT_EQ(kept.reviews_answered, counted.reviews_answered);
  }
}

/// Every page, three rows each.
template <typename Ask, typename Index>
std::vector<std::uint64_t> AllPages(const Ask& ask, const Index& index, std::uint64_t& total) {
  std::vector<std::uint64_t> all;
  std::string cursor;
  do {
    const auto page = ask(cursor).value();
    for (const auto& row : page.rows) all.push_back(index(row));
    total = page.total;
    cursor = page.next;
  } while (!cursor.empty());
  return all;
}

bool IsListed(const MemberRow& member, const RegisteredFilter& filter) {
  using Which = RegisteredFilter::Which;
  if (filter.which == Which::kUndecided && member.decided) return false;
  if (filter.which == Which::kHistoric && !member.historic) return false;
  if (filter.which == Which::kSealed && !member.sealed) return false;
  if (filter.relation && (!member.decided || member.relation != *filter.relation)) return false;
  return !filter.mode || (member.decided && member.mode == *filter.mode);
}

void ExpectRegistered(Book& book, const RegisteredFilter& filter, const Scope& scope) {
  std::vector<std::uint64_t> expected;
  for (std::uint64_t index = book.intakes(); index-- > 0;) {
    const auto member = book->Member(index).value();
    if (InScope(member, scope) && IsListed(member, filter)) expected.push_back(index);
  }
  std::uint64_t total = 0;
  const auto listed = AllPages([&](const auto& cursor) { return book->Registered(filter, scope, cursor, 3); },
                               [](const MemberRow& row) { return row.index; }, total);
  ASSERT_EQ(listed, expected);
  ASSERT_EQ(total, expected.size()) << "the figure and its list differ";
}

void ExpectCases(Book& book, CaseKind kind, const Scope& scope) {
  std::vector<std::uint64_t> expected;
  for (std::uint64_t index = book.intakes(); index-- > 0;) {
    const auto row = book->CaseOfIntake(index).value();
    if (row.first != index || !InScope(book->Member(index).value(), scope)) continue;
    if (kind == CaseKind::kClosed && !row.closed_at) continue;
    if (kind == CaseKind::kLeadsGroup && row.group_no != GroupNo(No(index))) continue;
    expected.push_back(index);
  }
  std::uint64_t total = 0;
  const auto listed = AllPages([&](const auto& cursor) { return book->Cases(kind, scope, cursor, 3); },
                               [&](const ListedCase& one) {
                                 EXPECT_EQ(one.row.size, book->Members(one.row.case_no, scope).value().size());
                                 return one.row.first;
                               },
                               total);
  ASSERT_EQ(listed, expected);
  ASSERT_EQ(total, expected.size()) << "the figure and its list differ";
}

// Each counter and the list that opens behind it, found by search.
void ExpectListed(Book& book) {
  using Which = RegisteredFilter::Which;
  for (const Scope& scope : {Scope::Everything(), Scope{}, Scope{"", {"439902"}, false}, Scope{"portal", {}, true}}) {
    for (const auto which : {Which::kAll, Which::kUndecided, Which::kHistoric, Which::kSealed})
      ExpectRegistered(book, {which, {}, {}, {}}, scope);
    for (const auto relation : {Relation::kNew, Relation::kDuplicate, Relation::kJoint, Relation::kRepeat})
      ExpectRegistered(book, {Which::kAll, relation, {}, {}}, scope);
    for (const auto mode : {Mode::kNew, Mode::kAuto, Mode::kReview})
      ExpectRegistered(book, {Which::kAll, {}, mode, {}}, scope);
    ExpectRegistered(book, {Which::kHistoric, Relation::kDuplicate, Mode::kAuto, {}}, scope);
    ExpectRegistered(book, {Which::kUndecided, Relation::kDuplicate, {}, {}}, scope);
    for (const auto kind : {CaseKind::kAll, CaseKind::kClosed, CaseKind::kLeadsGroup}) ExpectCases(book, kind, scope);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

void Seal(Book& book, std::uint64_t index, bool sealed, std::uint64_t entry) {
  const SealingRecord sealing{entry, index, sealed, "reviewer", "", Minute(5000)};
  book.Within([&](CaseBook::Transaction& transaction) { return transaction.ApplySealing(sealing); });
}

void ActAtRandom(Book& book, std::mt19937& random, std::vector<std::uint64_t>& asked, std::uint64_t entry) {
  const auto pick = [&](std::uint64_t below) { return random() % below; };
  const auto action = pick(12);
  if (book.intakes() < 3 || action < 5) {
    const auto index = book.Add(pick(8) == 0, pick(2) == 0 ? "portal" : "letters", static_cast<std::int64_t>(pick(200)),
                                pick(2) == 0 ? "439902" : "439903", pick(6) == 0);
    if (pick(6) == 0) return;  // undecided
    if (index == 0 || pick(3) == 0) {
      book.Decide(index, Relation::kNew, pick(5) == 0 ? Mode::kReview : Mode::kNew);
      return;
    }
    const bool question = pick(2) == 0;
    book.Decide(index, pick(3) == 0 ? Relation::kJoint : Relation::kDuplicate, question ? Mode::kReview : Mode::kAuto,
                pick(index), 0.5);
    if (question) asked.push_back(index);
  } else if (action < 7) {
    book.Merge(pick(book.intakes()), pick(book.intakes()), pick(3) == 0);
  } else if (action == 7) {
    const auto of = pick(book.intakes());
    std::vector<std::uint64_t> leaving;
    const auto facts = book->FactsOf(of);
    for (const auto member : facts->members)
      if (pick(2) == 0) leaving.push_back(member);
    book.Split(of, leaving);
  } else if (action == 8 && !asked.empty()) {
    book.Answered(asked[pick(asked.size())], static_cast<Answer>(pick(3)), pick(3) == 0);
  } else if (action == 9) {
    Seal(book, pick(book.intakes()), pick(2) == 0, entry);
  } else {
    book.Event(pick(book.intakes()), "closed", static_cast<std::int64_t>(pick(250)));
  }
}

TEST(CaseBookFiguresTest, EqualAFullCountUnderRandomActs) {
  for (unsigned seed = 1; seed <= (support::FullRun() ? 20u : 5u); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Book book;
    std::vector<std::uint64_t> asked;
    for (std::uint64_t step = 0; step < 120; ++step) {
      ActAtRandom(book, random, asked, 10'000 + step);
      if (step % 20 == 19) ExpectCounted(book);
      if (step % 60 == 59) ExpectListed(book);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(CaseBookFiguresTest, AddedWithItsVerdictAnIntakeStandsAsOneThatWasAddedAndDecided) {
  Book apart, together;
  std::mt19937 random(12);
  for (std::uint64_t i = 0; i < 120; ++i) {
    const bool sealed = random() % 6 == 0;
    const auto relation = std::array{Relation::kNew, Relation::kDuplicate, Relation::kSupplement, Relation::kRepeat,
                                     Relation::kJoint}[random() % 5];
    const auto mode = relation == Relation::kNew ? (random() % 3 == 0 ? Mode::kReview : Mode::kNew)
                      : random() % 2 == 0        ? Mode::kAuto
                                                 : Mode::kReview;
    // Now and then of one that is unknown: it comes later.
    std::optional<std::uint64_t> of;
    if (relation != Relation::kNew) of = random() % (i + 3);
    apart.Decide(apart.Add(sealed), relation, mode, of);
    together.Decided(sealed, relation, mode, of);
  }
  EXPECT_EQ(apart->Dump().value(), together->Dump().value());
  ExpectCounted(together);
}

}  // namespace
}  // namespace dedup
