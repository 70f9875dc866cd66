// Passwords, sessions and the guard against guessing, each by itself.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "gateway/passwords.h"
#include "gateway/registry.h"
#include "gateway/sessions.h"
#include "gateway/sign_in_guard.h"
#include "intake_house.h"

namespace gateway {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class HandClock final : public petition::Clock {
 public:
  petition::Time Now() const override { return now; }
  petition::Time now{std::chrono::milliseconds(1'750'000'000'000)};
};

class PasswordsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "guiyi-passwords-test";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    registry_ = Registry::Open(folder_, clock_).value();
    User user;
    user.name = "anna";
    user.role = Role::kOperator;
    ASSERT_TRUE(registry_->AddUser(user).ok());
    passwords_ = Passwords::Open(folder_, clock_).value();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  HandClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Passwords> passwords_;
};

TEST_F(PasswordsTest, OnlyTheOneThatWasSetIsTaken) {
  EXPECT_FALSE(passwords_->SetAt("anna"));
  EXPECT_EQ(passwords_->Check("anna", "").error().reason, "sign_in_failed");
  ASSERT_TRUE(passwords_->Set("anna", "correct horse battery").ok());
  EXPECT_EQ(passwords_->SetAt("anna"), clock_.now);
  EXPECT_TRUE(passwords_->Check("anna", "correct horse battery").ok());
  EXPECT_EQ(passwords_->Check("anna", "correct horse batterz").error().reason, "sign_in_failed");
  EXPECT_EQ(passwords_->Check("nobody", "correct horse battery").error().reason, "sign_in_failed");
}

TEST_F(PasswordsTest, ShortLongAndStrangersPasswordsAreRefused) {
  EXPECT_EQ(passwords_->Set("anna", "九个汉字不够长啊哦").error().reason, "password_short");
  EXPECT_TRUE(passwords_->Set("anna", "十个汉字正好够用了吧呀").ok());
  EXPECT_EQ(passwords_->Set("anna", std::string(300, 'x')).error().reason, "password_long");
  EXPECT_EQ(passwords_->Check("anna", std::string(3000, 'x')).error().reason, "sign_in_failed");
  EXPECT_EQ(passwords_->Set("nobody", "long enough for it").error().code, petition::Code::kNotFound);
}

TEST_F(PasswordsTest, TheLedgerLearnsOfTheChangeAndNothingOfThePassword) {
  ASSERT_TRUE(passwords_->Set("anna", "correct horse battery").ok());
  const auto changes = registry_->UnrecordedChanges().value();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_NE(changes[1].record.find("password_set"), std::string::npos);
  EXPECT_EQ(changes[1].record.find("argon"), std::string::npos);
  EXPECT_EQ(changes[1].record.find("horse"), std::string::npos);
}

TEST(MakePasswordTest, EachIsAnother) {
  const auto one = MakePassword(), other = MakePassword();
  EXPECT_EQ(one.size(), 19u);
  EXPECT_NE(one, other);
}

TEST(SessionsTest, EndsWhenIdleAndAtItsAbsoluteEnd) {
  HandClock clock;
  Sessions sessions({}, clock);
  const auto token = sessions.Open("anna", {}).token;
  EXPECT_FALSE(sessions.Find("something else"));
  clock.now += minutes(29);
  ASSERT_TRUE(sessions.Find(token));
  clock.now += minutes(29);
  ASSERT_TRUE(sessions.Find(token)) << "each look keeps it alive";
  clock.now += minutes(30);
  EXPECT_FALSE(sessions.Find(token));
  const auto second = sessions.Open("anna", {}).token;
  for (int i = 0; i < 47; ++i) {
    clock.now += minutes(15);
    ASSERT_TRUE(sessions.Find(second)) << i;
  }
  clock.now += minutes(15);
  EXPECT_FALSE(sessions.Find(second)) << "twelve hours";
}

TEST(SessionsTest, BeyondTheBoundTheIdlestEnds) {
  HandClock clock;
  Sessions sessions({.for_each_max = 2}, clock);
  const auto first = sessions.Open("anna", {}).token;
  clock.now += seconds(1);
  const auto second = sessions.Open("anna", {}).token;
  clock.now += seconds(1);
  ASSERT_TRUE(sessions.Find(first));
  const auto third = sessions.Open("anna", {}).token;
  EXPECT_TRUE(sessions.Find(first));
  EXPECT_FALSE(sessions.Find(second));
  EXPECT_TRUE(sessions.Find(third));
  sessions.CloseAllOf("anna");
  EXPECT_EQ(sessions.size(), 0u);
}

TEST(SignInGuardTest, WaitsDoubleAfterFiveFailuresAndEndWithASuccess) {
  HandClock clock;
  SignInGuard guard({}, clock);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(guard.Begin("anna"), seconds(0)) << i;
  EXPECT_EQ(guard.Begin("anna"), seconds(5));
  EXPECT_EQ(guard.Begin("berta"), seconds(0)) << "others are not kept waiting";
  clock.now += seconds(5);
  EXPECT_EQ(guard.Begin("anna"), seconds(0));
  EXPECT_EQ(guard.Begin("anna"), seconds(10));
  clock.now += seconds(10);
  EXPECT_EQ(guard.Begin("anna"), seconds(0));
  guard.Succeeded("anna");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(guard.Begin("anna"), seconds(0)) << i;
  for (int i = 0; i < 40; ++i) {
    clock.now += seconds(900);
    EXPECT_EQ(guard.Begin("anna"), seconds(0)) << "never longer than the bound";
  }
}

TEST(SignInGuardTest, MemoryIsBounded) {
  HandClock clock;
  SignInGuard guard({.known_max = 10}, clock);
  for (int i = 0; i < 1000; ++i) {
    clock.now += seconds(1);
    EXPECT_EQ(guard.Begin(std::to_string(i)), seconds(0));
  }
}

}  // namespace
}  // namespace gateway
