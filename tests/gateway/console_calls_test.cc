// Calls that the console's own pages need: names, a source's key and last records, lists in the order asked for,
// flows between channels, tables that administrators change, and the petitioner's check of a receipt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

TEST_F(ConsoleCallsTest, AnUnreadableLimitIsRefusedByName) {
  const std::pair<const char*, const char*> calls[] = {{"portal", "/api/v1/changes"},
                                                       {"reviewer", "/api/v1/reviews"},
                                                       {"oversight", "/api/v1/deliveries"},
                                                       {"oversight", "/api/v1/oversight/intakes"},
                                                       {"oversight", "/api/v1/oversight/clocks"},
                                                       {"oversight", "/api/v1/oversight/exceptions"},
                                                       {"oversight", "/api/v1/oversight/calls"},
                                                       {"admin", "/api/v1/quarantine"},
                                                       {"admin", "/api/v1/users"},
                                                       {"admin", "/api/v1/sources"},
                                                       {"admin", "/api/v1/sources/portal/records"}};
  for (const auto& [who, path] : calls) {
    for (const char* limit : {"zz", "0", "-1", "1e3", "99999999999999999999"}) {
      const auto reply = Get(who, std::string(path) + "?limit=" + limit);
      EXPECT_EQ(reply.status, 400) << path << " " << limit;
      EXPECT_EQ(reply.Json()["code"], "limit_invalid") << path;
      EXPECT_EQ(reply.Json()["errors"][0]["pointer"], "/limit") << path;
    }
    EXPECT_EQ(Get(who, std::string(path) + "?limit=1").status, 200) << path;
  }
}

TEST_F(ConsoleCallsTest, ListsAreSortedAndPagedByTheColumnAskedFor) {
  for (int i = 1; i <= 3; ++i) {
    Register(i == 2 ? "hotline" : "portal", Wages("P-" + std::to_string(i), i));
    Register("portal", Lift("L-" + std::to_string(i), i));
  }
  Settle();
  // Every column both ways: the pages together hold each row once, in the order of the column.
  const auto walked = [&](const std::string& who, const std::string& path, const char* rows, const char* shown) {
    std::vector<std::string> values;
    std::string cursor;
    for (int page = 0; page < 100; ++page) {
      const auto reply = Get(who, path + "&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
      EXPECT_EQ(reply.status, 200) << path << reply.body;
      const auto json = reply.Json();
      for (const auto& row : json[rows])
        values.push_back(row[shown].is_string() ? row[shown].get<std::string>() : std::string());
      if (json["cursor"].is_null()) return values;
      cursor = json["cursor"];
    }
    ADD_FAILURE() << path << " never ends";
    return values;
  };
  const auto look = [&](const std::string& who, const std::string& path, const char* rows, const char* column,
                        const char* shown, std::size_t all) {
    const auto rising = walked(who, path + "?sort=" + column, rows, shown);
    const auto falling = walked(who, path + "?sort=-" + column, rows, shown);
    EXPECT_EQ(rising.size(), all) << path << " " << column;
    EXPECT_TRUE(std::is_sorted(rising.begin(), rising.end())) << path << " " << column;
    EXPECT_TRUE(std::is_sorted(falling.rbegin(), falling.rend())) << path << " " << column;
    EXPECT_EQ(falling.size(), all) << path << " " << column;
  };
  using Columns = std::vector<std::pair<const char*, const char*>>;  // as asked for, as shown
  for (const auto& [column, shown] : Columns{{"source", "source"},
                                             {"received", "receivedAt"},
                                             {"state", "state"},
                                             {"case", "caseNo"},
                                             {"category", "category"}})
    look("oversight", "/api/v1/oversight/intakes", "intakes", column, shown, 6);
  const auto clocks = Get("oversight", "/api/v1/oversight/clocks").Json()["total"].get<std::size_t>();
  for (const auto& [column, shown] : Columns{{"clock", "clock"},
                                             {"started", "startedAt"},
                                             {"due", "dueAt"},
                                             {"intake", "intakeNo"},
                                             {"source", "source"},
                                             {"case", "caseNo"}})
    look("oversight", "/api/v1/oversight/clocks", "clocks", column, shown, clocks);
  look("admin", "/api/v1/sources", "sources", "name", "name", Get("admin", "/api/v1/sources").Json()["total"]);
  look("admin", "/api/v1/users", "users", "role", "role", Get("admin", "/api/v1/users").Json()["total"]);
  EXPECT_EQ(walked("admin", "/api/v1/sources/portal/records?a=b", "records", "intakeNo").size(), 5u);
  const auto unknown = Get("oversight", "/api/v1/oversight/intakes?sort=words");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.Json()["errors"][0]["pointer"], "/sort");
  for (const char* path :
       {"/api/v1/deliveries?sort=-updated", "/api/v1/deliveries?state=parked&sort=intake",
        "/api/v1/deliveries?sort=state", "/api/v1/quarantine?sort=-size", "/api/v1/oversight/exceptions?sort=-count",
        "/api/v1/oversight/exceptions?sort=kind&cursor=0"})
    EXPECT_EQ(Get("oversight", path).status, 200) << path;
  for (const char* sort : {"asked", "-asked", "-score"})
    EXPECT_EQ(Get("reviewer", std::string("/api/v1/reviews?state=all&sort=") + sort).status, 200) << sort;
  EXPECT_EQ(Get("reviewer", "/api/v1/reviews?state=asked").status, 422);
}

