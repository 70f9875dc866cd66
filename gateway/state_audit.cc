#include "gateway/state_audit.h"

#include <algorithm>
#include <list>
#include <map>
#include <set>

#include "dedup/case_book_file.h"
#include "gateway/backup/copying.h"
#include "gateway/follower.h"
#include "gateway/oversight/tables.h"
#include "gateway/state/deliveries.h"
#include "gateway/temporary_folder.h"
#include "ledger/note.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using dedup::Connection;
using dedup::Guarded;
using petition::Result;
using petition::Status;

/// An index that holds nothing and is always up to date: folding asks it nothing.
class NoCandidates final : public search::CandidateIndex {
 public:
  explicit NoCandidates(std::uint64_t position) : position_(position) {}
  Status Add(const search::CandidateDocument&, const search::CandidateLook*) override { return petition::Ok(); }
  Status Commit(std::uint64_t) override { return petition::Ok(); }
  Status BeginCommit(std::uint64_t) override { return petition::Ok(); }
  Status FinishCommit() override { return petition::Ok(); }
  std::uint64_t durable_position() const override { return position_; }
  Status Reopen() override { return petition::Ok(); }
  Result<search::CandidateHits> Find(const search::CandidateDocument&, std::size_t,
                                     search::CandidateLook*) const override {
    return search::CandidateHits();
  }
  Result<std::vector<std::shared_ptr<search::CandidateLook>>> LookAhead(
      std::span<const search::CandidateDocument> asking) const override {
    return std::vector<std::shared_ptr<search::CandidateLook>>(asking.size());
  }
  std::uint64_t Frequency(std::string_view, const search::CandidateLook*) const override { return 0; }
  std::uint64_t size() const override { return 0; }
  ledger::Hash frequency_table_hash() const override { return {}; }

 private:
  const std::uint64_t position_;
};

class NoTexts final : public search::TextIndex {
 public:
  explicit NoTexts(std::uint64_t position) : position_(position) {}
  Status Add(const search::TextDocument&) override { return petition::Ok(); }
  Status Remove(std::uint64_t) override { return petition::Ok(); }
  Status Commit(std::uint64_t) override { return petition::Ok(); }
  std::uint64_t durable_position() const override { return position_; }
  Status Reopen() override { return petition::Ok(); }
  Result<search::TextHits> Search(const search::TextQuery&) const override { return search::TextHits(); }
  std::uint64_t size() const override { return 0; }

 private:
  const std::uint64_t position_;
};

// What of a table does not follow from the ledger, and how the rest is compared.
struct TableRule {
  std::set<std::string> without{};               ///< columns
  std::map<std::string, std::string> instead{};  ///< column: what of it counts, over the row `r`
  std::map<std::string, std::string> sealed{};   ///< column: under which context it was sealed
  std::string where{};                           ///< rows that count
};
constexpr const char* kOpenAsOne = "CASE WHEN r.state<=3 THEN 0 ELSE r.state END";
const std::map<std::string, TableRule>& TableRules() {
  static const std::map<std::string, TableRule> kRules{
      {"deliveries",
       {{"attempts", "next_at", "ask_first"},
        {{"state", kOpenAsOne},
         {"reason", "CASE WHEN r.state<=3 THEN '' ELSE r.reason END"},
         {"updated", "CASE WHEN r.state<=3 THEN 0 ELSE r.updated END"}},
        {},
        ""}},
      {"instructions", {{"owed", "tries"}, {}, {}, ""}},
      {"manifest_days", {{"dirty", "differs", "result"}, {}, {}, ""}},
      {"upstream_days", {{"dirty", "differs"}, {}, {}, ""}},
      {"profiles", {{"profile"}, {}, {{"profile", "profile"}}, ""}},
      {"verdicts", {{"verdict"}, {}, {{"verdict", "verdict"}}, ""}},
      {"acts", {{"reason"}, {}, {{"reason", "reason"}}, ""}},
      {"reviews", {{"reason"}, {}, {{"reason", "reason"}}, ""}},
      // Sums may sink to zero and stay.
      {"figure_cells", {{}, {}, {}, "r.n<>0"}},
      {"day_cells", {{}, {}, {}, "r.n<>0"}},
      {"pending_cells", {{}, {}, {}, "r.n<>0"}},
      {"delivery_cells", {{}, {}, {}, "r.n<>0"}},
      {"reached_cells", {{}, {}, {}, "r.acknowledged<>0 OR r.parked<>0 OR r.confirmed<>0"}},
      {"figures_intakes", {{}, {}, {}, "r.n<>0"}},
      {"figures_cases", {{}, {}, {}, "r.n<>0"}},
      {"figures_reviews", {{}, {}, {}, "r.n<>0"}},
      {"clock_sums", {{}, {}, {}, "r.running<>0 OR r.paused<>0 OR r.in_time<>0 OR r.late<>0"}},
  };
  return kRules;
}
// How far was read, and under which table of clocks: held against one another by itself.
const std::set<std::string> kNotFolded{"cursors", "instruction_cursors", "clock_table"};
constexpr std::size_t kOpenedAtOnce = 512;

