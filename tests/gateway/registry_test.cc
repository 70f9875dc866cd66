#include "gateway/registry.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "petition/json.h"
#include "support/process.h"

namespace gateway {
namespace {

using petition::Code;

class RegistryTest : public testing::Test {
 protected:
  std::unique_ptr<Registry> Open() {
    auto registry = Registry::Open(folder_.path(), clock_);
    EXPECT_TRUE(registry.ok()) << registry.error().detail;
    return std::move(*registry);
  }
  static Source Portal() {
    Source source;
    source.name = "portal";
    source.channel = "portal";
    source.division = "439902";
    return source;
  }
  static User Clerk(const std::string& name, Role role) {
    User user;
    user.name = name;
    user.role = role;
    return user;
  }

  support::TemporaryFolder folder_;
  petition::ManualClock clock_{petition::Time{std::chrono::milliseconds{1741054320000}}};
};

TEST_F(RegistryTest, KeyOfASourceOpensItsDoor) {
  auto registry = Open();
  const auto key = registry->AddSource(Portal());
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->size(), 6u + 43u);
  EXPECT_TRUE(key->starts_with("guiyi_"));
  const auto who = registry->Authenticate(*key);
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(who->role, Role::kSource);
  EXPECT_EQ(who->source, "portal");
  EXPECT_FALSE(who->sealed || who->personal);
}

TEST_F(RegistryTest, RightsOfAUserComeWithTheKey) {
  auto registry = Open();
  User user = Clerk("wang-fang", Role::kReviewer);
  user.divisions = {"439902", "439904000000"};
  user.sealed = user.personal = true;
  const auto key = registry->AddUser(user);
  ASSERT_TRUE(key.ok());
  const auto who = registry->Authenticate(*key);
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(who->role, Role::kReviewer);
  EXPECT_EQ(who->divisions, (std::vector<std::string>{"439902", "439904"}));
  EXPECT_TRUE(who->sealed && who->personal);
}

TEST_F(RegistryTest, KeysStandNowhereInTheFolder) {
  std::string key;
  {
    auto registry = Open();
    key = *registry->AddSource(Portal());
  }
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_.path())) {
    std::ifstream in(file.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    EXPECT_EQ(bytes.str().find(key.substr(6)), std::string::npos) << file.path();
    struct stat status {};
    ASSERT_EQ(stat(file.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 077, 0u) << file.path();
  }
}

TEST_F(RegistryTest, AnOldKeyWorksUntilItsTimeBesideTheNewOne) {
  auto registry = Open();
  const auto first = registry->AddSource(Portal()).value();
  const auto now = clock_.Now();
  const auto second = registry->RenewKey("portal", {now + std::chrono::hours(48), now + std::chrono::hours(1), "wang"});
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(registry->Authenticate(first).ok());
  EXPECT_TRUE(registry->Authenticate(*second).ok());
  EXPECT_EQ(registry->FindSource("portal")->old_key_until, now + std::chrono::hours(1));
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(registry->Authenticate(first).error().reason, "key_expired");
  EXPECT_TRUE(registry->Authenticate(*second).ok());
  // None before it outlives what the newest renewal says.
  const auto third = registry->RenewKey("portal", {{}, clock_.Now() + std::chrono::hours(1), "wang"}).value();
  const auto fourth = registry->RenewKey("portal", {{}, clock_.Now() + std::chrono::hours(1), "wang"}).value();
  EXPECT_TRUE(registry->Authenticate(*second).ok() && registry->Authenticate(third).ok());
  const auto fifth = registry->RenewKey("portal", {{}, clock_.Now(), "wang"}).value();
  for (const auto& ended : {*second, third, fourth}) EXPECT_FALSE(registry->Authenticate(ended).ok());
  EXPECT_TRUE(registry->Authenticate(fifth).ok());
  EXPECT_EQ(registry->RenewKey("nobody", {}).error().code, Code::kNotFound);
}

TEST_F(RegistryTest, ARenewalPutsOffNoEndAndStandsOnTheLedgerWithoutTheKey) {
  auto registry = Open();
  auto portal = Portal();
  portal.key_expires_at = clock_.Now() + std::chrono::hours(2);
  const auto first = registry->AddSource(portal).value();
  const auto second = registry->RenewKey("portal", {{}, clock_.Now() + std::chrono::hours(24), "wang"}).value();
  clock_.Advance(std::chrono::hours(3));
  EXPECT_FALSE(registry->Authenticate(first).ok());
  EXPECT_TRUE(registry->Authenticate(second).ok());
  const auto changes = registry->UnrecordedChanges().value();
  const auto record = changes.back().record;
  EXPECT_NE(record.find("\"source_key\""), std::string::npos) << record;
  EXPECT_NE(record.find("\"wang\""), std::string::npos);
  EXPECT_EQ(record.find(second.substr(6)), std::string::npos);
}

TEST_F(RegistryTest, UnknownAndMalformedKeysAreUnauthorized) {
  auto registry = Open();
  const std::string key = *registry->AddSource(Portal());
  std::string other = key;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {std::string(), std::string("guiyi_"), other, key + "A", key.substr(1), " " + key,
                                   std::string(1 << 20, 'x'), std::string("guiyi_") + std::string(43, '\0')}) {
    const auto who = registry->Authenticate(wrong);
    ASSERT_FALSE(who.ok());
    EXPECT_EQ(who.error().code, Code::kUnauthorized);
    EXPECT_EQ(who.error().reason, "key_unknown");
  }
}

