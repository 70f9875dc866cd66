// What a cell of a table says: times, yes and no, channels and purposes as old systems write them. Pure functions, safe
// from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace adapters {

/// Without blanks at either end, wide ones included.
std::string_view TrimCell(std::string_view cell);
/// Words that old systems write for "nothing": null, \N and the like. (无 is left to the field: it may be an answer.)
bool StandsForNothing(std::string_view cell);
std::optional<bool> FlagFromCell(std::string_view cell);
/// The hub's code for a label whose meaning is the same everywhere; "" for others. Bare numbers mean different things
/// in different sources and are not mapped.
std::string ChannelFromCell(std::string_view cell);
std::string PurposeFromCell(std::string_view cell);
/// A time as old systems write it, at +08:00, as RFC 3339: with blanks or T, slashes, no separators at all, a day
/// alone, a spreadsheet's serial number; RFC 3339 passes unchanged. "" when it is none of these.
std::string TimeFromCell(std::string_view cell);

}  // namespace adapters
