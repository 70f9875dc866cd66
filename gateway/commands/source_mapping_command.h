// `guiyi source mapping` and `guiyi source state`: the versions of a source's file, and its life, where the hub stands.
#pragma once

#include <CLI/CLI.hpp>

namespace gateway {

void AddSourceMappingCommands(CLI::App& source, int& exit_code);

}  // namespace gateway
