// kill -9 while sources are pulled, with the real binary: mails of a Maildir and rows of a file are each registered
// once, whatever moment it was, and the ledger verifies.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "support/full_run.h"
#include "support/http_client.h"
#include "support/hub_process.h"

namespace {

namespace fs = std::filesystem;
using support::HttpClient;
using support::HubProcess;
using Json = nlohmann::json;

constexpr int kMails = 60, kRows = 2'500;

void FillFolders(const fs::path& data) {
  for (const char* folder : {"mail/new", "mail/cur", "mail/tmp", "rows"}) fs::create_directories(data / folder);
  for (int i = 0; i < kMails; ++i) {
    std::ofstream(data / "mail/new" / (std::to_string(1'741'144'800 + i) + ".host"), std::ios::binary)
        << "From: a" << i << "@b.example\r\nMessage-ID: <m" << i
        << "@b.example>\r\nSubject: =?utf-8?B?6Lev54Gv?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n第" << i
        << "封：路灯不亮\r\n";
  }
  std::ofstream rows(data / "rows/a.csv.part", std::ios::binary);
  rows << "编号,登记时间,内容\n";
  for (int i = 0; i < kRows; ++i)
    rows << 'R' << i << ",2025-03-04 09:00,"
         << "第" << i << "件：井盖缺失\n";
  rows.close();
  fs::rename(data / "rows/a.csv.part", data / "rows/a.csv");
}

bool AddSource(const HubProcess& hub, const fs::path& folder, const char* name, const char* channel,
               const std::string& file) {
  const auto yaml = (folder / (std::string(name) + ".yaml")).string();
  std::ofstream(yaml) << file;
  return hub.Command({"source", "add", name, "--channel", channel, "--mapping", yaml, "--state", "live", "--data",
                      hub.folder()})
             .status == 0;
}

std::size_t FilesIn(const fs::path& folder) {
  std::error_code failed;
  return static_cast<std::size_t>(
      std::count_if(fs::directory_iterator(folder, failed), {}, [](const auto& one) { return one.is_regular_file(); }));
}

/// Registered so far, of both sources.
std::map<std::string, int> Registered(const std::string& address, const std::string& key) {
  std::map<std::string, int> counts;
  const auto answer = HttpClient(address, key).Get("/api/v1/sources");
  const Json json = Json::parse(answer.body, nullptr, false);
  if (!json.is_object()) return counts;
  for (const auto& source : json.at("sources")) counts[source.at("name")] = source.at("registered");
  return counts;
}

TEST(FeedsKillTest, WhatIsPulledIsRegisteredOnceThoughTheHubIsKilledAgainAndAgain) {
  support::TemporaryFolder folder;
  const fs::path data = folder.path() + "/data";
  HubProcess hub(GUIYI_BINARY, data.string());
  const std::string key = hub.AddUser("watch", "oversight");
  ASSERT_FALSE(key.empty());
  FillFolders(data);
  ASSERT_TRUE(AddSource(hub, folder.path(), "mail", "email", "kind: mail\noptions: {maildir: mail}\n"));
  ASSERT_TRUE(
      AddSource(hub, folder.path(), "rows", "hotline", "kind: files\noptions: {folder: rows, stable_seconds: 0}\n"));
  std::mt19937 random(20250304);
  const int rounds = support::FullRun() ? 60 : 6;
  for (int round = 0; round < rounds; ++round) {
    ASSERT_TRUE(hub.Start()) << "round " << round;
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
    hub.KillNow();
  }
  ASSERT_TRUE(hub.Start());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  const auto done = [&] {
    const auto counts = Registered(hub.http(), key);
    return FilesIn(data / "mail/new") == 0 && FilesIn(data / "rows") == 0 && counts.contains("mail") &&
           counts.at("mail") >= kMails && counts.at("rows") >= kRows;
  };
  while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto counts = Registered(hub.http(), key);
  EXPECT_EQ(counts.at("mail"), kMails);
  EXPECT_EQ(counts.at("rows"), kRows);
  EXPECT_EQ(FilesIn(data / "mail/cur"), static_cast<std::size_t>(kMails)) << "none is deleted";
  EXPECT_EQ(FilesIn(data / "rows/archive"), 1u);
  EXPECT_EQ(hub.StopGently(), 0);
  const auto vkey = hub.Command({"ledger", "vkey", "--data", data.string()});
  ASSERT_EQ(vkey.status, 0);
  const auto verified =
      hub.Command({"ledger", "verify", "--dir", data.string(), "--key", vkey.out.substr(0, vkey.out.find('\n'))});
  EXPECT_EQ(verified.status, 0) << verified.out;
}

}  // namespace
