// `guiyi key rotate`.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddKeyCommands(CLI::App& app, int& exit_code);

}  // namespace gateway
