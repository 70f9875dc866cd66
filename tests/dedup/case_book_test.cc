#include "dedup/case_book.h"

#include "tests/dedup/case_book_fixture.h"

namespace dedup {
namespace {

using petition::Mode;
using petition::Relation;

const Scope kAll = Scope::Everything();

TEST(CaseBookTest, CaseIsNumberedAfterItsEarliestMember) {
  Book book;
  const auto a = book.New(), b = book.Tied(a), c = book.Tied(b, Relation::kSupplement);
  EXPECT_EQ(book.CaseOf(c), CaseNo(No(a)));
  const auto view = book->CaseByNo(CaseNo(No(a)), kAll).value();
  ASSERT_EQ(view.members.size(), 3u);
  EXPECT_EQ(view.members[2].relation, Relation::kSupplement);
  EXPECT_EQ(view.members[2].of_intake_no, No(b));
  ASSERT_EQ(view.links.size(), 2u);
  ASSERT_EQ(view.links[0].reasons.size(), 1u);
  EXPECT_EQ(view.links[0].reasons[0].detail, "楼栋相同");
  EXPECT_FALSE(view.moved);
}

TEST(CaseBookTest, AFileOfAnotherVersionIsRefusedAndSaysWhatToDo) {
  BookFolder folder;
  {
    const auto book = CaseBook::Open(folder.path(), {ledger::Key{}});
    ASSERT_TRUE(book.ok());
    (*book)->file().Writer()->Exec("PRAGMA user_version=2");
  }
  const auto again = CaseBook::Open(folder.path(), {ledger::Key{}});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, "state_version");
  EXPECT_NE(again.error().message.find("guiyi rebuild state"), std::string::npos);
}

TEST(CaseBookTest, NumberOfAMergedCaseLeadsToTheSurvivor) {
  Book book;
  const auto a = book.New(), b = book.New();
  EXPECT_EQ(book.Merge(b, a).case_no, CaseNo(No(a)));
  const auto view = book->CaseByNo(CaseNo(No(b)), kAll).value();
  EXPECT_TRUE(view.moved);
  EXPECT_EQ(view.row.case_no, CaseNo(No(a)));
  ASSERT_EQ(view.history.size(), 1u);
  EXPECT_EQ(view.history[0].kind, "merge");
  EXPECT_EQ(view.history[0].by, "reviewer");
  EXPECT_EQ(view.history[0].reason, "看过了");
  EXPECT_EQ(view.history[0].other_no, CaseNo(No(b)));
}

TEST(CaseBookTest, LateMessageToAMergedAwayCaseReachesTheSurvivor) {
  Book book;
  const auto a = book.New(), b = book.New();
  book.Merge(a, b);
  const auto late = book.Tied(b);
  EXPECT_EQ(book.CaseOf(late), CaseNo(No(a)));
}

TEST(CaseBookTest, UndoneMergeRestoresNumbersClocksAndCounts) {
  Book book;
  const auto a = book.New(), a2 = book.Tied(a), b = book.New(), b2 = book.Tied(b);
  book.Event(a2, "closed", 100);
  book.Tied(b, Relation::kJoint);
  const std::string before = book.Lines({"intake", "case"});
  const auto counted = book->Count(kAll).value();
  book.Merge(a, b);
  EXPECT_NE(book.Lines({"intake", "case"}), before);
  book.Split(a, {b, b2});
  EXPECT_EQ(book.Lines({"intake", "case"}), before);
  const auto again = book->Count(kAll).value();
  EXPECT_EQ(again.relations, counted.relations);
  EXPECT_EQ(again.cases, counted.cases);
  EXPECT_EQ(again.cases_closed, counted.cases_closed);
  EXPECT_EQ(again.groups, counted.groups);
}

TEST(CaseBookTest, UndoneLinkIsNotRemade) {
  Book book;
  const auto a = book.New(), b = book.Tied(a);
  book.Split(a, {b});
  EXPECT_EQ(book.CaseOf(b), CaseNo(No(b)));
  EXPECT_EQ(book->Member(b)->relation, Relation::kNew);
  EXPECT_TRUE(book->ToldApart(b, a));
  EXPECT_TRUE(book->ToldApart(a, b));
  // What comes later to either stays with it.
  EXPECT_EQ(book.CaseOf(book.Tied(b)), CaseNo(No(b)));
  EXPECT_EQ(book.CaseOf(book.Tied(a)), CaseNo(No(a)));
  const auto refused = book.Merge(a, b);
  EXPECT_TRUE(refused.refused);
  EXPECT_EQ(refused.why, "told_apart");
  EXPECT_EQ(book.CaseOf(b), CaseNo(No(b)));
}

TEST(CaseBookTest, WhatIsKnownOfCasesIsForgottenWithTheTransactionThatChangedThem) {
  Book book;
  const auto a = book.New(), b = book.New();
  {
    const auto transaction = book->Begin().value();
    ASSERT_TRUE(transaction->ApplyMerge({900, a, b, false, "reviewer", "看过了", Minute(5000)}).ok());
    EXPECT_EQ(transaction->FactsOf(b)->lead, a);
    EXPECT_EQ(transaction->FactsOf(b)->members, (std::vector<std::uint64_t>{a, b}));
  }
  const auto transaction = book->Begin().value();
  EXPECT_EQ(transaction->FactsOf(b)->lead, b);
  EXPECT_EQ(transaction->FactsOf(b)->members, std::vector<std::uint64_t>{b});
  IntakeRow row;
  row.index = b + 1;
  row.intake_no = No(row.index);
  const auto taken_back = transaction->Whole([&]() -> petition::Status {
    GUIYI_CHECK(transaction->AddIntake(row, ""));
    EXPECT_EQ(transaction->FactsOf(row.index)->lead, row.index);
    return petition::Internal("enough");
  });
  EXPECT_FALSE(taken_back.ok());
  EXPECT_EQ(transaction->FactsOf(row.index).error().code, petition::Code::kNotFound);
}

TEST(CaseBookTest, NotTheSameBindsAcrossWhatStandsBetween) {
  Book book;
  const auto a = book.New(), b = book.Asked(a), c = book.New();
  EXPECT_FALSE(book.Answered(b, Answer::kDifferent).refused);
  EXPECT_FALSE(book.Merge(b, c).refused);
  EXPECT_TRUE(book->ToldApart(c, a));
  EXPECT_EQ(book.Merge(c, a).why, "told_apart");
  // Not the same matter: nor may their groups come together.
  const auto d = book.Tied(a, Relation::kJoint), e = book.Asked(d, Relation::kJoint);
  book.Merge(e, c);
  EXPECT_EQ(book.Answered(e, Answer::kRelated).why, "told_apart");
}

TEST(CaseBookTest, PersonMayOverruleAPersonOutright) {
  Book book;
  const auto a = book.New(), b = book.Asked(a);
  book.Answered(b, Answer::kDifferent);
  EXPECT_FALSE(book.Merge(a, b, true).refused);
  EXPECT_EQ(book.CaseOf(b), CaseNo(No(a)));
  // Taken back for good: parted again, the parting binds.
  book.Split(a, {b});
  EXPECT_EQ(book.Merge(a, b).why, "told_apart");
}

TEST(CaseBookTest, SplitKeepsThoseWhoStayTogether) {
  Book book;
  const auto a = book.New(), b = book.Tied(a), c = book.Tied(b, Relation::kSupplement);
  const auto effect = book.Split(a, {b});
  EXPECT_EQ(effect.changed, std::vector<std::uint64_t>{b});
  EXPECT_EQ(book.CaseOf(c), CaseNo(No(a)));
  const auto member = book->Member(c).value();
  EXPECT_EQ(member.relation, Relation::kSupplement);
  EXPECT_EQ(member.of, a);
  const auto view = book->CaseByNo(CaseNo(No(a)), kAll).value();
  EXPECT_EQ(std::count_if(view.links.begin(), view.links.end(), [](const LinkRow& link) { return !link.undone_by; }),
            1);
}

TEST(CaseBookTest, LeaderMayLeave) {
  Book book;
  const auto a = book.New(), b = book.Tied(a), c = book.Tied(a);
  book.Split(a, {a});
  EXPECT_EQ(book.CaseOf(a), CaseNo(No(a)));
  EXPECT_EQ(book.CaseOf(b), CaseNo(No(b)));
  EXPECT_EQ(book.CaseOf(c), CaseNo(No(b)));
  EXPECT_EQ(book->CaseByNo(CaseNo(No(a)), kAll)->row.size, 1u);
}

TEST(CaseBookTest, SplitThatCannotBeIsRefused) {
  Book book;
  const auto a = book.New(), b = book.Tied(a), c = book.New();
  EXPECT_EQ(book.Split(a, {c}).why, "not_member");
  EXPECT_EQ(book.Split(a, {a, b}).why, "whole_case");
  EXPECT_EQ(book.Split(a, {}).why, "not_member");
  EXPECT_EQ(book.Merge(a, b).why, "same_case");
  EXPECT_EQ(book.Merge(a, 77).why, "unknown");
}

TEST(CaseBookTest, JointTiesGroupCasesAndKeepThemApart) {
  Book book;
  const auto a = book.New(), b = book.Tied(a, Relation::kJoint), c = book.Tied(b, Relation::kJoint);
  EXPECT_NE(book.CaseOf(a), book.CaseOf(b));
  EXPECT_EQ(book.GroupOf(c), GroupNo(No(a)));
  const auto group = book->GroupByNo(GroupNo(No(a)), kAll).value();
  EXPECT_EQ(group.cases.size(), 3u);
  EXPECT_EQ(group.links.size(), 2u);
  EXPECT_EQ(book->FactsOf(b)->group_cases_first, (std::vector<std::uint64_t>{a, b, c}));
  EXPECT_EQ(book->Count(kAll)->groups, 1u);
}

TEST(CaseBookTest, QuestionStandsAloneUntilAnswered) {
  Book book;
  const auto a = book.New(), b = book.Asked(a);
  EXPECT_EQ(book.CaseOf(b), CaseNo(No(b)));
  const auto page = book->Reviews({}, kAll, "", 10).value();
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0].of_intake_no, No(a));
  EXPECT_DOUBLE_EQ(page.rows[0].score, 0.6);
  EXPECT_FALSE(book.Answered(b, Answer::kSame).refused);
  EXPECT_EQ(book.CaseOf(b), CaseNo(No(a)));
  EXPECT_EQ(book->Member(b)->relation, Relation::kDuplicate);
  EXPECT_TRUE(book->Reviews({}, kAll, "", 10)->rows.empty());
  EXPECT_EQ(book.Answered(b, Answer::kDifferent).why, "answered");
  const auto answered = book->ReviewById(b * 2, kAll).value();
  EXPECT_TRUE(answered.answered);
  EXPECT_EQ(answered.answered_by, "reviewer");
}

