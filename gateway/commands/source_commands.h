// `guiyi source add|list|suspend|resume|check`: the connected systems and their keys.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

/// Adds `source` with its subcommands; `exit_code` is set when one ran (0 done, 1 found something wrong, 2 bad usage, 3
/// could not run).
void AddSourceCommands(CLI::App& app, int& exit_code);

}  // namespace gateway
