#include <gtest/gtest.h>

#include <fstream>

#include "adapters/mail/header_words.h"
#include "adapters/mail/html_text.h"
#include "adapters/mail/mail_feed.h"
#include "adapters/mail/message.h"
#include "adapters/text/charset.h"
#include "door_host.h"
#include "petition/base64.h"

namespace adapters::mail {
namespace {

namespace fs = std::filesystem;

std::string Gb(std::string_view utf8) { return *FromUtf8(utf8, "gb18030"); }

std::string Plain(const std::string& id, const std::string& subject, const std::string& body,
                  const std::string& more = {}) {
  return "From: =?utf-8?B?" + petition::EncodeBase64("王小峰") +
         "?= <wang@mail.example>\r\nTo: petition@city.example\r\n" + more +
         (id.empty() ? "" : "Message-ID: <" + id + ">\r\n") +
         "Date: Tue, 4 Mar 2025 10:12:00 +0800\r\nSubject: " + subject +
         "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body + "\r\n";
}

TEST(MailHeaderTest, WordsOfAllKindsAreDecoded) {
  EXPECT_EQ(DecodeHeader("=?gb2312?B?" + petition::EncodeBase64(Gb("张東的来信")) + "?="), "张東的来信");
  EXPECT_EQ(DecodeHeader("=?UTF-8?Q?=E8=B7=AF=E7=81=AF_1?= tail"), "路灯 1 tail");
  EXPECT_EQ(DecodeHeader("Re: =?utf-8?B?6Lev?=\r\n =?utf-8?B?54Gv?="), "Re: 路灯");
  // Cut in the middle of a character, as many senders do.
  const std::string gbk = Gb("锦澜湾");
  EXPECT_EQ(DecodeHeader("=?gbk?B?" + petition::EncodeBase64(gbk.substr(0, 3)) + "?=\r\n\t=?gbk?B?" +
                         petition::EncodeBase64(gbk.substr(3)) + "?="),
            "锦澜湾");
  EXPECT_EQ(DecodeHeader(gbk), "锦澜湾");  // bare bytes
  EXPECT_EQ(DecodeHeader("plain =?not a word"), "plain =?not a word");
  EXPECT_EQ(DecodeHeader("=?utf-8?X?abc?="), "=?utf-8?X?abc?=");
  EXPECT_EQ(DecodeHeader("=?utf-8?B?6Lev54Gv"), "=?utf-8?B?6Lev54Gv");
}

TEST(MailHtmlTest, IsTheTextOneReads) {
  EXPECT_EQ(
      HtmlToText(
          "<html><head><title>t</title><style>p{}</style></head><body><p>路灯&nbsp;不亮</p><div>第二行<br>第三行</div>"
          "<script>alert('<p>')</script>a &lt; b &amp; c<!-- x > y --></body></html>"),
      "路灯 不亮\n第二行\n第三行\na < b & c");
  EXPECT_EQ(HtmlToText("1 < 2 <a href=\"x>y\">链接</a> <"), "1 < 2 链接 <");
  EXPECT_EQ(HtmlToText("<script>never closed"), "");
}

TEST(MailMessageTest, AGb2312MailWithFilesIsRead) {
  const std::string bytes =
      "From: \"=?GB2312?B?" + petition::EncodeBase64(Gb("张東")) + "?=\" <z@mail.example>\r\nSubject: =?GB2312?B?" +
      petition::EncodeBase64(Gb("电梯停運")) +
      "?=\r\nMessage-ID: <m1@mail.example>\r\nReferences: <root@mail.example> <mid@mail.example>\r\nIn-Reply-To: "
      "<mid@mail.example>\r\nMIME-Version: 1.0\r\n"
      "Date: Tue, 4 Mar 2025 10:12:00 +0800\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\n"
      "Content-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/plain; "
      "charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
      petition::EncodeBase64(Gb("锦澜湾7栋電梯停了")) +
      "\r\n--b2\r\nContent-Type: text/html; charset=gb2312\r\n\r\n<p>x</p>\r\n--b2--\r\n--b1\r\n"
      "Content-Type: image/png; name*=gb2312''%D5%D5%C6%AC.png\r\nContent-Disposition: attachment; "
      "filename*=gb2312''%D5%D5%C6%AC.png\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
      petition::EncodeBase64("\x89PNG image") + "\r\n--b1--\r\n";
  const auto mail = ParseMail(bytes);
  ASSERT_TRUE(mail.ok()) << mail.error().message;
  EXPECT_EQ(mail->from_name, "张東");
  EXPECT_EQ(mail->from_address, "z@mail.example");
  EXPECT_EQ(mail->subject, "电梯停運");
  EXPECT_EQ(mail->text, "锦澜湾7栋電梯停了");
  EXPECT_EQ(mail->message_id, "m1@mail.example");
  EXPECT_EQ(mail->references, (std::vector<std::string>{"root@mail.example", "mid@mail.example"}));
  ASSERT_EQ(mail->attachments.size(), 1u);
  EXPECT_EQ(mail->attachments[0].name, "照片.png");
  EXPECT_EQ(mail->attachments[0].bytes, "\x89PNG image");
  EXPECT_EQ(petition::FormatTime(*mail->date), "2025-03-04T10:12:00+08:00");
}

TEST(MailMessageTest, QuotedPrintableAndHtmlAlone) {
  const auto quoted = ParseMail(
      "From: a@b.example\r\nContent-Type: text/plain; charset=gbk\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\n=D4L=C2=B7\r\n");
  ASSERT_TRUE(quoted.ok());
  EXPECT_EQ(quoted->text.substr(0, 6), "訪路");
  const auto html = ParseMail("From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>路灯</p>\r\n");
  EXPECT_EQ(html->text, "路灯");
}

TEST(MailMessageTest, WhatMachinesWroteIsTold) {
  EXPECT_EQ(ParseMail(Plain("1", "s", "b"))->nature, Nature::kWritten);
  EXPECT_EQ(ParseMail(Plain("1", "s", "b", "Auto-Submitted: auto-replied\r\n"))->nature, Nature::kAutoReply);
  EXPECT_EQ(ParseMail(Plain("1", "s", "b", "Auto-Submitted: no\r\n"))->nature, Nature::kWritten);
  EXPECT_EQ(ParseMail(Plain("1", "=?utf-8?B?" + petition::EncodeBase64("自动回复：我在休假") + "?=", "b"))->nature,
            Nature::kAutoReply);
  EXPECT_EQ(ParseMail(Plain("1", "s", "b", "Return-Path: <>\r\n"))->nature, Nature::kBounce);
  EXPECT_EQ(ParseMail("From: MAILER-DAEMON@x.example\r\nContent-Type: multipart/report; report-type=delivery-status; "
                      "boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n")
                ->nature,
            Nature::kBounce);
}

TEST(MailMessageTest, WhatDoesNotDecodeIsRefusedNotRepaired) {
  const auto mail = ParseMail("From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xD4\x4C\xFF\r\n");
  ASSERT_FALSE(mail.ok());
  EXPECT_EQ(mail.error().Reason(), "undecodable");
}

TEST(MailMessageTest, BombsAreRefused) {
  std::string deep = "From: a@b.example\r\n";
  for (int i = 0; i < 5000; ++i)
    deep +=
        "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) + "\r\n";
  EXPECT_EQ(ParseMail(deep).error().Reason(), "mime_too_deep");
  std::string nested;
  for (int i = 0; i < 5000; ++i) nested += "Content-Type: message/rfc822\r\n\r\n";
  EXPECT_EQ(ParseMail("From: a@b.example\r\n" + nested).error().Reason(), "mime_too_deep");
  std::string within = "From: a@b.example\r\n";
  for (int i = 0; i < 30; ++i)
    within +=
        "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) + "\r\n";
  EXPECT_EQ(ParseMail(within).error().Reason(), "mime_too_deep");
  std::string many = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 5000; ++i) many += "--b\r\n\r\nx\r\n";
  EXPECT_EQ(ParseMail(many + "--b--\r\n").error().Reason(), "mime_too_many_parts");
  EXPECT_EQ(ParseMail(std::string(26u << 20, 'x')).error().Reason(), "mail_too_large");
  // An endless line is a line.
  EXPECT_TRUE(ParseMail(Plain("1", std::string(2'000'000, 'x'), "b")).ok());
}

class MailFeedTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = door_test::FreshFolder();
    fs::create_directories(folder_ / "new");
    fs::create_directories(folder_ / "cur");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void Put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  fs::path folder_;
  std::shared_ptr<const SourceSpec> spec_ = std::make_shared<SourceSpec>();
};

