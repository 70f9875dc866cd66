// The queue of questions, the feeds of changes and the dump.
#include <cstdio>
#include <cstdlib>

#include "dedup/case_book_impl.h"
#include "dedup/list_order.h"

namespace dedup {

using book::FromMillis;
using book::Id;
using petition::Json;
using petition::Relation;
using petition::Result;

namespace {

using ReviewTuple = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::string, std::string, std::string,
                               std::string, int, double, double, std::string, int, int, int, std::string, std::string,
                               std::int64_t, int, std::string, std::string, Bytes, std::int64_t, Bytes>;

#define GUIYI_REVIEW_FROM                                                                                          \
  " FROM reviews r JOIN intakes m ON m.idx=r.idx JOIN intakes o ON o.idx=r.tied JOIN intakes ml ON ml.idx=m.lead " \
  "JOIN intakes ol ON ol.idx=o.lead LEFT JOIN verdicts v ON v.idx=r.idx "
#define GUIYI_REVIEW_COLUMNS                                                                                           \
  "SELECT r.id, r.idx, r.tied, m.no, o.no, ml.no, ol.no, r.relation, r.score, r.cost, r.flags, r.sealed, m.historic, " \
  "r.across, m.source, m.division, r.asked, r.answered, r.answer, r.by,"                                               \
  " r.reason, r.answered_at, IFNULL(v.verdict, x'')" GUIYI_REVIEW_FROM
// Sealed questions are for sealed readers, also when the asking intake itself is open. An open question whose two sides
// a person has brought together meanwhile is moot.
#define GUIYI_REVIEW_WHERE                                                                                \
  "WHERE r.answered BETWEEN $1 AND $2 AND (r.answered=1 OR r.idx=r.tied OR m.lead<>o.lead) AND ($3<0 OR " \
  "r.relation=$3) AND r.score>=$4 AND (r.sealed=0 OR $5=1) AND " GUIYI_SCOPE("$5", "$6", "$7")

constexpr std::string_view kReviewColumns[] = {"intake", "of",    "source", "division", "relation",
                                               "score",  "asked", "answer", "answered"};
#define GUIYI_REVIEW_SORT_KEY                                                                                     \
  "CASE $9 WHEN 1 THEN m.no WHEN 2 THEN o.no WHEN 3 THEN m.source WHEN 4 THEN m.division WHEN 5 THEN r.relation " \
  "WHEN 6 THEN r.score WHEN 7 THEN r.asked WHEN 8 THEN r.answer ELSE r.answered_at END"
#define GUIYI_REVIEWS_SORTED(order) \
  GUIYI_REVIEW_COLUMNS GUIYI_REVIEW_WHERE order(GUIYI_REVIEW_SORT_KEY, "r.id", GUIYI_REVIEW_FROM, "$8") "LIMIT $10"

template <typename... A>
std::vector<ReviewTuple> AskReviews(Connection& sql, const char* text, const A&... args) {
  return sql.Ask<std::uint64_t, std::uint64_t, std::uint64_t, std::string, std::string, std::string, std::string, int,
                 double, double, std::string, int, int, int, std::string, std::string, std::int64_t, int, std::string,
                 std::string, Bytes, std::int64_t, Bytes>(text, args...);
}

ReviewRow ToReview(const CaseBook::Impl& impl, ReviewTuple&& tuple) {
  ReviewRow row;
  int relation = 0, sealed = 0, historic = 0, across = 0, answered = 0;
  std::int64_t asked = 0, answered_at = 0;
  std::string lead_no, of_lead_no, flags, answer;
  Bytes reason, verdict;
  std::tie(row.id, row.index, row.of, row.intake_no, row.of_intake_no, lead_no, of_lead_no, relation, row.score,
           row.cost, flags, sealed, historic, across, row.source, row.division, asked, answered, answer,
           row.answered_by, reason, answered_at, verdict) = std::move(tuple);
  row.case_no = CaseNo(lead_no);
  row.of_case_no = CaseNo(of_lead_no);
  row.relation = static_cast<Relation>(relation);
  row.flags = Json::parse(flags).get<std::vector<std::string>>();
  row.sealed = sealed != 0;
  row.historic = historic != 0;
  row.across = across != 0;
  row.asked_at = FromMillis(asked);
  row.answered = answered != 0;
  row.answer = AnswerFromName(answer).value_or(Answer::kDifferent);
  row.reason = impl.Open(reason, "reason");
  row.answered_at = FromMillis(answered_at);
  if (!row.across && !verdict.value.empty()) {
    const auto record = VerdictFromJson(Json::parse(impl.Open(verdict, "verdict")));
    if (record) row.reasons = record->reasons;
  }
  return row;
}

struct Bounds {
  int low, high;
};
Bounds Answered(ReviewFilter::State state) {
  switch (state) {
    case ReviewFilter::State::kOpen:
      return {0, 0};
    case ReviewFilter::State::kAnswered:
      return {1, 1};
    case ReviewFilter::State::kAll:
      break;
  }
  return {0, 1};
}

/// What an order falls by; ties by rising id.
double RankOf(const ReviewFilter& filter, const ReviewRow& row) {
  switch (filter.order) {
    case ReviewFilter::Order::kNewest:
      return static_cast<double>(book::Millis(row.asked_at));
    case ReviewFilter::Order::kOldest:
      return -static_cast<double>(book::Millis(row.asked_at));
    case ReviewFilter::Order::kLikeliest:
      return row.score;
    case ReviewFilter::Order::kQueue:
      break;
  }
  return filter.state == ReviewFilter::State::kOpen ? row.cost : static_cast<double>(book::Millis(row.answered_at));
}
// What GUIYI_REVIEW_WHERE leaves, by the figures kept of each question: in `reviews_counted` state 0 is open, 1
// answered.
#define GUIYI_REVIEWS_COUNTED                                                                                    \
  "SELECT COUNT(*) FROM reviews r CROSS JOIN reviews_counted m ON m.id=r.id WHERE r.answered BETWEEN $1 AND $2 " \
  "AND m.state BETWEEN $1 AND $2 AND ($3<0 OR r.relation=$3) AND r.score>=$4 AND (r.sealed=0 OR $5=1) "          \
  "AND " GUIYI_SCOPE("$5", "$6", "$7")

#define GUIYI_REVIEW_RANK "(CASE $8 WHEN 1 THEN r.asked WHEN 2 THEN -r.asked ELSE r.score END)"

/// "RANK:ID": the last row shown. A double is printed so that it reads back as itself.
std::string PageCursor(double rank, std::uint64_t id) {
  char text[64];
  std::snprintf(text, sizeof text, "%.17g:%llu", rank, static_cast<unsigned long long>(id));
  return text;
}

bool ReadPageCursor(std::string_view cursor, double& rank, std::uint64_t& id) {
  const std::string text(cursor);
  char* end = nullptr;
  rank = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != ':') return false;
  const char* digits = end + 1;
  id = std::strtoull(digits, &end, 10);
  return end != digits && *end == '\0';
}

constexpr std::size_t kPageMax = 500;

}  // namespace

