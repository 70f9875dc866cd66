// Evidence that one careful reader uses and word counts do not show: what it speaks for, and the near miss it must not
// be taken for. Texts, people and places are made up.
#include <gtest/gtest.h>

#include <algorithm>

#include "dedup/features.h"
#include "dedup/han.h"
#include "dedup/names.h"
#include "dedup/quantities.h"
#include "dedup/topics.h"
#include "tests/dedup/invented.h"

namespace dedup {
namespace {

using petition::Json;

Profile Drawn(Json submission, const std::string& at = "2025-05-06T10:00:00+08:00") {
  const auto line = InventedLine("x", at, std::move(submission));
  return Extract(line.submission, {line.source, line.at, false});
}

MatterVector Compared(const Profile& later, const Profile& earlier) {
  const RarityTable rarity;
  const Prepared a(later, rarity), b(earlier, rarity, Prepared::Side::kEarlier);
  return CompareMatter(
      Later(a), b, [](std::string_view) { return 1.0; }, false);
}

PeopleVector PeopleCompared(const Profile& later, const Profile& earlier) {
  return DescribePeople(later, earlier, ComparePeople(later, earlier), [](std::string_view) { return 1.0; });
}

std::vector<std::string> NamesIn(std::u32string_view place) {
  std::vector<std::string> names;
  for (const auto& named : NamesOfPlace(place, Named::Source::kPlace))
    if (named.kind != Named::Kind::kRegion) names.push_back(ToUtf8(named.name));
  return names;
}

using Names = std::vector<std::string>;

TEST(PlaceNamesTest, AStreetOfficeIsNoStreet) {
  EXPECT_EQ(NamesIn(U"青枫街道白鹭公馆9栋"), (Names{"青枫街道", "白鹭公馆"}));
  EXPECT_EQ(NamesIn(U"青枫街白鹭公馆9栋"), (Names{"青枫街", "白鹭公馆"}));
}

TEST(PlaceNamesTest, ARailwayIsNoRoadAndWhatJoinsTwoRoadsIsInNeither) {
  EXPECT_EQ(NamesIn(U"铁路小区22栋"), (Names{"铁路小区"}));
  EXPECT_EQ(NamesIn(U"枫林大道与白鹭路交叉口"), (Names{"枫林大道", "白鹭路"}));
  EXPECT_EQ(NamesIn(U"至善路12号"), (Names{"至善路"}));
  EXPECT_EQ(NamesIn(U"枫林大道和白鹭路"), (Names{"枫林大道", "白鹭路"}));
  EXPECT_EQ(NamesIn(U"枫林区和平路12号"), (Names{"和平路"}));
  EXPECT_EQ(NamesIn(U"青枫区至善路3号"), (Names{"至善路"}));
  EXPECT_EQ(NamesIn(U"枫林大道和谐家园"), (Names{"枫林大道", "和谐家园"}));
}

TEST(PlaceNamesTest, SectionsAndOldTownsAreNoDistricts) {
  EXPECT_EQ(NamesIn(U"枫林新城a区3栋"), (Names{"枫林新城"}));
  const auto old_town = NamesOfPlace(U"白塘旧城区改建", Named::Source::kPlace);
  EXPECT_TRUE(std::none_of(old_town.begin(), old_town.end(),
                           [](const Named& named) { return named.kind == Named::Kind::kRegion; }));
  const auto district = NamesOfPlace(U"枫林区白塘路", Named::Source::kPlace);
  EXPECT_EQ(district.front().kind, Named::Kind::kRegion);
}

TEST(PlaceNamesTest, WhatEveryPlaceHasIsNoName) {
  EXPECT_EQ(NamesIn(U"白鹭路12号门前路口"), (Names{"白鹭路"}));
  EXPECT_EQ(NamesIn(U"枫林路下穿通道"), (Names{"枫林路"}));
}

TEST(EvidenceTest, ALaterMonthAloneTellsNoYear) {
  const auto at = petition::ParseTime("2025-04-22T10:00:00+08:00").value();
  const auto year_of = [&](std::u32string_view text) { return ReadNumbers(text, at, false).days.at(0).year; };
  EXPECT_EQ(year_of(U"店铺10月开业"), 0);
  EXPECT_EQ(year_of(U"9月14日交的钱"), 2024);
  EXPECT_EQ(year_of(U"12月3000元房租"), 0);
  EXPECT_EQ(year_of(U"去年9月交的钱"), 2024);
  EXPECT_EQ(year_of(U"3月底去过"), 2025);
}

TEST(EvidenceTest, AYearApartIsAnotherYearAndStagesOfAStoryAreNot) {
  const auto text = [](const std::string& when) {
    return Drawn({{"content", when + "暴雨，枫林路积水把我的车淹了。"}, {"placeText", "枫林路"}});
  };
  const auto now = text("2025年7月12日");
  EXPECT_EQ(Compared(now, text("2024年7月15日"))[k_year_differs], 1);
  EXPECT_EQ(Compared(now, text("2025年3月2日"))[k_year_differs], 0);
  EXPECT_EQ(Compared(now, text("2024年12月2日"))[k_year_differs], 0);
  EXPECT_EQ(Compared(now, text("2016年6月"))[k_year_differs], 0.5);
}

TEST(EvidenceTest, TheThingComplainedOfTiesItsSides) {
  const auto noise = Drawn({{"content", "村口搅拌站半夜响个不停，吵得睡不着。"}});
  const auto permit = Drawn({{"content", "村口的混凝土站没有手续，占了耕地。"}});
  const auto dogs = Drawn({{"content", "楼上养的狗天天叫，吵得睡不着。"}});
  EXPECT_GT(Compared(permit, noise)[k_thing_same], 0);
  EXPECT_EQ(Compared(permit, noise)[k_thing_differs], 0);
  EXPECT_EQ(Compared(dogs, noise)[k_thing_same], 0);
  EXPECT_GT(Compared(dogs, noise)[k_thing_differs], 0);
}

TEST(EvidenceTest, ThingsAreNoTroubleOfTheirOwn) {
  const auto profile = Drawn({{"title", "电梯"}, {"content", "电梯停了三天，老人下不了楼。"}});
  double troubles = 0;
  for (const auto& hit : profile.topics)
    if (IsThing(hit.topic)) {
      EXPECT_EQ(TopicWeight(hit.topic), 0);
    } else {
      troubles += TopicWeight(hit.topic);
    }
  EXPECT_GT(troubles, 0);
  EXPECT_TRUE(std::any_of(profile.topics.begin(), profile.topics.end(),
                          [](const TopicHit& hit) { return IsThing(hit.topic); }));
}

TEST(EvidenceTest, WordsOfOneTopicThatBeginAlikeCountOnce) {
  const auto once = FindTopics(U"暖气管", 0, {}), twice = FindTopics(U"暖气管暖气管", 0, {});
  ASSERT_FALSE(once.empty());
  EXPECT_GT(twice.front().weight, once.front().weight);
  EXPECT_LE(once.front().weight, 3);
}

TEST(EvidenceTest, PartsOfAWordFollowOneAnother) {
  // 征*地*钱
  const auto weight = [](std::u32string_view text) {
    double sum = 0;
    for (const auto& hit : FindTopics(text, 0, {})) sum += hit.weight;
    return sum;
  };
  EXPECT_GT(weight(U"征了我家的地没有给钱"), weight(U"钱没有给我家的地征了"));
  EXPECT_EQ(weight(U"征了我家祖祖辈辈留下来的地没有给钱"), weight(U"钱没有给我家祖祖辈辈留下来的地征了"));
}

TEST(EvidenceTest, ThanksAreNoEndOfATrouble) {
  const auto before = Drawn({{"content", "枫林路路面塌了一个大坑。"}});
  EXPECT_EQ(Compared(Drawn({{"content", "枫林路有个坑，恳请解决，非常感谢！"}}), before)[k_solved_before], 0);
}

TEST(EvidenceTest, TheMainTroubleIsKeptOrOnlyMentioned) {
  const auto wages =
      Drawn({{"title", "拖欠工资"}, {"content", "在枫林工地干活，老板拖欠我三个月工资，讨要工资多次没有结果。"}});
  const auto again = Drawn({{"title", "工资还没给"}, {"content", "拖欠的工资到现在一分没发，工钱要不到。"}});
  const auto injury = Drawn(
      {{"title", "工伤不赔"},
       {"content", "在枫林工地受伤，手指被机器夹断，要求认定工伤，医药费、误工费都不给，班组长说没有买工伤保险。"}});
  EXPECT_EQ(Compared(again, wages)[k_topic_kept], 1);
  EXPECT_LT(Compared(injury, wages)[k_topic_kept], 0.7);
  EXPECT_GT(Compared(injury, wages)[k_topic_added], 0.9);
  EXPECT_EQ(Compared(again, wages)[k_topic_added], 0);
}

TEST(EvidenceTest, TroubleThatIsOverOpensAnotherMatterUnlessItCameBack) {
  const auto before = Drawn({{"content", "枫林路路面塌了一个大坑。"}});
  EXPECT_EQ(Compared(Drawn({{"content", "路面修好后，路边的护栏倒了没人扶。"}}), before)[k_solved_before], 1);
  EXPECT_EQ(Compared(Drawn({{"content", "上次修好后没两天又塌了，再次反映。"}}), before)[k_solved_before], 0);
  EXPECT_EQ(Compared(Drawn({{"content", "上回说已解决，可是没解决，坑还在。"}}), before)[k_solved_before], 0);
}

TEST(EvidenceTest, WhereOneLivesIsNoMentionOfTheOtherBuilding) {
  const auto person = [](const std::string& address) {
    return Json::array({{{"name", "赵文海"}, {"phone", "13900001111"}, {"address", address}, {"role", "main"}}});
  };
  const auto home =
      Drawn({{"content", "家里暖气不热。"}, {"placeText", "枫林苑"}, {"petitioners", person("枫林苑9号楼3单元201")}});
  const auto other = Drawn({{"content", "我另有一套房空着，要求报停供暖。"},
                            {"placeText", "枫林苑4号楼"},
                            {"petitioners", person("枫林苑9号楼3单元201")}});
  const auto spoken_of = Drawn({{"content", "9号楼和4号楼都不热。"}, {"placeText", "枫林苑4号楼"}});
  EXPECT_GT(Compared(other, home)[k_building_differs], 0);
  EXPECT_EQ(Compared(spoken_of, home)[k_building_differs], 0);
}

TEST(EvidenceTest, EverySignerBringsTheirBuilding) {
  const auto joint = Drawn({{"content", "我们的房产证一直办不下来。"},
                            {"placeText", "枫林新城"},
                            {"petitioners",
                             {{{"name", "赵文海"}, {"address", "枫林新城7栋"}, {"role", "main"}},
                              {{"name", "钱玉珍"}, {"address", "枫林新城9栋"}, {"role", "joint"}}}}});
  const auto one = [](const std::string& building) {
    return Drawn({{"content", "房产证还没有办下来。"}, {"placeText", "枫林新城" + building}});
  };
  EXPECT_EQ(Compared(one("9栋"), joint)[k_building_differs], 0);
  EXPECT_GT(Compared(one("3栋"), joint)[k_building_differs], 0);
}

TEST(PeopleEvidenceTest, AFamilyNameAndAHomeAtThePlace) {
  const auto writer = [](const std::string& name, const std::string& phone, const std::string& address,
                         const std::string& place) {
    return Drawn({{"content", "停车收费太高。"},
                  {"placeText", place},
                  {"petitioners", {{{"name", name}, {"phone", phone}, {"address", address}, {"role", "main"}}}}});
  };
  const auto full = writer("苗文海", "13900001111", "枫林路白鹭里6栋", "枫林路");
  const auto there = writer("苗先生", "0990-5550816", "", "白鹭里");
  const auto elsewhere = writer("苗先生", "0990-5550816", "", "金沙里");
  EXPECT_EQ(PeopleCompared(there, full)[k_name_fits_lives_there], 1);
  EXPECT_EQ(PeopleCompared(elsewhere, full)[k_name_fits_lives_there], 0);
  // A desk's telephone against a mobile says less than another mobile.
  EXPECT_LT(PeopleCompared(there, full)[k_phone_differs], 1);
  EXPECT_EQ(PeopleCompared(writer("苗先生", "13800002222", "", "白鹭里"), full)[k_phone_differs], 1);
  // What half the city is called says less.
  const auto common = writer("王文海", "13900001111", "", "枫林路");
  EXPECT_LT(PeopleCompared(writer("王先生", "", "", "枫林路"), common)[k_name_fits],
            PeopleCompared(there, full)[k_name_fits]);
}

TEST(PeopleEvidenceTest, AnotherAccountOfOneSource) {
  const auto writer = [](const std::string& account, const std::string& source) {
    const auto line = InventedLine(
        "x", "2025-05-06T10:00:00+08:00",
        {{"content", "我之前反映过的事。"}, {"petitioners", {{{"account", account}, {"role", "main"}}}}}, source);
    return Extract(line.submission, {line.source, line.at, false});
  };
  const auto before = writer("acc-10001", "portal");
  EXPECT_EQ(PeopleCompared(writer("acc-10002", "portal"), before)[k_account_differs], 1);
  EXPECT_EQ(PeopleCompared(writer("acc-10002", "portal"), before)[k_self_refers], 0);
  EXPECT_EQ(PeopleCompared(writer("acc-10002", "wechat"), before)[k_account_differs], 0);
  EXPECT_EQ(PeopleCompared(writer("acc-10001", "portal"), before)[k_account_differs], 0);
}

}  // namespace
}  // namespace dedup
