// One answer goes to all who told of the matter, and nothing else of one petitioner to another.
#include <gtest/gtest.h>

#include "http_hub.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class AnswersTest : public HttpHubTest {
 protected:
  void Report(const std::string& source, const Json& receipt, const Json& event) {
    const auto reply = Post(source, "/api/v1/intakes/" + NumberOf(receipt) + "/events", event);
    ASSERT_EQ(reply.status, 201) << reply.body;
    Settle();
  }
  Json Progress(const Json& receipt) {
    const auto reply =
        Post("", "/api/v1/progress", {{"intakeNo", receipt["intakeNo"]}, {"queryCode", receipt["queryCode"]}});
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.Json();
  }
  void Merge(const Json& first, const Json& second) {
    AddUser("chief", Role::kReviewer, true, true);
    const auto reply =
        Post("chief", "/api/v1/cases/" + CaseOf(first) + "/merge", {{"with", CaseOf(second)}, {"reason", "同一件事"}});
    ASSERT_EQ(reply.status, 200) << reply.body;
    Settle();
    ASSERT_EQ(CaseOf(first), CaseOf(second));
  }
};

TEST_F(AnswersTest, AnswerToOneIsShownToTheSamePersonsOtherSubmissions) {
  const auto first = Register("portal", Lift("P-1"));
  const auto second = Register("hotline", Lift("H-1"));
  ASSERT_EQ(CaseOf(first), CaseOf(second)) << second["decision"];
  Report("portal", first, {{"event", "accepted"}});
  Report("portal", first, {{"event", "replied"}, {"text", "欧阳澹台:电梯已修好,可电13812345678复核。"}});
  Report("portal", first, {{"event", "urged"}, {"text", "内部催办"}});
  const auto progress = Progress(second);
  ASSERT_EQ(progress["events"].size(), 1u) << progress;
  EXPECT_EQ(progress["state"], "replied");
  EXPECT_EQ(progress["events"][0]["event"], "replied");
  EXPECT_EQ(progress["events"][0]["shared"], true);
  EXPECT_EQ(progress["events"][0]["text"], "欧阳澹台:电梯已修好,可电138****5678复核。")
      << "their own name, nobody's number";
  EXPECT_EQ(progress.dump().find(NumberOf(first)), std::string::npos);
  // The one it was written to has it as it was written.
  const auto own = Progress(first);
  EXPECT_EQ(own["events"].size(), 2u);
  EXPECT_EQ(own["events"][1]["text"], "欧阳澹台:电梯已修好,可电13812345678复核。");
  EXPECT_FALSE(own["events"][1].contains("shared"));
  const auto page = Call("", "POST", "/progress",
                         "intakeNo=" + NumberOf(second) + "&queryCode=" + second["queryCode"].get<std::string>(),
                         "application/x-www-form-urlencoded");
  EXPECT_NE(page.body.find("对同一事项的答复"), std::string::npos);
}

TEST_F(AnswersTest, LeadCasesAnswerReachesTheGroupWithoutItsPeoplesData) {
  const auto lead = Register("portal", Lift("P-1", 1));
  const auto other = Register("hotline", Lift("H-1", 2));
  ASSERT_EQ(other["decision"]["relation"], "joint") << other["decision"];
  const auto member = hub_->cases().Member(other["ledgerIndex"].get<std::uint64_t>());
  ASSERT_TRUE(member.ok());
  if (member->group_no.empty()) {  // put to a person: the person says that they belong together
    const auto queue = Get("reviewer", "/api/v1/reviews").Json();
    ASSERT_EQ(queue["reviews"].size(), 1u) << queue;
    ASSERT_EQ(Post("reviewer", "/api/v1/reviews/" + queue["reviews"][0]["id"].dump(),
                   {{"verdict", "related"}, {"reason", "同一部电梯"}})
                  .status,
              200);
    Settle();
  }
  ASSERT_NE(CaseOf(lead), CaseOf(other));
  Report("portal", lead,
         {{"event", "closed"},
          {"text", "欧阳澹台(锦鲤胡同七十七号,439902199101013377)反映的电梯已修好。"},
          {"by", "住建局王处长"}});
  const auto progress = Progress(other);
  ASSERT_EQ(progress["events"].size(), 1u) << progress;
  EXPECT_EQ(progress["state"], "closed");
  const auto text = progress["events"][0]["text"].get<std::string>();
  EXPECT_NE(text.find("反映的电梯已修好。"), std::string::npos);
  for (const char* secret : {"欧阳澹台", "七十七号", "0101"}) EXPECT_EQ(text.find(secret), std::string::npos) << text;
  EXPECT_EQ(progress.dump().find("住建局"), std::string::npos);
  // What the others are answered is not the lead case's.
  Report("hotline", other, {{"event", "replied"}, {"text", "给钟离子规的答复"}});
  EXPECT_EQ(Progress(lead)["events"].size(), 1u);
}

TEST_F(AnswersTest, EarlierAnswerIsNoneToLaterWords) {
  const auto first = Register("portal", Lift("P-1"));
  Report("portal", first, {{"event", "closed"}, {"at", "2025-03-10T10:00:00+08:00"}, {"text", "电梯已修好"}});
  auto again = Lift("P-2");
  again["receivedAt"] = "2025-03-20T10:00:00+08:00";
  const auto second = Register("portal", again);
  ASSERT_EQ(CaseOf(first), CaseOf(second)) << second["decision"];
  EXPECT_EQ(Progress(second)["state"], "registered");
  Report("portal", first, {{"event", "closed"}, {"at", "2025-03-25T10:00:00+08:00"}, {"text", "又修好了"}});
  const auto progress = Progress(second);
  ASSERT_EQ(progress["events"].size(), 1u) << progress;
  EXPECT_EQ(progress["events"][0]["text"], "又修好了");
}

TEST_F(AnswersTest, SameWordsToEachOfManyAreShownOnce) {
  const auto first = Register("portal", Lift("P-1")), second = Register("portal", Lift("P-2")),
             third = Register("portal", Lift("P-3"));
  for (const auto& one : {first, second}) Report("portal", one, {{"event", "replied"}, {"text", "电梯已修好"}});
  EXPECT_EQ(Progress(first)["events"].size(), 1u);
  EXPECT_EQ(Progress(third)["events"].size(), 1u);
}

TEST_F(AnswersTest, SealedOnesOfDifferentPeopleShareNothing) {
  const auto first = Register("portal", Accusation("P-1", 3)), second = Register("portal", Accusation("P-2", 1)),
             same = Register("hotline", Accusation("H-1", 3));
  if (CaseOf(first) != CaseOf(second)) Merge(first, second);
  if (CaseOf(first) != CaseOf(same)) Merge(first, same);
  Report("portal", first, {{"event", "replied"}, {"text", "已转纪检监察机关"}});
  EXPECT_TRUE(Progress(second)["events"].empty());
  EXPECT_EQ(Progress(same)["events"].size(), 1u) << "the same person through another door";
}

}  // namespace
}  // namespace gateway::http_test
