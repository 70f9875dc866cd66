// Whatever is handed in at the HTTP door and not taken is on the ledger: whose it was, why, and its bytes.
#include <gtest/gtest.h>

#include "http_hub.h"
#include "ledger/crypto.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class RefusedCallsTest : public HttpHubTest {
 protected:
  struct Refused {
    Json record;
    std::string raw;
  };
  std::vector<Refused> Refusals() {
    std::vector<Refused> found;
    for (std::uint64_t index = 0; index < hub_->ledger().size(); ++index) {
      const auto stored = hub_->ledger().Read(index, ledger::Ledger::Raw::kRead);
      if (stored.ok() && stored->kind == ledger::Kind::kRefused)
        found.push_back({Json::parse(stored->record), stored->raw});
    }
    return found;
  }
  Refused Last() {
    const auto all = Refusals();
    return all.empty() ? Refused{} : all.back();
  }
  static std::string Digest(std::string_view bytes) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes))); }
};

TEST_F(RefusedCallsTest, EveryWritingCallRecordsWhatItTurnsAway) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto intake = "/api/v1/intakes/" + NumberOf(receipt), the_case = "/api/v1/cases/" + CaseOf(receipt);
  struct Attempt {
    std::string who, method, path, body;
    int status;
  };
  const std::vector<Attempt> attempts = {
      {"portal", "POST", "/api/v1/intakes", "{\"content\":", 400},
      {"portal", "POST", "/api/v1/intakes/batch", "[{\"content\":", 400},
      {"portal", "POST", intake + "/events", "{\"event\":\"exploded\"}", 422},
      {"portal", "POST", intake + "/events", "{\"event\":\"replied\"}", 422},
      {"portal", "POST", intake + "/events", "not json", 400},
      {"hotline", "POST", intake + "/events", "{\"event\":\"accepted\"}", 404},
      {"handler", "POST", "/api/v1/intakes/events", "{\"externalId\":\"P-9\",\"event\":\"accepted\"}", 404},
      {"portal", "POST", "/api/v1/sources/portal/manifests", "{\"day\":\"yesterday\"}", 422},
      {"portal", "POST", "/api/v1/sources/hotline/manifests", "{\"day\":\"2025-03-04\"}", 404},
      {"reviewer", "POST", the_case + "/merge", "{\"with\":7}", 422},
      {"portal", "POST", the_case + "/merge", "{\"with\":\"C\",\"reason\":\"r\"}", 403},
      {"reviewer", "POST", the_case + "/split", "{\"intakes\":[]}", 422},
      {"reviewer", "POST", "/api/v1/reviews/7", "{\"verdict\":\"perhaps\"}", 422},
      {"", "POST", intake + "/events", "{\"event\":\"accepted\"}", 401},
  };
  std::size_t count = Refusals().size();
  for (const auto& attempt : attempts) {
    const auto reply = Call(attempt.who, attempt.method, attempt.path, attempt.body, "application/json");
    EXPECT_EQ(reply.status, attempt.status) << attempt.path << " " << reply.body;
    ASSERT_EQ(Refusals().size(), ++count) << attempt.path << " " << attempt.body;
    const auto refused = Last();
    EXPECT_EQ(refused.raw, attempt.body);
    EXPECT_EQ(refused.record["reason"], reply.Code());
    EXPECT_FALSE(refused.record.contains("truncated"));
    const bool is_source = attempt.who == "portal" || attempt.who == "hotline";
    EXPECT_EQ(is_source ? refused.record["source"] : refused.record.value("by", Json("")), attempt.who);
    EXPECT_TRUE(reply.Json().contains("ledgerIndex"));
  }
  Settle();
  EXPECT_EQ(hub_->cases().Events(receipt["ledgerIndex"].get<std::uint64_t>())->size(), 0u);
}

TEST_F(RefusedCallsTest, ReadingAndAskingRecordNothing) {
  EXPECT_EQ(Get("", "/api/v1/intakes/439900-20250304-000001-9").status, 401);
  EXPECT_EQ(Call("operator", "POST", "/api/v1/duplicates/preview", "{", "application/json").status, 400);
  EXPECT_EQ(Call("", "POST", "/api/v1/progress", "{", "application/json").status, 400);
  EXPECT_EQ(Get("", "/api/v1/nothing").status, 404);
  EXPECT_EQ(Call("", "GET", "/api/v1/intakes/batch/x/y", {}, {}).status, 404);
  EXPECT_TRUE(Refusals().empty());
}

