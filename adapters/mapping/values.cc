#include "adapters/mapping/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <unordered_map>
#include <vector>

#include "petition/submission.h"
#include "petition/time.h"

namespace adapters {
namespace {

using namespace std::string_view_literals;

bool IsDay(int year, int month, int day) {
  return std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

std::string Rfc3339(int year, int month, int day, int hour, int minute, int second) {
  if (year < 1900 || year > 2200 || !IsDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return {};
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d+08:00", year, month, day, hour, minute, second);
  return text;
}

/// Groups of digits of a time and what stood between them.
bool SplitDigits(std::string_view cell, std::vector<int>& groups, std::string& between) {
  for (std::size_t at = 0; at < cell.size();) {
    int value = 0;
    const auto [end, failed] = std::from_chars(cell.data() + at, cell.data() + cell.size(), value);
    if (failed != std::errc() || value < 0 || cell[at] == '-') return false;
    groups.push_back(value);
    at = static_cast<std::size_t>(end - cell.data());
    const std::size_t stop = std::min(cell.find_first_of("0123456789", at), cell.size());
    between += std::string(cell.substr(at, stop - at)) + ";";
    at = stop;
  }
  return true;
}

/// A spreadsheet's days since 1899-12-30; only such as fall between 1954 and 2119.
std::string FromSerial(std::string_view cell) {
  double serial = 0;
  const auto [end, failed] = std::from_chars(cell.data(), cell.data() + cell.size(), serial);
  if (failed != std::errc() || end != cell.data() + cell.size() || !(serial >= 20000 && serial < 80000)) return {};
  const auto seconds = static_cast<std::int64_t>(std::llround(serial * 86400));
  const auto at = std::chrono::sys_seconds{std::chrono::sys_days{std::chrono::year{1899} / 12 / 30}} +
                  std::chrono::seconds{seconds};
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{at - days};
  return Rfc3339(static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
                 static_cast<int>(static_cast<unsigned>(date.day())), static_cast<int>(time.hours().count()),
                 static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
}

}  // namespace

std::string_view TrimCell(std::string_view text) {
  constexpr std::string_view kWide = "\xE3\x80\x80";  // U+3000
  while (true) {
    if (!text.empty() && " \t\r\n"sv.find(text.front()) != std::string_view::npos)
      text.remove_prefix(1);
    else if (!text.empty() && " \t\r\n"sv.find(text.back()) != std::string_view::npos)
      text.remove_suffix(1);
    else if (text.starts_with(kWide))
      text.remove_prefix(kWide.size());
    else if (text.ends_with(kWide))
      text.remove_suffix(kWide.size());
    else
      return text;
  }
}

bool StandsForNothing(std::string_view cell) {
  constexpr std::array kWords = {""sv, "\\N"sv, "null"sv, "NULL"sv, "Null"sv, "#N/A"sv};
  return std::find(kWords.begin(), kWords.end(), cell) != kWords.end();
}

std::optional<bool> FlagFromCell(std::string_view cell) {
  constexpr std::array kYes = {"1"sv, "是"sv, "true"sv, "TRUE"sv, "Y"sv, "y"sv, "yes"sv, "有"sv};
  constexpr std::array kNo = {"0"sv, "否"sv, "false"sv, "FALSE"sv, "N"sv, "n"sv, "no"sv, "无"sv, "不是"sv};
  if (std::find(kYes.begin(), kYes.end(), cell) != kYes.end()) return true;
  if (std::find(kNo.begin(), kNo.end(), cell) != kNo.end()) return false;
  return std::nullopt;
}

std::string ChannelFromCell(std::string_view cell) {
  static const std::unordered_map<std::string_view, std::string_view> labels = {{"来信", "letter"},
                                                                                {"信件", "letter"},
                                                                                {"写信", "letter"},
                                                                                {"来访", "visit"},
                                                                                {"走访", "visit"},
                                                                                {"网上信访", "portal"},
                                                                                {"网信", "portal"},
                                                                                {"网站", "portal"},
                                                                                {"网络", "portal"},
                                                                                {"网上建议", "portal"},
                                                                                {"手机信访", "app"},
                                                                                {"手机APP", "app"},
                                                                                {"微信信访", "wechat"},
                                                                                {"微信", "wechat"},
                                                                                {"电话信访", "hotline"},
                                                                                {"来电", "hotline"},
                                                                                {"电话", "hotline"},
                                                                                {"热线", "hotline"},
                                                                                {"12345热线", "hotline"},
                                                                                {"短信", "sms"},
                                                                                {"领导信箱", "leader_mailbox"},
                                                                                {"市长信箱", "leader_mailbox"},
                                                                                {"书记信箱", "leader_mailbox"},
                                                                                {"电子邮件", "email"},
                                                                                {"邮箱", "email"},
                                                                                {"上级转办", "upper_transfer"},
                                                                                {"上级交办", "upper_transfer"},
                                                                                {"部门转办", "department"},
                                                                                {"其他", "other"}};
  if (petition::IsChannel(cell)) return std::string(cell);
  const auto found = labels.find(cell);
  return found == labels.end() ? std::string() : std::string(found->second);
}

std::string PurposeFromCell(std::string_view cell) {
  static const std::unordered_map<std::string_view, std::string_view> labels = {
      {"意见建议", "建议"}, {"揭发控告", "检举控告"}, {"检举", "检举控告"}, {"控告", "检举控告"},
      {"求助", "求决"},     {"投诉举报", "投诉"},     {"咨询求助", "咨询"}};
  if (petition::IsPurpose(cell)) return std::string(cell);
  const auto found = labels.find(cell);
  return found == labels.end() ? std::string() : std::string(found->second);
}

std::string TimeFromCell(std::string_view cell) {
  if (petition::ParseTime(cell).ok()) return std::string(cell);
  const bool digits = !cell.empty() && cell.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits && (cell.size() == 14 || cell.size() == 12 || cell.size() == 8)) {
    const auto part = [&](std::size_t at, std::size_t size) {
      int value = 0;
      if (at + size <= cell.size()) std::from_chars(cell.data() + at, cell.data() + at + size, value);
      return value;
    };
    return Rfc3339(part(0, 4), part(4, 2), part(6, 2), part(8, 2), part(10, 2), part(12, 2));
  }
  if (cell.find_first_not_of("0123456789.") == std::string_view::npos && cell.find("..") == std::string_view::npos) {
    if (const std::string serial = FromSerial(cell); !serial.empty()) return serial;
  }
  std::vector<int> groups;
  std::string between;
  if (!SplitDigits(cell, groups, between)) return {};
  // The separators tell the form; 12-hour clocks without a mark of their half can't be told and are read as they stand.
  constexpr std::array kForms = {"-;-;;"sv,          "/;/;;"sv,           ".;.;;"sv,        "年;月;日;"sv,
                                 "-;-; ;:;;"sv,      "/;/; ;:;;"sv,       "-;-; ;:;:;;"sv,  "/;/; ;:;:;;"sv,
                                 "-;-;T;:;:;;"sv,    "-;-; ;:;:;.;;"sv,   "年;月;日;:;;"sv, "年;月;日 ;:;;"sv,
                                 "年;月;日;:;:;;"sv, "年;月;日 ;:;:;;"sv, "-;-;  ;:;:;;"sv, "-;-;T;:;:;.;;"sv};
  if (std::find(kForms.begin(), kForms.end(), between) == kForms.end() || groups.size() < 3) return {};
  groups.resize(6);
  return Rfc3339(groups[0], groups[1], groups[2], groups[3], groups[4], groups[5]);
}

}  // namespace adapters
