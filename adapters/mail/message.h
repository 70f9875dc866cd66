// A mail as its MIME says: who, when, what about, its words as text, its files, what it answers, and whether a person
// wrote it at all. Bounded: bytes, depth and number of parts. Plain data; pure function over GMime.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/record.h"
#include "petition/result.h"
#include "petition/time.h"

namespace adapters::mail {

enum class Nature { kWritten, kAutoReply, kBounce };

struct MailMessage {
  std::string message_id;               ///< without angle brackets; "" when it has none
  std::vector<std::string> references;  ///< the thread from its root on, then what it answers
  std::string from_name, from_address, to, subject;
  std::optional<petition::Time> date;
  std::string text;
  std::vector<Media> attachments;
  Nature nature = Nature::kWritten;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, values decoded; the first hundred
};

struct MailLimits {
  std::size_t bytes = 25u << 20;
  std::size_t multiparts = 100;  ///< declared in the bytes: bounds the depth before anything is built
  std::size_t parts = 200;
  std::size_t depth = 20;
  std::size_t text_bytes = 1u << 20;  ///< beyond: the text goes on as an attachment
};

/// kInvalid: "mail_too_large", "mime_too_deep", "mime_too_many_parts", "mail_invalid" (no headers), "undecodable" and
/// "charset_unknown" for a body that is not text in the set it names.
petition::Result<MailMessage> ParseMail(std::string_view bytes, const MailLimits& limits = {});

}  // namespace adapters::mail
