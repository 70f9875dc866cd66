#include "petition/submission.h"

#include <gtest/gtest.h>

#include <random>

#include "petition/base64.h"
#include "petition/submission_text.h"

namespace petition {
namespace {

constexpr const char* kFull = R"({
  "externalId": "WC-1", "upstreamNo": "U1", "linkNo": "L1", "channel": "hotline",
  "receivedAt": "2025-03-04T10:12:00+08:00", "petitionedAt": "2025-03-03T00:00:00Z",
  "petitioners": [{"name": "覃大顺", "idNumber": "439921198106177898", "phone": "19900001207", "callingNumber": "07748881234", "account": "o1",
                   "address": "竹塘村六组", "role": "main", "sex": "1"}, {"role": "joint"}],
  "headCount": 3, "anonymous": true, "title": "欠薪", "content": "欠我三万二\n工资", "placeText": "云栖湾", "division": "439903", "category": "劳动",
  "purpose": "求决", "isPetition": false, "accused": "宏迈", "addressee": "市长", "urgent": true, "threat": "x", "confidential": true,
  "location": {"lon": 110.5, "lat": -1}, "call": {"id": "c1", "operator": "op7", "recordingRef": "r1", "line": 4}, "barcode": "b1",
  "attachments": [{"name": "a.jpg", "mediaType": "image/jpeg", "size": 3, "content": "AQID"}, {"name": "b.mp4", "sha256": "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789"}],
  "claims": {"first": true, "repeat": false, "repeatOf": "WC-0", "mergedInto": "WC-9"},
  "tie": {"caseNo": "C1", "verdict": "same", "by": "op7"}, "gold": {"matter": 1}, "/odd~key": [1]})";

Submission Read(std::string_view text) {
  auto result = SubmissionFromJson(*ParseJson(text));
  EXPECT_TRUE(result.ok()) << text;
  return result.ok() ? *std::move(result) : Submission{};
}
std::vector<std::string> Pointers(const Json& json) {
  const auto result = SubmissionFromJson(json);
  std::vector<std::string> out;
  if (!result) {
    for (const FieldError& field : result.error().fields) out.push_back(field.pointer + " " + field.code);
  }
  return out;
}

TEST(SubmissionTest, EveryFieldIsRead) {
  const Submission s = Read(kFull);
  EXPECT_EQ(s.external_id, "WC-1");
  EXPECT_EQ(s.petitioners.size(), 2u);
  EXPECT_EQ(s.petitioners[0].calling_number, "07748881234");
  EXPECT_EQ(FormatTime(*s.petitioned_at), "2025-03-03T08:00:00+08:00");
  EXPECT_EQ(s.head_count, 3u);
  EXPECT_EQ(s.is_petition, std::optional(false));
  EXPECT_EQ(s.location->lat, -1);
  EXPECT_EQ(s.attachments[0].content, std::string("\1\2\3"));
  EXPECT_EQ(s.attachments[1].sha256.substr(0, 6), "abcdef");
  EXPECT_EQ(s.claims.first, std::optional(true));
  EXPECT_EQ(s.tie.verdict, "same");
}

TEST(SubmissionTest, UnknownFieldsAreKeptAtTheirPlace) {
  const Submission s = Read(kFull);
  EXPECT_EQ(s.unknown.size(), 4u);
  EXPECT_EQ(s.unknown["/petitioners/0/sex"], "1");
  EXPECT_EQ(s.unknown["/call/line"], 4);
  const Json again = SubmissionToJson(s);
  EXPECT_EQ(again["gold"]["matter"], 1);
  EXPECT_EQ(again["petitioners"][0]["sex"], "1");
  EXPECT_EQ(again["/odd~key"][0], 1);
}

TEST(SubmissionTest, JsonOfASubmissionReadsBackTheSame) {
  const Json once = SubmissionToJson(Read(kFull));
  EXPECT_EQ(SubmissionToJson(*SubmissionFromJson(once)), once);
  EXPECT_FALSE(SubmissionToJson(Read(kFull), false)["attachments"][0].contains("content"));
  EXPECT_EQ(SubmissionToJson(Read(
                R"({"title":"x","urgent":false,"headCount":0,"petitioners":[],"call":{},"accused":"","tie":null})")),
            Json({{"title", "x"}}));
}

