// The FanOut tells sources what happened to their intakes without being asked: each change of a source's feed
// (GET /api/v1/changes gives the same) goes to the source's sink, in order, until it was taken. One that is away holds
// up no other, is tried again with back-off, and loses nothing: the feed stays where it is. One that answers "gone" is
// left alone until a person resumes it.
//
// Threads: one for each sink; all calls safe from any thread. Durable: how far each source was told stands in
// `fanout.db` of the data folder, written after the source took it; killed in between, the source is told again.
// A source that is new there is told from the beginning of its feed, which holds no historic intakes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/state_sink.h"
#include "dedup/case_book.h"
#include "ledger/ledger.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct FanOutOptions {
  std::filesystem::path data;
  std::size_t batch_max = 50;
  std::chrono::milliseconds look_every{1'000};
  std::chrono::milliseconds backoff_first{1'000}, backoff_max{600'000};
  std::uint64_t seed = 0;  ///< of the jitter; 0: from the system
};

struct SinkOfSource {
  std::string source;
  std::unique_ptr<adapters::StateSink> sink;
  adapters::WordTable words;
};

/// How the telling of one source stands.
struct FanOutView {
  std::string source, kind;
  std::string state;           ///< current | behind | waiting (after a failure) | gone
  std::string reason;          ///< of the last failure; "" after a success
  std::uint64_t cursor = 0;    ///< told up to here
  std::uint64_t told = 0;      ///< notices taken since the start
  std::uint64_t failures = 0;  ///< calls in a row that failed
  petition::Time next_at{};    ///< of the next try
};

class FanOut {
 public:
  virtual ~FanOut() = default;  ///< stops
  static petition::Result<std::unique_ptr<FanOut>> Make(FanOutOptions options, const ledger::Ledger& ledger,
                                                        const dedup::CaseBook& book, const petition::Clock& clock);
  /// Once. Two sinks of one source are an error.
  virtual petition::Status Start(std::vector<SinkOfSource> sinks) = 0;
  virtual void Stop() = 0;
  virtual void Notify() = 0;
  virtual std::vector<FanOutView> views() const = 0;
  /// A person has seen to it: one that is gone or waiting is tried now. kNotFound.
  virtual petition::Status Resume(std::string_view source) = 0;
};

}  // namespace gateway
