// Handing in, reading back, reporting and asking, over loopback against a whole hub.
#include <gtest/gtest.h>

#include "http_hub.h"
#include "ledger/crypto.h"
#include "ledger/proof.h"
#include "petition/identifiers.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class HttpCallsTest : public HttpHubTest {};

std::string Digest(std::string_view bytes) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes))); }

TEST_F(HttpCallsTest, RegisteringAnswersAReceiptThatProvesItself) {
  const auto reply = Post("portal", "/api/v1/intakes", Lift("P-1"));
  ASSERT_EQ(reply.status, 201) << reply.body;
  const auto receipt = reply.Json();
  EXPECT_TRUE(petition::ParseIntakeNo(receipt["intakeNo"].get<std::string>()));
  EXPECT_EQ(reply.Header("location"), "/api/v1/intakes/" + NumberOf(receipt));
  EXPECT_TRUE(receipt["proof"].get<std::string>().starts_with("c2sp.org/tlog-proof@v1\n"));
  EXPECT_FALSE(receipt["existing"].get<bool>());
  EXPECT_TRUE(receipt.contains("decision"));
  // Its holder can check that the entry commits to what was sent: leaf and commitment.
  const auto entry = receipt["entry"].get<std::string>();
  EXPECT_EQ(receipt["leafHash"], ledger::Base64(ledger::AsBytes(ledger::Sha256({std::string_view("\0", 1), entry}))));
}

TEST_F(HttpCallsTest, ResendGetsTheFirstReceiptAndRevisionANewOne) {
  const auto first = Post("portal", "/api/v1/intakes", Lift("P-1")).Json();
  const auto again = Post("portal", "/api/v1/intakes", Lift("P-1"));
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(again.Json()["existing"].get<bool>());
  EXPECT_EQ(again.Json()["intakeNo"], first["intakeNo"]);
  EXPECT_EQ(again.Json()["queryCode"], first["queryCode"]);
  auto changed = Lift("P-1");
  changed["content"] = "补充:电梯昨天困住了一位老人。";
  const auto revision = Post("portal", "/api/v1/intakes", changed);
  EXPECT_EQ(revision.status, 201);
  EXPECT_TRUE(revision.Json()["revision"].get<bool>());
  const auto shown = Get("portal", "/api/v1/intakes?externalId=P-1").Json();
  EXPECT_EQ(shown["intakeNo"], first["intakeNo"]);
  ASSERT_EQ(shown["revisions"].size(), 1u);
  EXPECT_EQ(shown["revisions"][0]["intakeNo"], revision.Json()["intakeNo"]);
}

TEST_F(HttpCallsTest, WaitingForTheDecisionAnswersIt) {
  const auto first = Register("portal", Lift("P-1"));
  EXPECT_EQ(first["decision"]["relation"], "new");
  const auto second = Register("portal", Lift("P-2"));
  EXPECT_NE(second["decision"]["relation"], "new") << second["decision"];
}

TEST_F(HttpCallsTest, WrongFieldsAreNamedAllAtOnceAndTheRefusalIsOnTheLedger) {
  auto wrong = Lift("P-1");
  wrong["channel"] = "pigeon";
  wrong["receivedAt"] = "yesterday";
  const auto reply = Post("portal", "/api/v1/intakes", wrong);
  EXPECT_EQ(reply.status, 422) << reply.body;
  std::set<std::string> pointers;
  const auto problem = reply.Json();
  for (const auto& error : problem["errors"]) pointers.insert(error["pointer"]);
  EXPECT_TRUE(pointers.count("/channel") && pointers.count("/receivedAt")) << reply.body;
  EXPECT_EQ(reply.body.find("pigeon"), std::string::npos) << "answers do not repeat what was wrong";
  ASSERT_TRUE(reply.Json().contains("ledgerIndex"));
  const auto entry = hub_->ledger().Read(reply.Json()["ledgerIndex"].get<std::uint64_t>(), ledger::Ledger::Raw::kRead);
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry->kind, ledger::Kind::kRefused);
  EXPECT_EQ(entry->raw, wrong.dump());
  EXPECT_NE(entry->record.find("\"portal\""), std::string::npos);
}

TEST_F(HttpCallsTest, MalformedAndUnauthorisedAttemptsAreOnTheLedgerToo) {
  EXPECT_EQ(Call("portal", "POST", "/api/v1/intakes", "{\"content\":", "application/json").status, 400);
  EXPECT_EQ(Call("portal", "POST", "/api/v1/intakes", std::string("\xff\xfe{}", 4), "application/json").status, 400);
  EXPECT_EQ(Call("", "POST", "/api/v1/intakes", Lift("X").dump(), "application/json").status, 401);
  EXPECT_EQ(Call("reviewer", "POST", "/api/v1/intakes", Lift("X").dump(), "application/json").status, 403);
  EXPECT_EQ(Call("portal", "POST", "/api/v1/intakes", "<x/>", "text/xml").status, 415);
  EXPECT_EQ(Post("portal", "/api/v1/intakes", {{"externalId", "P-9"}}).Code(), "content_missing");
  EXPECT_EQ(Count(ledger::Kind::kRefused), 6u);
  EXPECT_EQ(Count(ledger::Kind::kIntake), 0u);
}

