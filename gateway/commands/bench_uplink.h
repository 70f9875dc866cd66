// `guiyi bench uplink`: a backlog, as an outage of the national system leaves it, drained through the real hub to the
// stand-in, at the limit the other side sets; and whether anything was lost, doubled or told out of order.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddBenchUplink(CLI::App& bench, int& exit_code);

}  // namespace gateway
