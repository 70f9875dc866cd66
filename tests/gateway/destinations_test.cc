// Several destinations at once, the real ones against their stand-ins: which intakes go where, that one holds up no
// other, codes that a destination's table lacks, owners, and what comes down from each.
#include <gtest/gtest.h>

#include "adapters/exchange_db/exchange_db.h"
#include "adapters/exchange_db/sim/exchange_sim.h"
#include "adapters/national/national_system.h"
#include "adapters/national/sim/national_sim.h"
#include "followed_house.h"
#include "gateway/uplink.h"
#include "gateway/uplink/handed_down.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using petition::Json;

FollowerOptions Owed() {
  FollowerOptions options;
  options.destinations = {OwedTo("national"), OwedTo("province", {"hotline"}, {}), OwedTo("county", {}, {"439903"})};
  return options;
}

class DestinationsTest : public testing::Test {
 protected:
  DestinationsTest() : house_(Owed()) {
    adapters::NationalSimOptions national;
    national.database = house_.folder() / "national.db";
    national.instruct = false;
    auto national_sim = adapters::NationalSim::Start(national, house_.clock());
    EXPECT_TRUE(national_sim.ok());
    national_ = std::move(*national_sim);
    adapters::ExchangeSimOptions exchange;
    exchange.connection = (house_.folder() / "exchange.db").string();
    auto exchange_sim = adapters::ExchangeSim::Open(exchange, house_.clock());
    EXPECT_TRUE(exchange_sim.ok());
    exchange_ = std::move(*exchange_sim);
  }
  ~DestinationsTest() override { uplink_.reset(); }

  static UplinkOptions Quick() {
    UplinkOptions options;
    options.backoff_first = options.backoff_max = options.probe_every = 1ms;
    options.fetch_every = 5ms;
    options.seed = 7;
    return options;
  }
  void Start(const std::string& codes = "") {
    auto options = Quick();
    options.hand_down = [this](std::string_view from, const adapters::Instruction& instruction) {
      handed_down_.emplace_back(from);
      return handed_answer_.ok() && intake_ ? TakeHandedDown(*intake_, from, instruction) : handed_answer_;
    };
    auto made = Uplink::Make(options, house_.ledger(), house_.deliveries(), house_.book(), house_.clock());
    ASSERT_TRUE(made.ok());
    uplink_ = std::move(*made);
    std::vector<Outbound> outbound(2);
    adapters::NationalOptions national;
    national.port = national_->port();
    outbound[0] = {std::move(*adapters::MakeNationalSystem(national)), Quick()};
    adapters::ExchangeDbOptions exchange;
    exchange.name = "province";
    exchange.connection = (house_.folder() / "exchange.db").string();
    exchange.look_again = 1ms;
    outbound[1] = {std::move(*adapters::MakeExchangeDb(exchange, house_.clock())), Quick()};
    if (!codes.empty())
      outbound[1].options.codes =
          std::make_shared<const adapters::CodeTable>(adapters::CodeTable::Parse(codes).value());
    ASSERT_TRUE(uplink_->Start(std::move(outbound)).ok());
  }
  /// Everybody works on: the follower, the other side of the exchange database, time.
  template <typename F>
  bool Soon(F&& holds) {
    for (int i = 0; i < 3'000; ++i) {
      house_.CatchUp();
      if (holds()) return true;
      if (exchange_works_) {
        EXPECT_TRUE(exchange_->Step().ok());
      }
      house_.clock().Advance(10ms);
      uplink_->Notify();
      std::this_thread::sleep_for(2ms);
    }
    return false;
  }
  std::map<std::string, Delivery> Rows(std::uint64_t index) {
    std::map<std::string, Delivery> rows;
    const auto found = house_.deliveries().OfIntake(index).value();
    for (const auto& row : found) {
      if (!row.update) rows[row.destination] = row;
    }
    return rows;
  }
  std::string States(std::uint64_t index) {
    std::string states;
    const auto found = house_.deliveries().OfIntake(index).value();
    for (const auto& row : found) {
      states += row.destination + (row.update ? " update " : " register ") + std::string(DeliveryStateName(row.state)) +
                " " + row.reason + " " + std::to_string(row.attempts) + "\n";
    }
    return states;
  }
  bool Done(std::uint64_t index, const std::string& destination) {
    return Rows(index)[destination].state == DeliveryState::kDone;
  }