TEST_F(MailFeedTest, AMaildirsMailsBecomeSubmissionsAndArePutAwayOnceSettled) {
  Put("new/1.host", Plain("m1@x", "路灯", "不亮"));
  Put("new/2.host", Plain("m2@x", "Re: 路灯", "还是不亮", "References: <m1@x>\r\n"));
  Put("new/3.host", Plain("m3@x", "回执", "自动", "Auto-Submitted: auto-replied\r\n"));
  const auto feed = MakeMailFeed(MakeMaildir(folder_, {}), spec_, {});
  auto fetched = feed->Fetch("", 2);
  ASSERT_TRUE(fetched.ok()) << fetched.error().message;
  ASSERT_EQ(fetched->records.size(), 2u);
  EXPECT_TRUE(fetched->more);
  const auto& first = *fetched->records[0].submission;
  EXPECT_EQ(first.external_id, "m1@x");
  EXPECT_EQ(first.title, "路灯");
  EXPECT_EQ(first.channel, "email");
  EXPECT_EQ(first.petitioners.at(0).name, "王小峰");
  EXPECT_EQ(first.petitioners.at(0).account, "wang@mail.example");
  EXPECT_EQ(fetched->records[1].submission->claims.repeat_of, "m1@x");
  // Killed before Settle: the same again.
  EXPECT_EQ(feed->Fetch("", 2)->records[0].submission->external_id, "m1@x");
  ASSERT_TRUE(feed->Settle(*fetched, {}).ok());
  ASSERT_TRUE(feed->Settle(*fetched, {}).ok());
  EXPECT_TRUE(fs::exists(folder_ / "cur/1.host:2,S"));
  fetched = feed->Fetch("", 2);
  ASSERT_EQ(fetched->records.size(), 1u);
  EXPECT_EQ(fetched->records[0].submission->is_petition, false);
  EXPECT_EQ(fetched->records[0].submission->unknown.at("mailNature"), "auto_reply");
}

