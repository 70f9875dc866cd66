#include "petition/sealing.h"

#include <gtest/gtest.h>

namespace petition {
namespace {

SealingOpinion Judge(std::string content, std::string purpose = "", std::string accused = "", std::string title = "") {
  Submission submission;
  submission.title = std::move(title);
  submission.content = std::move(content);
  submission.purpose = std::move(purpose);
  submission.accused = std::move(accused);
  return JudgeSealing(submission);
}

TEST(SealingTest, TheOperatorsFlagAndThePurposeSeal) {
  Submission flagged;
  flagged.content = "路灯不亮";
  flagged.confidential = true;
  EXPECT_EQ(JudgeSealing(flagged).sealing, Sealing::kSealed);
  EXPECT_EQ(JudgeSealing(flagged).rule, "confidential");
  EXPECT_EQ(Judge("路灯不亮", "检举控告").rule, "purpose");
  Submission filed;
  filed.content = "路灯不亮";
  filed.category = "纪检监察";
  EXPECT_EQ(JudgeSealing(filed).sealing, Sealing::kSealed);
  filed.category = "劳动保障监察";
  EXPECT_EQ(JudgeSealing(filed).sealing, Sealing::kOpen);
}

TEST(SealingTest, AccusationsOfOfficialsAreSealed) {
  for (const char* text : {"实名举报某某乡副乡长套取油茶奖补资金。", "我要举报村支书贪污低保款。",
                           "控告派出所民警收受赌场红包，充当保护伞。", "检举县住建局局长滥用职权，为亲属揽工程。",
                           "举報村支書挪用集體資金。", "举报镇长以权谋私。", "揭发法院执行局法官徇私枉法。",
                           "举报：村委会主任虚报危房改造。", "向纪委举报我们镇的党员干部公款吃喝。"}) {
    EXPECT_EQ(Judge(text).sealing, Sealing::kSealed) << text;
  }
  EXPECT_EQ(Judge("他把救灾款装进自己口袋，虚报面积。", "投诉", "白竹乡副乡长").rule, "accused-official");
  EXPECT_EQ(Judge("请查一查。", "举报", "", "致市纪委：反映城管局副局长违纪问题").sealing, Sealing::kSealed);
}

TEST(SealingTest, PartOfTheEvidenceIsUnsure) {
  EXPECT_EQ(Judge("村支书在基本农田上盖了三层楼。", "举报").rule, "report-of-official");
  EXPECT_EQ(Judge("书记家盖三层没人动。", "举报").sealing, Sealing::kUnsure);
  EXPECT_EQ(Judge("村主任虚报修渠款，请核实。", "求决").rule, "official-and-misconduct-unasked");
  EXPECT_EQ(Judge("我举报副乡长的材料怎么到了他手里？", "投诉").sealing, Sealing::kUnsure);
  EXPECT_EQ(Judge("城管的人泄露举报人信息。", "投诉").sealing, Sealing::kUnsure);
  EXPECT_EQ(Judge("两个标段都是他表弟陪标拿下的，他签的字。", "举报").sealing, Sealing::kUnsure);
  EXPECT_EQ(Judge("昨天殴打我父亲。", "投诉", "石桥镇派出所所长").rule, "wrong-by-official");
}

TEST(SealingTest, ReportsOfFirmsNeighboursAndNoiseStayOpen) {
  for (const char* text : {"举报搅拌站半夜扰民。", "养猪场把粪水排到河里，请环保和乡政府核实。",
                           "邻居在路边违建三层楼，请镇综合执法队拆除。", "举报中垣建工未取得施工许可擅自施工。",
                           "业委会选举造假，请文博街道调取选票。", "物业主任态度恶劣。", "美容院院长诱导老人办卡。",
                           "餐馆油烟扰民，请局长过问。", "尊敬的书记：您好！工地夜里施工，请书记管一管。",
                           "市长热线打不通。", "村委会调解过两次没有结果。", "举报驾校教练打人。",
                           "书记信箱回复说已处理。", "请公安民警来巡逻，有人偷电瓶车。", "小区长期停水。"}) {
    EXPECT_EQ(Judge(text, "举报").sealing, Sealing::kOpen) << text << " " << Judge(text, "举报").rule;
  }
  EXPECT_EQ(Judge("村干部说指标用完了，让我等明年。", "求决").sealing, Sealing::kOpen);
  EXPECT_EQ(Judge("房产证办不下来。", "投诉").sealing, Sealing::kOpen);
}

TEST(SealingTest, TheRuleNamesNoWordOfThePetition) {
  const std::string rule = Judge("我要举报村支书贪污低保款。").rule;
  for (const char c : rule) EXPECT_TRUE((c >= 'a' && c <= 'z') || c == '-') << rule;
}

}  // namespace
}  // namespace petition