TEST_F(ConsoleCallsTest, FiguresFlowsAndDivisionsComeAsTables) {
  auto lift = Lift("P-1");
  lift["division"] = "439902";
  Register("portal", lift);
  auto again = Lift("H-1");
  again["content"] = "锦澜湾7栋电梯还是没修,再次反映。";
  Register("hotline", again);
  Settle();
  EXPECT_THAT(Get("oversight", "/api/v1/oversight/flows?format=csv").body, HasSubstr("网上信访,12345 热线,1"));
  EXPECT_THAT(Get("oversight", "/api/v1/oversight/summary?format=csv&sheet=divisions").body, HasSubstr("439902"));
  EXPECT_THAT(Get("oversight", "/api/v1/oversight/summary?format=csv&sheet=flows").body,
              HasSubstr("网上信访,12345 热线,1"));
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/summary?format=xlsx").body.substr(0, 2), "PK");
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/summary?format=csv").status, 422) << "one table a file";
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/summary?format=xlsx&sheet=words").status, 422);
}

TEST_F(ConsoleCallsTest, AnAdministratorsTablesAreCheckedKeptAndCountFromTheNextStart) {
  const std::string path = "/api/v1/system/tables/holidays-2031";
  const Json year = {{"year", 2031},
                     {"source", "通知"},
                     {"checked", true},
                     {"holidays", {{{"name", "元旦"}, {"from", "2031-01-01"}, {"to", "2031-01-03"}}}},
                     {"workdays", {"2031-01-04"}}};
  EXPECT_EQ(Get("admin", path).Json()["version"], 0);
  EXPECT_EQ(Post("oversight", path, {{"table", year}}).status, 403);
  EXPECT_EQ(Post("admin", "/api/v1/system/tables/words", {{"table", year}}).status, 404);
  EXPECT_EQ(Post("admin", "/api/v1/system/tables/codes-nowhere", {{"table", Json::object()}}).status, 404);
  auto wrong = year;
  wrong["holidays"][0]["to"] = "2030-12-31";
  const auto refused = Post("admin", path, {{"table", wrong}});
  EXPECT_EQ(refused.status, 422) << refused.body;
  EXPECT_EQ(refused.Json()["errors"][0]["code"], "calendar_invalid");
  wrong = year;
  wrong["year"] = 2032;
  EXPECT_EQ(Post("admin", path, {{"table", wrong}}).status, 422);
  EXPECT_EQ(Post("admin", path, {{"tables", year}}).status, 422);

  const auto kept = Post("admin", path, {{"table", year}, {"note", "按通知"}});
  ASSERT_EQ(kept.status, 201) << kept.body;
  EXPECT_EQ(kept.Json()["version"], 1);
  EXPECT_EQ(Post("admin", path, {{"table", year}}).Json()["version"], 1) << "the same is no other version";
  auto shown = Get("oversight", path).Json();
  EXPECT_EQ(shown["inEffect"], 0) << "one run goes by one table";
  EXPECT_EQ(shown["versions"][0]["table"]["holidays"][0]["name"], "元旦");
  EXPECT_EQ(shown["versions"][0]["by"], "admin");
  const auto knows = [&] { return hub_->oversight().tables().clocks().calendar().Has(2031); };
  EXPECT_FALSE(knows());
  Restart();
  EXPECT_TRUE(knows());
  EXPECT_EQ(Get("admin", path).Json()["inEffect"], 1);
  EXPECT_EQ(Post("admin", path, {{"rollback", 9}}).status, 404);
  EXPECT_EQ(Post("admin", path, {{"rollback", 0}}).Json()["version"], 2);
  Restart();
  EXPECT_FALSE(knows()) << "as the configuration has it";
  EXPECT_EQ(Post("admin", path, {{"rollback", 1}}).Json()["version"], 3);
}

}  // namespace
}  // namespace gateway::http_test
