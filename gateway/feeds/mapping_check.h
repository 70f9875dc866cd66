// What a sample would become: each record as it would be registered, people masked, or why not; and, beside another
// file that counts now, in which fields the two differ. Stores nothing. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "adapters/record.h"
#include "petition/json.h"

namespace gateway {

/// {"place", "submission" | "report" | "refused", "errors", "unmapped", "sealed"}.
petition::Json ShownRecord(const adapters::Record& record);

/// Pointers of the fields in which what it becomes differs from what it became; "refused" where only one takes it.
petition::Json DifferencesOf(const adapters::Record& tried, const adapters::Record& live);

/// {"records": [...], "count", "refused", "unmapped": {name: count}}; `live` may be empty.
petition::Json ShownCheck(const std::vector<adapters::Record>& tried, const std::vector<adapters::Record>& live);

}  // namespace gateway
