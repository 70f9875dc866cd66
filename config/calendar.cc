#include "config/calendar.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "embedded/holidays_2025.h"
#include "embedded/holidays_2026.h"

namespace config {

using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kCalendarBytesMax = 64u << 10;
constexpr int kHolidayDaysMax = 30;  // of one holiday: a slip of the pen in a month would be longer

petition::Error WrongDay(const std::string& name, const YAML::Node& node, const std::string& what) {
  return petition::Invalid("calendar_invalid", name + ", line " + std::to_string(node.Mark().line + 1) + ": " + what);
}

int YearOf(std::chrono::sys_days day) { return static_cast<int>(std::chrono::year_month_day(day).year()); }

bool IsWeekend(std::chrono::sys_days day) {
  const std::chrono::weekday weekday(day);
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

}  // namespace

Result<std::chrono::sys_days> ParseDay(std::string_view text) {
  const auto wrong = petition::Invalid("day_invalid", "a day reads 2025-03-04");
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return wrong;
  std::string digits(text);
  std::erase(digits, '-');
  if (digits.find_first_not_of("0123456789") != std::string::npos) return wrong;
  const int value = std::atoi(digits.c_str());
  const std::chrono::year_month_day day{std::chrono::year(value / 10000),
                                        std::chrono::month(static_cast<unsigned>(value / 100 % 100)),
                                        std::chrono::day(static_cast<unsigned>(value % 100))};
  if (!day.ok()) return wrong;
  return std::chrono::sys_days(day);
}

Calendar Calendar::BuiltIn() {
  Calendar calendar;
  // They come with the program and are tested with it.
  (void)calendar.Add(std::string(embedded::holidays_2025()), "2025.yaml");
  (void)calendar.Add(std::string(embedded::holidays_2026()), "2026.yaml");
  return calendar;
}

Result<Calendar> Calendar::Load(const std::filesystem::path& folder) {
  Calendar calendar = BuiltIn();
  std::error_code failed;
  if (!std::filesystem::is_directory(folder, failed))
    return petition::NotFound("the folder of holidays " + folder.string() + " can't be read");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in || text.size() > kCalendarBytesMax)
      return petition::Invalid("calendar_invalid", file.string() + " can't be read or is larger than 64 KiB");
    GUIYI_CHECK(calendar.Add(text, file.string()));
  }
  return calendar;
}

Status Calendar::Add(const std::string& yaml, const std::string& name) {
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (!root.IsMap()) return WrongDay(name, root, "must be a mapping of keys");
    for (const auto& member : root) {
      static const std::set<std::string> kKnown{"year", "source", "checked", "holidays", "workdays"};
      if (!kKnown.contains(member.first.as<std::string>()))
        return WrongDay(name, member.first, "there is no key of this name");
    }
    if (!root["year"]) return WrongDay(name, root, "the year is missing");
    const int number = root["year"].as<int>();
    Year year;
    year.text = yaml;
    if (root["checked"]) year.checked = root["checked"].as<bool>();
    for (const auto& holiday : root["holidays"]) {
      const auto from = ParseDay(holiday["from"].as<std::string>("")), to = ParseDay(holiday["to"].as<std::string>(""));
      if (!from.ok() || !to.ok()) return WrongDay(name, holiday, "from and to must be days as 2025-03-04");
      if (*to < *from || (*to - *from).count() > kHolidayDaysMax)
        return WrongDay(name, holiday, "ends before it begins, or lasts too long");
      if (YearOf(*from) != number || YearOf(*to) != number) return WrongDay(name, holiday, "lies in another year");
      for (auto day = *from; day <= *to; day += std::chrono::days(1)) year.holidays.insert(day);
    }
    for (const auto& worked : root["workdays"]) {
      const auto day = ParseDay(worked.as<std::string>());
      if (!day.ok() || YearOf(*day) != number) return WrongDay(name, worked, "must be a day of that year");
      if (!IsWeekend(*day) || year.holidays.contains(*day))
        return WrongDay(name, worked, "is no weekend day, or a holiday");
      year.workdays.insert(*day);
    }
    if (year.holidays.empty()) return WrongDay(name, root, "names no holidays");
    years_[number] = std::move(year);
    return petition::Ok();
  } catch (const YAML::Exception& error) {
    return petition::Invalid("calendar_invalid",
                             name + ", line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
}

Result<bool> Calendar::IsWorkday(std::chrono::sys_days day) const {
  const auto found = years_.find(YearOf(day));
  if (found == years_.end()) {
    auto error = petition::NotFound("the holidays of " + std::to_string(YearOf(day)) + " were not loaded");
    error.reason = "calendar_year_missing";
    return error;
  }
  if (found->second.workdays.contains(day)) return true;
  return !IsWeekend(day) && !found->second.holidays.contains(day);
}

Result<std::chrono::sys_days> Calendar::After(std::chrono::sys_days day, int workdays) const {
  while (workdays > 0) {
    day += std::chrono::days(1);
    GUIYI_TRY(const bool worked, IsWorkday(day));
    if (worked) --workdays;
  }
  return day;
}

std::set<int> Calendar::Unchecked() const {
  std::set<int> years;
  for (const auto& [number, year] : years_)
    if (!year.checked) years.insert(number);
  return years;
}

std::string Calendar::Fingerprint() const {
  std::string text;
  for (const auto& [number, year] : years_) text += std::to_string(number) + "\n" + year.text + "\n";
  return text;
}

}  // namespace config