TEST(SubmissionTest, UnknownFieldsOfPeopleNoLongerThereAreDropped) {
  Submission s = Read(kFull);
  s.petitioners.clear();
  EXPECT_FALSE(SubmissionToJson(s).contains("petitioners"));
}

TEST(SubmissionTest, AllWrongFieldsAreReportedAtOnce) {
  const Json json = {{"content", 7},
                     {"channel", "pigeon"},
                     {"purpose", "骂"},
                     {"receivedAt", "yesterday"},
                     {"headCount", -1},
                     {"urgent", "yes"},
                     {"petitioners", {{{"name", {"a"}}, {"role", "boss"}}, 5}},
                     {"location", {{"lon", 1}}},
                     {"attachments", {{{"content", "%%%"}}, {{"sha256", "12"}}}},
                     {"claims", 1}};
  EXPECT_EQ(Pointers(json),
            (std::vector<std::string>{"/channel unknown_value", "/receivedAt time_invalid", "/headCount type",
                                      "/content type", "/purpose unknown_value", "/urgent type",
                                      "/petitioners/0/name type", "/petitioners/0/role unknown_value",
                                      "/petitioners/1 type", "/attachments/0/content base64",
                                      "/attachments/1/sha256 sha256", "/location/lat missing", "/claims type"}));
}

TEST(SubmissionTest, SizesAndControlCharactersAreBounded) {
  EXPECT_EQ(Pointers({{"title", std::string(kTextBytesMax + 1, 'a')}}), std::vector<std::string>{"/title too_long"});
  EXPECT_EQ(Pointers({{"title", std::string(kTextBytesMax, 'a')}}), std::vector<std::string>{});
  EXPECT_EQ(Pointers({{"title", "a"}, {"accused", std::string(4097, 'a')}}),
            std::vector<std::string>{"/accused too_long"});
  EXPECT_EQ(Pointers({{"title", std::string("a\0b", 3)}}), std::vector<std::string>{"/title nul_byte"});
  EXPECT_EQ(Pointers({{"title", "a\x1b"}}), std::vector<std::string>{"/title control_character"});
  EXPECT_EQ(Pointers({{"title", "a\xc2\x85"}}), std::vector<std::string>{"/title control_character"});
  EXPECT_EQ(Pointers({{"title", "a\xff"}}), std::vector<std::string>{"/title utf8"});
  EXPECT_EQ(Pointers({{"title", "a"}, {"petitioners", Json(2001, Json::object())}}),
            std::vector<std::string>{"/petitioners too_many"});
  EXPECT_EQ(Read("{\"content\":\"a\\r\\nb\\rc\\td\"}").content, "a\nb\nc\td");
}

TEST(SubmissionTest, ErrorsNeverRepeatAValue) {
  const auto result = SubmissionFromJson({{"title", "secret\x01"}, {"channel", "secret"}, {"receivedAt", "secret"}});
  for (const FieldError& field : result.error().fields)
    EXPECT_EQ((field.message + field.pointer).find("secret"), std::string::npos);
}

TEST(SubmissionTest, SomethingMustBeSaid) {
  for (const char* empty : {"{}", R"({"content":"  \n","title":""})", R"({"attachments":[{"name":"a.jpg"}]})"}) {
    const auto result = SubmissionFromJson(*ParseJson(empty));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().Reason(), "content_missing");
  }
  EXPECT_TRUE(SubmissionFromJson(*ParseJson(R"({"attachments":[{"content":"AQID"}]})")).ok());
  EXPECT_FALSE(SubmissionFromJson(Json::array()).ok());
}

TEST(SubmissionTest, DamagedIdentifiersAreNoErrors) {
  EXPECT_EQ(Read(R"({"title":"x","petitioners":[{"idNumber":"1.1E+17","phone":"12"}],"division":"??"})").division,
            "??");
}

TEST(SubmissionTest, EqualContentLeavesTimesAndTransportOut) {
  const Submission first = Read(kFull);
  Submission again = first;
  again.external_id = "other";
  again.received_at.reset();
  again.petitioned_at.reset();
  again.upstream_no = again.link_no = "";
  again.call.id = again.call.operator_name = "";
  again.claims = {};
  again.tie = {};
  again.unknown = Json::object();
  EXPECT_EQ(CanonicalContent(again), CanonicalContent(first));
  again.petitioners[0].phone = "19900001208";
  EXPECT_NE(CanonicalContent(again), CanonicalContent(first));
  Submission text = first;
  text.content += "。";
  EXPECT_NE(CanonicalContent(text), CanonicalContent(first));
  Submission file = first;
  file.attachments[0].content = "other";
  EXPECT_NE(CanonicalContent(file), CanonicalContent(first));
}

