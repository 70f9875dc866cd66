// Sessions of people who signed in at the console: a random token that their browser keeps in a cookie, and a second
// one that the page shows with whatever changes something (a foreign page can make the browser send the cookie, but
// can't read the other). A session ends when it was idle too long, at an absolute end, when the person signs out or is
// disabled, and when the password changes; all end with the process. Only hashes of tokens are kept. Threads: safe from
// any thread. Memory is bounded: beyond so many of one person, or of all, the one idle longest ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "petition/time.h"

namespace gateway {

class Sessions {
 public:
  struct Options {
    std::chrono::minutes idle{30};
    std::chrono::hours absolute{12};
    std::size_t for_each_max = 8;
    std::size_t max = 10'000;
  };
  struct Session {
    std::string user;
    std::string csrf;  ///< what the page must show
    petition::Time password_set_at{};
    petition::Time opened_at{}, seen_at{};
  };

  Sessions(Options options, const petition::Clock& clock) : options_(options), clock_(clock) {}

  struct Opened {
    std::string token;  ///< for the cookie; shown this once
    Session session;
  };
  Opened Open(std::string user, petition::Time password_set_at);
  /// The session of that token, which counts as seen now; none: unknown or ended.
  std::optional<Session> Find(std::string_view token);
  void Close(std::string_view token);
  void CloseAllOf(std::string_view user);

  const Options& options() const { return options_; }
  std::size_t size() const;

 private:
  bool Ended(const Session& session, petition::Time now) const;
  void MakeRoom(const std::string& user, petition::Time now);

  const Options options_;
  const petition::Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Session> sessions_;  // guarded by mutex_; by hash of the token
};

}  // namespace gateway
