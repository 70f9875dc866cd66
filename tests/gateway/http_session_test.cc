// Signing in at the console: the cookie, the second token, what a session may do, and what the ledger keeps of it.
#include <gtest/gtest.h>

#include "gateway/passwords.h"
#include "http_hub.h"

namespace gateway::http_test {
namespace {

using petition::Json;

constexpr const char* kPassword = "ein langes Passwort";

class HttpSessionTest : public HttpHubTest {
 protected:
  void SetUp() override {
    HttpHubTest::SetUp();
    AddUser("clerk", Role::kOversight, true, true);
    const auto passwords = Passwords::Open(folder_, clock_);
    ASSERT_TRUE(passwords.ok());
    for (const auto* name : {"clerk", "operator", "reviewer", "admin"})
      ASSERT_TRUE((*passwords)->Set(name, kPassword).ok());
  }

  struct Signed {
    std::string cookie, csrf;
    Reply reply;
  };
  Signed SignIn(const std::string& name, const std::string& password = kPassword) {
    Signed in;
    in.reply = Post("", "/api/v1/session", {{"name", name}, {"password", password}});
    const auto cookie = in.reply.Header("set-cookie");
    in.cookie = cookie.substr(0, cookie.find(';'));
    const auto json = in.reply.Json();
    if (json.is_object()) in.csrf = json.value("csrf", "");
    return in;
  }
  Reply With(const Signed& in, const std::string& method, const std::string& target, const std::string& body = {},
             bool csrf = true) {
    Client client(address());
    std::string head = method + " " + target + " HTTP/1.1\r\nHost: x\r\nCookie: other=1; " + in.cookie + "\r\n";
    if (csrf) head += "X-CSRF-Token: " + in.csrf + "\r\n";
    if (!body.empty()) head += "Content-Type: application/json\r\n";
    if (method != "GET") head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    client.SendRaw(head + "\r\n" + body);
    return client.ReadReply();
  }
};

TEST_F(HttpSessionTest, ASessionActsAsItsUser) {
  const auto in = SignIn("clerk");
  ASSERT_EQ(in.reply.status, 201) << in.reply.body;
  const auto cookie = in.reply.Header("set-cookie");
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  EXPECT_EQ(in.reply.Json()["role"], "oversight");
  EXPECT_EQ(With(in, "GET", "/api/v1/session").Json()["name"], "clerk");
  EXPECT_EQ(With(in, "GET", "/api/v1/oversight/summary").status, 200);
  EXPECT_EQ(With(in, "GET", "/api/v1/users").status, 403) << "the role decides, as with a key";
  EXPECT_EQ(Get("", "/api/v1/session").Json()["signedIn"], false);
}

TEST_F(HttpSessionTest, WhatChangesSomethingNeedsTheSecondToken) {
  const auto in = SignIn("clerk");
  const std::string question = R"({"words":"电梯"})";
  const auto without = With(in, "POST", "/api/v1/cases/search", question, false);
  EXPECT_EQ(without.status, 403);
  EXPECT_EQ(without.Code(), "csrf_missing");
  EXPECT_EQ(With(in, "POST", "/api/v1/cases/search", question).status, 200);
  EXPECT_EQ(With(in, "DELETE", "/api/v1/session", {}, false).status, 403);
}

TEST_F(HttpSessionTest, SigningOutDisablingAndANewPasswordEndIt) {
  const auto in = SignIn("clerk");
  EXPECT_EQ(With(in, "DELETE", "/api/v1/session").status, 200);
  EXPECT_EQ(With(in, "GET", "/api/v1/oversight/summary").Code(), "session_ended");
  const auto second = SignIn("clerk");
  ASSERT_EQ(With(second, "GET", "/api/v1/oversight/summary").status, 200);
  ASSERT_TRUE(hub_->registry().DisableUser("clerk").ok());
  EXPECT_EQ(With(second, "GET", "/api/v1/oversight/summary").status, 401);
  EXPECT_EQ(SignIn("clerk").reply.status, 401);
  const auto operator_in = SignIn("operator");
  const auto changed = With(operator_in, "POST", "/api/v1/session/password",
                            Json{{"old", kPassword}, {"new", "ein anderes Passwort"}}.dump());
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(With(operator_in, "POST", "/api/v1/duplicates/preview", R"({"content":"x"})").status, 401);
  EXPECT_EQ(SignIn("operator").reply.status, 401);
  EXPECT_EQ(SignIn("operator", "ein anderes Passwort").reply.status, 201);
}

TEST_F(HttpSessionTest, PersonalDataIsShownWhereItIsAskedForAndThatIsRecorded) {
  const auto number = NumberOf(Register("portal", Lift("P-1")));
  const auto in = SignIn("clerk");
  const auto before = Count(ledger::Kind::kAccess);
  const auto masked = With(in, "GET", "/api/v1/intakes/" + number);
  ASSERT_EQ(masked.status, 200) << masked.body;
  EXPECT_EQ(masked.body.find("19955512345"), std::string::npos);
  EXPECT_EQ(Count(ledger::Kind::kAccess), before);
  const auto shown = With(in, "GET", "/api/v1/intakes/" + number + "?personal=show");
  EXPECT_NE(shown.body.find("19955512345"), std::string::npos);
  EXPECT_EQ(Count(ledger::Kind::kAccess), before + 1);
  EXPECT_EQ(With(in, "GET", "/api/v1/intakes/" + number + "/raw").status, 403);
  EXPECT_EQ(With(in, "GET", "/api/v1/intakes/" + number + "/raw?personal=show").status, 200);
  const auto reviewer = SignIn("reviewer");
  const auto without = With(reviewer, "GET", "/api/v1/intakes/" + number + "?personal=show");
  EXPECT_EQ(without.body.find("19955512345"), std::string::npos) << "asking gives nobody a right they lack";
}

TEST_F(HttpSessionTest, SigningInIsOnTheLedgerWithoutThePassword) {
  const auto before = Count(ledger::Kind::kAccess);
  const auto in = SignIn("clerk");
  ASSERT_EQ(in.reply.status, 201);
  EXPECT_EQ(Count(ledger::Kind::kAccess), before + 1);
  With(in, "DELETE", "/api/v1/session");
  EXPECT_EQ(Count(ledger::Kind::kAccess), before + 2);
  const auto refused = Count(ledger::Kind::kRefused);
  EXPECT_EQ(SignIn("clerk", "geheimes Wort eins").reply.status, 401);
  EXPECT_EQ(SignIn("geheimes Wort zwei", "x").reply.status, 401);
  EXPECT_EQ(Count(ledger::Kind::kRefused), refused + 2);
  for (std::uint64_t i = 0; i < hub_->ledger().size(); ++i) {
    const auto entry = hub_->ledger().Read(i, ledger::Ledger::Raw::kRead);
    ASSERT_TRUE(entry.ok());
    EXPECT_EQ((entry->record + entry->raw).find("geheimes Wort"), std::string::npos);
    EXPECT_EQ((entry->record + entry->raw).find(kPassword), std::string::npos);
  }
}

TEST_F(HttpSessionTest, GuessingIsMadeSlow) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(SignIn("clerk", "falsches Passwort").reply.status, 401) << i;
  const auto waits = SignIn("clerk");
  EXPECT_EQ(waits.reply.status, 429) << "also the right one";
  EXPECT_EQ(waits.reply.Code(), "sign_in_wait");
  EXPECT_GE(std::stoi(waits.reply.Header("retry-after")), 1);
  EXPECT_EQ(SignIn("operator").reply.status, 201) << "others are not kept out";
}

TEST_F(HttpSessionTest, RolesWithoutAConsoleDoNotSignIn) {
  const auto passwords = Passwords::Open(folder_, clock_);
  ASSERT_TRUE((*passwords)->Set("exchange", kPassword).ok());
  EXPECT_EQ(SignIn("exchange").reply.status, 401);
}

TEST_F(HttpSessionTest, AnAdminKeepsTheUsers) {
  const auto in = SignIn("admin");
  const auto added = With(in, "POST", "/api/v1/users", Json{{"name", "neu"}, {"role", "reviewer"}}.dump());
  ASSERT_EQ(added.status, 201) << added.body;
  const auto password = added.Json()["password"].get<std::string>();
  const auto newcomer = SignIn("neu", password);
  ASSERT_EQ(newcomer.reply.status, 201);
  EXPECT_EQ(With(in, "POST", "/api/v1/users", Json{{"name", "neu"}, {"role", "reviewer"}}.dump()).status, 409);
  const auto reset = With(in, "POST", "/api/v1/users/neu/password");
  ASSERT_EQ(reset.status, 201) << reset.body;
  EXPECT_EQ(With(newcomer, "GET", "/api/v1/reviews").status, 401) << "a new password ends what was open";
  EXPECT_EQ(SignIn("neu", reset.Json()["password"]).reply.status, 201);
  EXPECT_EQ(With(in, "POST", "/api/v1/users/neu/disable").Json()["state"], "disabled");
  EXPECT_EQ(SignIn("neu", reset.Json()["password"]).reply.status, 401);
  EXPECT_EQ(With(in, "POST", "/api/v1/users/admin/disable").status, 409);
  EXPECT_EQ(With(in, "POST", "/api/v1/users/nobody/disable").status, 404);
  const auto page = With(in, "GET", "/api/v1/users?role=reviewer&limit=1").Json();
  EXPECT_EQ(page["total"], 2);
  EXPECT_EQ(page["users"].size(), 1u);
  EXPECT_EQ(With(in, "GET", "/api/v1/users?role=reviewer&limit=1&cursor=" + page["cursor"].get<std::string>())
                .Json()["users"][0]["name"],
            "reviewer");
}

TEST_F(HttpSessionTest, TheConsoleIsServedCompressedTaggedAndUnderAStrictPolicy) {
  Client client(address());
  client.SendRaw("GET /console/cases/x HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, br\r\n\r\n");
  const auto page = client.ReadReply();
  ASSERT_EQ(page.status, 200);
  const auto policy = page.Header("content-security-policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(page.Header("cache-control"), "no-cache");
  client.SendRaw("GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + page.Header("etag") + "\r\n\r\n");
  EXPECT_EQ(client.ReadReply().status, 304);
  const auto plain = Get("", "/").body;
  const auto at = plain.find("/assets/");
  ASSERT_NE(at, std::string::npos);
  const auto asset = plain.substr(at, plain.find('"', at) - at);
  client.SendRaw("GET " + asset + " HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br\r\n\r\n");
  const auto script = client.ReadReply();
  EXPECT_EQ(script.status, 200);
  EXPECT_NE(script.Header("cache-control").find("immutable"), std::string::npos);
  EXPECT_EQ(Get("", "/assets/nothing.js").status, 404);
  EXPECT_EQ(Get("", "/assets/..%2f..%2fregistry.db").status, 404);
}

}  // namespace
}  // namespace gateway::http_test
