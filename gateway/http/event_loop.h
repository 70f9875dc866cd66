// The EventLoop keeps the plain connections of the HTTP door on one thread: those that wait for their next request, and
// those whose small request the door can answer without waiting for anything but the ledger's next commit
// (Door::ServeSoon). So many callers that register at the same time cost no thread each, nor a wake-up each a commit.
// Everything else (large or chunked bodies, other calls, whatever is refused, malformed or breaks off) is handed over
// byte by byte as it came to a thread that may wait, which serves that one request and gives the connection back.
//
// Threads: Take is safe from any thread. The loop ends with its destructor, when every line has left it
// (Lines::EndAll).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "gateway/http/connection.h"

namespace gateway::http {

/// A connection between two keepers: what one has read of it and not used, the other reads first.
struct Held {
  Seat seat;
  std::string peer;
  std::string early;
};

class EventLoop {
 public:
  /// `hand_over` begins serving one request on a thread that may wait; it throws when there is none.
  EventLoop(Wire& wire, std::function<void(Held)> hand_over);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// The connection is kept here until it ends or has to be handed over.
  void Take(Held held);

 private:
  class Inbox;
  struct Chat;
  class Keeper;

  const std::shared_ptr<Inbox> inbox_;
  const std::unique_ptr<Keeper> keeper_;  // of the thread
  std::thread thread_;
};

}  // namespace gateway::http
