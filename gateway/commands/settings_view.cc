#include "gateway/commands/settings_view.h"

#include <fstream>
#include <iterator>
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

Result<Json> DestinationsView(const config::Settings& settings) {
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
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace

Result<Json> SettingsView(const config::Settings& settings) {
  Json view;
  view["model"] = {{"builtIn", settings.model.empty()}};
  GUIYI_TRY(view["calendar"], config::HolidaysView(settings.oversight.holidays));
  GUIYI_TRY(view["destinations"], DestinationsView(settings));
  Json callbacks = Json::array();
  for (const auto& one : settings.callbacks) callbacks.push_back(one.source);
  view["callbacks"] = std::move(callbacks);
  view["witnesses"] = {{"quorum", settings.witnessing.witnesses.empty() ? 0 : settings.witnessing.quorum}};
  view["alerts"] = {{"webhook", !settings.oversight.webhook.empty()},
                    {"mail", !settings.oversight.mail_server.empty()}};
  return view;
}

}  // namespace gateway
