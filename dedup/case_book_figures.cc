// Figures: how many intakes, cases and questions there are, by source, division, sealing and state, so that a count
// over a million of them reads some hundred rows. They are kept by triggers of state.db itself, in the transaction that
// changes what they count: whichever statement changes a row, its figure follows, and a folded state has the same ones
// whatever the order and the batches.
#include <map>

#include "dedup/case_book_impl.h"

namespace dedup {

using petition::Mode;
using petition::Relation;
using petition::Result;

namespace {

// Adds `sign` to the row of one combination of values. Rows may sink to zero and stay.
#define GUIYI_FIGURE(table, values, key, sign) \
  "INSERT INTO " table " VALUES(" values ", " sign ") ON CONFLICT(" key ") DO UPDATE SET n=n+excluded.n; "

#define GUIYI_INTAKE_KEY "source, division, sealed, historic, decided, relation, mode"
#define GUIYI_INTAKE_VALUES(row) \
  row ".source, " row ".division, " row ".sealed, " row ".historic, " row ".decided, " row ".relation, " row ".mode"
#define GUIYI_INTAKE_FIGURE(row, sign) GUIYI_FIGURE("figures_intakes", GUIYI_INTAKE_VALUES(row), GUIYI_INTAKE_KEY, sign)

// A case counts where its leading intake does; it carries that one's sealing itself. `leads`: it leads a group.
#define GUIYI_CASE_KEY "source, division, sealed, closed, leads"
#define GUIYI_CASE_VALUES(row, lead)                                                                       \
  lead ".source, " lead ".division, " row ".sealed, " row ".last_closed>0 AND " row ".last_received<=" row \
       ".last_closed, " row ".grp=" row ".lead"
#define GUIYI_CASE_FIGURE(row, sign)                                                                           \
  "INSERT INTO figures_cases SELECT " GUIYI_CASE_VALUES(row, "m") ", " sign " FROM intakes m WHERE m.idx=" row \
                                                                  ".lead ON CONFLICT(" GUIYI_CASE_KEY          \
                                                                  ") DO UPDATE SET n=n+excluded.n; "

// A question counts by what it is and by its asking intake, both of which change by other rows: `reviews_counted`
// remembers what each was counted as. `state`: 0 open, 1 answered, 2 moot (open, and its two sides brought together).
#define GUIYI_REVIEW_KEY "source, division, sealed, asked_sealed, state"
#define GUIYI_REVIEW_VALUES(row) row ".source, " row ".division, " row ".sealed, " row ".asked_sealed, " row ".state"
#define GUIYI_REVIEW_FIGURE(row, sign) GUIYI_FIGURE("figures_reviews", GUIYI_REVIEW_VALUES(row), GUIYI_REVIEW_KEY, sign)
#define GUIYI_REVIEW_NOW                                                                          \
  "m.source, m.division, m.sealed, r.sealed, CASE WHEN r.answered=1 THEN 1 WHEN r.idx=r.tied OR " \
  "m.lead<>o.lead THEN 0 ELSE 2 END FROM reviews r JOIN intakes m ON m.idx=r.idx JOIN intakes o ON o.idx=r.tied"
#define GUIYI_REVIEWS_ANEW(which)                                               \
  "UPDATE reviews_counted SET (" GUIYI_REVIEW_KEY ")=(SELECT " GUIYI_REVIEW_NOW \
  " WHERE r.id=reviews_counted.id) "                                            \
  "WHERE id IN (" which "); "

// `n` is never NULL, and does not say so: a trigger that may fail on it would cost every statement that fires it a copy
// of each page it changes (Connection::Run).
constexpr const char* kTables[] = {
    "CREATE TABLE IF NOT EXISTS figures_intakes(source TEXT NOT NULL, division TEXT NOT NULL, sealed INTEGER NOT NULL, "
    "historic INTEGER NOT NULL, decided INTEGER NOT NULL, relation INTEGER NOT NULL, mode INTEGER NOT NULL, n INTEGER, "
    "PRIMARY KEY(" GUIYI_INTAKE_KEY ")) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS figures_cases(source TEXT NOT NULL, division TEXT NOT NULL, sealed INTEGER NOT NULL, "
    "closed INTEGER NOT NULL, leads INTEGER NOT NULL, n INTEGER, PRIMARY KEY(" GUIYI_CASE_KEY ")) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS reviews_counted(id INTEGER PRIMARY KEY, source TEXT NOT NULL, division TEXT NOT NULL, "
    "sealed INTEGER NOT NULL, asked_sealed INTEGER NOT NULL, state INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS figures_reviews(source TEXT NOT NULL, division TEXT NOT NULL, sealed INTEGER NOT NULL, "
    "asked_sealed INTEGER NOT NULL, state INTEGER NOT NULL, n INTEGER, PRIMARY KEY(" GUIYI_REVIEW_KEY
    ")) WITHOUT ROWID",
};

constexpr const char* kTriggers[] = {
    "CREATE TRIGGER IF NOT EXISTS figures_intake_added AFTER INSERT ON intakes BEGIN " GUIYI_INTAKE_FIGURE("NEW",
                                                                                                           "1") "END",
    "CREATE TRIGGER IF NOT EXISTS figures_intake_changed AFTER UPDATE OF sealed, historic, decided, relation, mode ON "
    "intakes WHEN OLD.sealed<>NEW.sealed OR OLD.historic<>NEW.historic OR OLD.decided<>NEW.decided OR "
    "OLD.relation<>NEW.relation OR OLD.mode<>NEW.mode BEGIN " GUIYI_INTAKE_FIGURE("OLD", "-1")
        GUIYI_INTAKE_FIGURE("NEW", "1") "END",
    "CREATE TRIGGER IF NOT EXISTS figures_case_added AFTER INSERT ON cases BEGIN " GUIYI_CASE_FIGURE("NEW", "1") "END",
    "CREATE TRIGGER IF NOT EXISTS figures_case_gone AFTER DELETE ON cases BEGIN " GUIYI_CASE_FIGURE("OLD", "-1") "END",
    "CREATE TRIGGER IF NOT EXISTS figures_case_changed AFTER UPDATE OF grp, sealed, last_closed, last_received ON "
    "cases "
    "WHEN OLD.grp<>NEW.grp OR OLD.sealed<>NEW.sealed OR OLD.last_closed<>NEW.last_closed OR "
    "OLD.last_received<>NEW.last_received BEGIN " GUIYI_CASE_FIGURE("OLD", "-1") GUIYI_CASE_FIGURE("NEW", "1") "END",
    "CREATE TRIGGER IF NOT EXISTS figures_review_asked AFTER INSERT ON reviews BEGIN INSERT INTO reviews_counted "
    "SELECT "
    "r.id, " GUIYI_REVIEW_NOW " WHERE r.id=NEW.id; END",
    "CREATE TRIGGER IF NOT EXISTS figures_review_changed AFTER UPDATE OF answered, sealed ON reviews "
    "BEGIN " GUIYI_REVIEWS_ANEW("NEW.id") "END",
    "CREATE TRIGGER IF NOT EXISTS figures_review_moved AFTER UPDATE OF lead, sealed ON intakes WHEN OLD.lead<>NEW.lead "
    "OR OLD.sealed<>NEW.sealed BEGIN " GUIYI_REVIEWS_ANEW(
        "SELECT NEW.idx*2 UNION SELECT NEW.idx*2+1 UNION SELECT id FROM reviews WHERE tied=NEW.idx") "END",
    "CREATE TRIGGER IF NOT EXISTS figures_review_added AFTER INSERT ON reviews_counted "
    "BEGIN " GUIYI_REVIEW_FIGURE("NEW", "1") "END",
    "CREATE TRIGGER IF NOT EXISTS figures_review_turned AFTER UPDATE ON reviews_counted WHEN OLD.sealed<>NEW.sealed OR "
    "OLD.asked_sealed<>NEW.asked_sealed OR OLD.state<>NEW.state BEGIN " GUIYI_REVIEW_FIGURE("OLD", "-1")
        GUIYI_REVIEW_FIGURE("NEW", "1") "END",
};

}  // namespace

namespace book {

void MakeFigures(Connection& sql) {
  for (const char* statement : kTables) sql.Exec(statement);
  for (const char* statement : kTriggers) sql.Exec(statement);
}

std::string DumpFigures(Connection& sql) {
  std::string text;
  for (const char* query :
       {"SELECT 'figure intakes '||json_array(" GUIYI_INTAKE_KEY ", n) FROM figures_intakes WHERE n<>0 ORDER "
        "BY " GUIYI_INTAKE_KEY,
        "SELECT 'figure cases '||json_array(" GUIYI_CASE_KEY ", n) FROM figures_cases WHERE n<>0 ORDER "
        "BY " GUIYI_CASE_KEY,
        "SELECT 'figure reviews '||json_array(" GUIYI_REVIEW_KEY ", n) FROM figures_reviews WHERE n<>0 ORDER "
        "BY " GUIYI_REVIEW_KEY}) {
    for (const auto& [line] : sql.Ask<std::string>(query)) text += line + '\n';
  }
  return text;
}

}  // namespace book

Result<Counters> CaseBook::Count(const Scope& scope) const {
  return Guarded("count", [&]() -> Result<Counters> {
    auto sql = impl_->file.Reader();
    const std::string prefixes = book::DivisionPrefixes(scope.divisions);
    Counters counters;
    std::map<Relation, std::uint64_t> relations;
    std::map<Mode, std::uint64_t> modes;
    for (const auto& [relation, mode, decided, historic, sealed, rows] :
         sql->Ask<int, int, int, int, int, std::uint64_t>(
             "SELECT m.relation, m.mode, m.decided, m.historic, m.sealed, SUM(m.n) FROM figures_intakes m "
             "WHERE " GUIYI_SCOPE("$1", "$2", "$3") " GROUP BY m.relation, m.mode, m.decided, m.historic, m.sealed",
             scope.sealed, scope.source, prefixes)) {
      counters.intakes += rows;
      if (decided == 0) {
        counters.undecided += rows;
      } else {
        relations[static_cast<Relation>(relation)] += rows;
        modes[static_cast<Mode>(mode)] += rows;
      }
      if (historic != 0) counters.historic += rows;
      if (sealed != 0) counters.sealed += rows;
    }
    for (const Relation relation : {Relation::kNew, Relation::kResend, Relation::kRevision, Relation::kDuplicate,
                                    Relation::kSupplement, Relation::kRepeat, Relation::kJoint}) {
      counters.relations.emplace_back(petition::RelationName(relation), relations[relation]);
    }
    for (const Mode mode : {Mode::kNew, Mode::kAuto, Mode::kReview})
      counters.modes.emplace_back(petition::ModeName(mode), modes[mode]);
    const auto cases = sql->Ask<std::uint64_t, std::uint64_t, std::uint64_t>(
        "SELECT IFNULL(SUM(m.n), 0), IFNULL(SUM(m.closed*m.n), 0), IFNULL(SUM(m.leads*m.n), 0) FROM figures_cases m "
        "WHERE " GUIYI_SCOPE("$1", "$2", "$3"),
        scope.sealed, scope.source, prefixes);
    std::tie(counters.cases, counters.cases_closed, counters.groups) = cases[0];
    const auto reviews = sql->Ask<std::uint64_t, std::uint64_t>(
        "SELECT IFNULL(SUM((m.state=0)*m.n), 0), IFNULL(SUM((m.state=1)*m.n), 0) FROM figures_reviews m WHERE "
        "(m.asked_sealed=0 OR $1=1) AND " GUIYI_SCOPE("$1", "$2", "$3"),
        scope.sealed, scope.source, prefixes);
    std::tie(counters.reviews_open, counters.reviews_answered) = reviews[0];
    return counters;
  });
}

}  // namespace dedup
