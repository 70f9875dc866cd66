// `guiyi rebuild [index|state|tiles|all]`: deletes what can be rebuilt and folds the ledger again; decides nothing
// anew.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddRebuildCommand(CLI::App& app, int& exit_code);

}  // namespace gateway
