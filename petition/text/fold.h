// Folding of Chinese text so that the same words compare equal however they were typed: NFKC, width, traditional to
// simplified, case, pinyin notes and markup dropped. Pure functions over tables built once; safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace petition::text {

/// NFKC, traditional to simplified (character by character), lower case, HTML tags and entities resolved, pinyin notes
/// 經(jīng) dropped, white space collapsed to one blank. Punctuation is kept (folded to its ASCII or common form) so
/// that sentences can still be told apart. About a character a nanosecond-scale step: a table look-up for common
/// characters, ICU only for the rest. Invalid UTF-8 becomes U+FFFD.
std::string Fold(std::string_view utf8);

/// Fold, then every character that is not a letter, an ideograph or a digit dropped: the form that shingles are taken
/// of.
std::u32string Letters(std::string_view utf8);

/// Without the standing phrases that say nothing about the matter: hotline openers (来电人反映, 市民来电反映...),
/// closings (请相关部门核实处理并回复), salutations of letters. Takes and answers folded text.
std::string StripOpeners(std::string_view folded);

/// Sentences of folded text (split at 。！？；and newlines), blanks trimmed, empty ones left out. Parts of `folded`.
std::vector<std::string_view> Sentences(std::string_view folded);

bool IsValidUtf8(std::string_view bytes);
/// Cut to at most `bytes`, never inside a character.
std::string_view Truncate(std::string_view utf8, std::size_t bytes);

}  // namespace petition::text