TEST_F(RegistryTest, SuspendedSourceIsToldSoAndComesBack) {
  auto registry = Open();
  const std::string key = *registry->AddSource(Portal());
  ASSERT_TRUE(registry->SuspendSource("portal", true).ok());
  const auto who = registry->Authenticate(key);
  ASSERT_FALSE(who.ok());
  EXPECT_EQ(who.error().code, Code::kUnauthorized);
  EXPECT_EQ(who.error().reason, "source_suspended");
  EXPECT_EQ(registry->FindSource("portal")->state, "suspended");
  ASSERT_TRUE(registry->SuspendSource("portal", false).ok());
  EXPECT_TRUE(registry->Authenticate(key).ok());
  EXPECT_EQ(registry->SuspendSource("nobody", true).error().code, Code::kNotFound);
}

TEST_F(RegistryTest, DisabledUserStaysOut) {
  auto registry = Open();
  const std::string key = *registry->AddUser(Clerk("li-na", Role::kOperator));
  ASSERT_TRUE(registry->DisableUser("li-na").ok());
  EXPECT_EQ(registry->Authenticate(key).error().reason, "user_disabled");
  EXPECT_TRUE(registry->Users().at(0).disabled);
}

TEST_F(RegistryTest, NamesAreTakenOnce) {
  auto registry = Open();
  ASSERT_TRUE(registry->AddSource(Portal()).ok());
  EXPECT_EQ(registry->AddSource(Portal()).error().code, Code::kConflict);
  ASSERT_TRUE(registry->AddUser(Clerk("portal", Role::kAdmin)).ok()) << "a user may bear the name of a source";
  EXPECT_EQ(registry->AddUser(Clerk("portal", Role::kOperator)).error().code, Code::kConflict);
  EXPECT_EQ(registry->Sources().size(), 1u);
}

TEST_F(RegistryTest, WhatMakesNoSenseIsRefused) {
  auto registry = Open();
  for (const char* name : {"", "Portal", "por tal", "门户", "a'b", "a/b", "..", "a_b"}) {
    Source source = Portal();
    source.name = name;
    EXPECT_EQ(registry->AddSource(source).error().reason, "name_invalid") << name;
  }
  Source channel = Portal();
  channel.channel = "pigeon";
  EXPECT_EQ(registry->AddSource(channel).error().reason, "channel_unknown");
  Source division = Portal();
  division.division = "43";
  EXPECT_EQ(registry->AddSource(division).error().reason, "division_invalid");

  EXPECT_EQ(registry->AddUser(Clerk("x", Role::kSource)).error().reason, "role_invalid");
  EXPECT_EQ(registry->AddUser(Clerk("x", Role::kHandler)).error().reason, "source_missing");
  User handler = Clerk("x", Role::kHandler);
  handler.source = "nowhere";
  EXPECT_EQ(registry->AddUser(handler).error().code, Code::kNotFound);
  User reviewer = Clerk("x", Role::kReviewer);
  reviewer.source = "portal";
  EXPECT_EQ(registry->AddUser(reviewer).error().reason, "source_unexpected");
  User admin = Clerk("x", Role::kAdmin);
  admin.personal = true;
  EXPECT_EQ(registry->AddUser(admin).error().reason, "right_not_for_role");
  EXPECT_TRUE(registry->Users().empty());
}

