#include "gateway/commands/command_support.h"

#include <cstdio>
#include <system_error>

namespace gateway {
namespace {

const petition::SystemClock& Clock() {
  static const petition::SystemClock clock;
  return clock;
}

}  // namespace

int Fail(const std::string& command, const petition::Error& error) {
  std::fprintf(stderr, "guiyi %s: %s [%s]\n", command.c_str(), error.message.c_str(), error.Reason().c_str());
  if (!error.detail.empty()) std::fprintf(stderr, "  %s\n", error.detail.c_str());
  switch (error.code) {
    case petition::Code::kInvalid:
      return kExitUsage;
    case petition::Code::kNotFound:
    case petition::Code::kConflict:
    case petition::Code::kUnauthorized:
      return kExitFound;
    default:
      return kExitCouldNotRun;
  }
}

petition::Result<config::Settings> SettingsFrom(const std::string& config_file, const std::string& data) {
  config::Settings settings;
  if (!config_file.empty()) {
    GUIYI_TRY(settings, config::LoadSettings(config_file));
  }
  if (!data.empty()) settings.data = data;
  return settings;
}

petition::Result<std::unique_ptr<Registry>> OpenRegistry(const std::filesystem::path& data, bool create) {
  std::error_code failed;
  if (!std::filesystem::is_directory(data, failed)) {
    if (!create) return petition::NotFound("there is no data folder " + data.string());
    std::filesystem::create_directories(data, failed);
    if (failed) return petition::Unavailable("the data folder can't be made", failed.message());
    std::filesystem::permissions(data, std::filesystem::perms::owner_all, failed);
  }
  return Registry::Open(data, Clock());
}

}  // namespace gateway
