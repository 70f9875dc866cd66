// `guiyi dedup replay` and `guiyi dedup explain`: labelled or plain submissions through the real pipeline in a
// temporary store, and the waterfall between two registered intakes.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

/// Adds `dedup` with its subcommands; `exit_code` is set when one ran (0 done, 1 found something wrong, 2 bad usage, 3
/// could not run).
void AddDedupCommands(CLI::App& app, int& exit_code);

}  // namespace gateway
