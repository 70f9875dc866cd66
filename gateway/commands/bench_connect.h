// `guiyi bench connect`: how fast a CSV file of a connected source is read, mapped and registered, by the source's feed
// and by `guiyi import`, with everything durable; and whether memory stays where it was.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddBenchConnect(CLI::App& bench, int& exit_code);

}  // namespace gateway