std::string SqlText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

/// One folder with a state.db, folded to the end of the ledger.
Status FoldState(const fs::path& folder, ledger::Ledger& ledger, const ledger::KeyRing& keys,
                 const StateAuditOptions& options, std::uint64_t& position) {
  const petition::SystemClock clock;
  GUIYI_TRY(const auto book, dedup::CaseBook::Open(folder, keys.Sealing("profile")));
  GUIYI_CHECK(book->SyncNothing());
  GUIYI_TRY(const auto deliveries, Deliveries::Open(*book));
  GUIYI_TRY(const auto oversight, OversightTables::Open(*book, ledger, keys, options.clocks, options.calendar));
  NoCandidates candidates(ledger.size());
  NoTexts texts(ledger.size());
  const auto model = dedup::Model::BuiltIn();  // asked nothing: what was decided stands on the ledger
  FollowerOptions following;
  following.decide = false;
  following.folds.push_back(oversight.get());
  GUIYI_TRY(const auto follower,
            Follower::Make(following, ledger, *book, *deliveries, candidates, texts, model, keys, clock));
  for (;;) {
    GUIYI_TRY(const auto folded, follower->Step());
    if (options.progress) options.progress(follower->position(), ledger.size());
    if (folded == 0) break;
  }
  position = follower->position();
  return petition::Ok();
}

class StateAudit {
 public:
  StateAudit(const StateAuditOptions& options, const ledger::KeyRing& keys)
      : options_(options), keys_(keys), sealer_(keys.Sealing("profile")) {}

  Result<StateAuditReport> Run() {
    const TemporaryFolder work("guiyi-audit", options_.work);
    if (work.path().empty()) return petition::Unavailable("no folder for the copies could be made");
    const fs::path stands = work.path() / "stands", folded = work.path() / "folded";
    std::error_code failed;
    fs::create_directories(stands, failed);
    fs::create_directories(folded, failed);
    // The keys stay where they are; the copy of the ledger opens with them.
    if (!failed) fs::create_directory_symlink(fs::absolute(options_.data / "keys"), work.path() / "keys", failed);
    if (failed) return petition::Unavailable("no folder for the copies could be made", failed.message());
    // The state first: then the ledger's copy holds all that it has folded.
    GUIYI_CHECK(CopyDatabase(options_.data / "state.db", stands / "state.db"));
    GUIYI_CHECK(CopyDatabase(options_.data / "ledger.db", work.path() / "ledger.db"));
    GUIYI_TRY(const auto signer, ledger::Signer::Load(options_.data / "keys" / "ledger.key"));
    GUIYI_TRY(const auto triggers, Schema(stands / "state.db"));
    GUIYI_TRY(const auto clocks, ClockTableOf(stands / "state.db"));
    const petition::SystemClock clock;
    ledger::Options ledger_options;
    ledger_options.folder = work.path();
    ledger_options.origin = signer.verifier().name;
    ledger_options.publish = false;
    GUIYI_TRY(const auto ledger, ledger::Ledger::Open(ledger_options, keys_, clock));
    std::uint64_t folded_to = 0, stands_at = 0;
    GUIYI_CHECK(FoldState(folded, *ledger, keys_, options_, folded_to));
    // What came after the copy was made is folded on top of it: both end at the same entry.
    if (const Status on = FoldState(stands, *ledger, keys_, options_, stands_at); !on.ok()) {
      Found("state_unfoldable", on.error().detail.empty() ? on.error().message : on.error().detail);
      return std::move(report_);
    }
    if (stands_at != folded_to) Found("state_cursor_wrong", "cursors, follower");
    GUIYI_TRY(const auto ours, Schema(folded / "state.db"));
    CompareSchema(ours, triggers);
    GUIYI_TRY(const auto our_clocks, ClockTableOf(folded / "state.db"));
    if (clocks != our_clocks) report_.skipped = {"clocks", "clock_sums"};
    GUIYI_CHECK(CompareTables(folded / "state.db", stands / "state.db"));
    return std::move(report_);
  }

