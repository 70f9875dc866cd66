// Bytes in any named character set as UTF-8: mail, SOAP and forms name theirs in the message. Strict: what does not
// decode is an error, never a replacement character. GB2312 and GBK are read as GB18030, which holds them both: senders
// name the small set and use the large one. Pure functions over ICU.
#pragma once

#include <string>
#include <string_view>

#include "petition/result.h"

namespace adapters {

/// Names as MIME and XML write them, without regard to case. kInvalid: "charset_unknown" or "undecodable" (with the
/// byte). A byte-order mark at the front is taken off.
petition::Result<std::string> ToUtf8(std::string_view bytes, std::string_view charset);

/// UTF-8 to the named set; what it has no character for becomes "?". For answers to systems that read nothing else.
petition::Result<std::string> FromUtf8(std::string_view utf8, std::string_view charset);

}  // namespace adapters
