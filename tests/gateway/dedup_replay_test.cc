// Replaying labelled submissions through the real pipeline: repeatable, in time order, and clear about lines that are
// none.
#include "gateway/commands/dedup_replay.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/process.h"

namespace gateway {
namespace {

using petition::Json;

std::vector<Json> PredictionsOf(const std::vector<ReplayLine>& lines, ReplayReport& report) {
  std::vector<Json> predictions;
  const auto predict = [&](const Json& prediction) {
    predictions.push_back(prediction);
    predictions.back().erase("micros");
  };
  auto replayed = Replay(lines, {}, predict, {});
  EXPECT_TRUE(replayed.ok());
  if (replayed.ok()) report = std::move(*replayed);
  return predictions;
}

TEST(DedupReplayTest, TheSameLinesGiveTheSamePredictions) {
  auto lines = ReadReplay({GUIYI_SOURCE_DIR "/config/demo/petitions.jsonl"}).value();
  ASSERT_GE(lines.size(), 40u);
  lines.resize(40);
  ReplayReport first, second;
  const auto predictions = PredictionsOf(lines, first);
  EXPECT_EQ(first.submissions + first.closures, lines.size());
  EXPECT_EQ(first.skipped, 0u);
  EXPECT_EQ(predictions.size(), first.submissions);
  EXPECT_LT(first.relations["new"], first.submissions) << "nothing was found";
  EXPECT_EQ(PredictionsOf(lines, second), predictions);
}

TEST(DedupReplayTest, LinesOfSeveralFilesAreMergedByTheirTime) {
  support::TemporaryFolder folder;
  const auto write = [&](const char* name, const std::string& text) {
    std::string file = folder.path() + "/" + name;
    std::ofstream(file) << text;
    return file;
  };
  const auto one = write("one", R"({"id": "late", "receivedAt": "2025-03-02T09:00:00+08:00"})"
                                "\n\n"
                                R"({"id": "early", "receivedAt": "2025-03-01T09:00:00+08:00"})");
  const auto two = write("two", R"({"type": "closure", "id": "early", "at": "2025-03-01T10:00:00+08:00"})");
  const auto lines = ReadReplay({one, two}).value();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].id, "early");
  EXPECT_TRUE(lines[1].closure);
  EXPECT_EQ(lines[2].id, "late");

  for (const auto& [text, why] :
       {std::pair("{}\n", "`receivedAt` is no time"), std::pair("[1]\n", "is no JSON object"),
        std::pair(R"({"type": "closure", "at": "2025-03-01T10:00:00+08:00"})", "a closure without an id")}) {
    const auto bad = ReadReplay({one, write("bad", "\n" + std::string(text))});
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().message, "bad:2: " + std::string(why));
  }
  EXPECT_EQ(ReadReplay({folder.path() + "/nowhere"}).error().code, petition::Code::kNotFound);
}

}  // namespace
}  // namespace gateway
