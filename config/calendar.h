// A Calendar knows which days are worked: weekends, and per year the published holidays and the weekend days worked in
// their place. A year that was not loaded is an error, never "no holidays". Constant after it was filled; then safe
// from any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace config {

class Calendar {
 public:
  /// The years that come with the program (config/holidays).
  static Calendar BuiltIn();
  /// Those of a folder besides: every NNNN.yaml in it, in place of a built-in year of that number.
  static petition::Result<Calendar> Load(const std::filesystem::path& folder);

  /// {year, source, checked, holidays: [{name, from, to}], workdays: [day]}. kInvalid "calendar_invalid" names the
  /// line; a holiday of another year, a worked day that is no weekend and days out of order are wrong.
  petition::Status Add(const std::string& yaml, const std::string& name);

  /// kNotFound "calendar_year_missing" names the year.
  petition::Result<bool> IsWorkday(std::chrono::sys_days day) const;
  /// The n-th working day after `day` (n = 0: `day` itself).
  petition::Result<std::chrono::sys_days> After(std::chrono::sys_days day, int workdays) const;
  bool Has(int year) const { return years_.contains(year); }
  /// Years whose data nobody has held against the published text yet.
  std::set<int> Unchecked() const;
  /// What it says, for noticing that it changed.
  std::string Fingerprint() const;

 private:
  struct Year {
    std::set<std::chrono::sys_days> holidays, workdays;
    bool checked = false;
    std::string text;
  };
  std::map<int, Year> years_;
};

/// "2025-03-04"; kInvalid "day_invalid".
petition::Result<std::chrono::sys_days> ParseDay(std::string_view text);

}  // namespace config
