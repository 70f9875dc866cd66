// Who may do what: the one place where a call is allowed. A call without a rule is refused. Pure data and functions;
// safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"

namespace gateway {

enum class Role { kSource, kOperator, kReviewer, kHandler, kOversight, kDepartment, kAuditor, kAdmin, kExchange };
std::optional<Role> RoleFromName(std::string_view name);  ///< "source", "operator" ...
std::string_view RoleName(Role role);

/// Somebody who has shown a valid key (or session). `name` is the source's or the user's.
struct Principal {
  Role role = Role::kSource;
  std::string name;
  std::string source;                  ///< for source and handler: the source whose intakes are theirs
  std::vector<std::string> divisions;  ///< staff: what they see lies within one of these; empty: everything
  bool sealed = false;                 ///< may read sealed intakes
  bool personal = false;               ///< may read personal data unmasked (each read is an `access` entry)
};

/// Every call of the outside interface, by name; doors (HTTP, Thrift) map routes to these.
enum class Call {
  kRegister,
  kAttach,
  kReadIntake,
  kReadRaw,
  kProve,
  kReportEvent,
  kChanges,
  kPreview,
  kChannelCheck,
  kSearchCases,
  kReadCase,
  kMerge,
  kSplit,
  kReadReviews,
  kAnswerReview,
  kSeal,
  kManifest,
  kCallRecords,
  kReadSources,
  kCheckSource,
  kReadMapping,
  kPutMapping,
  kSourceState,
  kReadQuarantine,
  kReplayQuarantine,
  kOversight,
  kReadDeliveries,
  kRetryDelivery,
  kSkipDelivery,
  kReadPersonal,
  kSignIn,
  kSignOut,
  kOwnPassword,
  kReadUsers,
  kChangeUsers,
  kReadModels,
  kReadNames,
  kRenewKey,
  kReadTables,
  kChangeTables,
};
std::string_view CallName(Call call);

/// Whether the role may make the call at all (scope of data comes after). The table is documented in /openapi.json and
/// tested row by row.
bool Allowed(Role role, Call call);

/// Whether the principal may see an intake of that source, division and sealing.
bool Sees(const Principal& who, std::string_view source, std::string_view division, bool sealed);

}  // namespace gateway