  FollowedHouse house_;
  std::unique_ptr<adapters::NationalSim> national_;
  std::unique_ptr<adapters::ExchangeSim> exchange_;
  bool exchange_works_ = true;
  std::vector<std::string> handed_down_;
  petition::Status handed_answer_ = petition::Ok();
  Intake* intake_ = nullptr;
  std::unique_ptr<Uplink> uplink_;
};

TEST_F(DestinationsTest, EachIntakeGoesWhereItIsOwed) {
  const auto portal = house_.Submit("portal", kLift), hotline = house_.Submit("hotline", kHeating);
  EXPECT_EQ(Rows(portal).size(), 1u);
  EXPECT_TRUE(Rows(portal).contains("national"));
  EXPECT_EQ(Rows(hotline).size(), 3u) << "by channel, and by division";
  Start();
  EXPECT_TRUE(Soon([&] { return Done(portal, "national") && Done(hotline, "national") && Done(hotline, "province"); }));
  EXPECT_EQ(Rows(hotline)["county"].state, DeliveryState::kPending) << "waits for a destination that is not there yet";
  EXPECT_EQ(Rows(hotline)["province"].national_no.substr(0, 2), "E1");
  EXPECT_EQ(uplink_->statuses().size(), 2u);
  // Where it was delivered is told what happens later, each by itself (what one of them says itself, the others).
  const auto told = house_.Append(ledger::Kind::kEvent, hotline,
                                  {{"kind", "event"},
                                   {"v", 1},
                                   {"event", "accepted"},
                                   {"intake", hotline},
                                   {"by", "unit"},
                                   {"at", petition::FormatTime(house_.clock().Now())}});
  EXPECT_TRUE(Soon([&] {
    int done = 0;
    const auto rows = house_.deliveries().OfIntake(hotline).value();
    for (const auto& row : rows) done += row.update && row.entry == told && row.state == DeliveryState::kDone ? 1 : 0;
    return done == 2;
  })) << States(hotline);
}

TEST_F(DestinationsTest, OneThatIsDownHoldsUpNoOther) {
  exchange_works_ = false;
  ASSERT_TRUE(exchange_->Run("ALTER TABLE gy_xfj RENAME TO away").ok());
  const auto hotline = house_.Submit("hotline", kHeating);
  Start();
  EXPECT_TRUE(Soon([&] { return Done(hotline, "national"); }));
  EXPECT_NE(Rows(hotline)["province"].state, DeliveryState::kDone);
  ASSERT_TRUE(exchange_->Run("ALTER TABLE away RENAME TO gy_xfj").ok());
  exchange_works_ = true;
  // It may have been given up meanwhile: then a person sends it again.
  EXPECT_TRUE(Soon([&] {
    if (const auto row = Rows(hotline)["province"]; row.state == DeliveryState::kParked)
      (void)uplink_->Retry(row.id, "wang").ok();
    return Done(hotline, "province");
  }));
  EXPECT_EQ(exchange_->AllHeld()->size(), 1u);
}

TEST_F(DestinationsTest, AnUnmappedCodeHoldsTheItemVisibly) {
  const auto hotline = house_.Submit("hotline", kHeating);
  Start(R"({"channel":{"hotline":"0400"},"purpose":{"投诉":"02"}})");
  EXPECT_TRUE(Soon([&] { return Rows(hotline)["province"].state == DeliveryState::kParked; }));
  const auto row = Rows(hotline)["province"];
  EXPECT_EQ(row.reason, "code_unmapped:purpose");
  EXPECT_EQ(row.owner, "admin");
  EXPECT_EQ(exchange_->Number("SELECT COUNT(*) FROM gy_xfj").value(), 0) << "nothing was sent as something else";
  // A person takes it on; the ledger says so.
  EXPECT_FALSE(uplink_->Assign(row.id, "wang", "", "").ok());
  ASSERT_TRUE(uplink_->Assign(row.id, "wang", "li", "对照表缺码").ok());
  EXPECT_TRUE(Soon([&] { return Rows(hotline)["province"].owner == "li"; }));
  // With the table completed it stays where it is until a person says otherwise: new settings never reach back.
  uplink_.reset();
  Start(R"({"channel":{"hotline":"0400"},"purpose":{"求决":"01"}})");
  EXPECT_TRUE(Soon([&] { return Done(hotline, "national"); }));
  EXPECT_EQ(Rows(hotline)["province"].state, DeliveryState::kParked);
  ASSERT_TRUE(uplink_->Retry(row.id, "li").ok());
  EXPECT_TRUE(Soon([&] { return Done(hotline, "province"); }));
  EXPECT_EQ(exchange_->Number("SELECT COUNT(*) FROM gy_xfj WHERE xfxs='0400' AND xfmddm='01'").value(), 1);
  EXPECT_TRUE(uplink_->Assign(row.id, "wang", "li", "").error().code == petition::Code::kConflict) << "it has ended";
}

