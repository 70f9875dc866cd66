// A list or a figure as a file for a spreadsheet, when `format` asks for one: csv (one table) or xlsx (a workbook).
#pragma once

#include <string>
#include <vector>

#include "gateway/http/message.h"
#include "gateway/oversight/sheet.h"
#include "petition/result.h"

namespace gateway::http {

bool WantsFile(const Request& request);
/// `name` without its ending. kInvalid for another format, and for csv of several tables.
petition::Result<Answer> SheetAnswer(const Request& request, const std::vector<Sheet>& sheets, const std::string& name);

}  // namespace gateway::http
