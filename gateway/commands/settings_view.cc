#include "gateway/commands/settings_view.h"

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "config/holidays_view.h"
#include "gateway/outside_systems.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

constexpr std::uintmax_t kCodesBytesMax = 8u << 20;

// {"channel": {"hotline": "0002"}, ...} as the file has it: MakeDestinations has read and checked it before.
Result<Json> CodesView(const std::filesystem::path& file) {
  if (file.empty()) return Json(nullptr);
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed || size > kCodesBytesMax)
    return petition::Invalid("codes_invalid", "the code table " + file.string() + " can't be read or is too large");
  std::ifstream in(file, std::ios::binary);
  return petition::ParseJson(std::string((std::istreambuf_iterator<char>(in)), {}));
}

Result<Json> DestinationsView(const config::Settings& settings, const TableTexts& tables) {
  Json list = Json::array();
  for (const auto& owed : DestinationsOwed(settings)) {
    Json one{{"name", owed.name}, {"channels", owed.channels}, {"divisions", owed.divisions}};
    one["kind"] = "thrift";
    one["address"] = owed.name == "national" ? settings.national.address : "";
    one["codes"] = nullptr;
    for (const auto& from : settings.destinations) {
      if (from.name != owed.name) continue;
      one["kind"] = from.kind;
      one["address"] = from.address;  // of an exchange database: none, its connection string may name a password
      one["owner"] = from.owner;
      one["attemptsMax"] = from.attempts_max;
      GUIYI_TRY(one["codes"], CodesView(from.codes_file));
    }
    if (const auto kept = tables.find("codes-" + owed.name); kept != tables.end()) {
      GUIYI_TRY(one["codes"], petition::ParseJson(kept->second));
    }
    list.push_back(std::move(one));
  }
  return list;
}

// Of the years that were kept, in place of the file's.
Result<Json> CalendarView(const config::Settings& settings, const TableTexts& tables) {
  std::map<int, Json> years;
  GUIYI_TRY(const auto list, config::HolidaysView(settings.oversight.holidays));
  for (const auto& year : list) years[year.at("year").get<int>()] = year;
  for (const auto& [name, text] : tables) {
    if (const int year = YearOfTable(name); year != 0) {
      GUIYI_TRY(years[year], petition::ParseJson(text));
    }
  }
  Json view = Json::array();
  for (auto& [year, one] : years) view.push_back(std::move(one));
  return view;
}

}  // namespace

Result<Json> SettingsView(const config::Settings& settings, const TableTexts& tables) {
  Json view;
  view["model"] = {{"builtIn", settings.model.empty()}};
  GUIYI_TRY(view["calendar"], CalendarView(settings, tables));
  GUIYI_TRY(view["destinations"], DestinationsView(settings, tables));
  Json callbacks = Json::array();
  for (const auto& one : settings.callbacks) callbacks.push_back(one.source);
  view["callbacks"] = std::move(callbacks);
  view["witnesses"] = {{"quorum", settings.witnessing.witnesses.empty() ? 0 : settings.witnessing.quorum}};
  view["alerts"] = {{"webhook", !settings.oversight.webhook.empty()},
                    {"mail", !settings.oversight.mail_server.empty()}};
  return view;
}

}  // namespace gateway
