#include <gtest/gtest.h>

#include "adapters/hotline/hotline.h"
#include "adapters/portal/portal.h"
#include "adapters/visit/visit.h"
#include "door_host.h"

namespace adapters {
namespace {

using petition::Json;

class PushedTest : public testing::Test {
 protected:
  Record Take(Door& door, const Json& json) {
    const auto decoded = door.Decode(door_test::Post("", json.dump(), "application/json"));
    EXPECT_TRUE(decoded.ok()) << decoded.error().message;
    return decoded->records.at(0);
  }
  std::shared_ptr<const SourceSpec> spec_ = std::make_shared<SourceSpec>();
  door_test::LedgerStandIn ledger_;
};

std::string PointerOf(const Record& record) { return record.refusal ? record.refusal->fields.at(0).pointer : "taken"; }

TEST_F(PushedTest, APortalsPeopleCanBeReached) {
  const auto door = portal::MakePortalDoor({}, spec_);
  EXPECT_EQ(PointerOf(Take(*door, {{"content", "x"}})), "/petitioners");
  EXPECT_EQ(PointerOf(Take(*door, {{"content", "x"}, {"anonymous", true}})), "taken");
  EXPECT_EQ(PointerOf(Take(*door, {{"content", "x"}, {"petitioners", {{{"name", "王"}}}}})), "/petitioners/0/phone");
  const auto taken = Take(*door, {{"content", "x"}, {"petitioners", {{{"name", "王"}, {"phone", "1"}}}}});
  EXPECT_EQ(taken.submission->channel, "portal");
}

TEST_F(PushedTest, AFormsNamesAreHeadings) {
  const auto door = portal::MakePortalDoor({}, spec_);
  const auto answer =
      door_test::Through(*door,
                         door_test::Post("", "%E5%A7%93%E5%90%8D=%E7%8E%8B&%E7%94%B5%E8%AF%9D=13812345678&content=abc",
                                         "application/x-www-form-urlencoded"),
                         true, ledger_);
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(ledger_.records().at(0).submission->petitioners.at(0).name, "王");
}

TEST_F(PushedTest, AHotlinesOrderHasANumberAndAnOperator) {
  const auto door = hotline::MakeHotlineDoor({.call_id_needed = true}, spec_);
  Json order = {{"content", "x"},
                {"petitioners", {{{"callingNumber", "0571"}}}},
                {"call", {{"id", "c1"}, {"operator", "007"}, {"recordingRef", "rec/1"}}}};
  const auto taken = Take(*door, order);
  EXPECT_EQ(PointerOf(taken), "taken");
  EXPECT_EQ(taken.submission->call.recording_ref, "rec/1");
  order["petitioners"] = {{{"name", "王"}}};
  EXPECT_EQ(PointerOf(Take(*door, order)), "/petitioners/0/phone");
  order["anonymous"] = true;
  EXPECT_EQ(PointerOf(Take(*door, order)), "taken");
  order["call"].erase("id");
  EXPECT_EQ(PointerOf(Take(*door, order)), "/call/id");
  order["call"] = {{"id", "c1"}, {"operator", "007"}};
  order["attachments"] = {{{"name", "a.mp3"}, {"mediaType", "audio/mpeg"}, {"content", "YWJj"}}};
  EXPECT_EQ(PointerOf(Take(*door, order)), "/attachments/0");
}

TEST_F(PushedTest, AGroupSendsOneToFiveRepresentatives) {
  const auto door = visit::MakeVisitDoor({}, spec_);
  const auto people = [](int count) {
    Json list = Json::array();
    for (int i = 0; i < count; ++i) list.push_back({{"name", "人" + std::to_string(i)}});
    return list;
  };
  EXPECT_EQ(PointerOf(Take(*door, {{"content", "x"}, {"headCount", 2}, {"petitioners", people(3)}})), "/headCount");
  EXPECT_EQ(PointerOf(Take(*door, {{"content", "x"}, {"headCount", 40}, {"petitioners", people(5)}})), "taken");
  EXPECT_EQ(PointerOf(Take(*door, {{"content", "x"}, {"headCount", 40}, {"petitioners", people(6)}})), "/petitioners");
  EXPECT_EQ(PointerOf(Take(*door, {{"content", "x"}, {"headCount", 40}})), "/petitioners");
  EXPECT_EQ(
      PointerOf(
          Take(*door,
               {{"content", "x"}, {"headCount", 40}, {"petitioners", people(8)}, {"representatives", {"人0", "人7"}}})),
      "taken");
  EXPECT_EQ(PointerOf(Take(
                *door, {{"content", "x"}, {"headCount", 40}, {"petitioners", people(8)}, {"representatives", {"某"}}})),
            "/representatives/0");
  EXPECT_EQ(
      PointerOf(Take(*door, {{"content", "x"}, {"headCount", 40}, {"petitioners", people(8)}, {"representatives", 6}})),
      "/representatives");
  const auto alone = Take(*door, {{"content", "x"}, {"petitioners", people(1)}});
  EXPECT_EQ(alone.submission->head_count, 1u);
}

TEST_F(PushedTest, ABadRecordSpoilsNoGoodOneAndIsReadAgainAlone) {
  const auto door = portal::MakePortalDoor({}, spec_);
  const Json both = {{{"content", "a"}, {"anonymous", true}}, {{"content", "b"}}};
  const auto answer = door_test::Through(*door, door_test::Post("", both.dump(), "application/json"), true, ledger_);
  EXPECT_EQ(answer.status, 200);
  const auto results = Json::parse(answer.body).at("results");
  EXPECT_EQ(results.at(0).at("status"), "registered");
  EXPECT_EQ(results.at(1).at("code"), "portal_rules");
  const auto lenient = portal::MakePortalDoor({.contact_needed = false}, spec_);
  const auto refused = ledger_.records().at(1);
  EXPECT_TRUE(
      lenient->Reread({refused.place, refused.raw, refused.media_type, refused.context})->submission.has_value());
}

}  // namespace
}  // namespace adapters
