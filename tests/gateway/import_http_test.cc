// An import through a running hub: what the file held goes on the ledger, once, however often it is cut off.
#include <gmock/gmock.h>

#include <fstream>

#include "gateway/import/importer.h"
#include "http_hub.h"
#include "petition/json.h"
#include "support/process.h"

namespace gateway::http_test {
namespace {

using petition::Json;
using petition::Result;

/// Answers "unavailable" at a chosen call, before or after the hub did its work: the importer stops there, with nothing
/// saved, as if it were killed.
class BreakingTarget final : public ImportTarget {
 public:
  BreakingTarget(std::unique_ptr<ImportTarget> target, int calls, bool after)
      : target_(std::move(target)), calls_(calls), after_(after) {}
  Result<Source> FindSource(const std::string& name) override { return target_->FindSource(name); }
  Result<std::string> AddSource(const Source& source) override { return target_->AddSource(source); }
  ImportAnswers Register(const ImportBatch& batch) override {
    ImportAnswers broken;
    broken.receipts.assign(batch.arrivals.size(), Broken());
    broken.closures.assign(batch.closures.size(), Broken());
    const bool last = --calls_ == 0;
    if (last && !after_) return broken;
    auto answers = target_->Register(batch);
    return last ? std::move(broken) : std::move(answers);
  }
  bool RecordsRefusals() const override { return target_->RecordsRefusals(); }
  petition::Status Refuse(std::span<const Refusal> refusals) override {
    const bool last = --calls_ == 0;
    if (last && !after_) return Broken();
    auto status = target_->Refuse(refusals);
    return last ? petition::Status(Broken()) : status;
  }
  std::uint64_t ledger_size() override { return target_->ledger_size(); }
  Result<std::vector<std::uint64_t>> RefusedLines(const std::string& file, std::uint64_t since) override {
    return target_->RefusedLines(file, since);
  }
  std::filesystem::path progress_file() const override { return target_->progress_file(); }

 private:
  static petition::Error Broken() { return petition::Unavailable("cut off"); }
  std::unique_ptr<ImportTarget> target_;
  int calls_;
  const bool after_;
};

class ImportHttpTest : public HttpHubTest {
 protected:
  void SetUp() override {
    HttpHubTest::SetUp();
    setenv("XDG_STATE_HOME", files_.path().c_str(), 1);
  }
  void TearDown() override {
    unsetenv("XDG_STATE_HOME");
    HttpHubTest::TearDown();
  }
  std::string File(const std::string& name, const std::string& bytes) {
    const std::string path = files_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  Result<ImportSummary> Import(const std::string& file, ImportOptions options = {}, int calls = 0, bool after = false) {
    if (options.source.empty()) options.source = "portal";
    auto target = OpenHttpTarget("http://" + address(), KeyOf("portal"));
    EXPECT_TRUE(target.ok());
    BreakingTarget breaking(std::move(*target), calls, after);
    Importer importer(options, breaking);
    return importer.Import(file);
  }
  std::vector<ledger::Stored> Entries(ledger::Kind kind) {
    std::vector<ledger::Stored> found;
    const auto all = hub_->ledger().ReadRange(0, hub_->ledger().size(), ledger::Ledger::Raw::kRead);
    for (const auto& entry : *all) {
      if (entry.kind == kind) found.push_back(entry);
    }
    return found;
  }

  support::TemporaryFolder files_;
};

TEST_F(ImportHttpTest, CutOffAtAnyCallItGoesOnAndDoublesNothing) {
  std::string text;
  const auto line = [&](const Json& json) { text += json.dump() + "\n"; };
  for (int i = 0; i < 24; ++i) {
    const std::string n = std::to_string(i);
    Json row = {{"id", "r" + n}, {"content", "第" + n + "件"}};
    if (i % 4 != 1) row["externalId"] = "N" + n;
    line(row);
    if (i % 10 == 3) text += "{broken " + n + "\n";
    if (i % 8 == 6) line({{"id", "bad" + n}, {"content", "x"}, {"attachments", {{{"sha256", std::string(64, 'a')}}}}});
    if (i % 5 == 4) line({{"type", "closure"}, {"id", "r" + n}, {"at", "2025-04-01T10:00:00+08:00"}});
    if (i % 9 == 8) line({{"type", "closure"}, {"id", "missing" + n}, {"at", "2025-04-01T10:00:00+08:00"}});
  }
  const auto file = File("a.jsonl", text);
  ImportOptions options;
  options.batch_rows = 6;
  int cuts = 0;
  for (int run = 0;; ++run) {
    ASSERT_LT(run, 100);
    const auto summary = Import(file, options, 1 + run % 3, run % 2 == 0);
    if (summary.ok()) break;
    ASSERT_EQ(summary.error().code, petition::Code::kUnavailable) << summary.error().message;
    ++cuts;
  }
  EXPECT_GT(cuts, 5);
  EXPECT_EQ(Entries(ledger::Kind::kIntake).size(), 24u);
  EXPECT_EQ(Entries(ledger::Kind::kEvent).size(), 4u);
  EXPECT_EQ(Entries(ledger::Kind::kRefused).size(), 3u + 3u + 2u);
}

TEST_F(ImportHttpTest, BytesOfTheFileGoOnTheLedgerAsTheyWere) {
  const std::string spaced = R"({ "id" : "r1",  "externalId":"N1","content":"甲" })";
  ASSERT_TRUE(Import(File("a.jsonl", spaced + "\n{broken\n")).ok());
  ImportOptions table;
  table.format = adapters::RowFormat::kTable;
  // 标题,内容 / 甲,乙 in GB18030
  const std::string row = "\xbc\xd7,\xd2\xd2";
  ASSERT_TRUE(Import(File("b.csv", "\xb1\xea\xcc\xe2,\xc4\xda\xc8\xdd\n" + row + "\n"), table).ok());
  const auto intakes = Entries(ledger::Kind::kIntake);
  ASSERT_EQ(intakes.size(), 2u);
  EXPECT_EQ(intakes[0].raw, spaced);
  EXPECT_EQ(intakes[1].raw, row);
  EXPECT_EQ(ReadIntakeRecord(intakes[1])->media_type, "text/csv; charset=gb18030");
  EXPECT_EQ(ReadIntakeRecord(intakes[1])->submission.content, "乙");
  const auto refused = Entries(ledger::Kind::kRefused);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].raw, "{broken");
  const auto record = *petition::ParseJson(refused[0].record);
  EXPECT_EQ(record.at("door"), "import");
  EXPECT_EQ(record.at("reason"), "json_invalid");
  EXPECT_EQ(record.at("where").at("line"), 2);
}

TEST_F(ImportHttpTest, KeyOfAnotherSourceIsToldSoAndNothingIsRegistered) {
  ImportOptions options;
  options.source = "hotline";
  const auto summary = Import(File("a.jsonl", R"({"content":"甲"})"), options);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().reason, "source_differs");
  EXPECT_TRUE(Entries(ledger::Kind::kIntake).empty());
}

