#include "adapters/exchange_db/sim/exchange_sim.h"

#include "adapters/exchange_db/row_mapping.h"
#include "adapters/exchange_db/schema.h"
#include "adapters/exchange_db/sessions.h"

namespace adapters::exchange {
namespace {

using petition::Result;
using petition::Status;

class Sim final : public ExchangeSim {
 public:
  Sim(ExchangeSimOptions options, std::unique_ptr<Session> session, const petition::Clock& clock)
      : options_(std::move(options)), session_(std::move(session)), clock_(clock), dice_(options_.seed) {}

  Result<std::size_t> Step() override {
    return Guarded([&]() -> Result<std::size_t> {
      const auto most = static_cast<std::int64_t>(options_.batch);
      const auto items = session_->Ask(
          "SELECT lhxfjid, nrzy, clzt FROM gy_xfj WHERE clzt<=9 AND fx=0 AND gxbh='' ORDER BY djsj, lhxfjid LIMIT $1",
          {most});
      for (const auto& row : items) Item(row[0], row[1], std::stoll(row[2]));
      const auto updates =
          session_->Ask("SELECT lhxfjid, gxbh FROM gy_blgc WHERE clzt<=9 ORDER BY blsj, gxbh LIMIT $1", {most});
      for (const auto& row : updates) Update(row[0], row[1]);
      return items.size() + updates.size();
    });
  }

  Result<std::int64_t> PutDown(const Instruction& instruction) override {
    return Guarded([&]() -> Result<std::int64_t> {
      const auto number = session_->Number("SELECT COALESCE(MAX(bh), 0)+1 FROM gy_xf");
      std::string item;
      if (instruction.item) {
        item = "DOWN-" + std::to_string(number);
        Parcel parcel;
        parcel.intake_no = item;
        parcel.submission = *instruction.item;
        auto rows = ToRows(parcel, clock_.Now());
        rows.item.insert(rows.item.end(), {{"fx", std::int64_t{1}}, {"clzt", std::int64_t{kTaken}}});
        session_->Insert("gy_xfj", rows.item);
        for (const auto& person : rows.persons) session_->Insert("gy_xfr", person);
      }
      session_->Insert("gy_xf", {{"bh", number},
                                 {"lb", instruction.kind},
                                 {"lhxfjid", instruction.intake_no},
                                 {"gjbh", instruction.national_no},
                                 {"zt", instruction.state},
                                 {"nr", instruction.text},
                                 {"sj", TimeText(clock_.Now())},
                                 {"wjid", item}});
      return number;
    });
  }

  Result<std::vector<Held>> AllHeld() override {
    return Guarded([&]() -> Result<std::vector<Held>> {
      std::vector<Held> held;
      for (const auto& row : session_->Ask("SELECT lhxfjid, nrzy, gjbh, cs FROM sim_held ORDER BY lhxfjid"))
        held.push_back({row[0], row[1], row[2], std::stoull(row[3])});
      return held;
    });
  }
  Status Run(const std::string& sql) override {
    return Guarded([&]() -> Status {
      session_->Run(sql);
      return petition::Ok();
    });
  }
  Result<std::int64_t> Number(const std::string& sql) override {
    return Guarded([&]() -> Result<std::int64_t> { return session_->Number(sql); });
  }

  Status Prepare() {
    return Guarded([&]() -> Status {
      for (const auto& table : CreateTables()) session_->Run(table);
      session_->Run(
          "CREATE TABLE IF NOT EXISTS sim_held(lhxfjid TEXT PRIMARY KEY, nrzy TEXT NOT NULL, gjbh TEXT NOT NULL, cs "
          "INTEGER NOT NULL)");
      return petition::Ok();
    });
  }

 private:
  template <typename F>
  auto Guarded(F&& call) -> decltype(call()) {
    try {
      return call();
    } catch (const std::exception& error) {
      return petition::Unavailable("the stand-in's database refused a call", error.what());
    }
  }
  bool Dice(double share) { return share > 0 && std::uniform_real_distribution<>(0, 1)(dice_) < share; }

  void Write(const std::string& table, const std::string& reference, const std::string& update, std::int64_t state,
             const std::string& code, const std::string& no) {
    session_->Run(
        "UPDATE " + table + " SET clzt=$1, jgdm=$2, gjbh=$3, zt=$4, clsj=$5 WHERE lhxfjid=$6 AND gxbh=$7",
        {state, code, no, std::string(state == kTaken ? "registered" : ""), TimeText(clock_.Now()), reference, update});
  }

  void Item(const std::string& reference, const std::string& digest, std::int64_t state) {
    if (state < kTriedMost && Dice(options_.busy)) return Write("gy_xfj", reference, "", state + 1, "-1", "");
    if (Dice(options_.refuse)) return Write("gy_xfj", reference, "", kFailed, "0404", "");
    if (Dice(options_.flaky)) return Write("gy_xfj", reference, "", kFailed, "04", "");
    const auto held = session_->Ask("SELECT nrzy, gjbh FROM sim_held WHERE lhxfjid=$1", {reference});
    if (!held.empty()) {
      Write("gy_xfj", reference, "", kKeyTaken, "0404", held[0][1]);
      session_->Run("UPDATE gy_xfj SET ctzy=$1 WHERE lhxfjid=$2 AND gxbh=''", {held[0][0], reference});
      return;
    }
    const std::string no = "E" + std::to_string(++numbers_) + "-" + reference.substr(0, 6);
    session_->Insert("sim_held", {{"lhxfjid", reference}, {"nrzy", digest}, {"gjbh", no}, {"cs", std::int64_t{1}}});
    if (Dice(options_.lose)) return;
    Write("gy_xfj", reference, "", kTaken, "0001", no);
    if (!options_.accept) return;
    Instruction accepted;
    accepted.kind = "state";
    accepted.intake_no = reference;
    accepted.national_no = no;
    accepted.state = "accepted";
    (void)PutDown(accepted).ok();
  }

  void Update(const std::string& reference, const std::string& update) {
    if (Dice(options_.flaky)) return Write("gy_blgc", reference, update, kFailed, "04", "");
    Write("gy_blgc", reference, update, kTaken, "0001", "");
  }

  const ExchangeSimOptions options_;
  const std::unique_ptr<Session> session_;
  const petition::Clock& clock_;
  std::mt19937_64 dice_;
  std::uint64_t numbers_ = 0;
};

}  // namespace
}  // namespace adapters::exchange

namespace adapters {

petition::Result<std::unique_ptr<ExchangeSim>> ExchangeSim::Open(ExchangeSimOptions options,
                                                                 const petition::Clock& clock) {
  exchange::Sessions sessions(options.database, options.connection, std::chrono::seconds(15));
  GUIYI_TRY(auto session, sessions.Take());
  auto sim = std::make_unique<exchange::Sim>(std::move(options), std::move(session), clock);
  GUIYI_CHECK(sim->Prepare());
  return std::unique_ptr<ExchangeSim>(std::move(sim));
}

}  // namespace adapters