TEST_F(RefusedCallsTest, RefusedAttachmentsKeepTheirBytesOrHashAndSize) {
  const auto put = [&](const std::string& name, const std::string& bytes) {
    return Call("portal", "PUT", "/api/v1/attachments/" + name, bytes, "application/pdf");
  };
  EXPECT_EQ(put(Digest("announced"), "delivered").Code(), "digest_mismatch");
  EXPECT_EQ(Last().raw, "delivered");
  EXPECT_EQ(Last().record["mediaType"], "application/pdf");
  EXPECT_EQ(put("no-digest", "delivered").Code(), "digest_invalid");
  EXPECT_EQ(Last().raw, "delivered") << "also when the call did not look at it";
  const std::string large(kRefusedRawMax + 7, 'x');
  EXPECT_EQ(put(Digest("announced"), large).Code(), "digest_mismatch");
  const auto last = Last();
  EXPECT_EQ(last.raw, "");
  EXPECT_EQ(last.record["size"], large.size());
  EXPECT_EQ(last.record["sha256"], Digest(large));
  EXPECT_FALSE(last.record.contains("truncated"));
  EXPECT_EQ(Refusals().size(), 3u);
}

TEST_F(RefusedCallsTest, LargeBodiesAreKeptAsHashAndSize) {
  const std::string large = "\"" + std::string(kRefusedRawMax, 'x') + "\"";
  EXPECT_EQ(Call("portal", "POST", "/api/v1/intakes", large, "application/json").status, 400);
  EXPECT_EQ(Last().record["sha256"], Digest(large));
  EXPECT_EQ(Call("portal", "POST", "/api/v1/intakes", large, "text/xml").status, 415);
  EXPECT_EQ(Last().record["sha256"], Digest(large)) << "of whoever has a key it is read to its end";
  EXPECT_FALSE(Last().record.contains("truncated"));
  EXPECT_EQ(Call("", "POST", "/api/v1/intakes", large, "application/json").status, 401);
  EXPECT_EQ(Last().record["size"], large.size());
  EXPECT_TRUE(Last().record["truncated"]) << "a stranger's is not read";
}

TEST_F(RefusedCallsTest, WhatIsHandedInAtAWrongPathIsRecorded) {
  const auto words = Lift("P-1").dump();
  EXPECT_EQ(Call("portal", "POST", "/api/v1/intake", words, "application/json").status, 404);
  EXPECT_EQ(Last().record["source"], "portal");
  EXPECT_EQ(Last().raw, words);
  const auto wrong = Call("portal", "PUT", "/api/v1/intakes", words, "application/json");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_NE(wrong.Header("allow"), "");
  EXPECT_EQ(Last().record["reason"], "method_not_allowed");
  EXPECT_EQ(Call("", "POST", "/%zz", words, "application/json").status, 400);
  EXPECT_EQ(Last().record["reason"], "target_invalid");
  EXPECT_EQ(Last().record["source"], "");
  EXPECT_EQ(Last().raw, words);
  EXPECT_EQ(Refusals().size(), 3u);
}

TEST_F(RefusedCallsTest, RequestsThatCanNotBeReadAreRecordedWithoutSecrets) {
  Client client(address());
  client.SendRaw(
      "POST /api/v1/intakes HTTP/1.1\r\nHost: t\r\nauthorization: Basic SECRETSECRET\r\nX-Key: "
      "guiyi_SECRETSECRET\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(client.ReadReply().status, 400);
  const auto refused = Last();
  EXPECT_EQ(refused.record["reason"], "request_malformed");
  EXPECT_TRUE(refused.raw.starts_with("POST /api/v1/intakes HTTP/1.1\r\nHost: t\r\n")) << refused.raw;
  EXPECT_EQ(refused.raw.find("SECRET"), std::string::npos);
  EXPECT_TRUE(refused.record["truncated"]);

  Client broken(address());
  broken.SendRaw("POST /api/v1/intakes HTTP/1.1\r\nHo");
  broken.CloseSending();
  EXPECT_EQ(broken.ReadReply().status, 400);
  EXPECT_EQ(Last().raw, "POST /api/v1/intakes HTTP/1.1\r\nHo");

  Client rubbish(address());
  rubbish.SendRaw(std::string("\x16\x03\x01\x00\xff\xfe\n\n", 8));
  rubbish.CloseSending();
  EXPECT_EQ(rubbish.ReadReply().status, 400);
  EXPECT_EQ(Last().raw, std::string("\x16\x03\x01\x00\xff\xfe\n\n", 8));
  EXPECT_EQ(Refusals().size(), 3u);
}

TEST_F(RefusedCallsTest, StaffAreNeverSummedUpAndStrangersAre) {
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(Call("reviewer", "POST", "/api/v1/reviews/7", "{}", "application/json").status, 422);
    EXPECT_EQ(Call("", "POST", "/api/v1/reviews/7", "{}", "application/json").status, 401);
  }
  std::size_t staff = 0, strangers = 0;
  for (const auto& one : Refusals()) ++(one.record.contains("by") ? staff : strangers);
  EXPECT_EQ(staff, 70u);
  EXPECT_LT(strangers, 70u + 2);
  EXPECT_GE(hub_->intake().counters().refused_summed, 1u);
}

}  // namespace
}  // namespace gateway::http_test
