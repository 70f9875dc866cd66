#include <gtest/gtest.h>

#include "petition/identifiers.h"

namespace petition {
namespace {

std::string Name(std::string_view text) {
  static const char* kNames[] = {"missing", "full", "partial", "anonymous"};
  const PersonName name = NormaliseName(text);
  return std::string(kNames[static_cast<int>(name.kind)]) + ":" + name.normal + ":" + name.surname;
}

TEST(NameTest, FullNamesAreFolded) {
  EXPECT_EQ(Name("張偉"), "full:张伟:张");
  EXPECT_EQ(Name(" 张　伟 "), "full:张伟:张");
  EXPECT_EQ(Name("欧阳敏"), "full:欧阳敏:欧阳");
  EXPECT_EQ(Name("歐陽建國"), "full:欧阳建国:欧阳");
  EXPECT_EQ(Name("张伟（户主）"), "full:张伟:张");
  EXPECT_EQ(Name("阿卜杜拉•买买提"), "full:阿卜杜拉·买买提:");
  EXPECT_EQ(Name("阿卜杜拉・买买提"), Name("阿卜杜拉.买买提"));
  EXPECT_EQ(Name("𠮷野"), "full:𠮷野:");
  EXPECT_EQ(Name("John Smith"), "full:johnsmith:");
  EXPECT_EQ(Name("戴维"), "full:戴维:戴");
  EXPECT_EQ(Name("田野"), "full:田野:田");
  EXPECT_EQ(Name("何工"), "partial:何:何");
}

TEST(NameTest, TitlesGoAndLeaveWhatIsKnown) {
  for (const char* typed : {"王先生", "王女士", "王小姐", "王老师",   "王师傅",  "王大姐",     "王同志", "王阿姨",
                            "王大爷", "王婆婆", "王老板", "王总",     "王伯",    "王某",       "王某某", "老王",
                            "小王",   "王",     "王氏",   "小王师傅", "王 先生", "王先生(代)", "王主任"}) {
    EXPECT_EQ(Name(typed), "partial:王:王") << typed;
  }
  EXPECT_EQ(Name("欧阳女士"), "partial:欧阳:欧阳");
  EXPECT_EQ(Name("司马"), "partial:司马:司马");
  EXPECT_EQ(Name("张伟先生"), "full:张伟:张");
  EXPECT_EQ(Name("李建军主任"), "full:李建军:李");
  EXPECT_EQ(Name("覃某"), "partial:覃:覃");
  EXPECT_EQ(Name("覃某某"), "partial:覃:覃");
}

TEST(NameTest, WhatStandsAroundANameGoes) {
  EXPECT_EQ(Name("业主张伟"), "full:张伟:张");
  EXPECT_EQ(Name("村民：陈桂芳"), "full:陈桂芳:陈");
  EXPECT_EQ(Name("张伟等5人"), "full:张伟:张");
  EXPECT_EQ(Name("张伟等"), "full:张伟:张");
  EXPECT_EQ(Name("李建军、孙丽、周国平"), "full:李建军:李");
  EXPECT_EQ(Name("等闲"), "full:等闲:");
  EXPECT_EQ(Name("莫子涵家长"), "partial:莫子涵家长:");
  EXPECT_EQ(Name("祝福来"), "full:祝福来:祝");
}

TEST(NameTest, MaskedNamesKeepWhatShows) {
  EXPECT_EQ(Name("王*峰"), "partial:王*峰:王");
  EXPECT_EQ(Name("王＊峰"), "partial:王*峰:王");
  EXPECT_EQ(Name("王×峰"), "partial:王*峰:王");
  EXPECT_EQ(Name("吴某邦"), "partial:吴*邦:吴");
  EXPECT_EQ(Name("王**"), "partial:王**:王");
  EXPECT_EQ(Name("**"), "missing::");
  EXPECT_EQ(Name("某某"), "anonymous::");
}

TEST(NameTest, NobodyIsAnonymousOrMissing) {
  for (const char* typed : {"匿名", "不愿透露", "不愿透露姓名", "匿名用户", "热心市民", "部分业主", "群众", "保密",
                            "要求保密", "无名氏", "网友", "全体村民"}) {
    EXPECT_EQ(Name(typed), "anonymous::") << typed;
  }
  for (const char* typed :
       {"", " ", "无", "不详", "null", "\\N", "未知", "-", "/", "123", "A00012345", "13812345678", "。", "（）"}) {
    EXPECT_EQ(Name(typed), "missing::") << typed;
  }
}

TEST(NameTest, NormalFormsAreFixedPoints) {
  for (const char* typed : {"張偉", "王先生", "欧阳敏", "王＊峰", "吴某邦", "阿卜杜拉•买买提", "John Smith", "阿强"}) {
    const PersonName once = NormaliseName(typed);
    const PersonName again = NormaliseName(once.normal);
    EXPECT_EQ(again.normal, once.normal);
    EXPECT_EQ(again.kind, once.kind);
  }
}

TEST(MaskTest, NamesPhonesAndIdNumbers) {
  EXPECT_EQ(MaskName("王小峰"), "王*峰");
  EXPECT_EQ(MaskName("张伟"), "张*");
  EXPECT_EQ(MaskName("欧阳建国"), "欧**国");
  EXPECT_EQ(MaskName("阿卜杜拉·买买提"), "阿***");
  EXPECT_EQ(MaskName("王先生"), "王先生");
  EXPECT_EQ(MaskName("匿名"), "匿名");
  EXPECT_EQ(MaskName("匿名（张伟）"), "匿名");
  EXPECT_EQ(MaskName("王先生（张伟代）"), "王***");
  EXPECT_EQ(MaskName("13812341234"), "1***");
  EXPECT_EQ(MaskName("无"), "无");
  EXPECT_EQ(MaskName(""), "");
  EXPECT_EQ(MaskPhone("13812341234"), "138****1234");
  EXPECT_EQ(MaskPhone("+86 138 1234 1234"), "138****1234");
  EXPECT_EQ(MaskPhone("057187654321"), "0***");
  EXPECT_EQ(MaskPhone(""), "");
  EXPECT_EQ(MaskIdNumber("330224198001011234"), "330224********1234");
  EXPECT_EQ(MaskIdNumber("11010519491231002x"), "110105********002X");
  EXPECT_EQ(MaskIdNumber("E12345678"), "E***");
}

TEST(MaskTest, NumbersInsideATextAreMasked) {
  EXPECT_EQ(MaskText("我的电话13812341234，身份证33022419800101123X。"),
            "我的电话138****1234，身份证330224********123X。");
  EXPECT_EQ(MaskText("１３８１２３４１２３４"), "138****1234");
  EXPECT_EQ(MaskText("138 1234 1234或138-1234-1234"), "138****1234或138****1234");
  EXPECT_EQ(MaskText("+8613812341234"), "+86138****1234");
  EXPECT_EQ(MaskText("110105491231002"), "110105*****1002");
  EXPECT_EQ(MaskText("0571-87654321"), "0571******21");
  EXPECT_EQ(MaskText("联系电话87654321"), "联系电话87****21");
  EXPECT_EQ(MaskText("卡号6222021234567890123"), "卡号6222***********0123");
  EXPECT_EQ(MaskText("13812341234 13912341234"), "138****1234 139****1234");
}

TEST(MaskTest, OtherNumbersStay) {
  for (const char* text : {"2024-01-05交款32000元", "7栋1单元501", "信〔2025〕0513号", "工单WC12345-250106-7356",
                           "20250304101200", "拨打12345热线", "共213.6亩"}) {
    EXPECT_EQ(MaskText(text), text);
  }
}

TEST(MaskTest, LongDigitStringsAreReadOnce) {
  const std::string digits(2'000'000, '1');
  EXPECT_EQ(MaskText(digits).size(), digits.size());
  std::string groups;
  for (int i = 0; i < 300'000; ++i) groups += "1 ";
  EXPECT_EQ(MaskText(groups), groups);
}

}  // namespace
}  // namespace petition