TEST_F(DestinationsTest, TheirStatesAreTheHubsByTheTable) {
  const auto hotline = house_.Submit("hotline", kHeating);
  Start(R"({"states":{"已受理":"accepted"}})");
  ASSERT_TRUE(Soon([&] { return Done(hotline, "province"); }));
  adapters::Instruction said;
  said.kind = "state";
  said.intake_no = house_.Member(hotline).intake_no;
  said.state = "已受理";
  ASSERT_TRUE(exchange_->PutDown(said).ok());
  EXPECT_TRUE(Soon([&] { return house_.Member(hotline).state == "accepted"; }));
  const auto changes = house_.book().Changes("hotline", 0, 100).value();
  bool theirs = false;
  for (const auto& row : changes.rows)
    theirs =
        theirs || (row.detail.value("destination", "") == "province" && row.detail.value("state", "") == "accepted");
  EXPECT_TRUE(theirs) << "whoever asks for changes is told which destination said it, in the hub's word";
}

TEST_F(DestinationsTest, EachDestinationKeepsAStateOfItsOwn) {
  const auto hotline = house_.Submit("hotline", kHeating);
  Start();
  ASSERT_TRUE(Soon([&] { return Done(hotline, "province") && Done(hotline, "national"); }));
  adapters::Instruction said;
  said.kind = "state";
  said.intake_no = house_.Member(hotline).intake_no;
  said.state = "办理中";
  ASSERT_TRUE(exchange_->PutDown(said).ok());
  EXPECT_TRUE(Soon([&] { return Rows(hotline)["province"].national_state == "办理中"; }));
  EXPECT_NE(Rows(hotline)["national"].national_state, "办理中");
  // The intake's own is what the first of them says, whoever spoke last.
  ASSERT_EQ(house_.deliveries().OfIntake(hotline)->at(0).destination, "national");
  EXPECT_FALSE(house_.Member(hotline).national_no.empty());
  EXPECT_TRUE(Soon([&] {
    const auto national = Rows(hotline)["national"];
    const auto member = house_.Member(hotline);
    return member.national_no == national.national_no && member.national_state == national.national_state;
  }));
}

// One answer answers all members of the case, at the destinations, too, also one who came later; the words go with the
// intake they were written to.
TEST_F(DestinationsTest, OneAnswerGoesUpForEveryMember) {
  const auto first = house_.Submit("portal", kLift), second = house_.Submit("hotline", kLiftAgain);
  ASSERT_EQ(house_.Member(first).case_no, house_.Member(second).case_no);
  const auto answer = house_.Append(ledger::Kind::kEvent, first,
                                    {{"kind", "event"},
                                     {"v", 1},
                                     {"event", "replied"},
                                     {"intake", first},
                                     {"by", "unit"},
                                     {"text", "已修好"},
                                     {"at", petition::FormatTime(house_.clock().Now())}});
  house_.CatchUp();
  std::string third = kLiftAgain;
  third.replace(third.find("H1"), 2, "H9");
  const auto late = house_.Submit("hotline", third);
  ASSERT_EQ(house_.Member(late).case_no, house_.Member(first).case_no);
  for (const auto index : {first, second, late}) {
    int answers = 0;
    const auto rows = house_.deliveries().OfIntake(index).value();
    for (const auto& row : rows)
      answers += row.destination == "national" && row.update && row.entry == answer && row.event == "replied" ? 1 : 0;
    EXPECT_EQ(answers, 1) << index;
  }
  const std::string before = house_.Dump();
  house_.Rebuild();
  EXPECT_EQ(house_.Dump(), before);
}

