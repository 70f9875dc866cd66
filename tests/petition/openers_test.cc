#include <gtest/gtest.h>

#include "petition/text/fold.h"

namespace petition::text {
namespace {

std::string Strip(std::string_view text) { return StripOpeners(Fold(text)); }

TEST(StripOpenersTest, WhoTellsAndThatTheyTellGoes) {
  const char* matter = "锦兰湾7栋电梯坏了";
  for (const char* opener : {"来电人反映",
                             "来电人反映：",
                             "来电人称，",
                             "来电人关先生反映，",
                             "市民来电反映",
                             "市民何女士来电咨询：",
                             "投诉人程立新反映：",
                             "群众蓝某反映：",
                             "来访人称",
                             "现市民反映",
                             "匿名市民来电反映",
                             "热心群众举报",
                             "信访人反映：",
                             "有市民投诉",
                             "网友留言反映",
                             "该市民再次来电反映",
                             "王女士来电反映",
                             "来电人说",
                             "反映",
                             "来电者表示，",
                             "市民王先生通过12345热线反映：",
                             "居民来信反映，",
                             "来电人自称",
                             "多位业主反映",
                             "来电人系"}) {
    EXPECT_EQ(Strip(std::string(opener) + matter + "。"), std::string(matter) + "。") << opener;
  }
}

TEST(StripOpenersTest, RequestsThanksAndGreetingsGo) {
  const char* matter = "锦兰湾7栋电梯坏了";
  for (const char* closing :
       {"请相关部门核实处理并回复。", "请协调处理。", "请有关部门尽快核实处理，谢谢！",
        "望领导高度重视，早日解决为盼。", "请相关职能部门尽快派人到现场核实处理。", "恳请领导为民做主。",
        "希望政府部门能够给予解决。", "要求尽快处理并回电。", "特此反映。", "盼复！", "请政府给我们一个说法。",
        "需要回复。", "烦请贵单位予以核查并答复。", "要求回复", "此致\n敬礼", "请为我们老百姓做主！",
        "希望引起有关部门的重视", "以上情况属实，如有不实，愿承担法律责任。"}) {
    EXPECT_EQ(Strip(std::string(matter) + "。" + closing), std::string(matter) + "。") << closing;
  }
  for (const char* greeting :
       {"尊敬的领导：\n　　您好！", "市长您好：", "书记：您好！", "尊敬的江北区委、区政府领导：\n", "信访局同志：",
        "县长好。", "各位领导：你们好！", "您好，", "尊敬的市纪委领导：", "诉求内容：", "现将情况反映如下：",
        "具体情况如下：", "李书记您好，打扰了！"}) {
    EXPECT_EQ(Strip(std::string(greeting) + matter), matter) << greeting;
  }
}

TEST(StripOpenersTest, FactsStay) {
  for (const char* text :
       {"问物业只说等配件", "鼎盛置业说没钱",      "一天一个说法",      "供电所说要排计划",   "投诉电话打不通",
        "市民中心门口积水", "业主群里没人管",      "要求退还定金2万元", "请交通部门安排硬化", "请尽快恢复供水",
        "群众路12号漏水",   "我家住在翠柏苑4号楼", "村民王大顺被打",    "举报信箱是坏的",     "被投诉单位:梧川劳务公司",
        "反映了三次没人管", "家长群收费800元",     "领导班子换届",      "要求公开账目",       "来电显示费每月6元"}) {
    EXPECT_EQ(Strip(text), Fold(text)) << text;
  }
}

TEST(StripOpenersTest, EndsOfSentencesStay) {
  EXPECT_EQ(Strip("电梯坏了,请处理。水管漏了,谢谢!路灯不亮"), "电梯坏了。水管漏了!路灯不亮");
  EXPECT_EQ(Strip("2月10日19:30开始，3.5万元"), "2月10日19:30开始,3.5万元");
}

TEST(StripOpenersTest, NothingIsLeftOfWordsThatSayNothing) {
  EXPECT_EQ(Strip("您好，请相关部门尽快处理，谢谢！"), "");
  EXPECT_EQ(Strip(""), "");
}

TEST(StripOpenersTest, StrippingTwiceChangesNothing) {
  for (const char* text : {"来电人关先生反映，来电人称电梯坏了，请处理。", "尊敬的领导：您好！我叫张伟。此致\n敬礼",
                           "来电人来电人反映反映路灯不亮"}) {
    const std::string once = Strip(text);
    EXPECT_EQ(StripOpeners(once), once);
  }
}

TEST(StripOpenersTest, HostileTextTakesLinearTime) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "来电人";
  EXPECT_EQ(StripOpeners(text), "");
  std::string asks;
  for (int i = 0; i < 100'000; ++i) asks += "请";
  EXPECT_EQ(StripOpeners(asks + "甲"), asks + "甲");
}

}  // namespace
}  // namespace petition::text
