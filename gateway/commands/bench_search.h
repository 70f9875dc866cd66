// `guiyi bench search`: candidates of the search index measured beside Xapian's own ways of finding similar texts, on
// made-up petitions and edited copies of them.
#pragma once

#include <CLI/CLI.hpp>

namespace gateway {

void AddBenchSearch(CLI::App& bench, int& exit_code);

}  // namespace gateway
