// Connected sources in a running hub: doors and feeds, what is refused and replayed, files that change, a source's
// life.
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "gateway/feeds/feed_round.h"
#include "gateway/feeds/record_intake.h"
#include "gateway/intake_record.h"
#include "http_hub.h"
#include "support/test_certificate.h"

namespace gateway::http_test {
namespace {

namespace fs = std::filesystem;
using petition::Json;
using testing::HasSubstr;

constexpr const char* kPush =
    "kind: json\nmapping:\n  standard: false\n  fields:\n    externalId: {from: no, required: true}\n"
    "    content: text\n    receivedAt: {from: time, date: yyyy-MM-dd}\n";

class ConnectTest : public HttpHubTest {
 protected:
  void Add(const std::string& name, const std::string& file, const std::string& state = "live") {
    Source source;
    source.name = name;
    source.channel = "department";
    source.state = state;
    source.mapping = file;
    const auto key = hub_->registry().AddSource(source);
    ASSERT_TRUE(key.ok()) << key.error().message;
    keys_[name] = *key;
  }
  Json Quarantine(const std::string& query = {}) {
    Settle();
    return Get("oversight", "/api/v1/quarantine?state=all" + query).Json();
  }
  Json SourceNamed(const std::string& name) {
    const auto all = Get("admin", "/api/v1/sources").Json();
    for (const auto& source : all["sources"]) {
      if (source["name"] == name) return source;
    }
    return nullptr;
  }
  void Drop(const std::string& path, const std::string& bytes) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream((folder_ / path).string() + ".part", std::ios::binary) << bytes;
    fs::rename((folder_ / path).string() + ".part", folder_ / path);
  }
  template <typename Condition>
  bool Eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }
};

TEST_F(ConnectTest, AJsonDoorRegistersWhatItsMappingTakesAndKeepsTheRest) {
  Add("push", kPush);
  const Json body = {{{"no", "1"}, {"text", "路灯不亮"}, {"time", "2025-03-04"}, {"extra", "x"}},
                     {{"no", "2"}, {"text", "井盖"}, {"time", "昨天"}}};
  const auto reply = Post("push", "/channels/json/push", body);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto results = reply.Json()["results"];
  EXPECT_EQ(results[0]["status"], "registered");
  EXPECT_FALSE(results[0]["queryCode"].get<std::string>().empty());
  EXPECT_EQ(results[1]["status"], "refused");
  EXPECT_EQ(results[1]["fields"][0]["pointer"], "/time");
  EXPECT_EQ(reply.body.find("昨天"), std::string::npos);
  EXPECT_EQ(Post("push", "/channels/json/push", body).Json()["results"][0]["status"], "existing");
  EXPECT_EQ(Post("portal", "/channels/json/push", body).status, 401) << "another source's key";
  EXPECT_EQ(Post("", "/channels/json/push", body).status, 401);
  EXPECT_EQ(Post("push", "/channels/json/nobody", body).status, 404);
  EXPECT_EQ(Post("push", "/channels/wechat/push", body).status, 404);
  EXPECT_EQ(Call("push", "POST", "/channels/json/push", "{", "application/json").status, 400);
  Settle();
  const auto source = SourceNamed("push");
  EXPECT_EQ(source["kind"], "json");
  EXPECT_EQ(source["mappingVersion"], 1);
  EXPECT_EQ(source["unmapped"][0]["name"], "extra");
  EXPECT_EQ(source["quarantined"], Quarantine("&source=push")["open"]);
}

