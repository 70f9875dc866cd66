#include "gateway/http/sheet_answer.h"

#include "gateway/http/calls.h"

namespace gateway::http {

bool WantsFile(const Request& request) { return !request.Query("format").empty() && request.Query("format") != "json"; }

petition::Result<Answer> SheetAnswer(const Request& request, const std::vector<Sheet>& sheets,
                                     const std::string& name) {
  const std::string format(request.Query("format"));
  Answer answer;
  if (format == "csv") {
    if (sheets.size() != 1) return FieldError("sheet", "field_missing", "is needed: csv holds one table");
    answer.media_type = "text/csv; charset=utf-8";
    answer.body = ToCsv(sheets.front());
  } else if (format == "xlsx") {
    answer.media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    GUIYI_TRY(answer.body, ToXlsx(sheets));
  } else {
    return FieldError("format", "unknown_value", "json, csv or xlsx");
  }
  answer.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + name + "." + format + "\"");
  return answer;
}

}  // namespace gateway::http
