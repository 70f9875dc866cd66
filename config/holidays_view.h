// The holidays that count, for people to look at: those that come with the program, in place of each year the one of
// the folder. Reads files anew each time; Calendar::Load says what is wrong with one, and with its line. Threads: any.
#pragma once

#include <filesystem>

#include "petition/json.h"
#include "petition/result.h"

namespace config {

/// [{year, source, checked, holidays: [{name, from, to}], workdays: [day]}] by year. `folder` "": none besides the
/// built-in ones. kInvalid "calendar_invalid" names the file.
petition::Result<petition::Json> HolidaysView(const std::filesystem::path& folder);

}  // namespace config
