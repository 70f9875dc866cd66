// `guiyi user add|list|disable`: the people who work with the hub, their roles and keys.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

/// Adds `user` with its subcommands; `exit_code` is set when one ran (0 done, 1 found something wrong, 2 bad usage, 3
/// could not run).
void AddUserCommands(CLI::App& app, int& exit_code);

}  // namespace gateway
