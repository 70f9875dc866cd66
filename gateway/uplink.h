// The Uplink delivers registered submissions to Destinations (the national system, an exchange database), each by a
// line of its own that holds up no other, and brings back what they send down. The patient part of delivery: order per
// case, five outcomes, back-off, pausing, asking before sending again, parking with a reason and an owner. What is to
// be delivered stands in the deliveries table (state.db); what was delivered stands on the ledger, as `delivered`
// entries, before the row says so. README beside uplink/ has the states and what happens at each crash point.
//
// What the destination sends down becomes an `event` entry about the intake, before it is acknowledged:
// {"kind":"event","v":1,"intake":index,"event":"accepted"|"replied"|..., "by":destination,"at","text", "destination",
//  "instruction":id,"what":"state"|"answer"|"number"|"urge"|...,"nationalNo","state"}; "event" is a name of
//  interfaces.md
// or "national" (a number, an unknown word). Folded as the event and as what the destination says of the intake; never
// owed back to that destination.
//
// Threads: all calls safe from any thread; Start makes, for each destination, `connections` worker threads and one that
// fetches instructions.
// Stop returns once all of them have ended. Durable: what was delivered, on
// the ledger. The table may lose its newest marks in a power loss, so after a restart it is first folded as far as the
// ledger went, and then every open row is asked for by its reference before anything is sent. Failure: nothing is given
// up silently: a delivery ends as done, skipped by a person, or parked. Settings for retries count from the next
// attempt and never reach back to parked ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/code_table.h"
#include "adapters/destination.h"
#include "dedup/case_book.h"
#include "ledger/ledger.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

class Deliveries;

struct UplinkOptions {
  std::size_t connections = 4;  ///< cases in flight at once
  unsigned attempts_max = 12;   ///< of one delivery, calls that ended transient; then it is parked
  /// The wait after attempt n is uniform in [0, min(backoff_max, backoff_first * 2^(n-1))].
  std::chrono::milliseconds backoff_first{1'000};
  std::chrono::milliseconds backoff_max{600'000};
  /// How often one delivery tries whether a destination that is down has come back.
  std::chrono::milliseconds probe_every{5'000};
  double sends_per_second = 0;                   ///< calls that change something at the destination; 0: no limit
  std::chrono::milliseconds fetch_every{2'000};  ///< how often instructions are asked for
  std::size_t fetch_limit = 200;                 ///< of one call
  std::string owner = "admin";                   ///< role that parked deliveries wait for
  std::uint64_t seed = 0;                        ///< of the jitter; 0: from the system
  /// False while the deliveries table has not caught up with what the ledger held at the start: until then nothing is
  /// sent, since the ledger may say that it was. Unset: it always has. From any thread.
  std::function<bool()> ready;
  /// Takes a new item that the destination hands down (registers it as an intake, idempotent by the instruction's id);
  /// unset: it is only put on the ledger, as an event about none of our intakes.
  std::function<petition::Status(std::string_view destination, const adapters::Instruction&)> hand_down;
  /// Asks the destination for what it holds (AskUpstreamRegisters), every `registers_every`, on the thread that takes
  /// instructions; unset: its registers are handed in, or not at all.
  std::function<void(adapters::Destination&)> ask_registers;
  std::chrono::milliseconds registers_every{600'000};
  /// How the destination writes codes; null: as the hub does. A code that it lacks parks the delivery, with the field
  /// in its reason.
  std::shared_ptr<const adapters::CodeTable> codes;
};

/// A destination, and how it is served. `ready`, `hand_down` and `ask_registers` left unset are
/// those of Make.
struct Outbound {
  std::unique_ptr<adapters::Destination> destination;
  UplinkOptions options;
};

/// What an operator looks at. Counters count since Start.
struct UplinkStatus {
  std::string destination;        ///< "" when nothing is delivered
  std::string state = "off";      ///< off | catching_up (with the ledger) | running | paused | ledger (that takes no
                                  ///< acknowledgement now) | stopped
  std::string reason;             ///< why paused: stable word
  petition::Time paused_until{};  ///< next probe
  std::size_t in_flight = 0;
  std::uint64_t attempts = 0, done = 0, transient = 0, permanent = 0, deferred = 0, unknown = 0;
  std::uint64_t found = 0;  ///< unknown ones that had taken effect, as asking showed
  std::uint64_t parked = 0, skipped = 0, instructions = 0, ledger_retries = 0;
};

class Uplink {
 public:
  virtual ~Uplink() = default;  ///< stops
  static petition::Result<std::unique_ptr<Uplink>> Make(UplinkOptions options, ledger::Ledger& ledger,
                                                        Deliveries& deliveries, dedup::CaseBook& book,
                                                        const petition::Clock& clock);

  /// Begins delivering; nullptr: nothing is delivered, rows wait. Once.
  virtual void Start(std::unique_ptr<adapters::Destination> destination) = 0;
  /// The same with several at once. kInvalid for options that can't be; then nothing was begun.
  virtual petition::Status Start(std::vector<Outbound> outbound) = 0;
  /// Interrupts calls in flight (their rows stay `sending`, so they are asked for after the next start) and ends all
  /// threads. No call is made after it returned. Idempotent.
  virtual void Stop() = 0;
  /// There may be something due: looked at now instead of within a second.
  virtual void Notify() = 0;
  virtual UplinkStatus status() const = 0;  ///< of the first destination
  virtual std::vector<UplinkStatus> statuses() const = 0;

  /// A person sends a parked or waiting delivery again, now; attempts count anew. kNotFound, kConflict (done or under
  /// way).
  virtual petition::Status Retry(std::uint64_t delivery, std::string_view by) = 0;
  /// A person decides that a parked or waiting delivery is not to be made; the decision goes on the ledger first.
  virtual petition::Status Skip(std::uint64_t delivery, std::string_view by, std::string_view reason) = 0;
  /// Who is to look at it from now on; goes on the ledger. kConflict when it has ended.
  virtual petition::Status Assign(std::uint64_t delivery, std::string_view by, std::string_view owner,
                                  std::string_view reason) = 0;
};

}  // namespace gateway
