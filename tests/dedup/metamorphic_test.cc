// What must not change a verdict, and what a waterfall must sum to.
#include <gtest/gtest.h>

#include <cmath>

#include "dedup/reasons.h"
#include "tests/dedup/invented.h"

namespace dedup {
namespace {

using petition::Json;
using petition::Mode;
using petition::Relation;

std::vector<Prediction> Decided(const std::vector<Line>& lines) { return Replay(lines, Model::BuiltIn()); }

Json Message(const std::string& place, const std::string& title, const std::string& content, const std::string& name,
             const std::string& phone) {
  return {{"title", title},
          {"content", content},
          {"placeText", place},
          {"petitioners", Json::array({InventedPerson(name, phone)})}};
}

std::vector<Line> Pair(Json later) {
  return {InventedLine("a", "2025-03-01T09:00:00+08:00",
                       Message("望江路枫林花园3栋", "枫林花园3栋电梯停运",
                               "枫林花园3栋两部电梯停了十天，老人下不了楼，物业说没有配件。", "赵文海", "13912340001")),
          InventedLine("b", "2025-03-05T09:00:00+08:00", std::move(later), "hotline")};
}

void ExpectSame(const Prediction& a, const Prediction& b, double tolerance = 0) {
  EXPECT_EQ(a.relation, b.relation);
  EXPECT_EQ(a.mode, b.mode);
  EXPECT_EQ(a.of, b.of);
  EXPECT_NEAR(a.score, b.score, tolerance);
}

TEST(MetamorphicTest, TraditionalCharactersGiveTheSameVerdict) {
  const auto plain = Decided(Pair(Message("枫林花园3栋", "电梯还没有修",
                                          "枫林花园3栋的电梯还是没有修好，老人天天爬楼。", "赵文海", "13912340001")));
  const auto traditional = Decided(Pair(Message(
      "楓林花園3棟", "電梯還沒有修", "楓林花園3棟的電梯還是沒有修好，老人天天爬樓。", "趙文海", "13912340001")));
  ExpectSame(plain[1], traditional[1]);
}

TEST(MetamorphicTest, WidthAndNotationOfNumbersGiveTheSameVerdict) {
  const auto plain =
      Decided(Pair(Message("枫林花园3栋", "电梯还没有修", "枫林花园3栋的电梯还是没有修好。", "赵文海", "13912340001")));
  const auto wide = Decided(Pair(Message("枫林花园３栋", "电梯还没有修", "枫林花园３栋的电梯还是没有修好。", "赵文海",
                                         "１３９－１２３４－０００１")));
  ExpectSame(plain[1], wide[1]);
  for (const std::string notation : {"3号楼", "三号楼", "3#楼", "叁幢", "三栋"}) {
    const auto other = Decided(Pair(Message("枫林花园" + notation, "电梯还没有修",
                                            "枫林花园" + notation + "的电梯还是没有修好。", "赵文海", "13912340001")));
    EXPECT_EQ(other[1].relation, plain[1].relation) << notation;
    EXPECT_EQ(other[1].of, plain[1].of) << notation;
    const auto& reasons = other[1].verdict.reasons;
    EXPECT_TRUE(std::none_of(reasons.begin(), reasons.end(), [](const Reason& r) {
      return r.feature.starts_with("building_differs");
    })) << notation;
  }
}

TEST(MetamorphicTest, ListedGroupsMeetEachOfThem) {
  const auto of = [](const std::string& place) {
    const auto line =
        InventedLine("a", "2025-03-01T09:00:00+08:00", Message(place, "道路", "道路硬化", "赵文海", "13912340001"));
    const auto profile = Extract(line.submission, {"portal", line.at, false});
    std::vector<std::string> out;
    for (const auto& part : profile.parts) out.push_back(part.value);
    return out;
  };
  EXPECT_EQ(of("青石村八、九、十组"), (std::vector<std::string>{"8", "9", "10"}));
  EXPECT_EQ(of("枫林花园1至4号楼"), (std::vector<std::string>{"1", "2", "3", "4"}));
  EXPECT_EQ(of("青石村第十村民小组"), (std::vector<std::string>{"10"}));
}

TEST(MetamorphicTest, SentAgainUnderAnotherNumberIsStillTied) {
  auto lines = InventedMatters(20);
  const auto before = Decided(lines);
  std::vector<Line> more = lines;
  for (const auto& line : lines) {
    Line again = line;
    again.id += "-again";
    again.at += std::chrono::hours(24 * 300);
    again.submission.received_at = again.at;
    more.push_back(std::move(again));
  }
  std::stable_sort(more.begin(), more.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
  const auto after = Decided(more);
  for (const auto& one : before) {
    const auto same = std::find_if(after.begin(), after.end(), [&](const Prediction& p) { return p.id == one.id; });
    ExpectSame(one, *same);  // what comes later changes nothing earlier
  }
  for (const auto& one : after) {
    if (one.id.ends_with("-again")) {
      EXPECT_NE(one.mode, Mode::kNew) << one.id;
    }
  }
}

TEST(MetamorphicTest, OrderOfPetitionersAndOfLinesOfOneTimeChangesNothing) {
  Json two = Message("枫林花园3栋", "电梯还没有修", "枫林花园3栋的电梯还是没有修好。", "赵文海", "13912340001");
  two["petitioners"].push_back({{"name", "钱玉珍"}, {"phone", "13912340077"}, {"role", "joint"}});
  Json turned = two;
  std::swap(turned["petitioners"][0], turned["petitioners"][1]);
  ExpectSame(Decided(Pair(two))[1], Decided(Pair(turned))[1]);
}

/// Those that come with reasons; the others must come without.
std::vector<Comparison> Explained(const Verdict& verdict) {
  auto explained = verdict.candidates;
  for (; explained.size() > kCandidatesExplained; explained.pop_back()) EXPECT_TRUE(explained.back().reasons.empty());
  return explained;
}

// The reasons of each part sum to its log-odds, and the two probabilities give the score.
TEST(WaterfallTest, SumsToTheScore) {
  std::size_t compared = 0;
  for (const auto& prediction : Decided(InventedMatters(30)))
    for (const auto& one : Explained(prediction.verdict)) {
      const auto probability = [&](ReasonPart part) { return 1 / (1 + std::exp(-SumOf(one.reasons, part))); };
      const double people = probability(ReasonPart::kPeople), matter = probability(ReasonPart::kMatter);
      EXPECT_NEAR(people, one.people, 1e-6);
      EXPECT_NEAR(matter, one.matter, 1e-6);
      EXPECT_NEAR(matter * (petition::SharesCase(one.relation) ? people : 1 - people),
                  matter * (petition::SharesCase(one.relation) ? one.people : 1 - one.people), 1e-6);
      ++compared;
    }
  EXPECT_GT(compared, 100u);
}

TEST(WaterfallTest, SpeaksChineseAndEnglishStrongestFirst) {
  for (const auto& prediction : Decided(InventedMatters(10)))
    for (const auto& one : Explained(prediction.verdict)) {
      EXPECT_FALSE(one.reasons.empty());
      double before = 1e9;
      for (const auto& reason : one.reasons) {
        EXPECT_FALSE(ReasonInEnglish(reason.feature).empty()) << reason.feature;
        EXPECT_NE(reason.detail, reason.feature);
        if (IsSum(reason.feature)) continue;
        EXPECT_LE(std::abs(reason.weight), before);
        before = std::abs(reason.weight);
      }
    }
}

}  // namespace
}  // namespace dedup