Result<ReviewPage> CaseBook::Reviews(const ReviewFilter& filter, const Scope& scope, std::string_view cursor,
                                     std::size_t limit) const {
  GUIYI_TRY(const auto sorted, ReadListOrder(filter.sort, kReviewColumns));
  double rank = 1e300;
  std::uint64_t after = 0;
  std::int64_t from_row = -1;
  if (sorted.column > 0) {
    GUIYI_TRY(from_row, ReadSortedCursor(cursor));
  } else if (!cursor.empty() && !ReadPageCursor(cursor, rank, after)) {
    return petition::Invalid("cursor_invalid", "the cursor is not one of ours");
  }
  return Guarded("reviews", [&]() -> Result<ReviewPage> {
    auto sql = impl_->file.Reader();
    const auto [low, high] = Answered(filter.state);
    const int relation = filter.relation ? static_cast<int>(*filter.relation) : -1;
    const std::string prefixes = book::DivisionPrefixes(scope.divisions);
    const std::size_t count = std::clamp<std::size_t>(limit, 1, kPageMax);
    ReviewPage page;
    page.total = std::get<0>(sql->Ask<std::uint64_t>(GUIYI_REVIEWS_COUNTED, low, high, relation, filter.score_min,
                                                     scope.sealed, scope.source, prefixes)[0]);
    GUIYI_CHECK(CheckSortable(sorted, page.total));
    const bool open = filter.state == ReviewFilter::State::kOpen;
    // Open ones by cost, others by the time of the answer: in both a falling rank, ties by rising id.
    const int order = static_cast<int>(filter.order);
    std::vector<ReviewTuple> rows;
    if (sorted.column > 0) {
      rows = AskReviews(*sql, sorted.falling ? GUIYI_REVIEWS_SORTED(GUIYI_FALLING) : GUIYI_REVIEWS_SORTED(GUIYI_RISING),
                        low, high, relation, filter.score_min, scope.sealed, scope.source, prefixes, from_row,
                        sorted.column, count + 1);
    } else if (order > 0) {
      rows = AskReviews(*sql,
                        GUIYI_REVIEW_COLUMNS GUIYI_REVIEW_WHERE " AND (" GUIYI_REVIEW_RANK "<$9 OR (" GUIYI_REVIEW_RANK
                                                                "=$9 AND r.id>$10)) ORDER BY " GUIYI_REVIEW_RANK
                                                                " DESC, r.id LIMIT $11",
                        low, high, relation, filter.score_min, scope.sealed, scope.source, prefixes, order, rank,
                        Id(after), count + 1);
    } else {
      rows = AskReviews(
          *sql,
          // Said so that the queue's own order is followed as far as the page goes.
          open ? GUIYI_REVIEW_COLUMNS GUIYI_REVIEW_WHERE
              " AND r.answered=$1 AND r.cost<=$8 AND (r.cost<$8 OR r.id>$9) ORDER BY r.cost DESC, r.id LIMIT $10"
               : GUIYI_REVIEW_COLUMNS GUIYI_REVIEW_WHERE
              " AND (r.answered_at<$8 OR (r.answered_at=$8 AND r.id>$9)) ORDER BY r.answered_at DESC, r.id LIMIT $10",
          low, high, relation, filter.score_min, scope.sealed, scope.source, prefixes, rank, Id(after), count + 1);
    }
    const bool more = rows.size() > count;
    if (more) rows.resize(count);
    for (auto& row : rows) page.rows.push_back(ToReview(*impl_, std::move(row)));
    if (more) {
      const ReviewRow& last = page.rows.back();
      page.next = sorted.column > 0 ? std::to_string(last.id) : PageCursor(RankOf(filter, last), last.id);
    }
    return page;
  });
}

