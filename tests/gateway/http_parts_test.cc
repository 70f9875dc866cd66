// Parts of the HTTP door that need no server: splitting batches, tile paths, masks, pages.
#include <gtest/gtest.h>

#include "gateway/http/arrivals.h"
#include "gateway/http/pages.h"
#include "gateway/http/problem.h"
#include "gateway/http/request_head.h"
#include "gateway/http/tile_path.h"
#include "gateway/views.h"

namespace gateway::http {
namespace {

using petition::Json;
using Rows = std::vector<std::string_view>;

TEST(HttpBatchTest, ArrayIsCutIntoItsElementsAsTheyCame) {
  EXPECT_EQ(*SplitArray("[]", 10), Rows{});
  EXPECT_EQ(*SplitArray(" [ ] ", 10), Rows{});
  EXPECT_EQ(*SplitArray(R"([{"a":1}])", 10), Rows{R"({"a":1})"});
  EXPECT_EQ(*SplitArray(R"( [ {"a":"],[\"}"} , {"b":[1,{"c":2}]} ] )", 10),
            (Rows{R"({"a":"],[\"}"})", R"({"b":[1,{"c":2}]})"}));
}

TEST(HttpBatchTest, ElementThatIsNoJsonSpoilsNoOther) {
  EXPECT_EQ(*SplitArray(R"([{"a":1},{oops},{"b":2}])", 10), (Rows{R"({"a":1})", "{oops}", R"({"b":2})"}));
}

TEST(HttpBatchTest, BrokenArraysAreRefusedWhole) {
  for (const auto* text : {"", "[", "]", "{}", "[{]", "[}", "[}]", "[1,]", "[,1]", "[1,,2]", "[1]]", "[[1]", R"(["a])",
                           R"(["a\"])", "[1] x", "[{\"a\":1}", "[]]"}) {
    EXPECT_FALSE(SplitArray(text, 10).ok()) << text;
  }
}

TEST(HttpBatchTest, RowsAreBounded) {
  EXPECT_TRUE(SplitArray("[1,2,3]", 3).ok());
  EXPECT_EQ(SplitArray("[1,2,3,4]", 3).error().reason, "too_large");
  EXPECT_TRUE(SplitLines("1\n2\n\n3\n", 3).ok());
  EXPECT_EQ(SplitLines("1\n2\n3\n4", 3).error().reason, "too_large");
}

TEST(HttpBatchTest, EmptyLinesAreNoRows) {
  EXPECT_EQ(*SplitLines("\n {\"a\":1}\r\n\r\n{\"b\":2}", 10), (Rows{R"({"a":1})", R"({"b":2})"}));
}

TEST(HttpTileTest, PathsOfTheLogAreTaken) {
  EXPECT_EQ(CanonicalTilePath(false, "0/000"), "tile/0/000");
  EXPECT_EQ(CanonicalTilePath(false, "1/x001/x234/067"), "tile/1/x001/x234/067");
  EXPECT_EQ(CanonicalTilePath(false, "0/005.p/17"), "tile/0/005.p/17");
  EXPECT_EQ(CanonicalTilePath(true, "x001/000.p/255"), "tile/entries/x001/000.p/255");
}

TEST(HttpTileTest, NothingElseIs) {
  for (const auto* path : {"",
                           "0",
                           "0/",
                           "/0/000",
                           "00/000",
                           "+0/000",
                           "8/000",
                           "64/000",
                           "0/0",
                           "0/00",
                           "0/0000",
                           "0/x000/000",
                           "0/001/000",
                           "0/x001/x000",
                           "0/000.p/0",
                           "0/000.p/256",
                           "0/000.p/017",
                           "0/000.p/",
                           "0/000.p/1.p/1",
                           "0/../checkpoint",
                           "../checkpoint",
                           "0/000/../../checkpoint",
                           "0/000/",
                           "0//000",
                           "entries/000",
                           "0/000.P/1",
                           "0/x999/x999/x999/x999/x999/x999/x999/x999/999",
                           "0/ 00",
                           "-1/000"}) {
    EXPECT_FALSE(CanonicalTilePath(false, path)) << path;
  }
  EXPECT_FALSE(CanonicalTilePath(true, "0/000"));
  EXPECT_FALSE(CanonicalTilePath(true, "../../ledger.db"));
}

petition::Submission Planted() {
  auto json = Json::parse(
      R"({"externalId":"A-1","title":"林晓峰的反映","content":"我叫林晓峰,电话13812345678,身份证110105194912310021,住锦澜湾7栋302室。",
    "placeText":"锦澜湾7栋302室","petitioners":[{"name":"林晓峰","phone":"13812345678","callingNumber":"057187654321","idNumber":"110105194912310021","account":"oAbCdEf123","address":"锦澜湾7栋302室","role":"main"}],
    "attachments":[{"name":"林晓峰身份证.jpg","sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":3}],"formFiller":"林晓峰"})");
  return petition::SubmissionFromJson(json).value();
}

