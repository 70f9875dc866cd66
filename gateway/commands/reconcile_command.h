// `guiyi reconcile`: holds a source's register of one day against the ledger. One thread.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddReconcileCommand(CLI::App& app, int& exit_code);

}  // namespace gateway