Result<ReviewRow> CaseBook::ReviewById(std::uint64_t id, const Scope& scope) const {
  return Guarded("review", [&]() -> Result<ReviewRow> {
    auto sql = impl_->file.Reader();
    auto rows = AskReviews(
        *sql, GUIYI_REVIEW_COLUMNS "WHERE r.id=$1 AND (r.sealed=0 OR $2=1) AND " GUIYI_SCOPE("$2", "$3", "$4"), Id(id),
        scope.sealed, scope.source, book::DivisionPrefixes(scope.divisions));
    if (rows.empty()) return petition::NotFound("no such question");
    return ToReview(*impl_, std::move(rows[0]));
  });
}

Result<ChangePage> CaseBook::Changes(std::string_view source, std::uint64_t cursor, std::size_t limit) const {
  return Guarded("changes", [&]() -> Result<ChangePage> {
    auto sql = impl_->file.Reader();
    const std::size_t count = std::clamp<std::size_t>(limit, 1, kPageMax);
    auto rows = sql->Ask<std::uint64_t, std::uint64_t, std::string, std::int64_t, std::string, std::string>(
        "SELECT c.seq, c.idx, m.no, c.at, c.kind, c.detail FROM changes c JOIN intakes m ON m.idx=c.idx WHERE "
        "c.source=$1 AND c.seq>$2 ORDER BY c.seq LIMIT $3",
        source, Id(cursor), count + 1);
    ChangePage page;
    page.more = rows.size() > count;
    if (page.more) rows.resize(count);
    page.next = cursor;
    for (auto& [seq, index, no, at, kind, detail] : rows) {
      page.rows.push_back({seq, index, std::move(no), FromMillis(at), std::move(kind), Json::parse(detail)});
      page.next = seq;
    }
    return page;
  });
}

