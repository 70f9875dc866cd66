// The ExchangeSim stands in for the other side of an exchange database: makes the tables, takes waiting rows in
// batches, writes back what became of each, keeps what it took in a table of its own (sim_held), and puts instructions
// down. Faults on request, by a dice with a seed. For tests and the demo. Threads: one caller at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "adapters/destination.h"
#include "petition/time.h"

namespace adapters {

struct ExchangeSimOptions {
  std::string database = "sqlite", connection;
  std::size_t batch = 100;
  // Shares of rows, 0 to 1.
  double busy = 0;     ///< tried and left for later (state one higher, -1); after nine times taken
  double refuse = 0;   ///< 40 with 0404
  double flaky = 0;    ///< 40 with 04: to be sent again
  double lose = 0;     ///< taken over, but the writing back is lost: the next look finds the key taken (30)
  bool accept = true;  ///< what is taken is told to be accepted, by an instruction
  std::uint64_t seed = 1;
};

class ExchangeSim {
 public:
  static petition::Result<std::unique_ptr<ExchangeSim>> Open(ExchangeSimOptions options, const petition::Clock& clock);
  virtual ~ExchangeSim() = default;

  /// One look at the tables; answers how many rows it decided about.
  virtual petition::Result<std::size_t> Step() = 0;
  /// A row in the table of what comes down; answers its number.
  virtual petition::Result<std::int64_t> PutDown(const Instruction& instruction) = 0;

  struct Held {
    std::string reference, digest, national_no;
    std::uint64_t times = 0;  ///< it was taken over anew: more than one is a doubling
  };
  virtual petition::Result<std::vector<Held>> AllHeld() = 0;
  /// Any statement, for what a test breaks by hand.
  virtual petition::Status Run(const std::string& sql) = 0;
  virtual petition::Result<std::int64_t> Number(const std::string& sql) = 0;
};

}  // namespace adapters
