// The AlertSender tells people outside what began and what ended: by a signed webhook, by e-mail, or both. Numbers and
// words of ours only, grouped by source; of sealed intakes nothing, not even that there is something. Threads: Send
// from any thread, never blocks; one thread of its own delivers. Not durable: the finding itself is on the ledger; an
// alert that could not be delivered within some tries is given up and counted.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/oversight/oversight.h"

namespace gateway {

struct AlertOptions {
  std::string webhook;  ///< http(s) URL; "": none
  std::string webhook_secret;
  std::string mail_server;  ///< smtp://HOST:PORT or smtps://HOST:PORT; "": none
  std::string mail_from;
  std::vector<std::string> mail_to;
  std::string mail_user, mail_password;
  std::chrono::seconds retry{30};
  unsigned tries = 4;
};

/// {"at","began":[{"source","kinds":[{"kind","exceptions","count","ids"}]}],"ended":[...]}: what goes out. null when
/// all of it is about sealed ones.
petition::Json AlertBody(const std::vector<Alert>& alerts);
/// "t=SECONDS,v1=HEX": HMAC-SHA-256 under the secret over "SECONDS.BODY", so that an old body can't be sent again.
std::string AlertSignature(std::string_view secret, petition::Time at, std::string_view body);
/// The mail as it is sent, headers and all.
std::string AlertMail(const AlertOptions& options, petition::Time at, const petition::Json& body);

class AlertSender {
 public:
  AlertSender(AlertOptions options, const petition::Clock& clock);
  ~AlertSender();  ///< what waits is given up

  void Send(const std::vector<Alert>& alerts);
  std::uint64_t sent() const { return sent_.load(); }
  std::uint64_t given_up() const { return given_up_.load(); }

 private:
  struct Waiting {
    petition::Json body;
    bool webhook = false, mail = false;  ///< still to be sent that way
    unsigned tries = 0;
  };
  void Run();
  bool Deliver(Waiting& waiting);

  const AlertOptions options_;
  const petition::Clock& clock_;
  std::atomic<std::uint64_t> sent_{0}, given_up_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;  // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
