// An ImapSession is one connection to an IMAP server (RFC 3501): commands and their answers, literals included. libcurl
// makes the connection, its TLS (from the start, or by STARTTLS) and the login; from there on the dialogue is spoken
// here, since libcurl's own would mark what it fetches as seen. Every read is bounded in time and bytes. Threads: one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/mail/mailbox.h"
#include "petition/result.h"

namespace adapters::mail {

/// One answer of a server: its text with "{}" where each literal stood, and the literals.
struct ImapLine {
  std::string text;
  std::vector<std::string> literals;
};

class ImapSession {
 public:
  /// Connects and logs in. kUnavailable: nobody answers, or not with the TLS that is asked for; kUnauthorized: the
  /// login is refused.
  static petition::Result<std::unique_ptr<ImapSession>> Open(const ImapOptions& options);
  ~ImapSession();

  /// Sends a command and hands on each untagged answer ("* ..."). kUnavailable: cut off or out of time; kInvalid
  /// "imap_refused": NO or BAD.
  petition::Status Run(std::string_view command, const std::function<petition::Status(const ImapLine&)>& each);

 private:
  struct Connection;
  explicit ImapSession(std::unique_ptr<Connection> connection);
  petition::Result<ImapLine> ReadLine();

  std::unique_ptr<Connection> connection_;
  unsigned tag_ = 0;
};

/// A string of a command: quoted, or kInvalid when it holds what can't be (line ends, NUL, bytes beyond ASCII).
petition::Result<std::string> ImapQuoted(std::string_view text);

}  // namespace adapters::mail
