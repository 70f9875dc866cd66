// `guiyi bench ingest`: how fast submissions are taken in, with durable receipts, beside PostgreSQL and a bare file in
// the same run; how fast the follower goes; and what the ledger does alone.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddBenchIngest(CLI::App& bench, int& exit_code);

}  // namespace gateway
