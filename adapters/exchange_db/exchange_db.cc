#include "adapters/exchange_db/exchange_db.h"

#include <algorithm>
#include <functional>

#include "adapters/exchange_db/row_mapping.h"
#include "adapters/exchange_db/schema.h"
#include "adapters/exchange_db/sessions.h"

namespace adapters::exchange {
namespace {

using petition::Result;
using petition::Status;

Answer Ended(Outcome outcome, std::string reason, std::chrono::milliseconds retry_after = {}) {
  Answer answer;
  answer.outcome = outcome;
  answer.reason = std::move(reason);
  answer.retry_after = retry_after;
  return answer;
}

/// Where a row's state stands, and how to write it.
struct Place {
  std::string table, digest_column;  ///< digest_column "": updates have none
  std::vector<Value> key;
};
Place PlaceOf(std::string_view intake_no, std::string_view update_id) {
  if (update_id.empty()) return {"gy_xfj", "nrzy", {std::string(intake_no), std::string()}};
  return {"gy_blgc", "", {std::string(intake_no), std::string(update_id)}};
}

class ExchangeDb final : public Destination {
 public:
  ExchangeDb(ExchangeDbOptions options, const petition::Clock& clock)
      : options_(std::move(options)),
        clock_(clock),
        sessions_(options_.database, options_.connection, options_.call_time) {}

  std::string_view name() const override { return options_.name; }
  void Interrupt() override { sessions_.Interrupt(); }

  Answer Register(const Parcel& parcel) override {
    return Write(PlaceOf(parcel.intake_no, ""), parcel.content_digest, ToRows(parcel, clock_.Now()));
  }
  Answer Send(const Update& update) override {
    return Write(PlaceOf(update.intake_no, update.update_id), "", ToRows(update, clock_.Now()));
  }
  Result<std::optional<Answer>> FindByReference(std::string_view intake_no, std::string_view update_id) override {
    return With([&](Session& session) -> Result<std::optional<Answer>> {
      const auto back = Look(session, PlaceOf(intake_no, update_id), false);
      if (!back) return std::optional<Answer>();
      return std::optional<Answer>(ToAnswer(*back, options_.look_again));
    });
  }
  Result<Instructions> Fetch(std::string_view cursor, std::size_t limit) override;
  Status Acknowledge(std::string_view instruction_id) override;
  Result<std::optional<HeldDay>> HeldOn(std::string_view day, std::size_t limit) override;

 private:
  template <typename F>
  auto With(F&& call) -> decltype(call(std::declval<Session&>()));
  Answer Write(const Place& place, const std::string& digest, const Rows& rows);
  Answer WriteIn(Session& session, const Place& place, const std::string& digest, const Rows& rows, bool& written);
  std::optional<WrittenBack> Look(Session& session, const Place& place, bool to_change) const;
  Instruction ReadDown(Session& session, const Row& row) const;

