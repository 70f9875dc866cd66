// `guiyi bench dedup`: how long finding candidates and deciding take, how much is found, and how this grows with what
// is stored; beside Xapian's own ways of finding candidates in the same run.
#pragma once

#include <CLI/CLI.hpp>

namespace gateway {

void AddBenchDedup(CLI::App& bench, int& exit_code);

}  // namespace gateway