TEST_F(ConnectTest, ABetterMappingReplaysWhatWasRefused) {
  Add("push", kPush);
  ASSERT_EQ(Post("push", "/channels/json/push", {{"no", "2"}, {"text", "井盖"}, {"time", "04.03.2025"}}).status, 200);
  auto held = Quarantine("&source=push");
  ASSERT_EQ(held["rows"].size(), 1u);
  const auto id = held["rows"][0]["id"];
  EXPECT_EQ(held["rows"][0]["reason"], "unmappable");
  const auto again = Post("oversight", "/api/v1/quarantine/replay", {{"source", "push"}, {"dryRun", true}}).Json();
  EXPECT_EQ(again["results"][0]["outcome"], "refused") << "the mapping is still the same";
  const std::string better =
      std::string(kPush).replace(std::string(kPush).find("yyyy-MM-dd"), 10, "[yyyy-MM-dd, dd.MM.yyyy]");
  const auto size = hub_->ledger().size();
  const auto put = Post("admin", "/api/v1/sources/push/mapping", {{"text", better}, {"note", "another form of dates"}});
  ASSERT_EQ(put.status, 201) << put.body;
  EXPECT_EQ(put.Json()["version"], 2);
  const auto dry = Post("oversight", "/api/v1/quarantine/replay", {{"ids", {id}}, {"dryRun", true}}).Json();
  EXPECT_EQ(dry["results"][0]["outcome"], "would_register") << dry;
  EXPECT_EQ(Quarantine("&source=push")["open"], 1);
  const auto replayed = Post("oversight", "/api/v1/quarantine/replay", {{"ids", {id}}}).Json();
  ASSERT_EQ(replayed["results"][0]["outcome"], "registered") << replayed;
  EXPECT_GT(hub_->ledger().size(), size);
  held = Quarantine("&source=push");
  EXPECT_EQ(held["open"], 0);
  EXPECT_EQ(held["rows"][0]["state"], "replayed");
  EXPECT_TRUE(held["rows"][0].contains("intake"));
  EXPECT_EQ(Post("oversight", "/api/v1/quarantine/replay", {{"ids", {id}}}).Json()["results"][0]["outcome"], "closed");
  const auto intake = Get("push", "/api/v1/intakes/" + replayed["results"][0]["intakeNo"].get<std::string>()).Json();
  EXPECT_THAT(intake.dump(), HasSubstr("井盖"));
}

TEST_F(ConnectTest, QuarantineIsTheDepartmentsOwnAndMayBeSetAside) {
  Post("portal", "/api/v1/intakes", {{"title", 7}});
  Post("hotline", "/api/v1/intakes", {{"title", 7}});
  Settle();
  const auto own = Get("department", "/api/v1/quarantine").Json();
  ASSERT_EQ(own["rows"].size(), 1u);
  EXPECT_EQ(own["rows"][0]["source"], "portal");
  EXPECT_EQ(Get("department", "/api/v1/quarantine?source=hotline").status, 404);
  const auto all = Get("admin", "/api/v1/quarantine").Json();
  ASSERT_EQ(all["rows"].size(), 2u);
  const auto other = all["rows"][1]["id"], mine = own["rows"][0]["id"];
  EXPECT_EQ(Post("department", "/api/v1/quarantine/replay", {{"ids", {other}}}).status, 404);
  EXPECT_EQ(Post("department", "/api/v1/quarantine/set-aside", {{"ids", {mine}}}).status, 422) << "a reason is needed";
  EXPECT_EQ(Post("department", "/api/v1/quarantine/set-aside", {{"ids", {mine}}, {"reason", "试验"}}).Json()["closed"],
            1);
  EXPECT_EQ(Get("department", "/api/v1/quarantine").Json()["open"], 0);
}

