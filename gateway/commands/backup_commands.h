// `guiyi backup`, `guiyi restore`.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddBackupCommands(CLI::App& app, int& exit_code);

}  // namespace gateway