 private:
  using Named = std::map<std::string, std::string>;

  void Found(std::string code, std::string where, std::optional<std::uint64_t> index = {}) {
    ++report_.finding_count;
    if (report_.findings.size() < options_.findings_max)
      report_.findings.push_back({std::move(code), index, std::move(where)});
  }

  /// Tables, indexes and triggers by name; of triggers what they do.
  static Result<Named> Schema(const fs::path& file) {
    return Guarded("state", [&]() -> Result<Named> {
      Connection sql(file, "", false);
      Named named;
      for (auto& [type, name, text] : sql.Ask<std::string, std::string, std::string>(
               "SELECT type, name, CASE WHEN type='trigger' THEN sql ELSE '' END FROM sqlite_master WHERE name NOT "
               "LIKE 'sqlite_%'"))
        named[type + " " + name] = std::move(text);
      return named;
    });
  }

  static Result<std::string> ClockTableOf(const fs::path& file) {
    return Guarded("state", [&]() -> Result<std::string> {
      Connection sql(file, "", false);
      if (sql.Number("SELECT COUNT(*) FROM sqlite_master WHERE name='clock_table'") == 0) return std::string();
      const auto rows = sql.Ask<std::string>("SELECT fingerprint FROM clock_table");
      return rows.empty() ? std::string() : std::get<0>(rows[0]);
    });
  }

  void CompareSchema(const Named& ours, const Named& theirs) {
    for (const auto& [name, text] : ours) {
      const auto found = theirs.find(name);
      if (found == theirs.end()) {
        Found("state_part_missing", name);
      } else if (found->second != text) {
        Found("state_part_changed", name);
      }
    }
    // A trigger of somebody else's does what nobody here knows of.
    for (const auto& [name, text] : theirs)
      if (!ours.contains(name) && name.starts_with("trigger ")) Found("state_part_foreign", name);
  }

  Status CompareTables(const fs::path& folded, const fs::path& stands) {
    return Guarded("state", [&]() -> Status {
      Connection sql(folded, "", true);
      sql.Exec("ATTACH " + SqlText(stands.string()) + " AS stands");
      for (const auto& [table] : sql.Ask<std::string>(
               "SELECT name FROM main.sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' ORDER BY name")) {
        const bool skipped = std::find(report_.skipped.begin(), report_.skipped.end(), table) != report_.skipped.end();
        if (kNotFolded.contains(table) || skipped) continue;
        ++report_.tables;
        CompareTable(sql, table);
      }
      return petition::Ok();
    });
  }

  /// Kept as long as the connection, which knows statements by their text.
  const char* Kept(std::string text) { return statements_.emplace_back(std::move(text)).c_str(); }