Result<bool> CaseBook::Any(bool sealed) const {
  return Guarded("any", [&]() -> Result<bool> {
    auto sql = impl_->file.Reader();
    // Two texts: only a constant makes use of the index of the sealed ones.
    return sql->Ask<int>(sealed ? "SELECT 1 FROM intakes WHERE sealed=1 LIMIT 1"
                                : "SELECT 1 FROM intakes WHERE sealed=0 LIMIT 1")
               .size() > 0;
  });
}

Result<std::string> CaseBook::Dump() const {
  return Guarded("dump", [&]() -> Result<std::string> {
    auto sql = impl_->file.Reader();
    std::string text;
    // Each row as one text made by SQLite itself: whatever a table has is compared, but for what is sealed (a fresh
    // nonce each time), which is opened below.
    const auto append = [&](const char* query) {
      for (const auto& [line] : sql->Ask<std::string>(query)) text += line + '\n';
    };
    append(
        "SELECT 'intake "
        "'||json_array(idx,no,source,division,channel,sealed,historic,dropped,received,registered,decided,relation,"
        "mode,score,tied,lead,closed,state,national_no,national_state,chain)"
        " FROM intakes ORDER BY idx");
    append(
        "SELECT 'case '||json_array(lead,grp,size,sealed,last_closed,first_received,last_received) FROM cases ORDER BY "
        "lead");
    append("SELECT 'link '||json_array(id,src,tied,relation,score,by,why,at,entry,undone) FROM links ORDER BY id");
    append("SELECT 'act '||json_array(entry,kind,by,at,outcome,case_no,other_no,intakes) FROM acts ORDER BY entry");
    append("SELECT 'about '||json_array(idx,entry) FROM acts_about ORDER BY idx,entry");
    append("SELECT 'apart '||json_array(act,side,idx,level,taken_back) FROM apart ORDER BY act,side,idx");
    append(
        "SELECT 'review "
        "'||json_array(id,idx,tied,relation,score,cost,flags,sealed,across,asked,answered,answer,by,answered_at) FROM "
        "reviews ORDER BY id");
    append("SELECT 'event '||json_array(entry,idx,event,by,at,has_text,document) FROM events ORDER BY entry");
    append("SELECT 'change '||json_array(seq,source,idx,at,kind,detail) FROM changes ORDER BY seq");
    text += book::DumpFigures(*sql);
    for (const auto& [index, sealed] :
         sql->Ask<std::uint64_t, Bytes>("SELECT idx, verdict FROM verdicts ORDER BY idx")) {
      text += "verdict " + std::to_string(index) + ' ' + impl_->Open(sealed, "verdict") + '\n';
    }
    for (const auto& [index, sealed] :
         sql->Ask<std::uint64_t, Bytes>("SELECT idx, profile FROM profiles ORDER BY idx")) {
      text += "profile " + std::to_string(index) + ' ' +
              ledger::Hex(ledger::AsBytes(ledger::Sha256(impl_->Open(sealed, "profile")))) + '\n';
    }
    for (const auto& [entry, sealed] :
         sql->Ask<std::uint64_t, Bytes>("SELECT entry, reason FROM acts ORDER BY entry")) {
      text += "reason " + std::to_string(entry) + ' ' + impl_->Open(sealed, "reason") + '\n';
    }
    return text;
  });
}

}  // namespace dedup
