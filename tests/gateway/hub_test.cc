// What a hub does by itself: once a second, and at its start.
#include <gtest/gtest.h>

#include "http_hub.h"
#include "ledger/crypto.h"
#include "oversight_house.h"
#include "search/candidate_index.h"

namespace gateway::http_test {
namespace {

class HubCleaningTest : public HttpHubTest {
 protected:
  static std::string Digest(std::string_view bytes) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes))); }
  void Put(std::string_view bytes) {
    const auto reply = Call("portal", "PUT", "/api/v1/attachments/" + Digest(bytes), bytes, "application/pdf");
    ASSERT_EQ(reply.status, 201) << reply.body;
  }
};

TEST_F(HubCleaningTest, AttachmentsThatNobodyNamedAreRemovedInTime) {
  for (const char* bytes : {"named", "an answer's document", "forgotten"}) Put(bytes);
  auto submission = Lift("P-1");
  submission["attachments"] = {{{"name", "a.pdf"}, {"sha256", Digest("named")}}};
  const auto receipt = Register("portal", submission);
  ASSERT_EQ(Post("portal", "/api/v1/intakes/" + NumberOf(receipt) + "/events",
                 {{"event", "replied"}, {"documentSha256", Digest("an answer's document")}})
                .status,
            201);
  EXPECT_TRUE(hub_->blobs().Exists(Digest("forgotten"))) << "a day has not passed";
  hub_options_.unnamed_attachments_for = std::chrono::seconds(0);
  Restart();
  for (int i = 0; i < 3000 && hub_->blobs().Exists(Digest("forgotten")); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(hub_->blobs().Exists(Digest("forgotten")));
  EXPECT_TRUE(hub_->blobs().Exists(Digest("named")));
  EXPECT_TRUE(hub_->blobs().Exists(Digest("an answer's document")));
}

// Whatever the ledger does not have yet would be in no index, and find nothing.
TEST(HubStartTest, AnIndexThatSaysItIsBeyondTheLedgerIsMadeAnew) {
  OversightHouse house;
  house.Submit("portal", Petition("P-1"));
  house.Close();
  const std::filesystem::path data(house.folder());
  {
    const auto keys = ledger::KeyRing::Open(data / "keys", false);
    ASSERT_TRUE(keys.ok());
    search::CandidateOptions options;
    options.folder = data / "index" / "candidates";
    const auto index = search::CandidateIndex::Open(options, keys->Derive("terms"));
    ASSERT_TRUE(index.ok()) << index.error().message;
    ASSERT_EQ((*index)->size(), 1u);
    ASSERT_TRUE((*index)->Commit(1'000'000).ok());
  }
  house.Open(true);
  house.Fold();
  EXPECT_LT(house.hub().candidates().durable_position(), 1'000'000u);
  auto again = Petition("P-1");
  again["externalId"] = "H-1";
  again["channel"] = "hotline";
  const auto told = house.Submit("hotline", again);
  EXPECT_EQ(house.hub().candidates().size(), 2u);
  EXPECT_NE(house.hub().cases().Member(told)->relation, petition::Relation::kNew) << "what stood before is found";
}

}  // namespace
}  // namespace gateway::http_test
