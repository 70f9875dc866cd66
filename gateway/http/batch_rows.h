// A batch cut into its rows, each with its bytes as they came, before anything of it is read. Pure; safe from any
// thread.
#pragma once

#include <string_view>
#include <vector>

#include "petition/result.h"

namespace gateway::http {

/// The elements of a JSON array, uncut and unparsed, so that one that is wrong spoils no other; kInvalid when the array
/// itself can't be followed.
petition::Result<std::vector<std::string_view>> SplitArray(std::string_view json, std::size_t rows_max);
/// The lines that hold anything.
petition::Result<std::vector<std::string_view>> SplitLines(std::string_view text, std::size_t rows_max);

}  // namespace gateway::http
