// HTML as the text somebody reads: tags taken off, blocks on lines of their own, scripts, styles and heads left out,
// entities resolved. For bodies of mails. Pure function; linear in its input.
#pragma once

#include <string>
#include <string_view>

namespace adapters::mail {

std::string HtmlToText(std::string_view utf8);

}  // namespace adapters::mail
