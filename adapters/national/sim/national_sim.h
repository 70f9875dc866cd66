// A NationalSim is a stand-in for the national petition system: the real service of national_system.thrift on a real
// socket, over a SQLite file of its own, idempotent by reference, with faults on request. Used by `guiyi national-sim`,
// by the demo and, in process, by tests.
//
// Threads: Start makes its server threads; all calls safe from any thread. Stop ends calls that are being held back and
// returns when no thread is left. Durable: what it answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/national/sim/faults.h"
#include "adapters/national/sim/sim_store.h"
#include "petition/result.h"
#include "petition/time.h"

namespace adapters {

struct NationalSimOptions {
  std::string host = "127.0.0.1";
  int port = 0;                    ///< 0: any free one
  std::filesystem::path database;  ///< its SQLite file; made when missing
  std::string key;                 ///< the key callers must show; "": any
  SimFaults faults;
  std::chrono::milliseconds accept_after{1'000};   ///< a registered item is told to be accepted after that time
  std::chrono::milliseconds answer_after{10'000};  ///< ... and answered after that
  bool instruct = true;                            ///< false: no instructions of its own making
  std::uint32_t frame_max = 16u << 20;
  std::size_t connections_max = 64;
  std::uint64_t calls_per_second = 0;  ///< registrations and updates; more are told to come back; 0: no limit
  std::string certificate_file, key_file, ca_file;  ///< TLS when given; ca_file: clients must show a certificate
  /// What a crash does; unset: the connection is dropped (in process nobody wants to end).
  std::function<void()> crash;
};

class NationalSim {
 public:
  struct Counts {
    std::uint64_t register_calls = 0, update_calls = 0, find_calls = 0, fetch_calls = 0, acknowledged = 0;
    std::uint64_t connections = 0;
    std::uint64_t slow = 0, refused = 0, busy = 0, down = 0, lost = 0, crashed = 0;
    std::uint64_t limited = 0;  ///< told to come back, since there were too many in that second
  };

  /// Opens the store, binds and listens. kUnavailable when the address is taken.
  static petition::Result<std::unique_ptr<NationalSim>> Start(NationalSimOptions options, const petition::Clock& clock);
  ~NationalSim();  ///< stops
  void Stop();

  int port() const;
  FaultSource& faults();
  SimStore& store();
  Counts counts() const;

 private:
  struct Impl;
  explicit NationalSim(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adapters
