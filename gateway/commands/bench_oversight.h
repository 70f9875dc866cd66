// `guiyi bench oversight`: how long the summary takes over many cases. One thread.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddBenchOversight(CLI::App& bench, int& exit_code);

}  // namespace gateway
