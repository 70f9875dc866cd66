// A second model on trial: it is noted what it would have done, and nothing else happens.
#include <unistd.h>

#include <fstream>

#include "dedup/parameters.h"
#include "gateway/oversight/tables.h"
#include "tests/gateway/http_hub.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class ShadowTest : public HttpHubTest {
 protected:
  void SetUp() override {
    hub_options_.shadow_model =
        std::filesystem::path(testing::TempDir()) / ("shadow_model." + std::to_string(getpid()));
    // One that is never sure.
    Json model = Json::parse(dedup::WriteParameters(dedup::Model::BuiltIn().parameters()));
    model["version"] = "on trial";
    model["thresholds"]["automatic"] = model["thresholds"]["automatic_joint"] = 2.0;
    std::ofstream(hub_options_.shadow_model) << model.dump();
    HttpHubTest::SetUp();
  }
  void TearDown() override {
    HttpHubTest::TearDown();
    std::filesystem::remove(hub_options_.shadow_model);
  }
  Json Models(const std::string& who) { return Get(who, "/api/v1/dedup/models").Json(); }
};

TEST_F(ShadowTest, WhatItWouldHaveDoneIsNotedAndNotDone) {
  const auto first = Register("portal", Lift("P-1"));
  const auto again = Register("hotline", Lift("H-1"));
  const auto tied = hub_->cases().Member(again["ledgerIndex"].get<std::uint64_t>());
  ASSERT_TRUE(tied.ok());
  ASSERT_EQ(tied->mode, petition::Mode::kAuto) << "the live model ties them by itself";
  EXPECT_EQ(Get("reviewer", "/api/v1/reviews").Json()["total"], 0) << "the other one's doubt asks nobody";

  const Json models = Models("oversight");
  EXPECT_EQ(models["live"]["hash"], dedup::Model::BuiltIn().hash());
  EXPECT_TRUE(models["live"]["measured"].is_object());
  EXPECT_EQ(models["shadow"]["version"], "on trial");
  const Json& compared = models["compared"];
  EXPECT_EQ(compared["lookedAt"], 2);
  ASSERT_EQ(compared["tallies"].size(), 2u) << compared;
  EXPECT_EQ(compared["tallies"][0],
            Json({{"live", "new"}, {"shadow", "new"}, {"count", 1}, {"same", 1}, {"open", 0}, {"stands", 0}}));
  EXPECT_EQ(compared["tallies"][1],
            Json({{"live", "auto"}, {"shadow", "review"}, {"count", 1}, {"same", 0}, {"open", 0}, {"stands", 1}}));
  ASSERT_EQ(compared["differences"].size(), 1u);
  EXPECT_EQ(compared["differences"][0]["intakeNo"], NumberOf(again));
  EXPECT_EQ(compared["differences"][0]["live"]["mode"], "auto");
  EXPECT_EQ(compared["differences"][0]["shadow"]["mode"], "review");
  EXPECT_EQ(compared["differences"][0]["shadow"]["of"], NumberOf(first));
}

TEST_F(ShadowTest, SealedIsNeitherListedNorCountedForThoseWhoMayNotSeeIt) {
  Register("portal", Accusation("A-1"));
  Register("portal", Accusation("A-2"));
  EXPECT_EQ(Models("oversight")["compared"]["lookedAt"], 0);
  AddUser("inspector", Role::kOversight, false, true);
  EXPECT_EQ(Models("inspector")["compared"]["lookedAt"], 2);
  AddUser("elsewhere", Role::kOversight, false, true, {"110000"});
  EXPECT_EQ(Models("elsewhere")["compared"]["lookedAt"], 0);
}

TEST_F(ShadowTest, AdminIsToldCountsOnlyAndOthersNothing) {
  Register("portal", Lift("P-1"));
  Register("hotline", Lift("H-1"));
  const Json models = Models("admin");
  EXPECT_EQ(models["compared"]["lookedAt"], 2);
  EXPECT_TRUE(models["compared"]["differences"].empty());
  EXPECT_EQ(Get("operator", "/api/v1/dedup/models").status, 403);
  EXPECT_EQ(Get("oversight", "/api/v1/dedup/models?cursor=x").status, 422);
}

TEST_F(ShadowTest, StateFoldedAgainHasTheSame) {
  Register("portal", Lift("P-1"));
  Register("hotline", Lift("H-1"));
  const Json before = Models("oversight")["compared"];
  const std::string dump = hub_->oversight().tables().shadows().Dump().value();
  EXPECT_NE(dump, "");
  server_.reset();
  hub_.reset();
  ASSERT_TRUE(dedup::CaseBook::Remove(folder_).ok());
  std::filesystem::remove_all(folder_ / "index");
  OpenHub();
  Serve();
  Settle();
  EXPECT_EQ(Models("oversight")["compared"], before);
  EXPECT_EQ(hub_->oversight().tables().shadows().Dump().value(), dump);
}

TEST_F(ShadowTest, ModelThatDoesNotReadKeepsTheHubFromOpening) {
  server_.reset();
  hub_.reset();
  std::ofstream(hub_options_.shadow_model) << "{}";
  auto options = hub_options_;
  options.data = folder_;
  EXPECT_FALSE(Hub::Open(options, clock_).ok());
}

}  // namespace
}  // namespace gateway::http_test
