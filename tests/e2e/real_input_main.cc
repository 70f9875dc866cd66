// real_input: takes files of submissions and closures through a whole running hub and says what did not hold. See
// real_input.h.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "e2e/real_input.h"
#include "support/process.h"

int main(int argc, char** argv) {
  CLI::App app{"Take files of submissions through a whole hub, as history and live, with a failing national system",
               "real_input"};
  e2e::RealInput input;
  input.binary = GUIYI_BINARY;
  input.talk = true;
  app.add_option("files", input.live, "JSON lines: submissions and closures")->required()->check(CLI::ExistingFile);
  app.add_option("--history", input.history, "files to import as history first")
      ->expected(1)
      ->take_all()
      ->check(CLI::ExistingFile);
  app.add_option("--faults", input.faults, "of the national system");
  CLI11_PARSE(app, argc, argv);
  support::TemporaryFolder folder;
  input.folder = folder.path();
  const auto found = e2e::RunRealInput(input);
  std::printf(
      "historic %llu\nsubmissions %llu\nclosures %llu\nresends %llu\nintakes %llu\nwith a verdict %llu\nat the "
      "national system %llu\nproblems %zu\n",
      static_cast<unsigned long long>(found.historic), static_cast<unsigned long long>(found.submissions),
      static_cast<unsigned long long>(found.closures), static_cast<unsigned long long>(found.resends),
      static_cast<unsigned long long>(found.intakes), static_cast<unsigned long long>(found.verdicts),
      static_cast<unsigned long long>(found.at_national), found.problems.size());
  for (const auto& problem : found.problems) std::printf("  %s\n", problem.c_str());
  return found.problems.empty() ? 0 : 1;
}
