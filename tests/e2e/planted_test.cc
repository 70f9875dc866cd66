// Plants values that must never be seen where they are not needed, lets them through every door that takes words, and
// looks for them in every file, in the log and in the answers of readers without the right.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "support/http_client.h"
#include "support/hub_process.h"

namespace {

using support::HttpClient;
using Json = nlohmann::json;

// Each stands for a kind of personal data; chosen so that chance can't produce them.
const std::vector<std::string> kPlanted = {
    "欧阳澹台",                                                                      // a name
    "19955512345",    "439902199101013377", "oPLANTEDopenid77", "锦鲤胡同七十七号",  // phone, id, account, address
    "独特词句甲乙丙", "玄武门外第七粮仓"};  // words of the petition, of its title

Json Planted(const std::string& external_id, bool accusation) {
  return {{"externalId", external_id},
          {"channel", "portal"},
          {"receivedAt", "2025-03-04T10:12:00+08:00"},
          {"petitioners",
           {{{"name", kPlanted[0]},
             {"phone", kPlanted[1]},
             {"idNumber", kPlanted[2]},
             {"account", kPlanted[3]},
             {"address", kPlanted[4]},
             {"role", "main"}}}},
          {"title", "关于" + kPlanted[6] + "的反映"},
          {"content", "内容里有" + kPlanted[5] + "，还有电话" + kPlanted[1] + "。"},
          {"division", "439902"},
          {"purpose", accusation ? "检举控告" : "投诉"},
          {"accused", accusation ? "某局长" : ""}};
}

bool Holds(const std::string& text, const std::string& value) { return text.find(value) != std::string::npos; }

std::string FileBytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(PlantedTest, PersonalDataStandsInNoFileNoLogAndNoAnswerWithoutTheRight) {
  support::TemporaryFolder folder;
  const std::string data = folder.path() + "/data";
  support::HubProcess hub(GUIYI_BINARY, data);
  const std::string key = hub.AddSource("portal", "portal");
  const std::string other = hub.AddSource("hotline", "hotline");
  const std::string oversight = hub.AddUser("watch", "oversight");
  const std::string reviewer = hub.AddUser("judge", "reviewer");
  ASSERT_TRUE(hub.Start());

  HttpClient source(hub.http(), key);
  const auto open = source.Post("/api/v1/intakes?wait=decision", Planted("P-1", false).dump());
  const auto sealed = source.Post("/api/v1/intakes?wait=decision", Planted("P-2", true).dump());
  ASSERT_EQ(open.status, 201) << open.body;
  ASSERT_EQ(sealed.status, 201) << sealed.body;
  // Refused input holds personal data too.
  Json wrong = Planted("P-3", false);
  wrong["channel"] = kPlanted[5];
  EXPECT_EQ(source.Post("/api/v1/intakes", wrong.dump()).status / 100, 4);
  EXPECT_EQ(source.Post("/api/v1/intakes", "{" + kPlanted[5]).status / 100, 4);
  EXPECT_EQ(HttpClient(hub.http(), "guiyi_" + kPlanted[3]).Post("/api/v1/intakes", Planted("P-4", false).dump()).status,
            401);

  const std::string open_no = Json::parse(open.body).at("intakeNo"),
                    sealed_no = Json::parse(sealed.body).at("intakeNo");
  const Json search = {{"words", kPlanted[5]}};
  for (const auto& reader_key : {oversight, reviewer}) {
    HttpClient reader(hub.http(), reader_key);
    const auto one = reader.Get("/api/v1/intakes/" + open_no);
    EXPECT_EQ(one.status, 200) << one.body;
    for (const int masked : {0, 1, 2, 3, 4}) EXPECT_FALSE(Holds(one.body, kPlanted[masked])) << "planted " << masked;
    const auto hits = reader.Post("/api/v1/cases/search", search.dump());
    EXPECT_EQ(hits.status, 200) << hits.body;
    EXPECT_FALSE(Holds(hits.body, sealed_no));
    EXPECT_FALSE(Holds(hits.body, kPlanted[1]));
    // A sealed intake is answered like one that does not exist.
    EXPECT_EQ(reader.Get("/api/v1/intakes/" + sealed_no).status, 404);
    EXPECT_EQ(reader.Get("/api/v1/intakes/" + sealed_no + "/raw").status / 100, 4);
  }
  for (const char* path : {"/metrics", "/healthz", "/ledger/checkpoint", "/openapi.json", "/"}) {
    const auto answer = HttpClient(hub.http(), oversight).Get(path);
    for (const auto& value : kPlanted) EXPECT_FALSE(Holds(answer.body, value)) << path;
  }
  EXPECT_EQ(HttpClient(hub.http(), other).Get("/api/v1/intakes/" + open_no).status, 404);

  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // let the tiles be published
  EXPECT_EQ(hub.StopGently(), 0);
  int files = 0;
  for (const auto& item : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!item.is_regular_file()) continue;
    ++files;
    const std::string bytes = FileBytes(item.path());
    for (std::size_t i = 0; i < kPlanted.size(); ++i)
      EXPECT_FALSE(Holds(bytes, kPlanted[i])) << "planted " << i << " in " << item.path();
    EXPECT_FALSE(Holds(item.path().string(), kPlanted[3]));
  }
  EXPECT_GT(files, 5);
}

}  // namespace
