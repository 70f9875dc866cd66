// A Mailbox is a place where mails lie: an IMAP account, a Maildir, a folder of .eml files. It shows what lies after a
// cursor and changes nothing but, where that is its way, putting away what is settled. Threads: one caller at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"
#include "petition/time.h"

namespace adapters::mail {

struct FoundMail {
  std::string place;  ///< "UID 4711 of 1700000000", "Maildir new/..."; tells nothing of people
  std::string bytes;  ///< of one that is too large, its first few KiB: the headers
  std::uint64_t size = 0;
  bool too_large = false;
  std::optional<petition::Time> received_at;
  std::string key;  ///< for Settle
};

struct FoundMails {
  std::vector<FoundMail> mails;
  std::string cursor;
  bool more = false;
};

struct MailboxLimits {
  std::size_t mail_bytes = 25u << 20;
  std::size_t batch_bytes = 64u << 20;  ///< a batch ends when it holds so much
};

class Mailbox {
 public:
  virtual ~Mailbox() = default;
  virtual petition::Result<FoundMails> After(std::string_view cursor, std::size_t limit) = 0;
  /// The ledger has them. Twice is once.
  virtual petition::Status Settle(std::span<const std::string> keys) = 0;
};

enum class ImapSecurity {
  kTls,       ///< from the first byte
  kStartTls,  ///< asked for before the login; without it there is none
  kNone
};

struct ImapOptions {
  std::string host;
  std::uint16_t port = 993;
  ImapSecurity security = ImapSecurity::kTls;
  std::string ca_file;  ///< "": the system's authorities
  std::string user, password, folder = "INBOX";
  std::chrono::seconds timeout{30};
  MailboxLimits limits;
};
/// Read-only (EXAMINE, BODY.PEEK): no flag in the mailbox changes. The cursor is UIDVALIDITY and UID; when the server
/// numbers anew, everything is read again and the ledger knows it by its Message-IDs.
std::unique_ptr<Mailbox> MakeImapMailbox(ImapOptions options);

/// What lies in new/ goes to cur/ once it is settled.
std::unique_ptr<Mailbox> MakeMaildir(std::filesystem::path folder, MailboxLimits limits);
/// *.eml; what is settled goes to archived/ beside them. Files younger than two seconds are let be: they may be
/// growing.
std::unique_ptr<Mailbox> MakeEmlFolder(std::filesystem::path folder, MailboxLimits limits,
                                       const petition::Clock& clock);

}  // namespace adapters::mail