TEST_F(HttpCallsTest, FailedAttemptBurnsNothing) {
  auto wrong = Lift("P-1");
  wrong["attachments"] = {{{"name", "a.pdf"}, {"sha256", Digest("never put")}}};
  EXPECT_EQ(Post("portal", "/api/v1/intakes", wrong).Code(), "attachment_missing");
  EXPECT_EQ(Post("portal", "/api/v1/intakes", Lift("P-1")).status, 201);
}

TEST_F(HttpCallsTest, BatchAnswersEachRowInOrder) {
  const auto good = Lift("B-1").dump(), same = Lift("B-1").dump(), other = Wages("B-2").dump();
  const auto reply =
      Call("portal", "POST", "/api/v1/intakes/batch",
           "[" + good + ",{broken}," + R"({"externalId":"B-3"},)" + same + "," + other + "]", "application/json");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto rows = reply.Json();
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0]["status"], 201);
  EXPECT_EQ(rows[1]["status"], 400);
  EXPECT_EQ(rows[2]["status"], 422);
  EXPECT_EQ(rows[2]["problem"]["code"], "content_missing");
  EXPECT_EQ(rows[3]["status"], 200) << "a repeat inside one batch is found";
  EXPECT_EQ(rows[3]["receipt"]["intakeNo"], rows[0]["receipt"]["intakeNo"]);
  EXPECT_EQ(rows[4]["status"], 201);
  EXPECT_EQ(Count(ledger::Kind::kRefused), 2u);
}

TEST_F(HttpCallsTest, LinesAreAnsweredWithLines) {
  const auto reply = Call("portal", "POST", "/api/v1/intakes/batch",
                          Lift("B-1").dump() + "\n\n{oops\n" + Wages("B-2").dump(), "application/jsonl");
  ASSERT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("content-type"), "application/jsonl");
  std::vector<int> statuses;
  std::istringstream lines(reply.body);
  for (std::string line; std::getline(lines, line);) statuses.push_back(Json::parse(line)["status"]);
  EXPECT_EQ(statuses, (std::vector<int>{201, 400, 201}));
  EXPECT_EQ(Call("portal", "POST", "/api/v1/intakes/batch", "[]", "application/json").body, "[]");
  EXPECT_EQ(Call("portal", "POST", "/api/v1/intakes/batch", "[{}", "application/json").status, 400);
}

TEST_F(HttpCallsTest, AttachmentsStreamInAndAreCheckedByTheirDigest) {
  const std::string bytes(3u << 20, 'a');
  const auto digest = Digest(bytes);
  const auto put = Call("portal", "PUT", "/api/v1/attachments/" + digest, bytes, "application/pdf");
  EXPECT_EQ(put.status, 201) << put.body;
  EXPECT_EQ(put.Json()["size"], bytes.size());
  EXPECT_EQ(Call("portal", "PUT", "/api/v1/attachments/" + digest, bytes, "application/pdf").status, 200);
  EXPECT_EQ(Call("portal", "PUT", "/api/v1/attachments/" + Digest("other"), bytes, "application/pdf").status, 422);
  EXPECT_EQ(Call("portal", "PUT", "/api/v1/attachments/xyz", bytes, "application/pdf").status, 400);
  EXPECT_EQ(Call("", "PUT", "/api/v1/attachments/" + digest, bytes, "application/pdf").status, 401);
  auto with = Lift("P-1");
  with["attachments"] = {{{"name", "证据.pdf"}, {"mediaType", "application/pdf"}, {"sha256", digest}}};
  EXPECT_EQ(Post("portal", "/api/v1/intakes", with).status, 201);
}