TEST_F(DestinationsTest, AnItemHandedDownIsAnIntakeOnce) {
  auto keys = ledger::KeyRing::Open(house_.folder() / "keys", false);
  auto blobs = ledger::BlobStore::Open(house_.folder() / "more-blobs", *keys);
  auto intake = Intake::Make({}, house_.ledger(), **blobs, *keys, house_.clock(), {});
  ASSERT_TRUE(intake.ok());
  intake_ = intake->get();
  Start();
  adapters::Instruction item;
  item.kind = "item";
  item.national_no = "G-77";
  item.item = petition::SubmissionFromJson(Json::parse(kLift)).value();
  const auto number = exchange_->PutDown(item);
  ASSERT_TRUE(number.ok());
  const auto found = [&] {
    const auto known = house_.ledger().FindExternal("province", std::to_string(*number));
    return known.ok() ? known->size() : 0;
  };
  ASSERT_TRUE(Soon([&] { return found() == 1; }));
  const auto index = house_.ledger().FindExternal("province", std::to_string(*number))->front().index;
  ASSERT_TRUE(Soon([&] { return house_.book().Member(index).ok(); }));
  EXPECT_EQ(house_.Member(index).channel, "upper_transfer");
  const auto record = ReadIntakeRecord(house_.ledger().Read(index).value());
  EXPECT_EQ(record->submission.upstream_no, "G-77");
  // Told again (a lost acknowledgement): the same intake.
  uplink_.reset();
  ASSERT_TRUE(exchange_->Run("UPDATE gy_xf SET qrbz=0").ok());
  Start();
  EXPECT_TRUE(Soon([&] { return exchange_->Number("SELECT qrbz FROM gy_xf").value() == 1; }));
  EXPECT_EQ(found(), 1u);
  uplink_.reset();
}

// A day without the national system: whatever comes in meanwhile is delivered once, in order per case, and the wait is
// spent asking now and then, not hammering.
TEST_F(DestinationsTest, ADaysOutageLosesAndDoublesNothing) {
  const int port = national_->port();
  national_.reset();
  adapters::NationalOptions client;
  client.port = port;
  auto options = Quick();
  options.probe_every = 5s;
  options.backoff_max = 600s;
  auto made = Uplink::Make(options, house_.ledger(), house_.deliveries(), house_.book(), house_.clock());
  ASSERT_TRUE(made.ok());
  uplink_ = std::move(*made);
  uplink_->Start(std::move(*adapters::MakeNationalSystem(client)));
  std::vector<std::uint64_t> intakes;
  for (int i = 0; i < 144; ++i) {
    std::string json = i % 3 == 0 ? kHeating : i % 3 == 1 ? kLift : kLiftAgain;
    const auto at = json.find("\"externalId\":\"") + 14;
    json.insert(at, "D" + std::to_string(i) + "-");
    intakes.push_back(house_.Submit("portal", json));
    house_.clock().Advance(9min);  // and the one that Submit takes
    uplink_->Notify();
    std::this_thread::sleep_for(3ms);
  }
  EXPECT_EQ(uplink_->status().state, "paused");
  EXPECT_EQ(uplink_->status().done, 0u);
  EXPECT_LE(uplink_->status().deferred, 400u);
  adapters::NationalSimOptions back;
  back.database = house_.folder() / "national.db";
  back.instruct = false;
  back.port = port;
  auto sim = adapters::NationalSim::Start(back, house_.clock());
  ASSERT_TRUE(sim.ok()) << sim.error().detail;
  national_ = std::move(*sim);
  exchange_works_ = false;
  ASSERT_TRUE(Soon([&] {
    house_.clock().Advance(60s);
    return uplink_->status().done >= intakes.size();
  }));
  const auto held = national_->store().Registrations();
  ASSERT_EQ(held->size(), intakes.size());
  std::map<std::string, std::string> last;
  for (const auto& row : *held) {
    EXPECT_EQ(row.calls, 1u) << row.reference;
    EXPECT_LT(last[row.case_no], row.reference) << "order of its case";
    last[row.case_no] = row.reference;
  }
}

TEST_F(DestinationsTest, AStopStops) {
  for (int i = 0; i < 20; ++i) {
    std::string json = kHeating;
    json.replace(json.find("H2"), 2, "S" + std::to_string(i));
    house_.Submit("hotline", json);
  }
  Start();
  (void)Soon([&] { return uplink_->statuses()[0].attempts > 0; });
  uplink_->Stop();
  const auto calls = national_->counts().register_calls;
  const auto rows = exchange_->Number("SELECT COUNT(*) FROM gy_xfj").value();
  uplink_->Notify();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(national_->counts().register_calls, calls);
  EXPECT_EQ(exchange_->Number("SELECT COUNT(*) FROM gy_xfj").value(), rows);
  for (const auto& status : uplink_->statuses()) EXPECT_EQ(status.state, "stopped");
}

}  // namespace
}  // namespace gateway
