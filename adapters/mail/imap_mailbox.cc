// An IMAP account as a Mailbox: one session a batch, opened and left each time, so that no connection goes stale.
#include <algorithm>
#include <charconv>
#include <map>

#include "adapters/mail/imap_session.h"
#include "adapters/mail/mailbox.h"

namespace adapters::mail {
namespace {

using petition::Invalid;

std::optional<std::uint64_t> NumberAt(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> NumberAfter(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  return at == std::string_view::npos ? std::nullopt : NumberAt(text.substr(at + word.size()));
}

// "17-Jul-1996 02:44:25 -0700", as INTERNALDATE has it.
std::optional<petition::Time> InternalDate(std::string_view text) {
  const std::size_t at = text.find("INTERNALDATE \"");
  if (at == std::string_view::npos || text.size() < at + 40) return std::nullopt;
  const auto date = text.substr(at + 14, 26);
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t month = kMonths.find(date.substr(3, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::string number = std::to_string(month / 3 + 1);
  std::string day(date.substr(0, 2));
  if (day[0] == ' ') day[0] = '0';
  const auto time = petition::ParseTime(std::string(date.substr(7, 4)) + "-" + (number.size() == 1 ? "0" : "") +
                                        number + "-" + day + "T" + std::string(date.substr(12, 8)) +
                                        std::string(date.substr(21, 3)) + ":" + std::string(date.substr(24, 2)));
  return time.ok() ? std::optional(*time) : std::nullopt;
}

struct Cursor {
  std::uint64_t validity = 0, uid = 0;
};

Cursor ReadCursor(std::string_view text) {
  Cursor cursor;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return cursor;
  cursor.validity = NumberAt(text).value_or(0);
  cursor.uid = NumberAt(text.substr(colon + 1)).value_or(0);
  return cursor;
}

class ImapMailbox final : public Mailbox {
 public:
  explicit ImapMailbox(ImapOptions options) : options_(std::move(options)) {}

  petition::Result<FoundMails> After(std::string_view cursor_text, std::size_t limit) override {
    GUIYI_TRY(const auto session, ImapSession::Open(options_));
    GUIYI_TRY(const auto folder, ImapQuoted(options_.folder));
    Cursor cursor = ReadCursor(cursor_text);
    std::uint64_t validity = 0;
    GUIYI_CHECK(session->Run("EXAMINE " + folder, [&](const ImapLine& line) {
      if (const auto number = NumberAfter(line.text, "[UIDVALIDITY ")) validity = *number;
      return petition::Ok();
    }));
    if (validity == 0)
      return Invalid("imap_uidvalidity", "the mail server gives no UIDVALIDITY: mails can't be told apart");
    if (validity != cursor.validity) cursor = {validity, 0};
    GUIYI_TRY(const auto uids, UidsAfter(*session, cursor.uid));
    FoundMails found;
    std::size_t bytes = 0;
    for (const std::uint64_t uid : uids) {
      if (found.mails.size() == limit || bytes >= options_.limits.batch_bytes) {
        found.more = true;
        break;
      }
      GUIYI_TRY(auto mail, FetchOne(*session, cursor.validity, uid));
      cursor.uid = uid;
      if (!mail) continue;  // gone since it was listed
      bytes += mail->bytes.size();
      found.mails.push_back(*std::move(mail));
    }
    found.cursor = std::to_string(cursor.validity) + ":" + std::to_string(cursor.uid);
    (void)session->Run("LOGOUT", [](const ImapLine&) { return petition::Ok(); });
    return found;
  }

  petition::Status Settle(std::span<const std::string>) override { return petition::Ok(); }  // the cursor says it all

 private:
  static petition::Result<std::vector<std::uint64_t>> UidsAfter(ImapSession& session, std::uint64_t uid) {
    std::vector<std::uint64_t> uids;
    // "n:*" names the last one, too, even where it is before n.
    GUIYI_CHECK(session.Run("UID SEARCH UID " + std::to_string(uid + 1) + ":*", [&](const ImapLine& line) {
      if (!line.text.starts_with("* SEARCH")) return petition::Ok();
      for (std::size_t at = line.text.find(' ', 3); at != std::string::npos; at = line.text.find(' ', at + 1)) {
        const auto number = NumberAt(std::string_view(line.text).substr(at + 1));
        if (number && *number > uid) uids.push_back(*number);
      }
      return petition::Ok();
    }));
    std::sort(uids.begin(), uids.end());
    uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
    return uids;
  }

  petition::Result<std::optional<FoundMail>> FetchOne(ImapSession& session, std::uint64_t validity,
                                                      std::uint64_t uid) const {
    FoundMail mail;
    const std::string number = std::to_string(uid);
    mail.place = "UID " + number + " of " + std::to_string(validity);
    bool there = false;
    GUIYI_CHECK(session.Run("UID FETCH " + number + " (UID RFC822.SIZE INTERNALDATE)", [&](const ImapLine& line) {
      if (NumberAfter(line.text, "UID ") != uid) return petition::Ok();
      there = true;
      mail.size = NumberAfter(line.text, "RFC822.SIZE ").value_or(0);
      mail.received_at = InternalDate(line.text);
      return petition::Ok();
    }));
    if (!there) return std::optional<FoundMail>();
    mail.too_large = mail.size > options_.limits.mail_bytes;
    const std::string what = mail.too_large ? "BODY.PEEK[HEADER]<0.16384>" : "BODY.PEEK[]";
    GUIYI_CHECK(session.Run("UID FETCH " + number + " (UID " + what + ")", [&](const ImapLine& line) {
      if (line.text.find("FETCH") == std::string::npos || line.literals.empty()) return petition::Ok();
      mail.bytes = line.literals.front();
      return petition::Ok();
    }));
    return std::optional<FoundMail>(std::move(mail));
  }

  const ImapOptions options_;
};

}  // namespace

std::unique_ptr<Mailbox> MakeImapMailbox(ImapOptions options) {
  return std::make_unique<ImapMailbox>(std::move(options));
}

}  // namespace adapters::mail
