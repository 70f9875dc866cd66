#include "config/holidays_view.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/calendar.h"
#include "embedded/holidays_2025.h"
#include "embedded/holidays_2026.h"

namespace config {

using petition::Json;
using petition::Result;

namespace {

// Of a text that Calendar took: its form is known to be right.
Json YearView(const std::string& yaml) {
  const YAML::Node root = YAML::Load(yaml);
  Json holidays = Json::array(), workdays = Json::array();
  for (const auto& one : root["holidays"]) {
    holidays.push_back({{"name", one["name"].as<std::string>("")},
                        {"from", one["from"].as<std::string>()},
                        {"to", one["to"].as<std::string>()}});
  }
  for (const auto& day : root["workdays"]) workdays.push_back(day.as<std::string>());
  return {{"year", root["year"].as<int>()},
          {"source", root["source"].as<std::string>("")},
          {"checked", root["checked"].as<bool>(false)},
          {"holidays", std::move(holidays)},
          {"workdays", std::move(workdays)}};
}

}  // namespace

Result<Json> HolidaysView(const std::filesystem::path& folder) {
  std::vector<std::string> texts{std::string(embedded::holidays_2025()), std::string(embedded::holidays_2026())};
  if (!folder.empty()) {
    GUIYI_CHECK(Calendar::Load(folder));
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".yaml") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
  }
  std::map<int, Json> years;
  try {
    for (const auto& text : texts) {
      auto year = YearView(text);
      const int number = year["year"].get<int>();
      years[number] = std::move(year);
    }
  } catch (const YAML::Exception& error) {
    return petition::Invalid("calendar_invalid", "a file of holidays changed while it was read: " + error.msg);
  }
  Json list = Json::array();
  for (auto& [number, year] : years) list.push_back(std::move(year));
  return list;
}

}  // namespace config
