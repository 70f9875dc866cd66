// Calibrating: the same input gives the same bytes, a spoiled model is mended, the report is one well-formed page.
#include <gtest/gtest.h>

#include "dedup/calibration_report.h"
#include "tests/dedup/invented.h"

namespace dedup {
namespace {

const std::vector<std::string> kOneFile = {std::string(64, 'a')};

Calibration CalibrateOn(const std::vector<Line>& lines, const Model::Parameters& start,
                        const std::vector<AnsweredPair>& answers = {}, int rounds = 30) {
  CalibrationOptions options;
  options.folds = 2;
  options.fit.rounds = rounds;
  auto calibration = Calibrate(lines, kOneFile, answers, start, options, {});
  EXPECT_TRUE(calibration.ok());
  return std::move(calibration).value();
}

TEST(CalibrationTest, TheSameLinesGiveTheSameModelAndReport) {
  const auto lines = InventedMatters(10);
  const auto start = Model::BuiltIn();
  const auto one = CalibrateOn(lines, start.parameters()), two = CalibrateOn(lines, start.parameters());
  EXPECT_EQ(WriteParameters(one.model), WriteParameters(two.model));
  EXPECT_EQ(CalibrationReport(one), CalibrationReport(two));
}

TEST(CalibrationTest, MendsASpoiledModel) {
  const auto lines = InventedMatters(24);
  auto spoiled = Model::BuiltIn().parameters();
  spoiled.people.weights.fill(0);
  spoiled.matter_same.weights.fill(0);
  spoiled.matter_other.weights.fill(0);
  const auto mended = CalibrateOn(lines, spoiled, {}, 400);
  ASSERT_FALSE(mended.figures.empty());
  EXPECT_GT(mended.figures.front().figures.found.value, 0.8);
  EXPECT_GE(mended.figures.front().figures.automatic_right.value, 0.9);
}

TEST(CalibrationTest, TheModelSaysWhereItCameFromInCountsAndHashesOnly) {
  const auto lines = InventedMatters(12);
  const auto calibration = CalibrateOn(lines, Model::BuiltIn().parameters());
  const auto& training = calibration.model.training;
  EXPECT_EQ(training["submissions"], 36);
  EXPECT_EQ(training["matters"], 12);
  EXPECT_EQ(training["filesSha256"], petition::Json(kOneFile));
  const auto read = ReadParameters(WriteParameters(calibration.model));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->training, training);
  EXPECT_EQ(read->measured, calibration.model.measured);
  EXPECT_EQ(read->version, calibration.model.version);
}

TEST(CalibrationTest, ReviewersAnswersMoveTheWeights) {
  const auto lines = InventedMatters(12);
  const auto start = Model::BuiltIn();
  std::vector<AnsweredPair> answers;
  for (std::size_t i = 0; i + 2 < lines.size() && answers.size() < 30; ++i) {
    AnsweredPair answer;
    answer.entry = i;
    answer.earlier = Extract(lines[i].submission, {lines[i].source, lines[i].at, false});
    answer.later = Extract(lines[i + 2].submission, {lines[i + 2].source, lines[i + 2].at, false});
    answers.push_back(std::move(answer));
  }
  const auto without = CalibrateOn(lines, start.parameters()), with = CalibrateOn(lines, start.parameters(), answers);
  EXPECT_EQ(with.answers, answers.size());
  EXPECT_NE(with.model.matter_other.bias, without.model.matter_other.bias);
}

TEST(CalibrationTest, NothingLabelledIsRefused) {
  auto lines = InventedMatters(3);
  for (auto& line : lines) line.matter.clear();
  EXPECT_FALSE(Calibrate(lines, kOneFile, {}, Model::BuiltIn().parameters(), {}, {}).ok());
}

// Every tag is closed in its order, and nothing is fetched or run.
TEST(CalibrationReportTest, IsOneWellFormedPage) {
  const auto page = CalibrationReport(CalibrateOn(InventedMatters(12), Model::BuiltIn().parameters()));
  std::vector<std::string> open;
  for (auto at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    const auto end = page.find('>', at);
    ASSERT_NE(end, std::string::npos);
    if (page[at + 1] == '!') continue;
    if (page[at + 1] == '/') {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), page.substr(at + 2, end - at - 2));
      open.pop_back();
    } else if (page[end - 1] != '/') {
      open.push_back(page.substr(at + 1, page.find_first_of(" >", at) - at - 1));
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("href="), std::string::npos);
  EXPECT_EQ(page.find("src="), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

TEST(EvaluationTest, CountsByHand) {
  std::vector<Judged> judged(5);
  const auto set = [&](std::size_t i, std::string relation, std::string decided, petition::Mode mode, bool right) {
    judged[i].id = std::string(1, static_cast<char>('a' + i));
    judged[i].matter = i < 3 ? "x" : "y";
    judged[i].relation = relation, judged[i].decided = decided, judged[i].mode = mode, judged[i].right = right;
    if (decided != "new") judged[i].decided_of = "a";
    if (relation != "new") judged[i].of = i < 3 ? "a" : "d";
  };
  set(0, "new", "new", petition::Mode::kNew, false);
  set(1, "duplicate", "duplicate", petition::Mode::kAuto, true);
  set(2, "joint", "joint", petition::Mode::kReview, true);
  set(3, "new", "duplicate", petition::Mode::kAuto, false);
  set(4, "repeat", "new", petition::Mode::kNew, false);
  judged[3].trap = true;
  const auto figures = Score(judged);
  EXPECT_EQ(figures.ties, 3u);
  EXPECT_DOUBLE_EQ(figures.automatic_right.value, 0.5);
  EXPECT_DOUBLE_EQ(figures.found.value, 2.0 / 3);
  EXPECT_DOUBLE_EQ(figures.traps_tied.value, 1);
  EXPECT_DOUBLE_EQ(figures.questions.value, 0.2);
  EXPECT_DOUBLE_EQ(figures.questions_yes.value, 1);
  // One in three ties is tied, one in two others: at 5 % ties, 0.05/3 of what is tied is right.
  EXPECT_NEAR(figures.precision_at_5, 0.05 / 3 / (0.05 / 3 + 0.95 / 2), 1e-12);
  EXPECT_EQ(figures.confusion.at("repeat").at("new"), 1u);
}

}  // namespace
}  // namespace dedup
