// Words of mail headers: RFC 2047 encoded words, and the bare bytes that old programs write there. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace adapters::mail {

/// The header's raw value as UTF-8, unfolded. Neighbouring encoded words of one character set are joined as bytes
/// first: senders cut in the middle of a character. What can't be decoded stays as U+FFFD: a header is never worth
/// refusing a mail for, whose bytes are kept.
std::string DecodeHeader(std::string_view raw);

/// Text in an undeclared character set: UTF-8 if it is that, else GB18030, else with U+FFFD for what is neither.
std::string DecodeGuessing(std::string_view bytes);

}  // namespace adapters::mail
