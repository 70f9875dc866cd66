// The words for codes in tables that people read: files for a spreadsheet and the printed report say what the console
// says, out of the same file.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// Chinese for a code of one of the console's groups: "relation", "mode", "state", "channel", "verdict", "lamp",
/// "exceptionKind". The code itself when it has no word.
std::string WordFor(std::string_view group, std::string_view code);

}  // namespace gateway
