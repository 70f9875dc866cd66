#include "petition/text/fold.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "petition/eight_bytes.h"
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

bool IsTrail(char byte) { return (byte & 0xC0) == 0x80; }

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

constexpr std::size_t kUtf8Max = 4;  ///< bytes of a character

/// Writes folded characters as UTF-8, white space between them as one blank, or a newline when there was one in it.
/// There is room for all of them.
class Writer {
 public:
  explicit Writer(char* out) : begin_(out), at_(out) {}
  void Put(char32_t c) {
    if (c == U' ' || c == U'\n') {
      if (gap_ != U'\n') gap_ = c;
      return;
    }
    if (gap_ != 0 && at_ != begin_) *at_++ = static_cast<char>(gap_);
    gap_ = 0;
    at_ = PutUtf8(at_, c);
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* const begin_;
  char* at_;
  char32_t gap_ = 0;
};

constexpr std::size_t kPlainMax = 16u << 10;
constexpr std::size_t kGrowsMax = 3;  ///< a stray byte becomes U+FFFD

/// The common case in one pass: no markup, no pinyin notes, nothing that ICU has to put together. Nothing when the text
/// may hold some of these.
std::optional<std::string> FoldPlain(std::string_view utf8) {
  if (utf8.size() > kPlainMax) return std::nullopt;
  thread_local const auto room = std::make_unique<char[]>(kPlainMax * kGrowsMax);
  const FoldTable& table = FoldTable::Get();
  Writer writer(room.get());
  const auto length = static_cast<std::int32_t>(utf8.size());
  const char* const bytes = utf8.data();
  for (std::int32_t i = 0; i < length;) {
    if (bytes[i] == '&') return std::nullopt;
    UChar32 point = 0;
    U8_NEXT_OR_FFFD(bytes, i, length, point);
    const auto c = static_cast<char32_t>(point);
    const FoldTable::Kind kind = table.KindOf(c);
    if (kind == FoldTable::kOne) {
      const char32_t one = table.One(c);
      if (one == U'<' || MayBePinyin(one)) return std::nullopt;
      writer.Put(one);
    } else if (kind == FoldTable::kSpace || kind == FoldTable::kNewline) {
      writer.Put(kind == FoldTable::kSpace ? U' ' : U'\n');
    } else if (kind == FoldTable::kSeveral) {
      const std::u32string several = table.Several(c);
      const std::size_t rest = kGrowsMax * static_cast<std::size_t>(length - i);
      if (writer.size() + kUtf8Max * several.size() + rest > kPlainMax * kGrowsMax) return std::nullopt;
      if (several.find(U'<') != std::u32string::npos) return std::nullopt;
      for (const char32_t one : several) {
        if (MayBePinyin(one)) return std::nullopt;
        writer.Put(one);
      }
    } else if (kind == FoldTable::kCombines) {
      return std::nullopt;
    }
  }
  return std::string(room.get(), writer.size());
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
  if (auto folded = FoldPlain(utf8)) return std::move(*folded);
  const std::u32string points = FoldToPoints(utf8);
  std::string out(points.size() * kUtf8Max, '\0');
  Writer writer(out.data());
  for (const char32_t c : points) writer.Put(c);
  out.resize(writer.size());
  return out;
}

std::u32string Letters(std::string_view utf8) {
  std::u32string folded = FoldToPoints(utf8);
  const FoldTable& table = FoldTable::Get();
  std::erase_if(folded, [&](char32_t c) { return !table.IsLetter(c); });
  return folded;
}

std::vector<std::string_view> Sentences(std::string_view folded) {
  std::vector<std::string_view> out;
  auto add = [&](std::string_view sentence) {
    const auto first = sentence.find_first_not_of(' ');
    if (first == std::string_view::npos) return;
    out.push_back(sentence.substr(first, sentence.find_last_not_of(' ') - first + 1));
  };
  std::size_t start = 0;
  for (std::size_t i = 0; i < folded.size();) {
    const char c = folded[i];
    std::size_t width = c == '!' || c == '?' || c == ';' || c == '\n' ? 1 : 0;
    if (c == '\xE3' || c == '\xEF') {
      const std::string_view three = folded.substr(i, 3);
      if (three == "。" || three == "！" || three == "？" || three == "；") width = three.size();
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
    if (bytes.size() - i >= sizeof(EightBytes) && EightBytes(data + i).AllAscii()) {
      i += sizeof(EightBytes);
      continue;
    }
    // Most characters of ours: three bytes, of which the second is bound by nothing more.
    while (bytes.size() - i >= 3 && data[i] >= '\xE1' && data[i] <= '\xEC' && IsTrail(data[i + 1]) &&
           IsTrail(data[i + 2])) {
      i += 3;
    }
    if (i == bytes.size()) return true;
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
