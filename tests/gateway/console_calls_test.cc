// Calls that the console's own pages need: names, a source's key and last records, flows between channels, and the
// petitioner's check of a receipt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/names.h"
#include "gateway/http/receipt_check.h"
#include "http_hub.h"
#include "ledger/note.h"

namespace gateway::http_test {
namespace {

using petition::Json;
using testing::HasSubstr;
using testing::Not;

class ConsoleCallsTest : public HttpHubTest {
 protected:
  std::string Urlencoded(const std::string& text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      escaped += std::isalnum(byte) ? std::string(1, c) : std::string{'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    return escaped;
  }
  Reply CheckPage(const std::string& receipt) {
    return Call("", "POST", "/progress/receipt", "receipt=" + Urlencoded(receipt), "application/x-www-form-urlencoded");
  }
};

TEST_F(ConsoleCallsTest, NamesAreToldToThoseWhoSignInAndOfOthersSourcesToNoDepartment) {
  options_.names = config::ParseNames(
                       R"({"sources": {"portal": "网上信访", "hotline": {"zh": "热线", "en": "Hotline"}},
                           "divisions": {"439902": "江北区"}})")
                       .value();
  Restart();
  const auto names = Get("oversight", "/api/v1/names").Json();
  EXPECT_EQ(names["sources"]["portal"]["zh"], "网上信访");
  EXPECT_EQ(names["sources"]["hotline"]["en"], "Hotline");
  EXPECT_EQ(names["divisions"]["439902"]["zh"], "江北区");
  const auto own = Get(AddUser("dept-portal", Role::kDepartment, false, false, {}, "portal"), "/api/v1/names").Json();
  EXPECT_TRUE(own["sources"].contains("portal"));
  EXPECT_FALSE(own["sources"].contains("hotline"));
  EXPECT_EQ(Get("portal", "/api/v1/names").status, 403);
  EXPECT_EQ(Get("", "/api/v1/names").status, 401);
}

TEST_F(ConsoleCallsTest, ADepartmentRenewsItsOwnKeyAndTheOldOneGoesOnForAWhile) {
  const auto department = AddUser("dept-portal", Role::kDepartment, false, false, {}, "portal");
  EXPECT_EQ(Post(department, "/api/v1/sources/hotline/key", Json::object()).status, 404);
  EXPECT_EQ(Post("oversight", "/api/v1/sources/portal/key", Json::object()).status, 403);
  EXPECT_EQ(Post(department, "/api/v1/sources/portal/key", {{"days", 100000}}).status, 422);
  const auto misspelt = Post(department, "/api/v1/sources/portal/key", {{"oldHour", 0}, {"days", 90}});
  EXPECT_EQ(misspelt.status, 422) << "it would leave the old key at work";
  EXPECT_NE(misspelt.body.find("oldHour"), std::string::npos);
  const auto renewed = Post(department, "/api/v1/sources/portal/key", {{"days", 90}, {"oldHours", 24}});
  ASSERT_EQ(renewed.status, 201) << renewed.body;
  EXPECT_EQ(renewed.Header("cache-control"), "no-store");
  EXPECT_EQ(Post("portal", "/api/v1/intakes", Lift("P-1")).status, 201) << "the old key";
  keys_["portal"] = renewed.Json()["key"];
  EXPECT_EQ(Post("portal", "/api/v1/intakes", Wages("P-2")).status, 201) << "the new key";
  const auto shown = Get(department, "/api/v1/sources").Json()["sources"][0];
  EXPECT_EQ(shown["oldKeyUntil"], renewed.Json()["oldKeyUntil"]);
  EXPECT_EQ(shown["keyExpiresAt"], renewed.Json()["keyExpiresAt"]);
}

TEST_F(ConsoleCallsTest, LastRecordsTellFieldsAndCodesAndNothingOfWhatPeopleWrote) {
  auto lift = Lift("P-1");
  lift["division"] = "439902";
  lift["internalCode"] = "A7";
  Register("portal", lift);
  Register("portal", Accusation("P-2"));
  Settle();
  const auto answer = Get("admin", "/api/v1/sources/portal/records");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto records = answer.Json()["records"];
  ASSERT_EQ(records.size(), 1u) << "the sealed one is left out";
  EXPECT_EQ(records[0]["externalId"], "P-1");
  EXPECT_EQ(records[0]["unmapped"], Json::array({"internalCode"}));
  EXPECT_THAT(answer.body, HasSubstr("439902"));
  for (const char* words : {"content", "title"}) {
    EXPECT_THAT(answer.body, Not(HasSubstr(lift[words].get<std::string>())));
  }
  EXPECT_THAT(answer.body, Not(HasSubstr(lift["petitioners"][0]["phone"].get<std::string>())));
  EXPECT_EQ(Get("operator", "/api/v1/sources/portal/records").status, 403);
}

TEST_F(ConsoleCallsTest, AFlowLeadsFromTheFirstChannelToThatOfTheDuplicateAndToItsList) {
  Register("portal", Lift("P-1"));
  auto again = Lift("H-1");
  again["content"] = "锦澜湾7栋电梯还是没修,再次反映。";
  const auto second = Register("hotline", again);
  Settle();
  const auto flows = Get("oversight", "/api/v1/oversight/flows").Json();
  ASSERT_EQ(flows["flows"].size(), 1u) << flows;
  const auto flow = flows["flows"][0];
  EXPECT_EQ(flow["from"], "portal");
  EXPECT_EQ(flow["to"], "hotline");
  EXPECT_EQ(flow["intakes"], 1);
  const auto list = Get("oversight", flow["list"]["path"].get<std::string>()).Json();
  ASSERT_EQ(list["total"], 1) << list;
  EXPECT_EQ(list["totalAtLeast"], false);
  EXPECT_EQ(list["intakes"][0]["intakeNo"], second["intakeNo"]);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/intakes?firstChannel=letter").Json()["total"], 0);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/flows?to=2001-01").Json()["flows"], Json::array());
  EXPECT_EQ(Get("reviewer", "/api/v1/oversight/flows").status, 403);
}

