// `guiyi ledger witness`: an independent witness of one or several logs, to be run by somebody who is not the hub.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

/// `ledger`: the app of `guiyi ledger`.
void AddWitnessCommand(CLI::App& ledger, int& exit_code);

}  // namespace gateway
