// `guiyi import`: a file's records through the intake, resumable, with a progress bar.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

/// Adds `import`; `exit_code` is set when it ran (0 done, 1 rows were refused or a file can't be taken, 2 bad usage, 3
/// could not run or stopped on the way).
void AddImportCommand(CLI::App& app, int& exit_code);

}  // namespace gateway