TEST_F(HttpCallsTest, AttachmentOfAnotherSourceIsAnsweredLikeOneThatIsNotThere) {
  const std::string bytes(100'000, 'e');
  const auto put = [&](const std::string& source) {
    return Call(source, "PUT", "/api/v1/attachments/" + Digest(bytes), bytes, "application/pdf");
  };
  const auto name = [&](const std::string& digest) {
    auto with = Wages("H-1");
    with["attachments"] = {{{"name", "a.pdf"}, {"sha256", digest}}};
    auto reply = Post("hotline", "/api/v1/intakes", with);
    auto json = reply.Json();
    json.erase("ledgerIndex");
    return std::pair(reply.status, json.dump());
  };
  ASSERT_EQ(put("portal").status, 201);
  EXPECT_EQ(name(Digest(bytes)), name(Digest("never put")));
  EXPECT_EQ(name(Digest(bytes)).first, 422);
  const auto second = put("hotline");
  EXPECT_EQ(second.status, 201);
  EXPECT_FALSE(second.Json()["existing"].get<bool>());
  EXPECT_EQ(name(Digest(bytes)).first, 201);
}

TEST_F(HttpCallsTest, NothingIsTakenWhileTheDiskHasTooLittleRoom) {
  hub_options_.intake.disk_free_min = std::uint64_t{1} << 60;
  Restart();
  const std::string bytes(1000, 'a');
  const auto put = Call("portal", "PUT", "/api/v1/attachments/" + Digest(bytes), bytes, "application/pdf");
  EXPECT_EQ(put.status, 503);
  EXPECT_EQ(put.Json()["code"], "disk_low");
  EXPECT_FALSE(put.Header("retry-after").empty());
  EXPECT_FALSE(hub_->blobs().Exists(Digest(bytes)));
  EXPECT_EQ(Post("portal", "/api/v1/intakes", Lift("P-1")).Json()["code"], "disk_low");
  const auto ready = Get("", "/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.Json()["disk"], false);
  EXPECT_EQ(ready.Json()["ledger"], true);
}

TEST_F(HttpCallsTest, IntakeIsReadByItsSourceAsAPersonTypesTheNumber) {
  const auto receipt = Register("portal", Lift("P-1"));
  auto typed = NumberOf(receipt);
  std::erase(typed, '-');
  for (auto& c : typed) c = static_cast<char>(std::tolower(c));
  const auto reply = Get("portal", "/api/v1/intakes/" + typed);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto json = reply.Json();
  EXPECT_EQ(json["intakeNo"], receipt["intakeNo"]);
  EXPECT_EQ(json["decision"]["relation"], "new");
  EXPECT_EQ(json["submission"]["title"], "电梯停运");
  EXPECT_EQ(json["submission"]["channel"], "portal") << "the source's own channel where the submission says none";
  EXPECT_TRUE(json["deliveries"].is_array());
}

TEST_F(HttpCallsTest, WhatIsNotYoursIsAnsweredLikeWhatIsNotThere) {
  const auto number = NumberOf(Register("portal", Lift("P-1")));
  const auto missing =
      Get("hotline", "/api/v1/intakes/" + petition::MakeIntakeNo("439900", number.substr(7, 8), 999999));
  for (const auto* what : {"", "/raw", "/proof", "/receipt"}) {
    const auto hidden = Get("hotline", "/api/v1/intakes/" + number + what);
    EXPECT_EQ(hidden.status, 404);
    EXPECT_EQ(hidden.body, missing.body);
  }
  EXPECT_EQ(Get("hotline", "/api/v1/intakes?source=portal&externalId=P-1").body, missing.body);
  // Each refused event has a place of its own on the ledger; else the answers are the same.
  auto refused = Post("hotline", "/api/v1/intakes/" + number + "/events", {{"event", "accepted"}}).Json();
  EXPECT_EQ(refused.erase("ledgerIndex"), 1u);
  EXPECT_EQ(refused, missing.Json());
}

TEST_F(HttpCallsTest, RawBytesComeBackAsTheyWentIn) {
  const std::string body = "  {\"externalId\":\"R-1\", \"content\" : \"\\u7535梯坏了\" }\n";
  const auto receipt = Call("portal", "POST", "/api/v1/intakes", body, "application/json; charset=utf-8").Json();
  const auto raw = Get("portal", "/api/v1/intakes/" + NumberOf(receipt) + "/raw");
  EXPECT_EQ(raw.status, 200);
  EXPECT_EQ(raw.body, body);
  EXPECT_EQ(raw.Header("content-type"), "application/octet-stream");
  EXPECT_EQ(Get("oversight", "/api/v1/intakes/" + NumberOf(receipt) + "/raw").status, 403) << "bytes can't be masked";
  const auto before = Count(ledger::Kind::kAccess);
  EXPECT_EQ(Get("auditor", "/api/v1/intakes/" + NumberOf(receipt) + "/raw").status, 200);
  EXPECT_EQ(Count(ledger::Kind::kAccess), before + 1);
}

TEST_F(HttpCallsTest, ProofIsText) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto proof = Get("portal", "/api/v1/intakes/" + NumberOf(receipt) + "/proof");
  EXPECT_EQ(proof.Header("content-type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(proof.body.starts_with("c2sp.org/tlog-proof@v1\nindex ")) << proof.body;
}

TEST_F(HttpCallsTest, ReceiptIsAPageThatProvesItself) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto path = "/api/v1/intakes/" + NumberOf(receipt) + "/receipt";
  const auto page = Get("portal", path);
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.Header("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(page.Header("content-security-policy").find("default-src 'none'"), std::string::npos);
  EXPECT_NE(page.body.find(NumberOf(receipt)), std::string::npos);
  EXPECT_NE(page.body.find("<svg"), std::string::npos);
  EXPECT_NE(page.body.find(receipt["queryCode"].get<std::string>()), std::string::npos);
  EXPECT_EQ(page.body.find("电梯"), std::string::npos) << "nothing of what was handed in";
  // Staff may print it, without the petitioner's code.
  const auto staff = Get("operator", path);
  EXPECT_EQ(staff.status, 200);
  EXPECT_EQ(staff.body.find(receipt["queryCode"].get<std::string>()), std::string::npos);
  // What is printed is a proof that checks, the entry with it.
  const auto begin = page.body.find("<pre>") + 5;
  const auto text = page.body.substr(begin, page.body.find("</pre>") - begin);
  const auto proof = ledger::ParseProof(text);
  ASSERT_TRUE(proof.ok());
  const auto extra = text.find("extra ") + 6;
  const auto entry = Json::parse(*ledger::FromBase64(text.substr(extra, text.find('\n', extra) - extra)))["entry"];
  EXPECT_EQ(entry, receipt["entry"]);
  const auto key = ledger::VerifierKey::Parse(hub_->ledger().vkey()).value();
  EXPECT_TRUE(ledger::VerifyProof(*proof, entry.get<std::string>(), key).ok());
}

TEST_F(HttpCallsTest, LedgerKeyIsTold) {
  EXPECT_EQ(Get("", "/ledger/vkey").body, hub_->ledger().vkey() + "\n");
  EXPECT_EQ(Get("", "/readyz").Json()["witnesses"], Json::array());
  EXPECT_EQ(Get("admin", "/api/v1/callbacks").Json()["callbacks"], Json::array());
}

TEST_F(HttpCallsTest, SystemTellsHowFarItsWorkHasComeAndNoSecret) {
  EXPECT_EQ(Get("operator", "/api/v1/system").status, 403);
  const auto before = hub_->ledger().size();
  const auto system = Get("admin", "/api/v1/system").Json();
  ASSERT_EQ(system["jobs"].size(), 1u);
  EXPECT_EQ(system["jobs"][0]["name"], "follower");
  EXPECT_GE(system["jobs"][0]["total"], before);  // what the hub itself notes may come at any moment
  EXPECT_LE(system["jobs"][0]["total"], hub_->ledger().size());
  EXPECT_LE(system["jobs"][0]["done"], system["jobs"][0]["total"]);
  EXPECT_FALSE(system["jobs"][0].contains("decided"));  // an admin without the right to sealed intakes counts nothing
  EXPECT_EQ(system["settings"], Json::object());        // this one was started with none
}

TEST_F(HttpCallsTest, AuditorChecksACommitmentOverTheInterfaceAlone) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto path = "/api/v1/intakes/" + NumberOf(receipt);
  EXPECT_FALSE(Get("oversight", path).Json().contains("commitment"));
  const auto checks = [](const Json& commitment, const std::string& raw_hash, const std::string& record_hash) {
    const auto commit =
        ledger::Sha256({*ledger::FromBase64(commitment["salt"].get<std::string>()), raw_hash, record_hash});
    const auto entry = commitment["entry"].get<std::string>();
    return entry.find(ledger::Hex(ledger::AsBytes(commit))) != std::string::npos ||
           entry.find(ledger::Base64(ledger::AsBytes(commit))) != std::string::npos;
  };
  const auto hash = [](const std::string& bytes) { return std::string(ledger::AsBytes(ledger::Sha256(bytes))); };
  const auto full = Get("auditor", path).Json()["commitment"];
  EXPECT_EQ(full["entry"], receipt["entry"]);
  const auto raw = Get("auditor", path + "/raw").body;
  EXPECT_TRUE(checks(full, hash(raw), hash(full["record"].get<std::string>())));
  EXPECT_EQ(full["rawSha256"], Digest(raw));
  // Without the right to personal data the hashes do.
  const auto plain = Get(AddUser("plain-auditor", Role::kAuditor), path).Json()["commitment"];
  EXPECT_FALSE(plain.contains("record"));
  EXPECT_EQ(plain["recordSha256"], full["recordSha256"]);
}

TEST_F(HttpCallsTest, ResendWithAnotherNumberShowsIt) {
  const auto receipt = Register("portal", Lift("P-1"));
  auto again = Lift("P-1");
  again["upstreamNo"] = "U-7";
  EXPECT_EQ(Post("portal", "/api/v1/intakes", again).status, 200);
  const auto shown = Get("oversight", "/api/v1/intakes/" + NumberOf(receipt)).Json();
  ASSERT_EQ(shown["resends"].size(), 1u) << shown;
  EXPECT_EQ(shown["resends"][0]["fields"], Json({{"upstreamNo", "U-7"}}));
}

TEST_F(HttpCallsTest, EventsAreReportedAndShowInChanges) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto path = "/api/v1/intakes/" + NumberOf(receipt) + "/events";
  EXPECT_EQ(Post("portal", path, {{"event", "danced"}}).status, 422);
  EXPECT_EQ(Post("portal", path, {{"event", "closed"}}).status, 422) << "closing needs a text or a document";
  const auto accepted = Post("handler", path, {{"event", "accepted"}, {"by", "住建局"}});
  EXPECT_EQ(accepted.status, 201) << accepted.body;
  EXPECT_EQ(
      Post("portal", "/api/v1/intakes/events", {{"externalId", "P-1"}, {"event", "closed"}, {"text", "电梯已修好"}})
          .status,
      201);
  EXPECT_EQ(
      Post("hotline", "/api/v1/intakes/events", {{"source", "portal"}, {"externalId", "P-1"}, {"event", "accepted"}})
          .status,
      404);
  Settle();
  const auto shown = Get("portal", "/api/v1/intakes/" + NumberOf(receipt)).Json();
  EXPECT_EQ(shown["state"], "closed");
  ASSERT_EQ(shown["events"].size(), 2u);
  EXPECT_EQ(shown["events"][1]["text"], "电梯已修好");
  const auto page = Get("portal", "/api/v1/changes?limit=1").Json();
  EXPECT_EQ(page["changes"].size(), 1u);
  EXPECT_TRUE(page["more"].get<bool>());
  const auto rest = Get("portal", "/api/v1/changes?cursor=" + page["cursor"].get<std::string>()).Json();
  std::size_t events = 0;
  for (const auto& change : rest["changes"]) events += change["kind"] == "event";
  EXPECT_EQ(events, 2u) << rest;
  EXPECT_EQ(Get("hotline", "/api/v1/changes").Json()["changes"].size(), 0u);
  EXPECT_EQ(Get("portal", "/api/v1/changes?cursor=abc").status, 400);
}

TEST_F(HttpCallsTest, PetitionerSeesProgressWithTheRightCodeOnly) {
  const auto receipt = Register("portal", Accusation("P-1"));
  Post("portal", "/api/v1/intakes/" + NumberOf(receipt) + "/events",
       {{"event", "replied"}, {"text", "已收到并转有关部门"}});
  Settle();
  const auto progress =
      Post("", "/api/v1/progress", {{"intakeNo", receipt["intakeNo"]}, {"queryCode", receipt["queryCode"]}});
  ASSERT_EQ(progress.status, 200) << progress.body;
  EXPECT_EQ(progress.Json()["state"], "replied");
  EXPECT_EQ(progress.Json()["stateText"], "已答复");
  EXPECT_EQ(progress.Json()["events"][0]["text"], "已收到并转有关部门");
  EXPECT_EQ(progress.body.find("孟某"), std::string::npos);

  const auto unknown =
      Post("", "/api/v1/progress",
           {{"intakeNo", petition::MakeIntakeNo("439900", "20250304", 77)}, {"queryCode", receipt["queryCode"]}});
  const auto wrong =
      Post("", "/api/v1/progress", {{"intakeNo", receipt["intakeNo"]}, {"queryCode", "2222-2222-2222-2"}});
  const auto unreadable = Post("", "/api/v1/progress", {{"intakeNo", "no number"}, {"queryCode", "!"}});
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, wrong.body);
  EXPECT_EQ(unknown.body, unreadable.body);
}

