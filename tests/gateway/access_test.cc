#include "gateway/access.h"

#include <gtest/gtest.h>

#include <string>

namespace gateway {
namespace {

constexpr Role kAllRoles[] = {Role::kSource,     Role::kOperator, Role::kReviewer, Role::kHandler, Role::kOversight,
                              Role::kDepartment, Role::kAuditor,  Role::kAdmin,    Role::kExchange};

struct Row {
  Call call;
  std::string who;  ///< names of the roles, each followed by a blank
};

/// The "who" column of the outside interface, in words.
const Row kTable[] = {
    {Call::kRegister, "source operator "},
    {Call::kAttach, "source operator "},
    {Call::kReadIntake, "source operator reviewer handler oversight auditor "},
    {Call::kReadRaw, "source operator reviewer handler oversight auditor "},
    {Call::kProve, "source operator reviewer handler oversight auditor "},
    {Call::kReportEvent, "source handler "},
    {Call::kChanges, "source "},
    {Call::kPreview, "source operator "},
    {Call::kChannelCheck, "source operator "},
    {Call::kSearchCases, "operator reviewer handler oversight auditor "},
    {Call::kReadCase, "operator reviewer handler oversight auditor "},
    {Call::kMerge, "reviewer "},
    {Call::kSplit, "reviewer "},
    {Call::kReadReviews, "reviewer "},
    {Call::kAnswerReview, "reviewer "},
    {Call::kManifest, "source oversight "},
    {Call::kCallRecords, "exchange "},
    {Call::kReadSources, "oversight department admin "},
    {Call::kReadMapping, "source oversight department admin "},
    {Call::kPutMapping, "department admin "},
    {Call::kSourceState, "oversight department admin "},
    {Call::kReadQuarantine, "oversight department admin "},
    {Call::kReplayQuarantine, "oversight department admin "},
    {Call::kCheckSource, "oversight department admin "},
    {Call::kOversight, "oversight "},
    {Call::kReadDeliveries, "oversight admin "},
    {Call::kRetryDelivery, "oversight admin "},
    {Call::kSkipDelivery, "oversight admin "},
    {Call::kReadPersonal, "source operator reviewer handler oversight auditor "},
    {Call::kSignIn, "operator reviewer handler oversight department auditor admin "},
    {Call::kSignOut, "operator reviewer handler oversight department auditor admin "},
    {Call::kOwnPassword, "operator reviewer handler oversight department auditor admin "},
    {Call::kReadUsers, "admin "},
    {Call::kChangeUsers, "admin "},
    {Call::kReadModels, "oversight admin "},
    {Call::kReadNames, "operator reviewer handler oversight department auditor admin "},
    {Call::kRenewKey, "department admin "},
    {Call::kReadTables, "oversight admin "},
    {Call::kChangeTables, "admin "},
};

TEST(AccessTest, EveryCallIsAllowedToItsRolesAndNobodyElse) {
  for (const Row& row : kTable) {
    std::string allowed;
    for (const Role role : kAllRoles) {
      if (Allowed(role, row.call)) allowed += std::string(RoleName(role)) + " ";
    }
    EXPECT_EQ(allowed, row.who) << CallName(row.call);
  }
}

TEST(AccessTest, ACallWithoutARuleIsRefusedToEverybody) {
  for (const Role role : kAllRoles) EXPECT_FALSE(Allowed(role, static_cast<Call>(999)));
  EXPECT_FALSE(Allowed(static_cast<Role>(77), Call::kReadIntake));
  EXPECT_EQ(CallName(static_cast<Call>(999)), "unknown");
}

TEST(AccessTest, NamesOfRolesComeBack) {
  for (const Role role : kAllRoles) EXPECT_EQ(RoleFromName(RoleName(role)), role);
  EXPECT_FALSE(RoleFromName("root"));
  EXPECT_FALSE(RoleFromName(""));
}

Principal Staff(Role role, std::vector<std::string> divisions, bool sealed = false) {
  return {role, "somebody", "", std::move(divisions), sealed, false};
}

TEST(AccessTest, StaffSeesWhatLiesWithinItsDivisions) {
  const Principal city = Staff(Role::kReviewer, {"439900"}), county = Staff(Role::kReviewer, {"439902", "439904"});
  EXPECT_TRUE(Sees(city, "portal", "439902", false));
  EXPECT_TRUE(Sees(county, "portal", "439902", false));
  EXPECT_TRUE(Sees(county, "portal", "439904001002", false));
  EXPECT_FALSE(Sees(county, "portal", "439903", false));
  EXPECT_FALSE(Sees(county, "portal", "439900", false)) << "the city as a whole is not within a county";
  EXPECT_TRUE(Sees(Staff(Role::kReviewer, {}), "portal", "", false)) << "without limits: everything";
  EXPECT_FALSE(Sees(county, "portal", "", false)) << "an unknown place lies in nobody's division";
}

TEST(AccessTest, SealedIntakesNeedTheRightWhateverTheRole) {
  for (const Role role : {Role::kOperator, Role::kReviewer, Role::kOversight, Role::kAuditor}) {
    EXPECT_FALSE(Sees(Staff(role, {}), "portal", "439902", true)) << RoleName(role);
    EXPECT_TRUE(Sees(Staff(role, {}, true), "portal", "439902", true)) << RoleName(role);
    EXPECT_FALSE(Sees(Staff(role, {"439904"}, true), "portal", "439902", true)) << "the right does not widen the scope";
  }
}

TEST(AccessTest, SourcesAndHandlersSeeTheirOwnOnly) {
  const Principal source{Role::kSource, "portal", "portal", {}, false, false};
  EXPECT_TRUE(Sees(source, "portal", "", false));
  EXPECT_FALSE(Sees(source, "hotline", "", false));
  EXPECT_TRUE(Sees(source, "portal", "", true)) << "what it sent itself";
  Principal handler{Role::kHandler, "clerk", "portal", {}, false, false};
  EXPECT_TRUE(Sees(handler, "portal", "", false));
  EXPECT_FALSE(Sees(handler, "portal", "", true));
  handler.sealed = true;
  EXPECT_TRUE(Sees(handler, "portal", "", true));
  EXPECT_FALSE(Sees(handler, "hotline", "", true));
  const Principal nowhere{Role::kHandler, "clerk", "", {}, true, true};
  EXPECT_FALSE(Sees(nowhere, "", "", false)) << "an empty source is nobody's";
}

TEST(AccessTest, AdminDepartmentAndExchangeSeeNoPetition) {
  for (const Role role : {Role::kAdmin, Role::kDepartment, Role::kExchange}) {
    EXPECT_FALSE(Sees({role, "x", "portal", {}, true, true}, "portal", "439902", false)) << RoleName(role);
  }
}

}  // namespace
}  // namespace gateway
