#include "petition/digits.h"

#include <array>
#include <chrono>

#include "petition/text/fold.h"

namespace petition {
namespace {

using namespace std::string_view_literals;

// In the folded, upper-case form.
constexpr std::array kEmptyWords = {
    "无"sv,       "没有"sv,     "暂无"sv,      "不详"sv,    "未详"sv,     "不明"sv,     "未知"sv,   "不知道"sv,
    "不清楚"sv,   "未提供"sv,   "未填"sv,      "未填写"sv,  "不填"sv,     "没填"sv,     "未登记"sv, "未留"sv,
    "未留电话"sv, "未说明"sv,   "拒绝提供"sv,  "不提供"sv,  "不愿提供"sv, "不便提供"sv, "保密"sv,   "空"sv,
    "空号"sv,     "NULL"sv,     "\\N"sv,       "NIL"sv,     "NONE"sv,     "NA"sv,       "N/A"sv,    "NAN"sv,
    "(NULL)"sv,   "#N/A"sv,     "UNDEFINED"sv, "UNKNOWN"sv, "未"sv,       "略"sv,       "其他"sv,   "未录入"sv,
    "无号码"sv,   "无身份证"sv, "无电话"sv};

}  // namespace

std::string TypedForm(std::string_view text) {
  // Fold does the work but lowers case; identifiers are compared in upper case.
  std::string out;
  for (const char c : text::Fold(text::Truncate(text, kTypedMax))) {
    if (c == ' ' || c == '\n') continue;
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  if (!out.empty() && out.front() == '\'') out.erase(0, 1);  // a spreadsheet's "this is text"
  return out;
}

bool IsEmptyWord(std::string_view typed) {
  if (typed.find_first_not_of("-/\\_.?*~#") == std::string_view::npos) return true;
  return std::find(kEmptyWords.begin(), kEmptyWords.end(), typed) != kEmptyWords.end();
}

bool IsDay(std::string_view text) {
  if (text.size() != 8 || !AllDigits(text)) return false;
  auto number = [&](std::size_t at, std::size_t width) {
    int value = 0;
    for (std::size_t i = at; i < at + width; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year{number(0, 4)},
                                        std::chrono::month{static_cast<unsigned>(number(4, 2))},
                                        std::chrono::day{static_cast<unsigned>(number(6, 2))}};
  return day.ok() && day.year() >= std::chrono::year{1800} && day.year() < std::chrono::year{2100};
}

}  // namespace petition