TEST(ViewsTest, PersonalDataIsMaskedWhereverItStands) {
  const auto text = SubmissionView(Planted(), Principal{}).dump();
  for (const auto* value :
       {"林晓峰", "13812345678", "057187654321", "110105194912310021", "oAbCdEf123", "锦澜湾7栋302室"}) {
    EXPECT_EQ(text.find(value), std::string::npos) << value << " in " << text;
  }
  EXPECT_NE(text.find("A-1"), std::string::npos);
  EXPECT_NE(text.find("***.jpg"), std::string::npos);
}

TEST(ViewsTest, ReaderWithTheRightSeesWhatCame) {
  Principal who;
  who.personal = true;
  const auto json = SubmissionView(Planted(), who);
  EXPECT_EQ(json["petitioners"][0]["name"], "林晓峰");
  EXPECT_EQ(json["formFiller"], "林晓峰");
}

TEST(PagesTest, WordsOfOthersCantBecomeMarkup) {
  EXPECT_EQ(EscapeHtml("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
  const auto page = ResultPage({{"intakeNo", "<b>"},
                                {"registeredAt", "x"},
                                {"state", "replied"},
                                {"events", {{{"event", "replied"}, {"at", "t"}, {"text", "<img onerror=x>"}}}}});
  EXPECT_EQ(page.body.find("<img"), std::string::npos);
  EXPECT_EQ(page.body.find("<b>"), std::string::npos);
}

TEST(PagesTest, OnlyThePagesOwnStyleMayAct) {
  const auto page = FrontPageAnswer();
  std::string policy;
  for (const auto& [name, value] : page.headers) {
    if (name == "Content-Security-Policy") policy = value;
  }
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
  EXPECT_EQ(page.body.find("http://"), std::string::npos);
  EXPECT_EQ(page.body.find("https://"), std::string::npos);
  EXPECT_NE(page.body.find("action=\"/progress\""), std::string::npos);
}

TEST(ProblemTest, CodesLeadToStatuses) {
  using petition::Code;
  const auto status = [](Code code, const char* reason = "") { return StatusOf({code, reason, "", "", {}}); };
  EXPECT_EQ(status(Code::kInvalid), 400);
  EXPECT_EQ(status(Code::kInvalid, "content_missing"), 422);
  EXPECT_EQ(status(Code::kInvalid, "too_large"), 413);
  EXPECT_EQ(status(Code::kInvalid, "media_type"), 415);
  EXPECT_EQ(status(Code::kUnauthorized), 401);
  EXPECT_EQ(status(Code::kUnauthorized, "forbidden"), 403);
  EXPECT_EQ(status(Code::kNotFound), 404);
  EXPECT_EQ(status(Code::kConflict), 409);
  EXPECT_EQ(status(Code::kPushback), 503);
  EXPECT_EQ(status(Code::kPushback, "rate_limited"), 429);
  EXPECT_EQ(status(Code::kUnavailable), 503);
  EXPECT_EQ(status(Code::kCorrupt), 500);
  EXPECT_EQ(status(Code::kInternal, "anything"), 500);
}

TEST(RequestHeadTest, SaysWhatARequestIsAndHowLongItsBody) {
  const auto head = ParseHead(
      "POST /a?b=c HTTP/1.1\r\nHost: t\r\nContent-Type:  Application/JSON ; charset=utf-8\t\r\ncontent-LENGTH: "
      "7\r\nConnection: foo, Close\r\nX:\r\n\r\n",
      8);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->length, 7u);
  EXPECT_FALSE(head->KeepsConnection());
  Request request;
  FillRequest(*head, request);
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(request.Query("b"), "c");
  EXPECT_EQ(request.media_type, "application/json");
  EXPECT_FALSE(ParseHead("GET / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n", 8).ok());
  EXPECT_TRUE(ParseHead("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 8)->KeepsConnection());
  EXPECT_FALSE(ParseHead("GET / HTTP/1.0\r\n\r\n", 8)->KeepsConnection());
  EXPECT_EQ(ParseHead("PUT / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: Chunked\r\n\r\n", 8)->length, std::nullopt);
  EXPECT_EQ(ParseHead("GET / HTTP/1.1\r\nHost: t\r\nA: b\r\n\r\n", 1).error().reason, "headers_too_large");
  EXPECT_EQ(ParseHead("GET / HTTP/2.0\r\nHost: t\r\n\r\n", 8).error().reason, "version_unsupported");
}

TEST(RequestHeadTest, LanguageIsTheFirstOfTheTwo) {
  EXPECT_EQ(LanguageOf(""), Language::kChinese);
  EXPECT_EQ(LanguageOf("fr, en-GB;q=0.8, zh"), Language::kEnglish);
  EXPECT_EQ(LanguageOf("zh-CN, en"), Language::kChinese);
}

TEST(ProblemTest, OurOwnFaultsSayNothingOfTheirCause) {
  const auto answer =
      ProblemAnswer({petition::Code::kCorrupt, "row_7", "secret message", "secret detail", {}}, Language::kEnglish);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_EQ(answer.body.find("row_7"), std::string::npos);
}

}  // namespace
}  // namespace gateway::http
