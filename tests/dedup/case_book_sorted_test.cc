// The lists behind the figures, and the questions, in the order of each of their columns.
#include <cstdio>
#include <functional>
#include <random>
#include <utility>

#include "tests/dedup/case_book_fixture.h"

namespace dedup {
namespace {

using petition::Mode;
using petition::Relation;

/// A number as a text that sorts as the number does.
std::string Sortable(double number) {
  char text[40];
  std::snprintf(text, sizeof text, "%024.6f", number);
  return text;
}
std::string Sortable(petition::Time time) { return Sortable(static_cast<double>(time.time_since_epoch().count())); }

/// Some of everything: two sources and divisions, times out of order, cases and groups of several, open, closed,
/// undecided and sealed ones, questions asked and answered.
void FillBook(Book& book) {
  std::mt19937 random(7);
  const auto pick = [&](std::uint64_t below) { return random() % below; };
  for (std::uint64_t n = 0; n < 60; ++n) {
    const auto index = book.Add(n % 11 == 10, pick(2) == 0 ? "portal" : "letters", static_cast<std::int64_t>(pick(40)),
                                pick(2) == 0 ? "439902" : "439903", n % 13 == 12);
    if (n % 9 == 8) continue;  // undecided
    const bool tied = n > 0 && n % 3 != 0;
    const bool question = tied && n % 2 == 0;
    const Relation relation = n % 4 == 1 || n % 8 == 2 ? Relation::kJoint : Relation::kDuplicate;
    book.Decide(index, tied ? relation : Relation::kNew,
                question ? Mode::kReview
                : tied   ? Mode::kAuto
                         : Mode::kNew,
                tied ? std::optional<std::uint64_t>(pick(n)) : std::nullopt, static_cast<double>(pick(5)) / 10 + 0.4);
    if (question && n % 4 == 0) book.Answered(index, static_cast<Answer>(n / 4 % 3));
    if (n % 5 == 4) book.Event(index, "closed", 60);
  }
}

template <typename Row>
struct Column {
  const char* name;
  std::function<std::string(const Row&)> value;
};

/// Every column both ways, three rows a page: the same rows as in the list's own order, each after the one before.
/// `ask(sort, cursor)` reads a page.
template <typename Row, typename Ask, typename Id>
void ExpectSorted(const std::vector<Column<Row>>& columns, const Ask& ask, const Id& id) {
  const auto walk = [&](const std::string& sort) {
    std::vector<Row> rows;
    std::string cursor;
    do {
      const auto page = ask(sort, cursor);
      EXPECT_TRUE(page.ok()) << sort << " " << page.error().detail;
      if (!page.ok()) break;
      rows.insert(rows.end(), page->rows.begin(), page->rows.end());
      EXPECT_LE(rows.size(), page->total);
      cursor = page->next;
    } while (!cursor.empty() && rows.size() < 1000);
    return rows;
  };
  const auto ids = [&](const std::vector<Row>& rows) {
    std::vector<std::uint64_t> all;
    for (const auto& row : rows) all.push_back(id(row));
    return all;
  };
  auto own = ids(walk(""));
  std::sort(own.begin(), own.end());
  ASSERT_GT(own.size(), 6u);
  for (const auto& column : columns) {
    SCOPED_TRACE(column.name);
    const auto rising = walk(column.name), falling = walk(std::string("-") + column.name);
    EXPECT_TRUE(std::is_sorted(rising.begin(), rising.end(), [&](const Row& a, const Row& b) {
      return std::pair(column.value(a), id(a)) < std::pair(column.value(b), id(b));
    }));
    EXPECT_NE(column.value(rising.front()), column.value(rising.back())) << "nothing to sort by";
    auto shown = ids(rising), backwards = ids(falling);
    std::reverse(backwards.begin(), backwards.end());
    EXPECT_EQ(shown, backwards);
    std::sort(shown.begin(), shown.end());
    EXPECT_EQ(shown, own);
  }
  const auto unknown = ask("words", "");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().Reason(), "sort_unknown");
  EXPECT_FALSE(ask(columns[0].name, "x").ok()) << "a cursor that is none";
}

TEST(CaseBookSortedTest, RegisteredIntakesComeInTheOrderOfEachColumn) {
  Book book;
  FillBook(book);
  const auto decided = [](const MemberRow& row, int value) { return Sortable(row.decided ? value + 1.0 : 0.0); };
  const std::vector<Column<MemberRow>> columns{
      {"intake", [](const auto& row) { return row.intake_no; }},
      {"case", [](const auto& row) { return row.case_no; }},
      {"source", [](const auto& row) { return row.source; }},
      {"division", [](const auto& row) { return row.division; }},
      {"relation", [&](const auto& row) { return decided(row, static_cast<int>(row.relation)); }},
      {"mode", [&](const auto& row) { return decided(row, static_cast<int>(row.mode)); }},
      {"state", [](const auto& row) { return row.state; }},
      {"received", [](const auto& row) { return Sortable(row.received_at); }},
      {"registered", [](const auto& row) { return Sortable(row.registered_at); }}};
  for (const Scope& scope : {Scope::Everything(), Scope{}}) {
    ExpectSorted(
        columns,
        [&](const std::string& sort, const std::string& cursor) {
          return book->Registered({{}, {}, {}, sort}, scope, cursor, 3);
        },
        [](const MemberRow& row) { return row.index; });
  }
  const auto some = book->Registered({RegisteredFilter::Which::kUndecided, {}, {}, "-received"},
                                     Scope{"", {"439902"}, true}, "", 100);
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(some->rows.size(), some->total);
  for (const auto& row : some->rows) EXPECT_TRUE(!row.decided && row.division == "439902");
}

TEST(CaseBookSortedTest, CasesComeInTheOrderOfEachColumnAsTheReaderSeesThem) {
  Book book;
  FillBook(book);
  const std::vector<Column<ListedCase>> columns{
      {"case", [](const auto& one) { return one.row.case_no; }},
      {"group", [](const auto& one) { return one.row.group_no; }},
      {"source", [](const auto& one) { return one.source; }},
      {"division", [](const auto& one) { return one.division; }},
      {"size", [](const auto& one) { return Sortable(static_cast<double>(one.row.size)); }},
      {"state", [](const auto& one) { return Sortable(one.row.closed_at ? 1 : 0); }},
      {"firstReceived", [](const auto& one) { return Sortable(one.row.first_received); }},
      {"lastReceived", [](const auto& one) { return Sortable(one.row.last_received); }}};
  for (const Scope& scope : {Scope::Everything(), Scope{}}) {
    ExpectSorted(
        columns,
        [&](const std::string& sort, const std::string& cursor) {
          return book->Cases(CaseKind::kAll, scope, cursor, 3, sort);
        },
        [](const ListedCase& one) { return one.row.first; });
  }
  // Who sees a part of the members only has them in the order of that part.
  const auto seen = book->Cases(CaseKind::kAll, Scope{"", {"439902"}, true}, "", 500, "-size").value();
  EXPECT_TRUE(std::is_sorted(seen.rows.rbegin(), seen.rows.rend(),
                             [](const auto& a, const auto& b) { return a.row.size < b.row.size; }));
}

TEST(CaseBookSortedTest, QuestionsComeInTheOrderOfEachColumn) {
  Book book;
  FillBook(book);
  const std::vector<Column<ReviewRow>> columns{
      {"intake", [](const auto& row) { return row.intake_no; }},
      {"of", [](const auto& row) { return row.of_intake_no; }},
      {"source", [](const auto& row) { return row.source; }},
      {"division", [](const auto& row) { return row.division; }},
      {"relation", [](const auto& row) { return Sortable(static_cast<double>(row.relation)); }},
      {"score", [](const auto& row) { return Sortable(row.score); }},
      {"asked", [](const auto& row) { return Sortable(row.asked_at); }},
      {"answer", [](const auto& row) { return std::string(row.answered ? AnswerName(row.answer) : ""); }},
      {"answered", [](const auto& row) { return Sortable(row.answered ? row.answered_at : petition::Time{}); }}};
  const auto ask = [&](const std::string& sort, const std::string& cursor) {
    ReviewFilter filter;
    filter.state = ReviewFilter::State::kAll;
    filter.sort = sort;
    return book->Reviews(filter, Scope::Everything(), cursor, 3);
  };
  ExpectSorted(columns, ask, [](const ReviewRow& row) { return row.id; });
}

TEST(CaseBookSortedTest, AListOfMoreThanAThousandKeepsItsOwnOrder) {
  Book book;
  book.Within([&](CaseBook::Transaction& transaction) -> petition::Result<Effect> {
    for (std::uint64_t index = 0; index <= 1000; ++index) {
      IntakeRow row;
      row.index = index;
      row.intake_no = No(index);
      row.source = index % 2 == 0 ? "portal" : "letters";
      row.historic = index < 3;
      row.received_at = row.registered_at = Minute(static_cast<std::int64_t>(index));
      if (auto added = transaction.AddIntake(row, Serialize(Profile{})); !added.ok()) return added.error();
    }
    return Effect{};
  });
  const auto refused = [](const auto& page) { return !page.ok() && page.error().Reason() == "sort_too_many"; };
  const auto everything = Scope::Everything();
  EXPECT_TRUE(refused(book->Registered({{}, {}, {}, "received"}, everything, "", 10)));
  EXPECT_TRUE(refused(book->Cases(CaseKind::kAll, everything, "", 10, "-size")));
  EXPECT_TRUE(book->Registered({}, everything, "", 10).ok());
  EXPECT_TRUE(book->Cases(CaseKind::kAll, everything, "", 10).ok());
  // Narrowed by a filter, or by what the reader sees, it is sorted.
  const auto few = book->Registered({RegisteredFilter::Which::kHistoric, {}, {}, "received"}, everything, "", 10);
  ASSERT_TRUE(few.ok());
  EXPECT_EQ(few->rows.front().index, 0u);
  EXPECT_TRUE(book->Cases(CaseKind::kAll, Scope{"portal", {}, true}, "", 10, "-lastReceived").ok());
}

}  // namespace
}  // namespace dedup
