// `guiyi ledger audit`: the store held against the ledger, by those who run it.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

/// `ledger`: the app of `guiyi ledger`.
void AddAuditCommand(CLI::App& ledger, int& exit_code);

}  // namespace gateway
