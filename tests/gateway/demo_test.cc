#include "gateway/demo.h"

#include <fstream>

#include "http_hub.h"
#include "petition/json.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class DemoTest : public HttpHubTest {};

TEST_F(DemoTest, ClosingsThatAKillCutOffAreSentAfterTheNextStart) {
  std::ofstream(folder_ / "keys" / "demo-access.json")
      << Json{{"users", Json::object()}, {"sources", {{"portal", KeyOf("portal")}, {"hotline", KeyOf("hotline")}}}};
  const auto passwords = Passwords::Open(folder_, clock_);
  ASSERT_TRUE(passwords.ok());
  const auto access = PrepareDemo(hub_->registry(), **passwords, folder_);
  ASSERT_TRUE(access.ok()) << access.error().message;
  for (const auto& [name, key] : access->sources) keys_[name] = key;
  // The first start came as far as the first closing and was killed before it.
  std::ifstream lines(std::string(GUIYI_SOURCE_DIR) + "/config/demo/petitions.jsonl");
  std::size_t posted = 0;
  for (std::string line; std::getline(lines, line); ++posted) {
    Json row = Json::parse(line);
    if (row["type"] == "closure") break;
    const std::string source = row["source"];
    for (const char* own : {"type", "id", "source"}) row.erase(own);
    ASSERT_EQ(Post(source, "/api/v1/intakes", row).status, 201);
  }
  const auto size = hub_->ledger().size();
  {
    DemoFeed feed(address(), access->sources);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (feed.posted() <= posted && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }
  EXPECT_EQ(Count(ledger::Kind::kEvent), 2u) << "both closings that come before the next petition";
  EXPECT_GT(hub_->ledger().size(), size);
}

}  // namespace
}  // namespace gateway::http_test
