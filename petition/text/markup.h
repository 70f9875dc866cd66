// What converted web text carries besides its words: entities, tags, pinyin notes. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace petition::text {

/// Reads the entity at the start of `text` (which begins with '&'), also one escaped twice (&amp;nbsp;). Answers the
/// bytes taken and sets `point`; what is no entity is one byte and '&' itself.
std::size_t ReadEntity(std::string_view text, std::int32_t& point);

/// Whether folded text with this character in it may hold a pinyin note; without one it holds none.
bool MayBePinyin(char32_t c);

/// Drops HTML tags (block tags become newlines, scripts and styles go with their contents), comments, and pinyin notes
/// after an ideograph, from text that is folded already. In one pass.
void StripMarkup(std::u32string& text);

}  // namespace petition::text