TEST_F(ConnectTest, MappingsHaveVersionsOnTheLedgerAndRollBack) {
  Add("push", kPush);
  const std::string other = std::string(kPush) + "  ignore: [extra]\n";
  EXPECT_EQ(Post("admin", "/api/v1/sources/push/mapping", {{"text", other}}).Json()["version"], 2);
  EXPECT_EQ(Post("admin", "/api/v1/sources/push/mapping", {{"text", other}}).Json()["version"], 2) << "nothing new";
  const auto wrong = Post("admin", "/api/v1/sources/push/mapping", {{"text", "kind: json\nmappings: {}\n"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_THAT(wrong.body, HasSubstr("line 2"));
  EXPECT_EQ(Post("admin", "/api/v1/sources/push/mapping", {{"text", "kind: files\noptions: {folder: /etc}\n"}}).status,
            403)
      << "where things lie is not set over the net";
  EXPECT_EQ(Post("department", "/api/v1/sources/push/mapping", {{"text", other}}).status, 404) << "another's source";
  EXPECT_EQ(Post("admin", "/api/v1/sources/push/mapping", {{"rollback", 1}}).Json()["version"], 3);
  const auto shown = Get("push", "/api/v1/sources/push/mapping").Json();
  EXPECT_EQ(shown["text"], kPush);
  EXPECT_EQ(shown["versions"].size(), 3u);
  EXPECT_EQ(Get("admin", "/api/v1/sources/push/mapping?version=2").Json()["text"], other);
  EXPECT_TRUE(Eventually([&] { return hub_->registry().UnrecordedChanges()->empty(); }));
  std::size_t files = 0;
  const auto entries = hub_->ledger().ReadRange(0, hub_->ledger().size());
  for (const auto& entry : *entries) {
    if (entry.kind != ledger::Kind::kConfig) continue;
    files += petition::ParseJson(entry.record)->contains("file") ? 1 : 0;
  }
  EXPECT_EQ(files, 3u);
}

TEST_F(ConnectTest, ACheckShowsWhatWouldBecomeAndStoresNothing) {
  Add("push", kPush);
  // The hub puts what was added on the ledger by itself, within a second.
  ASSERT_TRUE(Eventually([&] { return hub_->registry().UnrecordedChanges()->empty(); }));
  const auto size = hub_->ledger().size();
  const std::string other = std::string(kPush).replace(std::string(kPush).find("content: text"), 13, "title: text");
  const auto reply = Post("admin", "/api/v1/sources/push/check",
                          {{"sample", R"([{"no":"1","text":"电话13800138000","time":"2025-03-04"},{"text":"x"}])"},
                           {"mediaType", "application/json"},
                           {"mapping", other}});
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto json = reply.Json();
  EXPECT_EQ(json["refused"], 1);
  EXPECT_EQ(json["records"][0]["differs"].size(), 2u) << json;
  EXPECT_EQ(reply.body.find("13800138000"), std::string::npos);
  EXPECT_EQ(json["records"][1]["errors"][0]["code"], "field_missing");
  EXPECT_EQ(hub_->ledger().size(), size);
}

TEST_F(ConnectTest, ShadowRegistersNothingAndControlTotalsAreTheGateToLive) {
  Add("push", kPush, "draft");
  const Json first = {{"no", "1"}, {"text", "路灯"}, {"time", "2025-03-04"}},
             bad = {{"no", "2"}, {"text", "井盖"}, {"time", "x"}};
  EXPECT_EQ(Post("push", "/channels/json/push", first).status, 403);
  const auto to = [&](const Json& change) { return Post("admin", "/api/v1/sources/push/state", change); };
  EXPECT_EQ(to({{"state", "live"}, {"controlCount", 0}}).Json()["code"], "step_not_allowed");
  ASSERT_EQ(to({{"state", "connected"}}).status, 200);
  ASSERT_EQ(to({{"state", "shadow"}}).status, 200);
  const auto registered = Count(ledger::Kind::kIntake);
  EXPECT_EQ(Post("push", "/channels/json/push", first).Json()["results"][0]["status"], "shadow");
  EXPECT_EQ(Post("push", "/channels/json/push", bad).Json()["results"][0]["status"], "shadow");
  EXPECT_EQ(Post("push", "/api/v1/intakes", {{"content", "x"}}).status, 403) << "nor by another way in";
  EXPECT_EQ(Count(ledger::Kind::kIntake), registered);
  Settle();
  EXPECT_EQ(to({{"state", "live"}}).Json()["code"], "control_totals_missing");
  EXPECT_EQ(to({{"state", "live"}, {"controlCount", 2}}).Json()["code"], "control_totals_differ");
  const std::string better = std::string(kPush).replace(std::string(kPush).find("{from: time, date: yyyy-MM-dd}"), 30,
                                                        "{from: when, date: yyyy-MM-dd}\n  keep: [time]");
  ASSERT_EQ(Post("admin", "/api/v1/sources/push/mapping", {{"text", better}}).status, 201);
  EXPECT_EQ(to({{"state", "live"}, {"controlCount", 3}}).Json()["code"], "control_totals_differ");
  ASSERT_EQ(to({{"state", "live"}, {"controlCount", 2}}).status, 200);
  const auto replayed = Post("admin", "/api/v1/quarantine/replay", {{"source", "push"}}).Json();
  EXPECT_EQ(replayed["outcomes"]["registered"], 2) << replayed;
  EXPECT_EQ(Count(ledger::Kind::kIntake), registered + 2);
  EXPECT_EQ(Post("push", "/channels/json/push", first).Json()["results"][0]["status"], "existing");
}

TEST_F(ConnectTest, AFolderIsReadAndShownAndARestartDoublesNothing) {
  Add("folder", "kind: files\noptions: {folder: in, stable_seconds: 0}\n");
  Drop("in/a.csv", "编号,登记时间,内容\n1,2025-03-04,路灯\n2,昨天,井盖\n3,2025-03-04,护栏\n");
  ASSERT_TRUE(
      Eventually([&] { return fs::exists(folder_ / "in" / "archive") && !fs::exists(folder_ / "in" / "a.csv"); }));
  EXPECT_TRUE(Eventually([&] { return SourceNamed("folder")["feed"].is_object(); }));
  Settle();
  const auto intakes = Count(ledger::Kind::kIntake), refused = Count(ledger::Kind::kRefused);
  EXPECT_EQ(intakes, 2u);
  EXPECT_EQ(refused, 1u);
  const auto row = Quarantine("&source=folder")["rows"][0];
  EXPECT_THAT(row["place"].get<std::string>(), testing::MatchesRegex("file [0-9a-f]+ line 3"));
  // The cursor is lost and the file comes again: the ledger knows every row by number or place.
  server_.reset();
  hub_.reset();
  fs::remove(folder_ / "feeds.db");
  for (const auto& item : fs::directory_iterator(folder_ / "in" / "archive"))
    fs::rename(item.path(), folder_ / "in" / "a.csv");
  ASSERT_NO_FATAL_FAILURE(OpenHub());
  Serve();
  ASSERT_TRUE(Eventually([&] { return !fs::exists(folder_ / "in" / "a.csv"); }));
  Settle();
  EXPECT_EQ(Count(ledger::Kind::kIntake), intakes);
  EXPECT_EQ(Count(ledger::Kind::kRefused), refused);
  EXPECT_TRUE(Eventually([&] { return SourceNamed("folder")["feed"]["phase"] == "waiting"; }));
}

TEST_F(ConnectTest, WhatDoesNotFitStopsTheSourceAndANewFileFreesIt) {
  Add("folder", "kind: files\noptions: {folder: in, stable_seconds: 0}\n");
  Drop("in/a.csv", "编号,没见过,内容\n1,x,路灯\n");
  ASSERT_TRUE(Eventually([&] {
    return SourceNamed("folder")["feed"].is_object() && SourceNamed("folder")["feed"]["phase"] == "stopped";
  }));
  EXPECT_EQ(SourceNamed("folder")["feed"]["reason"], "heading_unknown");
  const auto found = [&] {
    EXPECT_TRUE(hub_->oversight().Check().ok());
    Settle();
    auto rows = *hub_->oversight().tables().findings().Standing();
    // The clock is the machine's: late in a year the next one's holidays may be missing, too.
    std::erase_if(rows, [](const auto& row) { return row.kind == "calendar_missing"; });
    return rows;
  };
  ASSERT_EQ(found().size(), 1u) << "on the ledger, with an owner and a time";
  EXPECT_EQ(found()[0].kind, "feed_stopped");
  EXPECT_EQ(found()[0].evidence["reason"], "heading_unknown");
  const auto entries = Count(ledger::Kind::kFinding);
  Restart();
  EXPECT_EQ(found().size(), 1u);
  EXPECT_EQ(Count(ledger::Kind::kFinding), entries) << "a restart neither ends it nor begins another";
  ASSERT_EQ(Post("admin", "/api/v1/sources/folder/mapping",
                 {{"text", "kind: files\noptions: {folder: in, stable_seconds: 0}\nmapping: {keep: [没见过]}\n"}})
                .status,
            201);
  EXPECT_TRUE(Eventually([&] { return Count(ledger::Kind::kIntake) == 1u; }));
  EXPECT_TRUE(Eventually([&] { return found().empty(); }));
}

TEST_F(ConnectTest, ARowThatAReplayRegistersIsWrittenBack) {
  using namespace Poco::Data::Keywords;
  Poco::Data::SQLite::Connector::registerConnector();
  Poco::Data::Session rows("SQLite", (folder_ / "x.db").string());
  rows << "CREATE TABLE t(xfjbh TEXT, tsnr TEXT, djsj TEXT, zt INTEGER, jg TEXT, hm TEXT)", now;
  rows << "INSERT INTO t VALUES('A1', '路灯不亮', '04.03.2025', 0, NULL, NULL)", now;
  const std::string file =
      "kind: database\noptions:\n  connector: sqlite\n  file: x.db\n  tables:\n"
      "    item: {name: t, key: xfjbh, state: zt, result: jg, number: hm}\n"
      "mapping:\n  fields: {receivedAt: {from: djsj, date: [yyyy-MM-dd]}}\n  ignore: [zt, jg, hm]\n";
  Add("exchange", file);
  const auto state = [&] {
    int is = 0;
    std::string number;
    rows << "SELECT zt, coalesce(hm, '') FROM t", into(is), into(number), now;
    return std::to_string(is) + " " + number;
  };
  ASSERT_TRUE(Eventually([&] { return state() == "45 "; })) << state();
  const auto row = Quarantine("&source=exchange")["rows"][0];
  EXPECT_EQ(row["errors"][0]["pointer"], "/djsj") << row;
  EXPECT_EQ(row["mappingVersion"], 1);
  auto better = file;
  better.replace(better.find("yyyy-MM-dd"), 10, "dd.MM.yyyy");
  ASSERT_EQ(Post("admin", "/api/v1/sources/exchange/mapping", {{"text", better}}).status, 201);
  const auto replayed = Post("oversight", "/api/v1/quarantine/replay", {{"source", "exchange"}}).Json();
  ASSERT_EQ(replayed["results"][0]["outcome"], "registered") << replayed;
  const auto number = replayed["results"][0]["intakeNo"].get<std::string>();
  EXPECT_TRUE(Eventually([&] { return state() == "20 " + number; })) << state();
  EXPECT_TRUE(Eventually([&] { return !SourceNamed("exchange").contains("writeBacksOwed"); }));
}

TEST_F(ConnectTest, ABodyThatIsNoJsonIsToldItsByteAndSoIsTheQuarantine) {
  Add("push", kPush);
  const auto reply = Call("push", "POST", "/channels/json/push", "{\"no\": 1,]", "application/json");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.Json()["detail"].get<std::string>(), HasSubstr("byte 10"));
  EXPECT_EQ(Quarantine("&source=push")["rows"][0]["position"], "byte 10");
}

TEST_F(ConnectTest, KeysAndCertificatesNearTheirEndAreShownAndFound) {
  const auto certificate = support::MakeTestCertificate(folder_);  // ends tomorrow
  fs::create_directories(folder_ / "mail/new");
  std::ofstream(folder_ / "secret") << "password\n";
  Add("imap",
      "kind: mail\noptions:\n  imap: {host: 127.0.0.1, port: 1, user: u, password_file: secret, ca_file: test.crt}\n");
  Source source;
  source.name = "brief";
  source.channel = "department";
  source.key_expires_at = clock_.Now() + std::chrono::hours(24 * 7);
  ASSERT_TRUE(hub_->registry().AddSource(source).ok());
  source.name = "lasting";
  source.key_expires_at = clock_.Now() + std::chrono::hours(24 * 300);
  ASSERT_TRUE(hub_->registry().AddSource(source).ok());
  const auto shown = SourceNamed("imap")["certificates"];
  ASSERT_EQ(shown.size(), 1u) << "a password is no certificate";
  EXPECT_EQ(shown[0]["what"], "/options/imap/ca_file");
  ASSERT_TRUE(hub_->oversight().Check().ok());
  Settle();
  std::vector<std::string> found;
  const auto standing = hub_->oversight().tables().findings().Standing();
  for (const auto& one : *standing) {
    if (one.kind == "expiring") found.push_back(one.source + " " + one.evidence["what"].get<std::string>());
  }
  EXPECT_THAT(found, testing::UnorderedElementsAre("brief key", "imap /options/imap/ca_file"));
}

TEST_F(ConnectTest, AKeyPastItsTimeOpensNothing) {
  Source source;
  source.name = "old";
  source.channel = "department";
  source.key_expires_at = clock_.Now() - std::chrono::hours(1);
  keys_["old"] = *hub_->registry().AddSource(source);
  EXPECT_EQ(Post("old", "/api/v1/intakes", {{"content", "x"}}).Code(), "key_expired");
  EXPECT_TRUE(SourceNamed("old")["keyExpiresAt"].is_string());
}

/// A disk that is full, until told otherwise.
class FullBlobs final : public ledger::BlobStore {
 public:
  explicit FullBlobs(ledger::BlobStore& blobs) : blobs_(blobs) {}
  bool full = true;

  petition::Result<std::unique_ptr<Writer>> Put(std::string_view digest) override {
    if (full) return petition::Unavailable("the attachment can't be stored now", "full");
    return blobs_.Put(digest);
  }
  petition::Result<std::unique_ptr<Reader>> Get(std::string_view digest) const override { return blobs_.Get(digest); }
  bool Exists(std::string_view digest) const override { return blobs_.Exists(digest); }
  petition::Result<bool> Keep(std::string_view digest) override { return blobs_.Keep(digest); }
  std::size_t RemoveUnnamed(std::chrono::seconds age, std::size_t count_max) override {
    return blobs_.RemoveUnnamed(age, count_max);
  }

 private:
  ledger::BlobStore& blobs_;
};

// A batch that ends at an attachment of its second mail comes again, with every word of the first.
TEST_F(ConnectTest, ABatchThatTheDiskCutsOffIsWholeWhenItComesAgain) {
  FullBlobs blobs(hub_->blobs());
  RecordIntake intake(hub_->intake(), hub_->decisions(), hub_->ledger(), blobs, hub_->keys());
  Source source;
  source.name = "letters";
  source.channel = "email";
  std::vector<adapters::Record> records(3);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].place = "UID " + std::to_string(i);
    records[i].raw = "raw " + std::to_string(i);
    records[i].submission.emplace();
    records[i].submission->external_id = "M" + std::to_string(i);
    records[i].submission->content = "路灯不亮" + std::to_string(i);
  }
  records[1].media.push_back({"photo.png", "image/png", "\x89PNG of a lamp", {}});
  const auto cut_off = intake.AppendAll(source, {}, "mail", records, {}, Intake::Receipts::kBrief);
  ASSERT_FALSE(cut_off.ok());
  EXPECT_EQ(cut_off.error().code, petition::Code::kUnavailable);
  EXPECT_EQ(hub_->intake().counters().registered, 0u);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].raw, "raw " + std::to_string(i));
    EXPECT_EQ(records[i].submission->content, "路灯不亮" + std::to_string(i));
    EXPECT_EQ(records[i].submission->external_id, "M" + std::to_string(i));
  }
  blobs.full = false;
  const auto settled = intake.AppendAll(source, {}, "mail", records, {}, Intake::Receipts::kBrief);
  ASSERT_TRUE(settled.ok()) << settled.error().message;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto found = hub_->intake().Find((*settled)[i].intake_no);
    ASSERT_TRUE(found.ok());
    const auto stored = hub_->ledger().Read(*found);
    ASSERT_TRUE(stored.ok());
    const auto read = ReadIntakeRecord(*stored);
    ASSERT_TRUE(read.ok()) << read.error().message << read.error().detail;
    EXPECT_EQ(read->submission.content, "路灯不亮" + std::to_string(i));
    EXPECT_EQ(read->submission.attachments.size(), i == 1 ? 1u : 0u);
  }
}

}  // namespace
}  // namespace gateway::http_test
