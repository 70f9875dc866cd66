// `guiyi serve`: runs a hub until it is told to end (SIGTERM, SIGINT).
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddServeCommand(CLI::App& app, int& exit_code);

}  // namespace gateway
