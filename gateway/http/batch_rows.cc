#include "gateway/http/batch_rows.h"

namespace gateway::http {

using petition::Result;

namespace {

petition::Error TooManyRows(std::size_t rows_max) {
  return petition::Invalid("too_large", "more than " + std::to_string(rows_max) + " rows");
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::vector<std::string_view>> SplitArray(std::string_view json, std::size_t rows_max) {
  const auto broken = [](std::size_t at) {
    return petition::Invalid("json_invalid", "not a JSON array at byte " + std::to_string(at));
  };
  const auto text = Trimmed(json);
  if (!text.starts_with('[') || !text.ends_with(']') || text.size() < 2) return broken(0);
  std::vector<std::string_view> rows;
  std::size_t begin = 1, depth = 0;
  bool in_string = false;
  const auto last = text.size() - 1;
  for (std::size_t i = 1; i <= last; ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    const bool closes = c == '}' || c == ']';
    if (depth == 0 && (c == ',' || (closes && i == last && c == ']'))) {
      const auto row = Trimmed(text.substr(begin, i - begin));
      if (row.empty() && !(rows.empty() && i == last)) return broken(i);
      if (!row.empty()) rows.push_back(row);
      if (rows.size() > rows_max) return TooManyRows(rows_max);
      begin = i + 1;
    } else if (closes) {
      if (depth == 0 || i == last) return broken(i);
      --depth;
    }
  }
  if (in_string || depth != 0 || begin != last + 1) return broken(last);
  return rows;
}

Result<std::vector<std::string_view>> SplitLines(std::string_view text, std::size_t rows_max) {
  std::vector<std::string_view> rows;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = Trimmed(text.substr(0, end));
    if (!line.empty()) rows.push_back(line);
    if (rows.size() > rows_max) return TooManyRows(rows_max);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return rows;
}

}  // namespace gateway::http
