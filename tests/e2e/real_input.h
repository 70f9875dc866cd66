// RunRealInput takes files of submissions and closures through a whole running hub: imported as history first, then
// posted live through the HTTP door with a national system that fails now and then; and holds what came out against
// what went in. Used by the end-to-end test on a small sample and by the program `real_input` on anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace e2e {

struct RealInput {
  std::string binary;                ///< the guiyi program
  std::string folder;                ///< an empty folder to work in
  std::vector<std::string> history;  ///< files imported with --historic, before the hub starts
  std::vector<std::string> live;     ///< files posted in time order
  std::size_t live_lines_max = 0;    ///< 0: all
  std::string faults = "slow=0.02:100,busy=0.05:50,down=0.003,lose=0.02:300,seed=7";
  bool kill_once = true;  ///< kill -9 the hub half-way and go on
  bool talk = false;      ///< progress on standard error
};

struct Findings {
  std::uint64_t submissions = 0, closures = 0, intakes = 0, resends = 0, at_national = 0, verdicts = 0, historic = 0;
  std::vector<std::string> problems;  ///< empty: all promises held. No petition's words in them
};

Findings RunRealInput(const RealInput& input);

}  // namespace e2e
