// `guiyi ledger verify|vkey|prove`: what anybody can check about a ledger, offline from its files or over HTTP, and the
// proofs its owner hands out.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

/// Adds `ledger` with its subcommands; `exit_code` is set when one ran (0 done, 1 found something wrong, 2 bad usage, 3
/// could not run).
void AddLedgerCommands(CLI::App& app, int& exit_code);

}  // namespace gateway