TEST_F(HttpCallsTest, ProgressWorksAsAPlainForm) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto form = "intakeNo=" + NumberOf(receipt) + "&queryCode=" + receipt["queryCode"].get<std::string>();
  const auto page = Call("", "POST", "/progress", form, "application/x-www-form-urlencoded");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("已登记"), std::string::npos);
  EXPECT_NE(page.body.find(NumberOf(receipt)), std::string::npos);
  EXPECT_NE(page.Header("content-security-policy"), "");
  const auto wrong =
      Call("", "POST", "/progress", "intakeNo=%3Cscript%3E&queryCode=x", "application/x-www-form-urlencoded");
  EXPECT_EQ(wrong.status, 404);
  EXPECT_EQ(wrong.body.find("<script"), std::string::npos);
}

TEST_F(HttpCallsTest, RegisteredTellsOneBit) {
  const auto open = Register("portal", Lift("P-1"));
  const auto sealed = Register("portal", Accusation("P-2"));
  const auto ask = [&](Json question) {
    return Post("", "/api/v1/registered", question).Json().value("registered", "");
  };
  EXPECT_EQ(ask({{"source", "portal"}, {"externalId", "P-1"}, {"name", "欧阳澹台"}}), "yes");
  EXPECT_EQ(ask({{"source", "portal"}, {"externalId", "P-1"}, {"name", "某人"}}), "unknown");
  EXPECT_EQ(ask({{"source", "portal"}, {"externalId", "P-1"}, {"queryCode", open["queryCode"]}}), "yes");
  EXPECT_EQ(ask({{"source", "portal"}, {"externalId", "P-9"}, {"name", "欧阳澹台"}}), "unknown");
  EXPECT_EQ(ask({{"source", "portal"}, {"externalId", "P-2"}, {"name", "上官寒梅"}}), "unknown")
      << "an accused could ask by name";
  EXPECT_EQ(ask({{"source", "portal"}, {"externalId", "P-2"}, {"queryCode", sealed["queryCode"]}}), "yes");
  EXPECT_EQ(Post("", "/api/v1/registered", {{"source", "portal"}, {"externalId", "P-1"}}).status, 422);
}