TEST_F(ConsoleCallsTest, AReceiptIsCheckedForAPetitionerInPlainWords) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto good = CheckPage(receipt.dump());
  EXPECT_EQ(good.status, 200);
  EXPECT_THAT(good.body, HasSubstr("回执是真的"));
  EXPECT_THAT(good.body, HasSubstr(NumberOf(receipt)));
  auto changed = receipt;
  changed["entry"] = receipt["entry"].get<std::string>() + " ";
  EXPECT_THAT(CheckPage(changed.dump()).body, HasSubstr("对不上"));
  auto borrowed = receipt;
  borrowed["intakeNo"] = Register("portal", Wages("P-2"))["intakeNo"];
  EXPECT_THAT(CheckPage(borrowed.dump()).body, HasSubstr("对不上")) << "another's number beside a good proof";
  EXPECT_EQ(CheckPage("<script>").status, 422);
  EXPECT_THAT(CheckPage("<script>").body, Not(HasSubstr("<script>")));
}

TEST_F(ConsoleCallsTest, APrintedProofIsCheckedWithTheLineEndsOfAForm) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto page = Get("portal", "/api/v1/intakes/" + NumberOf(receipt) + "/receipt").body;
  auto proof = page.substr(page.find("<pre>") + 5);
  proof.resize(proof.find("</pre>"));
  while (proof.ends_with('\n')) proof.pop_back();
  std::string sent;
  for (const char c : proof) sent += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const auto key = ledger::VerifierKey::Parse(hub_->ledger().vkey()).value();
  const auto checked = http::CheckReceipt(sent, key);
  EXPECT_EQ(checked.outcome, http::ReceiptChecked::Outcome::kHolds);
  EXPECT_EQ(checked.index, receipt["ledgerIndex"].get<std::uint64_t>());
  EXPECT_EQ(checked.intake_no, NumberOf(receipt));
}

TEST_F(ConsoleCallsTest, AReceiptIsTakenAsAFileToo) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto upload = [&](const std::string& content) {
    const std::string body =
        "--XYZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.json\"\r\nContent-Type: "
        "application/json\r\n\r\n" +
        content + "\r\n--XYZ--\r\n";
    return Call("", "POST", "/progress/receipt", body, "multipart/form-data; boundary=XYZ");
  };
  EXPECT_THAT(upload(receipt.dump()).body, HasSubstr("回执是真的"));
  const auto page = Get("portal", "/api/v1/intakes/" + NumberOf(receipt) + "/receipt").body;
  EXPECT_THAT(upload(page).body, HasSubstr("回执是真的")) << "the printed one, saved as a page";
  EXPECT_EQ(upload("nothing of the kind").status, 422);
  EXPECT_EQ(Call("", "POST", "/progress/receipt", "no parts", "multipart/form-data; boundary=XYZ").status, 400);
  EXPECT_EQ(Call("", "POST", "/progress/receipt", "no parts", "multipart/form-data").status, 400);
}

}  // namespace
}  // namespace gateway::http_test
