// `guiyi backup`, `guiyi restore`, `guiyi key rotate`.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddBackupCommands(CLI::App& app, int& exit_code);

}  // namespace gateway