TEST_F(HttpCallsTest, PreviewFindsEarlierCasesAndStoresNothing) {
  const auto receipt = Register("portal", Lift("P-1"));
  Register("portal", Wages("P-2"));
  const auto before = Count(ledger::Kind::kIntake);
  const auto reply = Post("operator", "/api/v1/duplicates/preview", Lift(""));
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto hits = reply.Json()["hits"];
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(hits[0]["intakeNo"], receipt["intakeNo"]);
  EXPECT_FALSE(hits[0]["reasons"].empty());
  EXPECT_EQ(hits[0]["submission"]["title"], "电梯停运");
  EXPECT_EQ(Count(ledger::Kind::kIntake), before);
  EXPECT_EQ(Count(ledger::Kind::kAccess), 1u) << "a look across sources is on record";
  EXPECT_TRUE(Post("hotline", "/api/v1/duplicates/preview", Lift("")).Json()["hits"].empty())
      << "a source sees its own only";
  EXPECT_FALSE(Post("portal", "/api/v1/duplicates/preview", Lift("")).Json()["hits"].empty());
  const auto part = Post("operator", "/api/v1/duplicates/preview", {{"petitioners", {{{"phone", "19955512345"}}}}});
  EXPECT_EQ(part.status, 200) << "a part is enough while an operator types";
}