  static std::string Joined(const std::vector<std::string>& parts, const char* between) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : between) + part;
    return text;
  }

  void CompareTable(Connection& sql, const std::string& table) {
    const auto known = TableRules().find(table);
    static const TableRule kPlain;
    const TableRule& rule = known == TableRules().end() ? kPlain : known->second;
    std::vector<std::string> key, shown, other, columns;
    for (const auto& [name, in_key] :
         sql.Ask<std::string, int>("SELECT name, pk FROM pragma_table_info($1) ORDER BY pk, cid", table)) {
      const auto instead = rule.instead.find(name);
      if (in_key > 0) {
        key.push_back("l." + name + "=f." + name);
        shown.push_back(name);
        columns.push_back("r." + name);
      } else if (!rule.without.contains(name)) {
        columns.push_back((instead == rule.instead.end() ? "r." + name : instead->second) + " AS " + name);
        other.push_back("l." + name + " IS NOT f." + name);
      } else if (rule.sealed.contains(name)) {
        columns.push_back("r." + name);
      }
    }
    if (shown.empty()) {
      key = {"l.row_id=f.row_id"};
      shown = {"row_id"};
      columns.push_back("r.rowid AS row_id");
    }
    const auto rows = [&](const char* side) {
      return "(SELECT " + Joined(columns, ", ") + " FROM " + side + "." + table + " r WHERE " +
             (rule.where.empty() ? "true" : rule.where) + ")";
    };
    const auto named = [&](const char* side) {
      std::vector<std::string> parts;
      for (const auto& column : shown) parts.push_back(side + ("." + column));
      return "json_array(" + Joined(parts, ", ") + ")";
    };
    const std::string on = Joined(key, " AND "), most = std::to_string(options_.findings_max);
    report_.rows += static_cast<std::uint64_t>(
        std::get<0>(sql.Ask<std::int64_t>(Kept("SELECT COUNT(*) FROM " + rows("main"))).at(0)));
    for (const auto& [row, missing] : sql.Ask<std::string, int>(
             Kept("SELECT " + named("f") + ", l." + shown[0] + " IS NULL FROM " + rows("main") + " f LEFT JOIN " +
                  rows("stands") + " l ON " + on + " WHERE l." + shown[0] + " IS NULL" +
                  (other.empty() ? "" : " OR " + Joined(other, " OR ")) + " LIMIT " + most)))
      Found(missing != 0 ? "state_row_missing" : "state_row_changed", table + " " + row);
    for (const auto& [row] :
         sql.Ask<std::string>(Kept("SELECT " + named("l") + " FROM " + rows("stands") + " l LEFT JOIN " + rows("main") +
                                   " f ON " + on + " WHERE f." + shown[0] + " IS NULL LIMIT " + most)))
      Found("state_row_without_entry", table + " " + row);
    for (const auto& [column, context] : rule.sealed) CompareSealed(sql, table, shown[0], column, context);
  }

  /// An earlier version may have written the same values in another way.
  static bool SameJson(const std::string& a, const std::string& b) {
    if (!a.starts_with('{') || !b.starts_with('{')) return false;
    const auto one = petition::ParseJson(a), other = petition::ParseJson(b);
    return one.ok() && other.ok() && *one == *other;
  }

  /// Sealed under nonces of their own: what they hold is compared.
  void CompareSealed(Connection& sql, const std::string& table, const std::string& key, const std::string& column,
                     const std::string& context) {
    const char* const question =
        Kept("SELECT f." + key + ", f." + column + ", l." + column + " FROM main." + table + " f JOIN stands." + table +
             " l ON l." + key + "=f." + key + " WHERE f." + key + ">$1 ORDER BY f." + key + " LIMIT $2");
    for (std::int64_t after = -1;;) {
      const auto rows = sql.Ask<std::int64_t, dedup::Bytes, dedup::Bytes>(question, after, kOpenedAtOnce);
      if (rows.empty()) return;
      for (const auto& [at, ours, theirs] : rows) {
        after = at;
        if (ours.value.empty() && theirs.value.empty()) continue;
        const auto folded = sealer_.Open(ours.value, context), stands = sealer_.Open(theirs.value, context);
        const bool same = folded.ok() && stands.ok() && (*folded == *stands || SameJson(*folded, *stands));
        if (!same) Found("state_row_changed", table + " [" + std::to_string(at) + "] " + column);
      }
    }
  }

  const StateAuditOptions& options_;
  const ledger::KeyRing& keys_;
  const ledger::Sealer sealer_;
  std::list<std::string> statements_;
  StateAuditReport report_;
};

}  // namespace

Result<StateAuditReport> AuditState(const StateAuditOptions& options) {
  std::error_code failed;
  if (!fs::is_regular_file(options.data / "state.db", failed))
    return petition::NotFound("there is no state.db: nothing was folded yet, or it is to be rebuilt");
  GUIYI_TRY(const auto keys, ledger::KeyRing::Open(options.data / "keys", false));
  return StateAudit(options, keys).Run();
}

}  // namespace gateway
