#include "gateway/access.h"

#include <algorithm>
#include <array>
#include <optional>

#include "gateway/access_names.h"
#include "petition/identifiers.h"

namespace gateway {
namespace {

constexpr std::array<std::string_view, 9> kRoleNames = {"source",     "operator", "reviewer", "handler", "oversight",
                                                        "department", "auditor",  "admin",    "exchange"};

constexpr unsigned Bit(Role role) { return 1u << static_cast<unsigned>(role); }
constexpr unsigned kSourceBit = Bit(Role::kSource), kOperatorBit = Bit(Role::kOperator),
                   kReviewerBit = Bit(Role::kReviewer), kHandlerBit = Bit(Role::kHandler),
                   kOversightBit = Bit(Role::kOversight), kDepartmentBit = Bit(Role::kDepartment),
                   kAuditorBit = Bit(Role::kAuditor), kAdminBit = Bit(Role::kAdmin),
                   kExchangeBit = Bit(Role::kExchange);
/// Those who read petitions by scope. An admin sees no personal data and therefore no petition; a department's
/// administrator sees the state of its connection, not what came through it.
constexpr unsigned kStaffBits = kOperatorBit | kReviewerBit | kHandlerBit | kOversightBit | kAuditorBit;

/// People who sign in at the console; machines show keys.
constexpr unsigned kSignsInBits = kStaffBits | kDepartmentBit | kAdminBit;

struct Rule {
  Call call;
  std::string_view name;
  unsigned roles;
};

/// The "who" column of the outside interface, one row a call.
constexpr Rule kRules[] = {
    {Call::kRegister, "register", kSourceBit | kOperatorBit},
    {Call::kAttach, "attach", kSourceBit | kOperatorBit},
    {Call::kReadIntake, "read_intake", kSourceBit | kStaffBits},
    {Call::kReadRaw, "read_raw", kSourceBit | kStaffBits},
    {Call::kProve, "prove", kSourceBit | kStaffBits},
    {Call::kReportEvent, "report_event", kSourceBit | kHandlerBit},
    {Call::kChanges, "changes", kSourceBit},
    {Call::kPreview, "preview", kSourceBit | kOperatorBit},
    {Call::kChannelCheck, "channel_check", kSourceBit | kOperatorBit},
    {Call::kSearchCases, "search_cases", kStaffBits},
    {Call::kReadCase, "read_case", kStaffBits},
    {Call::kMerge, "merge", kReviewerBit},
    {Call::kSplit, "split", kReviewerBit},
    {Call::kReadReviews, "read_reviews", kReviewerBit},
    {Call::kAnswerReview, "answer_review", kReviewerBit},
    {Call::kSeal, "seal", kReviewerBit | kOversightBit},
    {Call::kManifest, "manifest", kSourceBit | kOversightBit},
    {Call::kCallRecords, "call_records", kExchangeBit},
    {Call::kReadSources, "read_sources", kDepartmentBit | kAdminBit | kOversightBit},
    {Call::kCheckSource, "check_source", kDepartmentBit | kAdminBit | kOversightBit},
    {Call::kReadMapping, "read_mapping", kSourceBit | kDepartmentBit | kAdminBit | kOversightBit},
    {Call::kPutMapping, "put_mapping", kDepartmentBit | kAdminBit},
    {Call::kSourceState, "source_state", kDepartmentBit | kAdminBit | kOversightBit},
    {Call::kReadQuarantine, "read_quarantine", kDepartmentBit | kAdminBit | kOversightBit},
    {Call::kReplayQuarantine, "replay_quarantine", kDepartmentBit | kAdminBit | kOversightBit},
    {Call::kOversight, "oversight", kOversightBit},
    {Call::kReadDeliveries, "read_deliveries", kOversightBit | kAdminBit},
    {Call::kRetryDelivery, "retry_delivery", kOversightBit | kAdminBit},
    {Call::kSkipDelivery, "skip_delivery", kOversightBit | kAdminBit},
    {Call::kReadPersonal, "read_personal", kSourceBit | kStaffBits},
    {Call::kSignIn, "sign_in", kSignsInBits},
    {Call::kSignOut, "sign_out", kSignsInBits},
    {Call::kOwnPassword, "own_password", kSignsInBits},
    {Call::kReadUsers, "read_users", kAdminBit},
    {Call::kChangeUsers, "change_users", kAdminBit},
    {Call::kReadModels, "read_models", kOversightBit | kAdminBit},
    {Call::kReadNames, "read_names", kSignsInBits},
    {Call::kRenewKey, "renew_key", kDepartmentBit | kAdminBit},
    {Call::kReadTables, "read_tables", kOversightBit | kAdminBit},
    {Call::kChangeTables, "change_tables", kAdminBit},
};

const Rule* FindRule(Call call) {
  const auto* rule = std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& r) { return r.call == call; });
  return rule == std::end(kRules) ? nullptr : rule;
}

}  // namespace

std::optional<Role> RoleFromName(std::string_view name) {
  const auto* found = std::find(kRoleNames.begin(), kRoleNames.end(), name);
  if (found == kRoleNames.end()) return std::nullopt;
  return static_cast<Role>(found - kRoleNames.begin());
}

std::string_view RoleName(Role role) {
  const auto at = static_cast<std::size_t>(role);
  return at < kRoleNames.size() ? kRoleNames[at] : "unknown";
}

std::string_view CallName(Call call) {
  const Rule* rule = FindRule(call);
  return rule ? rule->name : "unknown";
}

bool Allowed(Role role, Call call) {
  const Rule* rule = FindRule(call);
  return rule && static_cast<std::size_t>(role) < kRoleNames.size() && (rule->roles & Bit(role)) != 0;
}

std::vector<std::string_view> CallsOf(Role role) {
  std::vector<std::string_view> names;
  for (const Rule& rule : kRules) {
    if (Allowed(role, rule.call)) names.push_back(rule.name);
  }
  return names;
}

bool Sees(const Principal& who, std::string_view source, std::string_view division, bool sealed) {
  switch (who.role) {
    case Role::kSource:
      // What a system sent is known to it, sealed or not: it must be able to bring the answer to its petitioner.
      return !who.source.empty() && who.source == source;
    case Role::kHandler:
      return !who.source.empty() && who.source == source && (!sealed || who.sealed);
    case Role::kOperator:
    case Role::kReviewer:
    case Role::kOversight:
    case Role::kAuditor:
      if (sealed && !who.sealed) return false;
      // An intake whose place is not known lies within nobody's division: those without limits see to it.
      return who.divisions.empty() ||
             std::any_of(who.divisions.begin(), who.divisions.end(), [&](const std::string& own) {
               return !division.empty() && !own.empty() && petition::DivisionContains(own, division);
             });
    case Role::kDepartment:
    case Role::kAdmin:
    case Role::kExchange:
      return false;
  }
  return false;
}

}  // namespace gateway
