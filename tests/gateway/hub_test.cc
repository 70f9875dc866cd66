// What a running hub does by itself, once a second.
#include <gtest/gtest.h>

#include "http_hub.h"
#include "ledger/crypto.h"

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

}  // namespace
}  // namespace gateway::http_test
