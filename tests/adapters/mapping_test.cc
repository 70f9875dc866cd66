#include "adapters/mapping/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/files/rows.h"
#include "adapters/mapping/dates.h"
#include "adapters/mapping/path.h"
#include "adapters/mapping/standard.h"
#include "adapters/mapping/values.h"
#include "adapters/text/encoding.h"
#include "adapters/text/xml_tree.h"

namespace adapters {
namespace {

using petition::Json;
using testing::ElementsAre;
using testing::HasSubstr;

Mapping Must(const Json& json) {
  auto mapping = Mapping::Make(json);
  EXPECT_TRUE(mapping.ok()) << mapping.error().message;
  return mapping.ok() ? std::move(*mapping) : Mapping();
}

petition::Submission Mapped(const Json& rules, const Json& tree) {
  auto mapped = Must(rules).Apply(tree);
  EXPECT_FALSE(mapped.refusal.has_value()) << mapped.refusal->message;
  return mapped.submission.value_or(petition::Submission());
}

std::vector<std::string> Found(const char* path, const Json& tree) {
  std::vector<const Json*> nodes;
  Path::Parse(path)->Find(tree, nodes);
  std::vector<std::string> texts;
  for (const Json* node : nodes) texts.push_back(TextOfNode(*node).value_or("{}"));
  return texts;
}

TEST(PathTest, StepsMeanTheSameInJsonAndXml) {
  const Json tree =
      *XmlToTree("<list><case id='1'><who><name>甲</name></who><who><name main='1'>乙</name></who></case><n/></list>");
  EXPECT_THAT(Found("/list/case/@id", tree), ElementsAre("1"));
  EXPECT_THAT(Found("/list/case/who/name", tree), ElementsAre("甲", "乙"));
  EXPECT_THAT(Found("/list/case/who[2]/name", tree), ElementsAre("乙"));
  EXPECT_THAT(Found("//name", tree), ElementsAre("甲", "乙"));
  EXPECT_THAT(Found("//name[@main='1']", tree), ElementsAre("乙"));
  EXPECT_THAT(Found("/list/*/who[name='甲']/name", tree), ElementsAre("甲"));
  EXPECT_THAT(Found("/list/nothing", tree), ElementsAre());
  EXPECT_THAT(Found("/a~1b", Json{{"a/b", 7}}), ElementsAre("7"));
  for (const char* wrong : {"", "/", "/a//", "/a[", "/a[0]", "/a[x]", "/a[1]b"})
    EXPECT_FALSE(Path::Parse(wrong).ok()) << wrong;
}

TEST(MappingTest, EveryStandardFieldIsOneOfTheSubmission) {
  for (const auto& field : StandardFields()) {
    const std::string name(field.name);
    if (name.starts_with("keep:") || name == "ignore" || name == "id" || name == "source") continue;
    const std::string cell = name.starts_with("location") || name == "headCount" ? "3"
                             : name.ends_with("At")                              ? "2025-03-04 10:00"
                             : name == "purpose"                                 ? "投诉"
                             : name == "channel"                                 ? "来信"
                                                                                 : "1";
    Json tree = {{"content", "x"}, {name, cell}};
    if (name == "location.lon") tree["location.lat"] = "3";
    if (name == "location.lat") tree["location.lon"] = "3";
    const auto submission = Mapped(nullptr, tree);
    EXPECT_TRUE(submission.unknown.empty()) << name << submission.unknown.dump();
    EXPECT_FALSE(submission.content.empty());
  }
}

TEST(MappingTest, HeadingsAreFoundHoweverTheyAreWritten) {
  EXPECT_TRUE(Mapping()
                  .CheckHeadings({" 姓名 ", "聯繫電話", "１２３４５工单编号", "Content", "petitioners[0].idNumber",
                                  "序号", "被反映人（单位）"})
                  .ok());
  const auto submission = Mapped(nullptr, {{"聯繫電話", "1"}, {"１２３４５工单编号", "2"}, {"Content", " x "}});
  EXPECT_EQ(submission.petitioners.at(0).phone, "1");
  EXPECT_EQ(submission.external_id, "2");
  EXPECT_EQ(submission.content, " x ") << "words are not trimmed";
}

TEST(MappingTest, TheSourcesOwnWordsComeBeforeTheStandardOnes) {
  const auto mapping = Must({{"fields", {{"content", "诉求"}, {"keep:headline", "标题"}}}, {"ignore", {"经办"}}});
  EXPECT_TRUE(mapping.CheckHeadings({"标题", "诉求", "经办"}).ok());
  const auto mapped = mapping.Apply({{"标题", "甲"}, {"诉求", "请修路"}, {"经办", "张三"}});
  ASSERT_TRUE(mapped.submission.has_value());
  EXPECT_EQ(mapped.submission->content, "请修路");
  EXPECT_EQ(mapped.submission->title, "");
  EXPECT_EQ(mapped.submission->unknown, (Json{{"headline", "甲"}}));
  EXPECT_TRUE(mapped.unmapped.empty());
}

TEST(MappingTest, StepsRunInTheirOrder) {
  const Json rules = {{"fields",
                       {{"externalId", {{"from", {"工单编号", "12345工单编号"}}, {"strip_prefix", {"12345-", "SH"}}}},
                        {"petitioner.phone", {{"from", "电话"}, {"digits", "true"}}},
                        {"petitioner.name", {{"from", "诉求人"}, {"split", "、"}}},
                        {"category", {{"from", "类别"}, {"split", "_"}, {"join", "/"}}},
                        {"placeText", {{"from", {"区", "街道"}}, {"join", ""}}},
                        {"division", {{"from", "单位"}, {"split", "/"}, {"part", "-1"}}},
                        {"title", {{"from", "无此列"}, {"default", "热线来电"}}},
                        {"channel", {{"constant", "hotline"}}},
                        {"addressee", {{"from", "收件"}, {"width", "half"}}},
                        {"content", "内容"}}}};
  const auto submission = Mapped(rules, {{"12345工单编号", " SH2025001 "},
                                         {"电话", "＋86 139-0000-0001"},
                                         {"诉求人", "甲、 乙、丙"},
                                         {"类别", "城建_道路_路面"},
                                         {"区", "越城区"},
                                         {"街道", "府山街道"},
                                         {"单位", "a/439901"},
                                         {"收件", "ＡＢ　１"},
                                         {"内容", "x"}});
  EXPECT_EQ(submission.external_id, "2025001");
  EXPECT_EQ(submission.petitioners.size(), 3u);
  EXPECT_EQ(submission.petitioners[2].name, "丙");
  EXPECT_EQ(submission.petitioners[0].phone, "8613900000001");
  EXPECT_EQ(submission.category, "城建/道路/路面");
  EXPECT_EQ(submission.place_text, "越城区府山街道");
  EXPECT_EQ(submission.division, "439901");
  EXPECT_EQ(submission.title, "热线来电");
  EXPECT_EQ(submission.channel, "hotline");
  EXPECT_EQ(submission.addressee, "AB 1");
}

TEST(MappingTest, ACodeWithoutMeaningIsKeptAndCountedNeverGuessed) {
  const Json rules = {{"fields", {{"purpose", {{"from", "xfmddm"}, {"codes", "purposes"}}}, {"content", "tsnr"}}},
                      {"codes", {{"purposes", {{"0001", "求决"}}}}}};
  EXPECT_EQ(Mapped(rules, {{"xfmddm", "0001"}, {"tsnr", "x"}}).purpose, "求决");
  const auto mapped = Must(rules).Apply({{"xfmddm", "0404"}, {"tsnr", "x"}, {"新列", "值"}, {"空列", " "}});
  ASSERT_TRUE(mapped.submission.has_value());
  EXPECT_EQ(mapped.submission->purpose, "");
  EXPECT_EQ(mapped.submission->unknown, (Json{{"purposeAsGiven", "0404"}, {"新列", "值"}}));
  EXPECT_THAT(mapped.unmapped, ElementsAre("xfmddm=0404", "新列"));
}

TEST(MappingTest, NestedRecordsGivePeopleAndKeepWhatIsLeft) {
  const Json rules = {
      {"standard", "false"},
      {"fields", {{"externalId", "/case/@id"}, {"content", "/case/text"}}},
      {"people",
       {{"each", "/case/people/person"},
        {"fields", {{"name", "xm"}, {"role", {{"from", "zfrbz"}, {"codes", {{"1", "main"}, {"0", "joint"}}}}}}}}},
      {"keep", {"/case/dept"}}};
  const Json tree = *XmlToTree(
      "<?xml version='1.0'?><case id='9'><text>路灯不亮</text><people><person><xm>甲</xm><zfrbz>0</zfrbz></person>"
      "<person><xm>乙</xm><zfrbz>1</zfrbz><hobby>h</hobby></person></people><dept>城管</dept></case>");
  const auto mapped = Must(rules).Apply(tree);
  ASSERT_TRUE(mapped.submission.has_value());
  EXPECT_EQ(mapped.submission->petitioners.at(1).name, "乙");
  EXPECT_EQ(mapped.submission->petitioners.at(1).role, "main");
  EXPECT_THAT(mapped.unmapped, ElementsAre("/case/people/person/hobby"));
  EXPECT_EQ(mapped.submission->unknown.at("/case/dept"), "城管");
}

TEST(MappingTest, FailedFieldsAreAllNamedByTheSourcesWords) {
  const Json rules = {{"fields",
                       {{"receivedAt", {{"from", "时间"}, {"required", "true"}}},
                        {"externalId", {{"from", "号"}, {"required", "true"}}},
                        {"content", "内容"}}}};
  const auto mapped = Must(rules).Apply({{"时间", "昨天"}, {"内容", "x"}});
  ASSERT_TRUE(mapped.refusal.has_value());
  EXPECT_EQ(mapped.refusal->reason, "unmappable");
  ASSERT_EQ(mapped.refusal->fields.size(), 2u);
  EXPECT_EQ(mapped.refusal->fields[0].pointer + mapped.refusal->fields[0].code, "/号field_missing");
  EXPECT_EQ(mapped.refusal->fields[1].pointer + mapped.refusal->fields[1].code, "/时间value_invalid");
  EXPECT_THAT(mapped.refusal->fields[1].message, testing::Not(HasSubstr("昨天")));
}

TEST(MappingTest, ReportsAreToldFromSubmissions) {
  const Json rules = {{"report",
                       {{"when", {{"from", "类型"}, {"is", {"办结"}}}},
                        {"externalId", "编号"},
                        {"event", {{"from", "类型"}, {"codes", {{"办结", "closed"}}}}},
                        {"text", "结果"},
                        {"at", {{"from", "时间"}, {"date", "yyyyMMddHHmmss"}}}}}};
  const auto mapped =
      Must(rules).Apply({{"类型", "办结"}, {"编号", "7"}, {"结果", "已修"}, {"时间", "20250304101205"}});
  ASSERT_TRUE(mapped.report.has_value());
  EXPECT_EQ(mapped.report->external_id, "7");
  EXPECT_EQ(mapped.report->event, "closed");
  EXPECT_EQ(mapped.report->text, "已修");
  EXPECT_EQ(petition::FormatTime(*mapped.report->at), "2025-03-04T10:12:05+08:00");
  EXPECT_TRUE(Must(rules).Apply({{"类型", "新件"}, {"编号", "7"}, {"内容", "x"}}).submission.has_value());
}

TEST(MappingTest, UnknownKeysAndImpossibleRulesAreRefused) {
  const Json wrongs[] = {
      {{"feilds", Json::object()}},
      {{"fields", {{"titel", "标题"}}}},
      {{"fields", {{"title", {{"from", "标题"}, {"upper", "true"}}}}}},
      {{"fields", {{"title", {{"trim", "true"}}}}}},
      {{"fields", {{"purpose", {{"from", "a"}, {"codes", "none"}}}}}},
      {{"fields", {{"title", {{"from", "a"}, {"split", ","}}}}}},
      {{"fields", {{"receivedAt", {{"from", "a"}, {"date", "sometime"}}}}}},
      {{"fields", {{"headCount", {{"constant", "many"}}}}}},
      {{"people", {{"fields", {{"name", "xm"}}}}}},
      {{"report", {{"event", "x"}}}},
      {{"keep", {"/a["}}},
      "text",
  };
  for (const Json& wrong : wrongs) {
    const auto made = Mapping::Make(wrong);
    ASSERT_FALSE(made.ok()) << wrong.dump();
    EXPECT_EQ(made.error().reason, "mapping_invalid");
    EXPECT_FALSE(made.error().fields.empty());
  }
}

TEST(DatesTest, ATwelveHourClockWithoutItsHalfTellsTheDayOnly) {
  EXPECT_EQ(DateByForm("2024/01/05 03:05:00", "yyyy/MM/dd HH:mm:ss")->time, "2024-01-05T03:05:00+08:00");
  const auto trap = DateByForm("2024/01/05 03:05:00", "yyyy/MM/dd hh:mm:ss");
  EXPECT_TRUE(trap->half_unknown);
  EXPECT_EQ(trap->time, "2024-01-05T00:00:00+08:00");
  EXPECT_FALSE(DateByForm("2024/01/05 15:05:00", "yyyy/MM/dd hh:mm:ss").has_value());
  EXPECT_EQ(DateByForm("2024/01/05 下午03:05:00", "yyyy/MM/dd ahh:mm:ss")->time, "2024-01-05T15:05:00+08:00");
  EXPECT_EQ(DateByForm("1/5/2024 12:05 AM", "M/d/yyyy h:mm a")->time, "2024-01-05T00:05:00+08:00");
  EXPECT_EQ(DateByForm("45292.5", "serial")->time, "2024-01-01T12:00:00+08:00");
  EXPECT_EQ(DateByForm("0", "epoch")->time, "1970-01-01T08:00:00+08:00");
  EXPECT_FALSE(DateByForm("2024-02-30", "yyyy-MM-dd").has_value());
  const auto mapped = Must({{"fields", {{"receivedAt", {{"from", "时间"}, {"date", "yyyy/MM/dd hh:mm:ss"}}}}}})
                          .Apply({{"时间", "2024/01/05 03:05:00"}, {"内容", "x"}});
  EXPECT_THAT(mapped.unmapped, ElementsAre("时间 (12h)"));
  EXPECT_EQ(mapped.submission->unknown.at("receivedAtAsGiven"), "2024/01/05 03:05:00");
}

TEST(XmlTreeTest, DocumentTypesBombsAndDeepNestingAreRefused) {
  const auto reason = [](const std::string& xml, XmlLimits limits = {}) {
    const auto tree = XmlToTree(xml, limits);
    return tree.ok() ? std::string("ok") : tree.error().reason;
  };
  EXPECT_EQ(reason("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), "xml_doctype");
  EXPECT_EQ(reason("<!DOCTYPE a SYSTEM 'http://example.invalid/a.dtd'><a/>"), "xml_doctype");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_EQ(reason(deep), "xml_too_deep");
  EXPECT_EQ(reason("<a><b/><b/><b/></a>", {64, 3, 1000}), "xml_too_large");
  EXPECT_EQ(reason("<a>" + std::string(2000, 'x') + "</a>", {64, 30, 1000}), "xml_too_large");
  EXPECT_EQ(reason("<a>"), "xml_invalid");
  EXPECT_EQ(reason(""), "xml_invalid");
  EXPECT_EQ(reason("<?xml version='1.0' encoding='ebcdic'?><a/>"), "encoding_unknown");
}

TEST(XmlTreeTest, DeclaredEncodingsAreDecodedFirst) {
  const Json gbk = *XmlToTree("<?xml version=\"1.0\" encoding=\"GBK\"?>\n<a><b>\xD5\xC5\x96\x7C</b><![CDATA[ ]]></a>");
  EXPECT_EQ(gbk, (Json{{"a", {{"b", "张東"}}}}));
  EXPECT_EQ(*XmlToTree("\xEF\xBB\xBF<a x='1'>t</a>"), (Json{{"a", {{"@x", "1"}, {"#text", "t"}}}}));
  EXPECT_EQ(*XmlToTree("<s:E xmlns:s='urn:x'><s:b>1</s:b></s:E>"), (Json{{"E", {{"@xmlns", "urn:x"}, {"b", "1"}}}}));
}

TEST(XmlTreeTest, AnElementCutOutOfItsDocumentIsReadWithoutItsDeclarations) {
  EXPECT_FALSE(XmlToTree("<x:a><x:b y:c='1'>t</x:b></x:a>").ok());
  XmlLimits alone;
  alone.namespaces = false;
  EXPECT_EQ(*XmlToTree("<x:a xmlns:z='u'><x:b y:c='1'>t</x:b></x:a>", alone),
            (Json{{"a", {{"b", {{"@c", "1"}, {"#text", "t"}}}}}}));
}

TEST(XmlTreeTest, ElementsAreGivenOneByOneWhateverThePieces) {
  const std::string xml =
      "<list><h>x</h><case><n>1</n></case><other><case>no</case></other><case><n>2</n></case></list>";
  for (const std::size_t piece : {1u, 7u, 1000u}) {
    XmlElements elements("/list/case", {});
    std::vector<std::string> seen, spans;
    for (std::size_t at = 0; at < xml.size(); at += piece) {
      ASSERT_TRUE(elements
                      .Feed(xml.substr(at, piece), at + piece >= xml.size(),
                            [&](Json tree, std::uint64_t begin, std::uint64_t end) {
                              seen.push_back(tree.dump());
                              spans.push_back(xml.substr(begin, end - begin));
                            })
                      .ok());
    }
    EXPECT_THAT(seen, ElementsAre(R"({"case":{"n":"1"}})", R"({"case":{"n":"2"}})"));
    EXPECT_THAT(spans, ElementsAre("<case><n>1</n></case>", "<case><n>2</n></case>"));
  }
}

TEST(EncodingTest, Big5IsReadWhereItIsDeclared) {
  EXPECT_EQ(*Decoder(Encoding::kBig5).Decode("\xB1\x69\xAA\x46"), "張東");
  EXPECT_EQ(*Decoder(Encoding::kGb18030).Decode("\x95\x34\xB2\x35"), "𠮷");
  EXPECT_FALSE(Decoder(Encoding::kBig5).Decode("\xB1").ok());
}

TEST(ValuesTest, TimesOfOldSystems) {
  const std::pair<const char*, const char*> times[] = {
      {"2025-03-04T10:12:00+08:00", "2025-03-04T10:12:00+08:00"},
      {"2025-03-04T02:12:00Z", "2025-03-04T02:12:00Z"},
      {"2025-03-04 10:12:05", "2025-03-04T10:12:05+08:00"},
      {"2025/3/4 9:05", "2025-03-04T09:05:00+08:00"},
      {"2025.3.4", "2025-03-04T00:00:00+08:00"},
      {"2025年3月4日", "2025-03-04T00:00:00+08:00"},
      {"2025年3月4日 9:05", "2025-03-04T09:05:00+08:00"},
      {"20250304", "2025-03-04T00:00:00+08:00"},
      {"20250304101205", "2025-03-04T10:12:05+08:00"},
      {"2025-03-04 10:12:05.123", "2025-03-04T10:12:05+08:00"},
      {"45292.5", "2024-01-01T12:00:00+08:00"},
      {"45292", "2024-01-01T00:00:00+08:00"},
      {"2025-02-29", ""},
      {"2025-13-01", ""},
      {"2025-03-04 25:00", ""},
      {"04-03-2025", ""},
      {"3月4日", ""},
      {"昨天", ""},
      {"", ""},
      {"0", ""},
      {"99999999999999999999", ""},
      {"2025-03-04 10:12:05 PM", ""},
      {"-2025-03-04", ""},
  };
  for (const auto& [cell, time] : times) EXPECT_EQ(TimeFromCell(cell), time) << cell;
}

TEST(RowsTest, RecordsAreCutAsRfc4180Says) {
  std::vector<std::string> cells;
  EXPECT_TRUE(SplitRecord("a,\"b,\"\"c\"\"\",,\"\"", ',', cells));
  EXPECT_THAT(cells, ElementsAre("a", "b,\"c\"", "", ""));
  EXPECT_TRUE(SplitRecord("a,", ',', cells));
  EXPECT_THAT(cells, ElementsAre("a", ""));
  EXPECT_TRUE(SplitRecord("", ',', cells));
  EXPECT_THAT(cells, ElementsAre(""));
  EXPECT_TRUE(SplitRecord("a\"b,c", ',', cells));
  EXPECT_THAT(cells, ElementsAre("a\"b", "c"));
  EXPECT_FALSE(SplitRecord("\"a", ',', cells));
  EXPECT_FALSE(SplitRecord("\"a\"b,c", ',', cells));
}

TEST(HeadingsTest, ColumnsListedForAFieldStandInForOneAnother) {
  const auto mapping = Must(Json::parse(R"({"fields": {"petitioner.phone": ["联系电话", "来电号码"]}})"));
  EXPECT_TRUE(mapping.CheckHeadings({"联系电话", "来电号码", "内容"}).ok());
  const auto clash = mapping.CheckHeadings({"联系电话", "手机", "没见过"});
  ASSERT_FALSE(clash.ok()) << "手机 is only a standard word for it";
  EXPECT_EQ(clash.error().message,
            "columns whose heading has no meaning here: 3 (give each a field, keep or ignore); columns that mean the "
            "same as an earlier one: 2");
  const auto both = mapping.Apply({{"联系电话", "13812345678"}, {"来电号码", "13987654321"}, {"内容", "x"}});
  ASSERT_TRUE(both.submission.has_value());
  EXPECT_EQ(both.submission->petitioners.at(0).phone, "13812345678");
  EXPECT_TRUE(both.submission->unknown.contains("来电号码")) << "what is not read is kept";
  const auto second = mapping.Apply({{"联系电话", ""}, {"来电号码", "13987654321"}, {"内容", "x"}});
  EXPECT_EQ(second.submission->petitioners.at(0).phone, "13987654321");
}

}  // namespace
}  // namespace adapters