TEST_F(HttpCallsTest, ChannelCheckAnswersYesOrUnknown) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto sealed = Register("portal", Accusation("P-2"));
  const auto ask = [&](Json question) {
    return Post("operator", "/api/v1/channel-check", question).Json().value("inChannel", "");
  };
  EXPECT_EQ(ask({{"idNumber", "439902199101013377"}, {"name", "欧阳澹台"}}), "yes");
  EXPECT_EQ(ask({{"idNumber", "439902199101013377"}, {"name", "钟离子规"}}), "unknown");
  EXPECT_EQ(ask({{"idNumber", "439902197703036644"}, {"name", "上官寒梅"}}), "unknown") << "sealed never makes a yes";
  EXPECT_EQ(ask({{"queryCode", receipt["queryCode"]}}), "yes");
  EXPECT_EQ(ask({{"queryCode", sealed["queryCode"]}}), "unknown");
  EXPECT_EQ(ask({{"queryCode", "2222-2222-2222-2"}}), "unknown");
  EXPECT_EQ(Post("operator", "/api/v1/channel-check", {{"name", "欧阳澹台"}}).status, 422);
}

TEST_F(HttpCallsTest, SearchFindsCasesByWordsPersonAndNumber) {
  const auto receipt = Register("portal", Lift("P-1"));
  Register("hotline", Wages("H-1"));
  const auto find = [&](Json query) { return Post("oversight", "/api/v1/cases/search", query).Json(); };
  const auto by_words = find({{"words", "电梯"}});
  ASSERT_EQ(by_words["cases"].size(), 1u) << by_words;
  EXPECT_EQ(by_words["total"], 1);
  EXPECT_EQ(by_words["cases"][0]["hits"][0]["intakeNo"], receipt["intakeNo"]);
  bool marked = false;
  for (const auto& piece : by_words["cases"][0]["hits"][0]["excerpt"]) marked = marked || piece["hit"].get<bool>();
  EXPECT_TRUE(marked);
  const auto before = Count(ledger::Kind::kAccess);
  EXPECT_EQ(find({{"person", "+86 199-5551-2345"}})["total"], 1);
  EXPECT_EQ(Count(ledger::Kind::kAccess), before + 1) << "asking for a person is on record";
  EXPECT_EQ(find({{"number", "P-1"}})["total"], 1);
  EXPECT_EQ(find({{"words", "电梯"}, {"source", "hotline"}})["total"], 0);
  EXPECT_EQ(find({{"words", "电梯"}, {"dayFrom", "不是日期"}})["status"], 422);
}

TEST_F(HttpCallsTest, MergeAndSplitByAPerson) {
  const auto first = Register("portal", Lift("P-1")), second = Register("hotline", Wages("H-1"));
  const auto case_a = CaseOf(first), case_b = CaseOf(second);
  ASSERT_NE(case_a, case_b);
  EXPECT_EQ(Post("reviewer", "/api/v1/cases/" + case_a + "/merge", {{"with", case_b}}).status, 422)
      << "a reason is needed";
  EXPECT_EQ(Post("reviewer", "/api/v1/cases/C439900-20250304-009999-X/merge", {{"with", case_b}, {"reason", "同一事"}})
                .status,
            404);
  const auto merged =
      Post("reviewer", "/api/v1/cases/" + case_a + "/merge", {{"with", case_b}, {"reason", "同一事项"}});
  ASSERT_EQ(merged.status, 200) << merged.body;
  Settle();
  const auto shown = Get("reviewer", "/api/v1/cases/" + case_b).Json();
  EXPECT_EQ(shown["caseNo"], case_a);
  EXPECT_TRUE(shown["moved"].get<bool>());
  EXPECT_EQ(shown["size"], 2);
  EXPECT_EQ(shown["history"][0]["reason"], "同一事项");
  const auto split = Post("reviewer", "/api/v1/cases/" + case_a + "/split",
                          {{"intakes", {second["intakeNo"]}}, {"reason", "不是一回事"}});
  ASSERT_EQ(split.status, 200) << split.body;
  Settle();
  EXPECT_EQ(Get("reviewer", "/api/v1/cases/" + case_a).Json()["size"], 1);
  EXPECT_EQ(
      Post("reviewer", "/api/v1/cases/" + case_a + "/merge", {{"with", CaseOf(second)}, {"reason", "再合"}}).status,
      409)
      << "told apart";
}