TEST_F(ImportHttpTest, RowsThatSayTheirOriginWronglyAreRefused) {
  const std::string rows = R"({"import":{"line":1},"submission":{"content":"x"}})"
                           "\n"
                           R"({"import":{"file":"f","line":-1},"submission":{"content":"x"}})"
                           "\n"
                           R"({"import":{"file":"f","line":1,"raw":"%"},"submission":{"content":"x"}})"
                           "\n"
                           R"({"import":{"file":"f","line":1}})"
                           "\n";
  const auto reply = Call("portal", "POST", "/api/v1/intakes/batch", rows, "application/jsonl");
  std::istringstream lines(reply.body);
  for (std::string one; std::getline(lines, one);) EXPECT_EQ(Json::parse(one)["problem"]["code"], "import_invalid");
  EXPECT_EQ(Entries(ledger::Kind::kRefused).size(), 4u);
}

TEST_F(ImportHttpTest, EventReportedAgainIsTheFirstOneAgain) {
  const auto receipt = Register("portal", Lift("P-1"));
  const auto path = "/api/v1/intakes/" + NumberOf(receipt) + "/events";
  const Json event = {{"event", "closed"}, {"at", "2025-03-05T09:00:00+08:00"}, {"text", "已修好"}};
  const auto first = Post("portal", path, event), again = Post("portal", path, event);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(first.Json()["existing"], false);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.Json()["existing"], true);
  EXPECT_EQ(again.Json()["ledgerIndex"], first.Json()["ledgerIndex"]);
  Json other = event;
  other["text"] = "又修了一次";
  EXPECT_EQ(Post("portal", path, other).status, 201);
  other.erase("at");
  other["event"] = "urged";
  EXPECT_EQ(Post("portal", path, other).status, 201);
  EXPECT_EQ(Post("portal", path, other).status, 201) << "without its time it happened again";
  EXPECT_EQ(Count(ledger::Kind::kEvent), 4u);
}

TEST_F(ImportHttpTest, EventReportedByManyAtOnceIsOne) {
  const auto receipt = Register("portal", Lift("P-1"));
  const Json event = {{"event", "closed"}, {"at", "2025-03-05T09:00:00+08:00"}, {"text", "已修好"}};
  std::vector<std::thread> threads;
  std::atomic<int> made{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back(
        [&] { made += Post("portal", "/api/v1/intakes/" + NumberOf(receipt) + "/events", event).status == 201; });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made.load(), 1);
  EXPECT_EQ(Count(ledger::Kind::kEvent), 1u);
}

}  // namespace
}  // namespace gateway::http_test
