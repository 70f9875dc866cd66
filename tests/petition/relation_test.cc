#include "petition/relation.h"

#include <gtest/gtest.h>

#include "petition/result.h"

namespace petition {
namespace {

TEST(RelationTest, NamesReadBack) {
  for (int i = 0; i < 7; ++i) {
    const auto relation = static_cast<Relation>(i);
    EXPECT_EQ(RelationFromName(RelationName(relation)), relation);
  }
  for (const Mode mode : {Mode::kNew, Mode::kAuto, Mode::kReview}) EXPECT_EQ(ModeFromName(ModeName(mode)), mode);
  EXPECT_EQ(RelationName(Relation::kSupplement), "supplement");
  EXPECT_EQ(ModeName(Mode::kReview), "review");
  EXPECT_EQ(RelationFromName("Joint"), std::nullopt);
  EXPECT_FALSE(SharesCase(Relation::kJoint));
  EXPECT_TRUE(SharesCase(Relation::kRepeat));
}

Result<int> Half(int number) {
  if (number % 2 != 0) return Invalid("odd", "an odd number has no half");
  return number / 2;
}
Result<int> Quarter(int number) {
  GUIYI_TRY(const int half, Half(number));
  GUIYI_CHECK(Half(half));
  return half / 2;
}

TEST(ResultTest, ErrorsPassThroughAndNameTheirReason) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().Reason(), "odd");
  EXPECT_EQ(Unavailable("x").Reason(), "unavailable");
  EXPECT_EQ(CodeName(Code::kPushback), "pushback");
}

}  // namespace
}  // namespace petition