TEST_F(HttpCallsTest, QuestionsAreListedAndAnswered) {
  // Whatever the model makes of these, a question that is open can be read with both sides and answered once.
  Register("portal", Lift("P-1", 1));
  auto unsure = Lift("P-2", 1);
  unsure["content"] = "锦澜湾小区电梯总是坏,请管一管。";
  Register("hotline", unsure);
  auto other = Lift("P-3", 2);
  other["content"] = "锦澜湾7栋电梯又停了,物业不管。";
  Register("hotline", other);
  const auto page = Get("reviewer", "/api/v1/reviews").Json();
  ASSERT_TRUE(page["reviews"].is_array()) << page;
  EXPECT_EQ(page["total"], page["reviews"].size());
  EXPECT_EQ(Post("reviewer", "/api/v1/reviews/999999", {{"verdict", "same"}, {"reason", "x"}}).status, 404);
  EXPECT_EQ(Post("reviewer", "/api/v1/reviews/abc", {{"verdict", "same"}, {"reason", "x"}}).status, 404);
  EXPECT_EQ(Post("reviewer", "/api/v1/reviews/1", {{"verdict", "perhaps"}}).status, 422);
  if (page["reviews"].empty()) return;
  const auto& review = page["reviews"][0];
  EXPECT_TRUE(review["asking"].contains("content"));
  EXPECT_TRUE(review["of"].contains("content"));
  const auto path = "/api/v1/reviews/" + std::to_string(review["id"].get<std::uint64_t>());
  EXPECT_EQ(Post("reviewer", path, {{"verdict", "different"}, {"reason", "不同电梯"}}).status, 200);
  Settle();
  EXPECT_EQ(Post("reviewer", path, {{"verdict", "same"}, {"reason", "又想了想"}}).status, 409);
  EXPECT_EQ(Get("reviewer", "/api/v1/reviews?state=answered").Json()["total"], 1);
}

TEST_F(HttpCallsTest, DeliveriesSourcesAndSummary) {
  Register("portal", Lift("P-1"));
  Settle();
  const auto deliveries = Get("admin", "/api/v1/deliveries?state=pending").Json();
  ASSERT_EQ(deliveries["total"], 1) << deliveries;
  EXPECT_EQ(deliveries["deliveries"][0]["destination"], "national");
  EXPECT_EQ(Get("admin", "/api/v1/deliveries?state=odd").status, 422);
  EXPECT_EQ(Post("admin", "/api/v1/deliveries/999/retry", Json::object()).status, 404);
  const auto retry =
      Call("admin", "POST",
           "/api/v1/deliveries/" + std::to_string(deliveries["deliveries"][0]["id"].get<int>()) + "/retry", "", "");
  EXPECT_EQ(retry.status, 202) << retry.body;
  const auto sources = Get("admin", "/api/v1/sources").Json()["sources"];
  EXPECT_EQ(sources.size(), 2u);
  const auto own = Get("department", "/api/v1/sources").Json()["sources"];
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0]["name"], "portal");
  EXPECT_EQ(own[0]["registered"], 1);
  EXPECT_NE(own[0]["lastSeenAt"], nullptr);
  const auto summary = Get("oversight", "/api/v1/oversight/summary").Json();
  EXPECT_EQ(summary["intakes"], 1);
  // A retried one is asked for by its reference before it is sent again: unknown until then.
  EXPECT_EQ(summary["deliveries"]["unknown"], 1);
  EXPECT_EQ(summary["deliveries"]["pending"], 0);
  const auto skip = "/api/v1/deliveries/" + std::to_string(deliveries["deliveries"][0]["id"].get<int>()) + "/skip";
  EXPECT_EQ(Post("admin", "/api/v1/deliveries/999/skip", {{"reason", "x"}}).status, 404);
  EXPECT_EQ(Post("admin", skip, Json::object()).status, 422);
  EXPECT_EQ(Post("admin", skip, {{"reason", "已书面移交"}}).status, 202);
  Settle();
  EXPECT_EQ(Get("admin", "/api/v1/deliveries?state=skipped").Json()["total"], 1);
  EXPECT_EQ(Post("admin", skip, {{"reason", "已书面移交"}}).status, 409);
}

TEST_F(HttpCallsTest, SourcesAreCountedWhateverTheDoor) {
  Arrival arrival;
  arrival.source = "hotline";
  arrival.submission = petition::SubmissionFromJson(Wages("H-1")).value();
  ASSERT_TRUE(hub_->intake().Register(arrival).ok());
  Register("hotline", Accusation("H-2"));
  Settle();
  const auto sources = Get("admin", "/api/v1/sources").Json()["sources"];
  for (const auto& source : sources) {
    if (source["name"] != "hotline") continue;
    EXPECT_EQ(source["registered"], 1) << "sealed ones are not counted";
    EXPECT_NE(source["lastSeenAt"], nullptr);
  }
}

TEST_F(HttpCallsTest, ManifestTellsWhatIsMissing) {
  Register("portal", Lift("P-1"));
  const auto day = petition::LocalDay(clock_.Now());
  const Json manifest{{"day", day}, {"count", 2}, {"numbers", {{{"externalId", "P-1"}}, {{"externalId", "P-2"}}}}};
  const auto reply = Post("portal", "/api/v1/sources/portal/manifests", manifest);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.Json()["missingHere"], Json::array({"P-2"}));
  EXPECT_EQ(Post("hotline", "/api/v1/sources/portal/manifests", manifest).status, 404);
  EXPECT_EQ(Post("oversight", "/api/v1/sources/portal/manifests", manifest).status, 200);
  EXPECT_EQ(Post("oversight", "/api/v1/sources/nobody/manifests", manifest).status, 404);
}

