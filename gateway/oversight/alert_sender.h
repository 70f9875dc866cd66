// The AlertSender tells people outside what began and what ended: by a signed webhook, by e-mail, or both. What it
// tells it reads from the findings as they were folded from the ledger, and each channel keeps how far it has told in a
// file of its own (`alerts/NAME`): what a stop or a crash left untold is told after the next start, and what could not
// be delivered for long comes as one message when it can. Numbers and words of ours only, grouped by source; of sealed
// intakes nothing, not even that there is something. Threads: one of its own between Start and Stop; Step is for those
// who do without it (tests). Durable: a message is counted as told once the other side took it; after a crash in
// between it is sent again, with the ids it had. Failure: tried again for ever, less and less often.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
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
  std::chrono::seconds look_every{5};              ///< for what is to be told
  std::chrono::seconds retry{30}, retry_max{900};  ///< after a failure; doubled up to that
};

/// {"at","began":[{"source","kinds":[{"kind","exceptions","count","ids"}]}],"ended":[...]}: what goes out. null when
/// all of it is about sealed ones, or there is nothing.
petition::Json AlertBody(const std::vector<Alert>& alerts);
/// "t=SECONDS,v1=HEX": HMAC-SHA-256 under the secret over "SECONDS.BODY", so that an old body can't be sent again.
std::string AlertSignature(std::string_view secret, petition::Time at, std::string_view body);
/// The mail as it is sent, headers and all.
std::string AlertMail(const AlertOptions& options, petition::Time at, const petition::Json& body);

/// One way out. Deliver blocks until the other side took it, or did not.
class AlertChannel {
 public:
  virtual ~AlertChannel() = default;
  virtual std::string_view name() const = 0;  ///< also of the file that remembers how far it has told
  virtual bool Deliver(petition::Time at, const petition::Json& body) = 0;
};
/// Those that the options name.
std::vector<std::unique_ptr<AlertChannel>> AlertChannelsOf(const AlertOptions& options);

class AlertSender {
 public:
  /// `folder` is made when missing. A channel that has told nothing yet begins with the ledger entry `first`. The
  /// findings and the clock must outlive it.
  static petition::Result<std::unique_ptr<AlertSender>> Open(const AlertOptions& options,
                                                             std::vector<std::unique_ptr<AlertChannel>> channels,
                                                             const Findings& findings,
                                                             const std::filesystem::path& folder, std::uint64_t first,
                                                             const petition::Clock& clock);
  ~AlertSender();  ///< stops

  void Start();
  void Stop();
  /// Tells each channel whose time it is what it was not told; answers how many messages were taken.
  petition::Result<std::size_t> Step();

  std::uint64_t sent() const { return sent_.load(); }
  std::uint64_t failures() const { return failures_.load(); }

 private:
  struct Place {
    std::unique_ptr<AlertChannel> channel;
    std::filesystem::path file;
    std::uint64_t next = 0;  ///< the first entry that it was not told of
    unsigned failed = 0;     ///< in a row
    petition::Time not_before{};
  };
  AlertSender(const AlertOptions& options, const Findings& findings, const petition::Clock& clock)
      : look_every_(options.look_every),
        retry_(options.retry),
        retry_max_(options.retry_max),
        findings_(findings),
        clock_(clock) {}
  petition::Result<bool> Tell(Place& place);

  const std::chrono::seconds look_every_, retry_, retry_max_;
  const Findings& findings_;
  const petition::Clock& clock_;
  std::vector<Place> places_;  // of the thread, or of whoever steps
  std::atomic<std::uint64_t> sent_{0}, failures_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
