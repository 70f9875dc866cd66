// `guiyi drill`: the leak drill (gateway/oversight/drill). One thread.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddDrillCommand(CLI::App& app, int& exit_code);

}  // namespace gateway