TEST_F(MailFeedTest, EmlFilesAreLeftAloneWhileTheyGrow) {
  Put("a.eml", Plain("", "无编号", "内容"));
  Put("b.txt", "no mail");
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  petition::ManualClock clock(now - std::chrono::minutes(1));
  const auto feed = MakeMailFeed(MakeEmlFolder(folder_, {}, clock), spec_, {});
  EXPECT_TRUE(feed->Fetch("", 9)->records.empty());
  clock.Set(now + std::chrono::minutes(1));
  const auto fetched = feed->Fetch("", 9);
  ASSERT_EQ(fetched->records.size(), 1u);
  EXPECT_TRUE(fetched->records[0].submission->external_id.starts_with("digest:"));
  ASSERT_TRUE(feed->Settle(*fetched, {}).ok());
  EXPECT_TRUE(fs::exists(folder_ / "archived/a.eml"));
}

TEST_F(MailFeedTest, ATooLargeMailIsOnTheLedgerWithItsHeadersAndStays) {
  Put("new/1.host", Plain("m1@x", "大", std::string(100'000, 'x')));
  const auto feed = MakeMailFeed(MakeMaildir(folder_, {.mail_bytes = 50'000}), spec_, {});
  const auto fetched = feed->Fetch("", 9);
  ASSERT_EQ(fetched->records.size(), 1u);
  EXPECT_EQ(fetched->records[0].refusal->Reason(), "mail_too_large");
  EXPECT_LT(fetched->records[0].raw.size(), 20'000u);
}

}  // namespace
}  // namespace adapters::mail
