// The WitnessServer gives a Witness its HTTP face: POST /add-checkpoint (C2SP tlog-witness), GET /vkey for the people
// who set it up, GET /healthz. Threads: Start and Stop by the owner. Failure to bind is an error of Start.
#pragma once

#include <memory>
#include <string>

#include "ledger/witness.h"
#include "petition/result.h"

namespace gateway {

class WitnessServer {
 public:
  virtual ~WitnessServer() = default;  ///< stops
  /// `listen`: HOST:PORT, port 0 takes any free one. The witness must outlive it.
  static petition::Result<std::unique_ptr<WitnessServer>> Start(const std::string& listen, ledger::Witness& witness);
  virtual std::string address() const = 0;  ///< what was bound
  virtual void Stop() = 0;
};

}  // namespace gateway
