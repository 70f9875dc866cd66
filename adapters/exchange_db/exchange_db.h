// An exchange database (中间库) as a Destination: the hub writes rows, the other side's programs read them, write back
// what became of each, and put down what they send. Four linked rows a registration (call, item, person, handling, in
// the pinyin columns of legacy tables; schema.h has them) in one transaction; an update is a handling row, a revision
// all four. A state column says how far the other side is: 0 waiting, 1-9 tried, 20 done, 30 the key is taken, 40
// failed.
//
// So a row that is written is no row that is taken over: Register answers kUnknown ("waiting_there"), and whoever asks
// by reference later learns what the state column says. A key that is taken (30) counts as delivered only when the
// other side's content is ours. Each row by itself: of a batch some may be done and others not.
//
// Threads: safe from any thread; a session for each call in flight, kept for the next one. Interrupt is final; a call
// under way ends within its time limit. Failure, by when it happens: no session to be had: kDeferred; before the
// commit: kTransient, nothing stands there; in the commit: kUnknown.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "adapters/destination.h"

namespace adapters {

struct ExchangeDbOptions {
  std::string name = "exchange";
  std::string database = "sqlite";  ///< sqlite | postgresql
  std::string connection;           ///< as Poco::Data takes it: a file, "host=... dbname=... user=... password=..."
  std::chrono::milliseconds call_time{15'000};
  std::chrono::milliseconds look_again{30'000};  ///< how often the other side reads: asking sooner shows nothing
  std::size_t waiting_max = 1'000;               ///< rows that wait there; with more, nothing is written for now
};

/// kInvalid: a database this program knows no driver of. Connects with the first call; makes no tables.
petition::Result<std::unique_ptr<Destination>> MakeExchangeDb(ExchangeDbOptions options, const petition::Clock& clock);

}  // namespace adapters