TEST_F(HttpCallsTest, OperatorRegistersForADesk) {
  auto told = Lift("O-1");
  told["channel"] = "hotline";
  const auto plain = Post("operator", "/api/v1/intakes", told);
  EXPECT_EQ(plain.status, 201) << plain.body;
  EXPECT_EQ(Get("operator", "/api/v1/intakes/" + NumberOf(plain.Json())).Json()["source"], "operator");
  const auto named = Post("operator", "/api/v1/intakes?source=hotline", told);
  EXPECT_EQ(Get("hotline", "/api/v1/intakes/" + NumberOf(named.Json())).status, 200);
  EXPECT_EQ(Post("operator", "/api/v1/intakes?source=nobody", told).Code(), "source_unknown");
}

TEST_F(HttpCallsTest, OnlyAnOperatorsTieHolds) {
  const auto first = Register("portal", Lift("P-1"));
  auto told = Wages("H-1", 1);
  told["channel"] = "hotline";
  told["tie"] = {{"caseNo", CaseOf(first)}, {"verdict", "same"}, {"by", "operator"}};
  const auto claimed = Register("hotline", told);
  EXPECT_EQ(claimed["decision"]["mode"], "review") << claimed;
  EXPECT_FALSE(Get("hotline", "/api/v1/intakes/" + NumberOf(claimed)).Json()["submission"]["tie"].contains("by"));
  told["externalId"] = "H-2";
  const auto batch = Post("hotline", "/api/v1/intakes/batch", Json::array({told})).Json();
  Settle();
  EXPECT_NE(CaseOf(batch[0]["receipt"]), CaseOf(first));
  told["externalId"] = "O-1";
  const auto decided = Register("operator", told);
  EXPECT_EQ(decided["decision"]["mode"], "auto") << decided;
  EXPECT_EQ(CaseOf(decided), CaseOf(first)) << decided["decision"];
}

TEST_F(HttpCallsTest, ChineseAnswersAreChineseThroughout) {
  const auto number = NumberOf(Register("portal", Lift("P-1")));
  const auto with = [](Json changes) {
    auto json = Lift("P-2");
    json.update(changes);
    return json;
  };
  const std::string intakes = "/api/v1/intakes", events = intakes + "/" + number + "/events";
  std::vector<Reply> replies{
      Post("portal", intakes, with({{"attachments", {{{"content", "!"}}}}})),
      Post("portal", intakes, with({{"attachments", {{{"sha256", "xyz"}}}}})),
      Post("portal", intakes, with({{"attachments", {{{"sha256", Digest("a")}}}}})),
      Post("portal", intakes, with({{"attachments", {{{"sha256", Digest("a")}, {"content", "eHh4"}}}}})),
      Post("portal", intakes, with({{"tie", {{"verdict", "same"}}}})),
      Post("portal", intakes, with({{"channel", "pigeon"}, {"headCount", "x"}, {"receivedAt", "now"}})),
      Post("portal", intakes, {{"externalId", "P-9"}}),
      Post("portal", events, {{"event", "danced"}}),
      Post("portal", events, {{"event", "closed"}}),
      Post("portal", events, {{"event", "accepted"}, {"documentSha256", "x"}, {"at", "now"}}),
      Post("operator", "/api/v1/intakes?source=nobody", Lift("O-1")),
      Post("reviewer", "/api/v1/cases/C" + number + "/merge", {{"with", "C" + number}, {"reason", "x"}}),
      Post("reviewer", "/api/v1/cases/C" + number + "/split", {{"intakes", {number}}, {"reason", "x"}}),
      Post("", "/api/v1/progress", {{"intakeNo", number}, {"queryCode", "x"}}),
      Get("portal", "/api/v1/changes?cursor=abc"),
      Post("portal", "/api/v1/sources/portal/manifests", {{"day", "gestern"}})};
  const auto is_chinese = [](const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xe0; });
  };
  for (const auto& reply : replies) {
    EXPECT_GE(reply.status, 400) << reply.body;
    EXPECT_TRUE(is_chinese(reply.Json().value("detail", ""))) << reply.body;
    const auto problem = reply.Json();
    for (const auto& error : problem.value("errors", Json::array()))
      EXPECT_TRUE(is_chinese(error["message"].get<std::string>())) << reply.body;
  }
}

TEST_F(HttpCallsTest, SuspendedSourceIsRefusedAndOnTheLedger) {
  ASSERT_TRUE(hub_->registry().SuspendSource("hotline", true).ok());
  EXPECT_EQ(Post("hotline", "/api/v1/intakes", Lift("H-1")).Code(), "source_suspended");
  EXPECT_EQ(Count(ledger::Kind::kRefused), 1u);
}

}  // namespace
}  // namespace gateway::http_test
