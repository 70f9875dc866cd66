#include "petition/text/fold.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstring>

#include "petition/text/fold_table.h"
#include "petition/text/markup.h"

namespace petition::text {
namespace {

// Writes one character and answers the position behind it.
char* PutUtf8(char* out, char32_t c) {
  if (c < 0x80) {
    *out++ = static_cast<char>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<char>(0xC0 | c >> 6);
    *out++ = static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *out++ = static_cast<char>(0xE0 | c >> 12);
    *out++ = static_cast<char>(0x80 | (c >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (c & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | c >> 18);
    *out++ = static_cast<char>(0x80 | (c >> 12 & 0x3F));
    *out++ = static_cast<char>(0x80 | (c >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (c & 0x3F));
  }
  return out;
}

std::string NfkcByIcu(std::string_view utf8) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfkc = icu::Normalizer2::getNFKCInstance(status);
  std::string out;
  if (U_SUCCESS(status)) {
    const auto text =
        icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
    nfkc->normalize(text, status).toUTF8String(out);
  }
  return U_SUCCESS(status) ? out : std::string(utf8);
}

// Folds character by character. With `combining` false it stops at the first character that needs ICU's whole-text NFKC
// and answers false.
bool FoldInto(std::string_view utf8, bool combining, std::u32string& out) {
  const FoldTable& table = FoldTable::Get();
  const auto length = static_cast<std::int32_t>(utf8.size());
  const char* bytes = utf8.data();
  out.clear();
  out.reserve(utf8.size() / 2);
  for (std::int32_t i = 0; i < length;) {
    UChar32 point = 0;
    if (bytes[i] == '&') {
      i += static_cast<std::int32_t>(ReadEntity(utf8.substr(static_cast<std::size_t>(i)), point));
    } else {
      U8_NEXT_OR_FFFD(bytes, i, length, point);
    }
    const auto c = static_cast<char32_t>(point);
    switch (table.KindOf(c)) {
      case FoldTable::kOne:
        out += table.One(c);
        break;
      case FoldTable::kDrop:
        break;
      case FoldTable::kSpace:
        out += U' ';
        break;
      case FoldTable::kNewline:
        out += U'\n';
        break;
      case FoldTable::kSeveral:
        out += table.Several(c);
        break;
      case FoldTable::kCombines:
        if (!combining) return false;
        out += c;
    }
  }
  return true;
}

std::u32string FoldToPoints(std::string_view utf8) {
  // Offsets of ICU are 32 bits wide; nothing we take comes near.
  utf8 = utf8.substr(0, std::size_t{1} << 28);
  std::u32string folded;
  if (!FoldInto(utf8, false, folded)) FoldInto(NfkcByIcu(utf8), true, folded);
  StripMarkup(folded);
  return folded;
}

}  // namespace

std::string Fold(std::string_view utf8) {
  const std::u32string folded = FoldToPoints(utf8);
  std::string out(folded.size() * 4, '\0');
  char* const begin = out.data();
  char* at = begin;
  char32_t gap = 0;  // white space not yet written: a blank, or a newline when there was one in it
  for (const char32_t c : folded) {
    if (c == U' ' || c == U'\n') {
      if (gap != U'\n') gap = c;
      continue;
    }
    if (gap != 0 && at != begin) *at++ = static_cast<char>(gap);
    gap = 0;
    at = PutUtf8(at, c);
  }
  out.resize(static_cast<std::size_t>(at - begin));
  return out;
}

std::u32string Letters(std::string_view utf8) {
  std::u32string folded = FoldToPoints(utf8);
  const FoldTable& table = FoldTable::Get();
  std::erase_if(folded, [&](char32_t c) { return !table.IsLetter(c); });
  return folded;
}

std::vector<std::string> Sentences(std::string_view folded) {
  std::vector<std::string> out;
  auto add = [&](std::string_view sentence) {
    const auto first = sentence.find_first_not_of(' ');
    if (first == std::string_view::npos) return;
    out.emplace_back(sentence.substr(first, sentence.find_last_not_of(' ') - first + 1));
  };
  std::size_t start = 0;
  for (std::size_t i = 0; i < folded.size();) {
    const char c = folded[i];
    std::size_t width = c == '!' || c == '?' || c == ';' || c == '\n' ? 1 : 0;
    if (static_cast<unsigned char>(c) >= 0xE3) {
      const std::string_view three = folded.substr(i, 3);
      if (three == "。" || three == "!" || three == "！" || three == "？" || three == "；") width = three.size();
    }
    if (width == 0) {
      ++i;
      continue;
    }
    add(folded.substr(start, i - start));
    i += width;
    start = i;
  }
  add(folded.substr(start));
  return out;
}

bool IsValidUtf8(std::string_view bytes) {
  const char* data = bytes.data();
  std::size_t i = 0;
  while (i < bytes.size()) {
    std::uint64_t word = 0;
    if (bytes.size() - i >= 8 && (std::memcpy(&word, data + i, 8), (word & 0x8080808080808080u) == 0)) {
      i += 8;
      continue;
    }
    // Strict: no surrogates, no overlong forms, nothing beyond U+10FFFF. Short steps keep ICU's 32-bit offsets.
    const std::size_t rest = std::min<std::size_t>(bytes.size() - i, 4);
    std::int32_t step = 0;
    UChar32 c = 0;
    U8_NEXT(data + i, step, static_cast<std::int32_t>(rest), c);
    if (c < 0) return false;
    i += static_cast<std::size_t>(step);
  }
  return true;
}

std::string_view Truncate(std::string_view utf8, std::size_t bytes) {
  if (utf8.size() <= bytes) return utf8;
  // A character has at most three continuation bytes; more than that is no UTF-8 and is cut anywhere.
  std::size_t end = bytes;
  for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80; ++back) --end;
  return utf8.substr(0, (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80 ? bytes : end);
}

}  // namespace petition::text
