// What a sample would become, as a table for the person who writes a source's file: one line a record, the fields that
// failed under it with why, and at the end what the file has no word for, the most frequent first. Pure functions.
#pragma once

#include <string>

#include "petition/json.h"

namespace gateway {

/// Of ShownCheck's answer (feeds/mapping_check.h). People are masked there already.
std::string CheckTable(const petition::Json& checked);

}  // namespace gateway
