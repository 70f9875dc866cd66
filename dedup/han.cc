#include "dedup/han.h"

namespace dedup {
namespace {

constexpr std::uint16_t kSyllables[] = {
#include "dedup/tables/syllables.inc"
};
constexpr char32_t kFirst = 0x4e00;

}  // namespace

std::u32string ToWide(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size() / 2);
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const int more = lead < 0x80 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : -1;
    if (more < 0 || i + static_cast<std::size_t>(more) >= utf8.size()) {
      out += U'\ufffd';
      ++i;
      continue;
    }
    char32_t c = more == 0 ? lead : lead & (0x3f >> more);
    for (int k = 1; k <= more; ++k)
      c = (c << 6) | (static_cast<unsigned char>(utf8[i + static_cast<std::size_t>(k)]) & 0x3f);
    out += c;
    i += static_cast<std::size_t>(more) + 1;
  }
  return out;
}

std::string ToUtf8(std::u32string_view wide) {
  std::string out;
  out.reserve(wide.size() * 3);
  for (char32_t c : wide) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xc0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      out += static_cast<char>(0xe0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
      out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
      out += static_cast<char>(0xf0 | (c >> 18));
      out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
      out += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return out;
}

std::u32string LettersOf(std::u32string_view folded) {
  std::u32string out;
  out.reserve(folded.size());
  for (char32_t c : folded)
    if (IsHan(c) || IsDigit(c) || IsLatin(c)) out += c;
  return out;
}

bool ContainsAny(std::u32string_view text, const std::vector<std::u32string_view>& parts) {
  for (auto part : parts)
    if (Contains(text, part)) return true;
  return false;
}

std::uint16_t Sound(char32_t c) {
  if (c >= kFirst && c - kFirst < std::size(kSyllables))
    if (const auto syllable = kSyllables[c - kFirst]) return syllable;
  return static_cast<std::uint16_t>(0x1000 + (c & 0x7fff));
}

std::u16string Sounds(std::u32string_view text) {
  std::u16string out(text.size(), u'\0');
  for (std::size_t i = 0; i < text.size(); ++i) out[i] = static_cast<char16_t>(Sound(text[i]));
  return out;
}

std::uint64_t HashOf(std::u32string_view text) {
  std::uint64_t hash = 1469598103934665603ull;
  for (char32_t c : text) hash = (hash ^ c) * 1099511628211ull;
  return hash;
}

std::uint64_t HashOf(std::string_view bytes) {
  std::uint64_t hash = 1469598103934665603ull;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

}  // namespace dedup
