// guiyi: one program for the hub and all its commands. Exit status: 0 done, 1 found something wrong, 2 bad usage, 3
// could not run.
#include <CLI/CLI.hpp>

namespace {
constexpr int kBadUsage = 2;
}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"归一 Guiyi: 信访集成网关与查重中心 / integration gateway and deduplication hub for petitions", "guiyi"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "guiyi 0.1.0");
  int exit_code = 0;

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = app.exit(error);
    return shown == 0 ? 0 : kBadUsage;
  }
  return exit_code;
}