TEST_F(RegistryTest, AnotherProcessIsSeenWithinASecond) {
  auto hub = Open();
  EXPECT_TRUE(hub->Sources().empty());
  auto command = Open();  // a connection of its own, as another process has
  const std::string key = *command->AddSource(Portal());
  clock_.Advance(std::chrono::milliseconds(1000));
  EXPECT_TRUE(hub->Authenticate(key).ok());
  ASSERT_TRUE(command->SuspendSource("portal", true).ok());
  EXPECT_TRUE(hub->Authenticate(key).ok()) << "not looked again within the second";
  clock_.Advance(std::chrono::milliseconds(1000));
  EXPECT_EQ(hub->Authenticate(key).error().reason, "source_suspended");
}

TEST_F(RegistryTest, EverythingIsThereAfterARestart) {
  std::string key, user_key;
  {
    auto registry = Open();
    key = *registry->AddSource(Portal());
    User handler = Clerk("clerk", Role::kHandler);
    handler.source = "portal";
    user_key = *registry->AddUser(handler);
  }
  auto registry = Open();
  EXPECT_EQ(registry->Authenticate(key)->name, "portal");
  EXPECT_EQ(registry->Authenticate(user_key)->source, "portal");
  const auto source = registry->FindSource("portal");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->channel, "portal");
  EXPECT_EQ(source->division, "439902");
  EXPECT_EQ(source->state, "live");
  EXPECT_EQ(source->created_at, clock_.Now());
}

TEST_F(RegistryTest, ChangesWaitUntilTheLedgerHasThem) {
  auto registry = Open();
  const std::string key = *registry->AddSource(Portal());
  ASSERT_TRUE(registry->SuspendSource("portal", true).ok());
  auto changes = registry->UnrecordedChanges();
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->size(), 2u);
  const auto first = petition::ParseJson(changes->at(0).record);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->at("kind"), "config");
  EXPECT_EQ(first->at("what"), "source_added");
  EXPECT_EQ(first->at("name"), "portal");
  EXPECT_EQ(changes->at(0).record.find(key.substr(6)), std::string::npos);
  EXPECT_EQ(changes->at(0).record, petition::CanonicalJson(*first));
  ASSERT_TRUE(registry->MarkRecorded(changes->at(0).id).ok());
  changes = registry->UnrecordedChanges();
  ASSERT_EQ(changes->size(), 1u);
  EXPECT_NE(changes->at(0).record.find("source_suspended"), std::string::npos);
  ASSERT_TRUE(registry->MarkRecorded(changes->at(0).id).ok());
  EXPECT_TRUE(Open()->UnrecordedChanges()->empty());
}

TEST_F(RegistryTest, ReadersAndWritersDoNotDisturbEachOther) {
  auto registry = Open();
  const std::string key = *registry->AddSource(Portal());
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!stop.load()) {
        clock_.Advance(std::chrono::milliseconds(300));
        if (!registry->Authenticate(key).ok()) ++wrong;
      }
    });
  }
  auto other = Open();
  std::set<std::string> keys;
  for (int i = 0; i < 20; ++i) {
    auto& writer = i % 2 == 0 ? registry : other;
    const auto added = writer->AddUser(Clerk("user-" + std::to_string(i), Role::kOperator));
    ASSERT_TRUE(added.ok()) << added.error().detail;
    keys.insert(*added);
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(keys.size(), 20u);
  clock_.Advance(std::chrono::seconds(1));
  for (const auto& user_key : keys) EXPECT_TRUE(registry->Authenticate(user_key).ok());
}

TEST_F(RegistryTest, AFileThatIsNoDatabaseIsAnErrorNotACrash) {
  std::ofstream(folder_.path() + "/registry.db") << std::string(8192, 'x');
  const auto registry = Registry::Open(folder_.path(), clock_);
  ASSERT_FALSE(registry.ok());
  EXPECT_FALSE(Registry::Open(folder_.path() + "/nowhere", clock_).ok());
}

}  // namespace
}  // namespace gateway
