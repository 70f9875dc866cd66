// `guiyi national-sim`: a stand-in national petition system for tests and the demo, with faults on request. It keeps
// numbers and digests in a SQLite file of its own, no words.
#pragma once

namespace CLI {
class App;
}

namespace gateway {

void AddNationalSimCommand(CLI::App& app, int& exit_code);

}  // namespace gateway
