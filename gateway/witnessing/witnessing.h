// Witnessing asks witnesses (C2SP tlog-witness) to cosign what the ledger publishes, and keeps what they answer, so
// that anybody can see that not even the hub itself could have shown different people different histories. Each
// published checkpoint is a round: every witness is sent it with a proof of consistency from the one it cosigned
// before; the round ends when all have cosigned, or when enough have and it took its time, and the newest checkpoint
// begins the next one.
//
// It never stands in the way: registering knows nothing of it, and a witness that is away is late, counted down, shown
// (views) and asked again. What a witness holds and our history doesn't lead to (a log cut or rewritten) is a conflict.
// Threads: one for each witness and none else; all calls safe from any thread. Durable: the newest cosigned checkpoint
// stands in `witnessed/checkpoint` of the data folder, with its cosignature lines, before it is served. Failure: a file
// that can't be written is tried again with the next round.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/durable_file.h"
#include "ledger/note.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct WitnessAddress {
  std::string url;          ///< prefix before "/add-checkpoint"
  ledger::VerifierKey key;  ///< type 0x04
};

struct WitnessingOptions {
  std::vector<WitnessAddress> witnesses;  ///< empty: nothing is asked
  std::size_t quorum = 1;                 ///< cosignatures that make a checkpoint a witnessed one
  std::chrono::seconds late_after{300};   ///< a published checkpoint that a witness has not cosigned by then
  std::chrono::milliseconds every{1'000};
  std::chrono::milliseconds round_time{5'000};
  std::chrono::milliseconds retry_max{60'000};
  std::chrono::milliseconds call_time_max{10'000};
  std::filesystem::path data;           ///< the hub's data folder
  ledger::VerifierKey log;              ///< of the ledger
  ledger::FileSystem* files = nullptr;  ///< null: the operating system's
};

/// How one witness stands.
struct WitnessView {
  std::string name;
  std::string state;                ///< current | behind | late | conflict
  std::string reason;               ///< of the last failure: unreachable, status_403 ...; "" after a cosignature
  std::uint64_t size = 0;           ///< of the newest checkpoint it cosigned
  std::uint64_t behind = 0;         ///< entries published since
  petition::Time cosigned_at{};     ///< the time it gave; zero: never
  std::chrono::seconds late_in{0};  ///< count-down; negative: so long late; 0 when current
};

class Witnessing {
 public:
  virtual ~Witnessing() = default;  ///< stops
  static petition::Result<std::unique_ptr<Witnessing>> Make(WitnessingOptions options, const petition::Clock& clock);
  virtual void Start() = 0;
  virtual void Stop() = 0;
  /// What readers of the log are given: the newest witnessed checkpoint with its cosignatures while witnesses keep
  /// pace, else the newest published one with what cosignatures there are. "": none was published yet.
  virtual std::string Checkpoint() const = 0;
  /// The newest witnessed one; "" when there is none.
  virtual std::string Witnessed() const = 0;
  virtual std::vector<WitnessView> views() const = 0;
};

}  // namespace gateway
