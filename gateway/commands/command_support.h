// What the commands share: the data folder and configuration they work on, and how an error ends a program. Pure
// helpers and standard streams; one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "config/settings.h"
#include "gateway/commands/exit_codes.h"
#include "gateway/registry.h"
#include "petition/result.h"

namespace gateway {

/// Says what went wrong on standard error; answers the exit status: 2 for input that makes no sense, 1 for what
/// contradicts or misses something, 3 for what could not be done.
int Fail(const std::string& command, const petition::Error& error);

/// The settings of a configuration file ("" for none), with `data` in place of its folder when it is not empty.
petition::Result<config::Settings> SettingsFrom(const std::string& config_file, const std::string& data);

/// The registry of a data folder; `create` makes the folder (mode 0700) when it is missing.
petition::Result<std::unique_ptr<Registry>> OpenRegistry(const std::filesystem::path& data, bool create);

}  // namespace gateway