  const ExchangeDbOptions options_;
  const petition::Clock& clock_;
  Sessions sessions_;
};

/// One call with a session of its own; a session whose call failed is not used again.
template <typename F>
auto ExchangeDb::With(F&& call) -> decltype(call(std::declval<Session&>())) {
  GUIYI_TRY(auto session, sessions_.Take());
  try {
    auto answer = call(*session);
    sessions_.GiveBack(std::move(session));
    return answer;
  } catch (const std::exception&) {  // its words may hold values
    auto error = petition::Unavailable("the exchange database refused a call");
    error.reason = "database_error";
    return error;
  }
}

std::optional<WrittenBack> ExchangeDb::Look(Session& session, const Place& place, bool to_change) const {
  const bool item = !place.digest_column.empty();
  const auto rows =
      session.Ask("SELECT clzt, jgdm, gjbh, zt" + std::string(item ? ", nrzy, ctzy" : "") + " FROM " + place.table +
                      " WHERE lhxfjid=$1 AND gxbh=$2" + (to_change ? session.ForUpdate() : std::string()),
                  place.key);
  if (rows.empty()) return std::nullopt;
  WrittenBack back;
  back.state = std::strtoll(rows[0][0].c_str(), nullptr, 10);
  back.result_code = rows[0][1];
  back.national_no = rows[0][2];
  back.state_word = rows[0][3];
  if (item) {
    back.digest = rows[0][4];
    back.their_digest = rows[0][5];
  }
  return back;
}

Answer ExchangeDb::Write(const Place& place, const std::string& digest, const Rows& rows) {
  auto session = sessions_.Take();
  if (!session.ok()) return Ended(Outcome::kDeferred, session.error().Reason());
  bool committing = false, written = false;
  try {
    (*session)->Begin();
    auto answer = WriteIn(**session, place, digest, rows, written);
    if (written) {
      committing = true;
      (*session)->Commit();
    } else {
      (*session)->Rollback();
    }
    sessions_.GiveBack(std::move(*session));
    return answer;
  } catch (const std::exception&) {
    (*session)->Rollback();
  }
  // A commit that failed may have been made all the same; before it nothing stands there.
  return Ended(committing ? Outcome::kUnknown : Outcome::kTransient, committing ? "commit_lost" : "database_error");
}

Answer ExchangeDb::WriteIn(Session& session, const Place& place, const std::string& digest, const Rows& rows,
                           bool& written) {
  const auto before = Look(session, place, true);
  if (before) {
    const bool same = before->digest == digest;
    const bool tried = before->state > kWaiting && before->state <= kTriedMost;
    // It stands there already, or the other side is at it: what became of that is the answer.
    if (before->state == kTaken || tried || (same && before->state != kFailed))
      return ToAnswer(*before, options_.look_again);
  } else {
    const auto waiting = session.Number("SELECT COUNT(*) FROM (SELECT 1 FROM gy_xfj WHERE clzt<=$1 LIMIT $2) w",
                                        {std::int64_t{kTriedMost}, static_cast<std::int64_t>(options_.waiting_max)});
    if (waiting >= static_cast<std::int64_t>(options_.waiting_max))
      return Ended(Outcome::kDeferred, "queue_full", options_.look_again);
  }
  // A failed one is sent again, and one that nobody has looked at yet is replaced, as a whole.
  if (before) {
    for (const char* table : {"gy_hj", "gy_xfj", "gy_xfr", "gy_blgc"})
      session.Run("DELETE FROM " + std::string(table) + " WHERE lhxfjid=$1 AND gxbh=$2", place.key);
  }
  if (!rows.call.empty()) session.Insert("gy_hj", rows.call);
  for (const auto& person : rows.persons) session.Insert("gy_xfr", person);
  session.Insert("gy_blgc", rows.handling);
  // Last the row with the state column: whoever reads without a transaction finds the others there.
  if (!rows.item.empty()) session.Insert("gy_xfj", rows.item);
  written = true;
  return Ended(Outcome::kUnknown, "waiting_there", options_.look_again);
}

Instruction ExchangeDb::ReadDown(Session& session, const Row& row) const {
  Instruction instruction;
  instruction.id = row[0];
  instruction.kind = row[1];
  instruction.intake_no = row[2];
  instruction.national_no = row[3];
  instruction.state = row[4];
  instruction.text = row[5];
  const auto at = ReadTime(row[6]);
  if (at.ok()) instruction.at = *at;
  const std::string& item = row[7];
  if (!item.empty()) {
    const auto found = session.Ask(
        "SELECT " + std::string(kItemColumns) + " FROM gy_xfj WHERE lhxfjid=$1 AND gxbh='' AND fx=1", {item});
    if (found.empty()) {
      instruction.problem = "item_missing";
    } else {
      instruction.item = ToSubmission(found[0], session.Ask("SELECT " + std::string(kPersonColumns) +
                                                                " FROM gy_xfr WHERE lhxfjid=$1 AND gxbh='' ORDER BY xh",
                                                            {item}));
    }
  }
  if (instruction.kind.empty()) instruction.problem = "no_kind";
  if (instruction.problem.empty() && !at.ok()) instruction.problem = "time_unreadable";
  if (!instruction.problem.empty()) {
    petition::Json raw = petition::Json::array();
    for (const auto& cell : row) raw.push_back(cell);
    instruction.raw = petition::DumpJson(raw);
  }
  return instruction;
}

// Rows may become visible out of the order of their numbers (a transaction that took its number first and ended last):
// besides what lies behind the cursor, what lies before it and was never acknowledged is looked at again.
Result<Instructions> ExchangeDb::Fetch(std::string_view cursor, std::size_t limit) {
  std::int64_t after = 0;
  if (!cursor.empty()) after = std::strtoll(std::string(cursor).c_str(), nullptr, 10);
  return With([&](Session& session) -> Result<Instructions> {
    const std::string select = "SELECT bh, lb, lhxfjid, gjbh, zt, nr, sj, wjid FROM gy_xf WHERE ";
    Instructions page;
    const auto most = static_cast<std::int64_t>(limit);
    for (const auto& row : session.Ask(select + "bh<=$1 AND qrbz=0 ORDER BY bh LIMIT $2", {after, most}))
      page.items.push_back(ReadDown(session, row));
    const auto newer = session.Ask(select + "bh>$1 ORDER BY bh LIMIT $2", {after, most});
    for (const auto& row : newer) page.items.push_back(ReadDown(session, row));
    page.next_cursor = newer.empty() ? std::string(cursor) : newer.back()[0];
    page.more = newer.size() == limit;
    return page;
  });
}

Status ExchangeDb::Acknowledge(std::string_view instruction_id) {
  const std::string id(instruction_id);
  if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != std::string::npos)
    return petition::Invalid("not_ours", "no number of this database");
  return With([&](Session& session) -> Status {
    session.Run("UPDATE gy_xf SET qrbz=1 WHERE bh=$1", {static_cast<std::int64_t>(std::stoll(id))});
    return petition::Ok();
  });
}

// A row belongs to the day on which the other side took it over. A key that was taken is held as ours when its content
// is ours.
Result<std::optional<HeldDay>> ExchangeDb::HeldOn(std::string_view day, std::size_t limit) {
  if (day.size() != 8) return petition::Invalid("day_invalid", "a day has eight digits");
  const std::string text(day), dashed = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6);
  return With([&](Session& session) -> Result<std::optional<HeldDay>> {
    HeldDay held;
    const auto rows = session.Ask(
        "SELECT lhxfjid, gjbh FROM gy_xfj WHERE gxbh='' AND fx=0 AND clsj>=$1 AND clsj<=$2 AND (clzt=$3 OR (clzt=$4 "
        "AND "
        "nrzy=ctzy)) ORDER BY lhxfjid LIMIT $5",
        {dashed + " 00:00:00", dashed + " 23:59:59.999", std::int64_t{kTaken}, std::int64_t{kKeyTaken},
         static_cast<std::int64_t>(limit + 1)});
    held.cut = rows.size() > limit;
    for (std::size_t n = 0; n < std::min(rows.size(), limit); ++n) held.lines.push_back({rows[n][0], rows[n][1]});
    return std::optional(std::move(held));
  });
}

}  // namespace
}  // namespace adapters::exchange

namespace adapters {

petition::Result<std::unique_ptr<Destination>> MakeExchangeDb(ExchangeDbOptions options, const petition::Clock& clock) {
  if (!exchange::Sessions::Knows(options.database))
    return petition::Invalid("database_unknown", "an exchange database is sqlite or postgresql");
  if (options.connection.empty()) return petition::Invalid("connection_missing", "the connection string is empty");
  return std::unique_ptr<Destination>(std::make_unique<exchange::ExchangeDb>(std::move(options), clock));
}

}  // namespace adapters