TEST(CaseBookTest, RelatedMeansTheSameMatterOfOtherPeople) {
  Book book;
  const auto a = book.New(), b = book.Asked(a);
  book.Answered(b, Answer::kRelated);
  EXPECT_EQ(book.GroupOf(b), GroupNo(No(a)));
  EXPECT_EQ(book->Member(b)->relation, Relation::kJoint);
  EXPECT_EQ(book.Merge(a, b).why, "told_apart");
}

TEST(CaseBookTest, QuestionIsMootWhileAPersonHoldsBothTogether) {
  Book book;
  const auto a = book.New(), b = book.Asked(a);
  book.Merge(a, b);
  EXPECT_TRUE(book->Reviews({}, kAll, "", 10)->rows.empty());
  EXPECT_EQ(book->Count(kAll)->reviews_open, 0u);
  EXPECT_EQ(book.Answered(b, Answer::kDifferent).why, "same_case");
  book.Split(a, {b});
  EXPECT_EQ(book->Reviews({}, kAll, "", 10)->rows.size(), 1u);
}

TEST(CaseBookTest, DearestQuestionsComeFirstAndPagesDoNotOverlap) {
  Book book;
  const auto a = book.New();
  for (int i = 0; i < 7; ++i) {
    const auto index = book.Add();
    book.Decide(index, i % 2 == 0 ? Relation::kDuplicate : Relation::kJoint, Mode::kReview, a, 0.3 + 0.1 * i);
  }
  std::string cursor;
  std::set<std::uint64_t> seen;
  double last = 1e9;
  do {
    const auto page = book->Reviews({}, kAll, cursor, 3).value();
    EXPECT_EQ(page.total, 7u);
    for (const auto& row : page.rows) {
      EXPECT_LE(row.cost, last);
      last = row.cost;
      EXPECT_TRUE(seen.insert(row.id).second);
    }
    cursor = page.next;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(book->Reviews({}, kAll, "x", 3).error().reason, "cursor_invalid");
}

TEST(CaseBookTest, ClosedCaseOpensAgainWithWhatIsReceivedAfterwards) {
  Book book;
  const auto a = book.New();
  book.Event(a, "closed", 10);
  EXPECT_EQ(book->FactsOf(a)->closed_at, Minute(10));
  // A letter that was received before the closing arrives late: the case stays closed.
  const auto letter = book.Add(false, "letters", 9);
  book.Decide(letter, Relation::kDuplicate, Mode::kAuto, a);
  EXPECT_EQ(book->FactsOf(letter)->closed_at, Minute(10));
  const auto again = book.Add(false, "portal", 20);
  book.Decide(again, Relation::kRepeat, Mode::kAuto, a);
  EXPECT_FALSE(book->FactsOf(a)->closed_at.has_value());
  book.Event(again, "closed", 30);
  EXPECT_EQ(book->CaseOfIntake(a)->closed_at, Minute(30));
}

TEST(CaseBookTest, EventOfOneIsToldToEverySourceOfTheCase) {
  Book book;
  const auto a = book.Add(false, "portal");
  book.Decide(a);
  const auto b = book.Add(false, "letters");
  book.Decide(b, Relation::kDuplicate, Mode::kAuto, a);
  book.Event(a, "replied", 10);
  const auto mine = book->Changes("portal", 0, 100).value(), theirs = book->Changes("letters", 0, 100).value();
  ASSERT_EQ(mine.rows.size(), 2u);
  EXPECT_EQ(mine.rows[1].detail.at("event"), "replied");
  EXPECT_EQ(mine.rows[1].detail.at("caseNo"), CaseNo(No(a)));
  ASSERT_EQ(theirs.rows.size(), 2u);
  EXPECT_EQ(theirs.rows[0].detail.at("relation"), "duplicate");
  EXPECT_FALSE(theirs.rows[0].detail.contains("of"));
  EXPECT_FALSE(theirs.rows[1].detail.contains("caseNo")) << "the number holds another source's intake number";
  EXPECT_EQ(book->Changes("portal", mine.next, 100)->rows.size(), 0u);
  EXPECT_EQ(book->Changes("portal", mine.next, 100)->next, mine.next);
}

TEST(CaseBookTest, SealedAndOpenNeverShareACaseOrAGroup) {
  Book book;
  const auto open = book.New(), sealed = book.Add(true);
  book.Decide(sealed, Relation::kDuplicate, Mode::kAuto, open);
  EXPECT_NE(book.CaseOf(open), book.CaseOf(sealed));
  EXPECT_EQ(book.Merge(open, sealed).why, "sealed_mix");
  EXPECT_EQ(book.Answered(sealed, Answer::kSame).why, "sealed_mix");
  EXPECT_EQ(book.Answered(sealed, Answer::kRelated).why, "sealed_mix");
  EXPECT_EQ(book.GroupOf(open), "");
}

// Who sees neither the sealed one nor the question about it does not learn from the open one that there was a question.
TEST(CaseBookTest, OneWhoseQuestionIsSealedShowsNoneToOthers) {
  Book book;
  const auto first = book.New(), other = book.New(), asked = book.Asked(first), both = book.Asked(other);
  const SealingRecord sealing{9000, first, true, "reviewer", "", Minute(5000)};
  book.Within([&](CaseBook::Transaction& transaction) { return transaction.ApplySealing(sealing); });
  EXPECT_EQ(book->Member(asked)->mode, Mode::kNew);
  EXPECT_EQ(book->Member(both)->mode, Mode::kReview) << "its question is an open one";
  const RegisteredFilter in_review{RegisteredFilter::Which::kAll, {}, Mode::kReview, {}};
  EXPECT_EQ(book->Registered(in_review, Scope{}, "", 10)->total, book->Reviews({}, Scope{}, "", 10)->total);
}

TEST(CaseBookTest, SaysWhomEntriesMayHaveSealedSince) {
  Book book;
  const auto first = book.New(), other = book.New(), third = book.New();
  EXPECT_FALSE(book.Merge(other, third).refused);  // an act, but none about the seal
  for (const auto& [entry, sealed] : {std::pair(9000, true), std::pair(9500, false)}) {
    const SealingRecord sealing{static_cast<std::uint64_t>(entry), first, sealed, "reviewer", "", Minute(5000)};
    book.Within([&](CaseBook::Transaction& transaction) { return transaction.ApplySealing(sealing); });
  }
  EXPECT_EQ(book->TurnedSince(8999).value(), std::vector<std::uint64_t>{first});
  EXPECT_EQ(book->TurnedSince(9500).value(), std::vector<std::uint64_t>{first});
  EXPECT_TRUE(book->TurnedSince(9501)->empty());
  EXPECT_TRUE(book->TurnedSince(first)->empty()) << "it is not before that entry";
}

TEST(CaseBookTest, WithoutTheRightSealedIsNeitherHitNorCount) {
  Book book;
  const auto open = book.New(), sealed = book.New(true);
  const auto across = book.Add();
  book.Decide(across, Relation::kDuplicate, Mode::kReview, sealed);  // an open one asks about a sealed one
  const Scope plain{};
  EXPECT_FALSE(book->CaseByNo(CaseNo(No(sealed)), plain).ok());
  EXPECT_EQ(book->CaseByNo(CaseNo(No(sealed)), plain).error().code, book->CaseByNo("C0", plain).error().code);
  EXPECT_TRUE(book->CaseByNo(CaseNo(No(open)), plain).ok());
  EXPECT_EQ(book->Count(plain)->intakes, 2u);
  EXPECT_EQ(book->Count(plain)->sealed, 0u);
  EXPECT_EQ(book->Count(plain)->reviews_open, 0u);
  EXPECT_EQ(book->Reviews({}, plain, "", 10)->total, 0u);
  EXPECT_FALSE(book->ReviewById(across * 2, plain).ok());
  EXPECT_EQ(book->Reviews({}, kAll, "", 10)->total, 1u);
  const std::vector<std::uint64_t> both{open, sealed};
  EXPECT_EQ(book->InScope(both, plain).value(), std::vector<std::uint64_t>{open});
}

TEST(CaseBookTest, ScopeHoldsDivisionsAndSources) {
  Book book;
  const auto a = book.Add(false, "portal", -1, "439902"), b = book.Add(false, "letters", -1, "439903005000"),
             c = book.Add(false, "letters", -1, "");
  for (const auto index : {a, b, c}) book.Decide(index);
  EXPECT_EQ(book->Count({"", {"439903"}, false})->intakes, 1u);
  EXPECT_EQ(book->Count({"", {"439900"}, false})->intakes, 2u);
  EXPECT_EQ(book->Count({"", {"430000"}, false})->intakes, 2u);
  EXPECT_EQ(book->Count({"", {"nonsense"}, false})->intakes, 0u);
  EXPECT_EQ(book->Count({"letters", {}, false})->intakes, 2u);
  EXPECT_TRUE(book->CaseByNo(CaseNo(No(b)), {"", {"439902", "439903"}, false}).ok());
  EXPECT_FALSE(book->CaseByNo(CaseNo(No(b)), {"", {"439902"}, false}).ok());
}

TEST(CaseBookTest, VerdictIsAppliedOnce) {
  Book book;
  const auto a = book.New(), b = book.Tied(a);
  const std::string before = book->Dump().value();
  book.Decide(b, Relation::kJoint, Mode::kAuto, a);
  EXPECT_EQ(book->Dump().value(), before);
}

TEST(CaseBookTest, TransactionNotCommittedLeavesNoTrace) {
  Book book;
  const auto a = book.New();
  const std::string before = book->Dump().value();
  {
    auto transaction = book->Begin().value();
    MergeRecord merge{1, a, a, false, "x", "y", Minute(1)};
    IntakeRow row;
    row.index = 50;
    row.intake_no = No(50);
    ASSERT_TRUE(transaction->AddIntake(row, "").ok());
    ASSERT_TRUE(transaction->ApplyMerge({1, a, 50, false, "x", "y", Minute(1)}).ok());
    ASSERT_TRUE(transaction->SetCursor("follower", 99).ok());
  }
  EXPECT_EQ(book->Dump().value(), before);
  EXPECT_EQ(book->Cursor("follower").value(), 0u);
  EXPECT_FALSE(book.Merge(a, book.New()).refused) << "the next writer is not held up";
}

}  // namespace
}  // namespace dedup