TEST(SubmissionTest, EqualContentKnowsAFileByItsHash) {
  Submission inline_first = Read(kFull);
  inline_first.attachments[0].sha256 = std::string(64, 'a');
  Submission put_first = inline_first;
  put_first.attachments[0].content.clear();
  put_first.attachments[0].size = 0;
  EXPECT_EQ(CanonicalContent(inline_first), CanonicalContent(put_first));
}

// Submissions of every shape: each field there or not, texts that have to be escaped, several people.
TEST(SubmissionTest, TextWrittenAtOnceIsThatOfTheTree) {
  std::mt19937 random(7);
  const auto some = [&] { return random() % 2 == 0; };
  const std::vector<std::string> texts = {"词", "a\"b\\c", "行\n行\t", "\x01", "x", "𠀀", "\x7f/"};
  const std::vector<std::string> others = {"extra", "坐席", "title", "Z",  "zz",    "/petitioners/0/sex",
                                           "/top",  "",     "\"q\"", "𠀀", "\uFF5A"};
  const auto text = [&](std::string& field) {
    if (some()) field = texts[random() % texts.size()];
  };
  const auto flag = [&](std::optional<bool>& field) {
    if (some()) field = some();
  };
  for (int round = 0; round < 2000; ++round) {
    Submission one;
    for (auto* field : {&one.external_id,
                        &one.upstream_no,
                        &one.link_no,
                        &one.channel,
                        &one.title,
                        &one.content,
                        &one.place_text,
                        &one.division,
                        &one.category,
                        &one.purpose,
                        &one.accused,
                        &one.addressee,
                        &one.threat,
                        &one.call.id,
                        &one.call.operator_name,
                        &one.call.recording_ref,
                        &one.barcode,
                        &one.claims.repeat_of,
                        &one.claims.merged_into,
                        &one.tie.case_no,
                        &one.tie.verdict,
                        &one.tie.by}) {
      text(*field);
    }
    if (some()) one.received_at = Time(std::chrono::milliseconds(1741054320000 + random() % 2000));
    if (some()) one.petitioned_at = Time(std::chrono::milliseconds(1741054320000));
    if (some()) one.head_count = random() % 500;
    one.anonymous = some(), one.urgent = some(), one.confidential = some();
    flag(one.is_petition), flag(one.claims.first), flag(one.claims.repeat);
    if (some()) one.location = Location{113.25, 1e-7 * static_cast<double>(random() % 100)};
    for (std::size_t i = random() % 3; i > 0; --i) {
      auto& person = one.petitioners.emplace_back();
      for (auto* field : {&person.name, &person.id_number, &person.phone, &person.calling_number, &person.account,
                          &person.address, &person.role}) {
        text(*field);
      }
    }
    for (std::size_t i = random() % 4; i > 0; --i)
      one.unknown[others[random() % others.size()]] = Json{{"b", "值"}, {"a", 1.5}};
    if (random() % 4 == 0) one.attachments.push_back({"a.pdf", "application/pdf", 3, "", "abc"});
    ASSERT_EQ(SubmissionText(one), CanonicalJson(SubmissionToJson(one, false)));
    ASSERT_EQ(CanonicalContent(one), CanonicalContentByTree(one));
  }
}

TEST(Base64Test, ReadsBackWhatItWrites) {
  for (std::size_t n = 0; n < 70; ++n) {
    std::string bytes;
    for (std::size_t i = 0; i < n; ++i) bytes += static_cast<char>(i * 37 + n);
    EXPECT_EQ(DecodeBase64(EncodeBase64(bytes)), bytes);
  }
  EXPECT_EQ(EncodeBase64("foob"), "Zm9vYg==");
  EXPECT_EQ(DecodeBase64("Zm9v\r\nYg==\r\n"), "foob");
}

TEST(Base64Test, RefusesWhatIsNotCanonical) {
  for (const char* bad : {"A", "AA", "AAA", "=", "====", "A===", "AA=A", "AB==", "AAB=", "AAAA=", "AA==AA==", "AA-_",
                          "AA A", "Zm9vYg==x"}) {
    EXPECT_EQ(DecodeBase64(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace petition
