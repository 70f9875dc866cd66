#include "adapters/mail/header_words.h"

#include <optional>

#include "adapters/text/charset.h"
#include "petition/base64.h"
#include "petition/utf32.h"

namespace adapters::mail {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string DecodeQ(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '=' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '_' ? ' ' : text[i];
    }
  }
  return out;
}

// Old senders forget the padding of a word, or cut words to any length.
std::string DecodeB(std::string_view text) {
  std::string padded;
  for (const char c : text) {
    if (c != '=' && c != ' ') padded += c;
  }
  if (padded.size() % 4 == 1) padded.pop_back();
  while (padded.size() % 4 != 0) padded += '=';
  if (auto bytes = petition::DecodeBase64(padded)) return *std::move(bytes);
  // Bits that stand for nothing in the last group: it is told by its other bits.
  const auto whole = padded.size() < 4 ? std::string() : padded.substr(0, padded.size() - 4);
  return petition::DecodeBase64(whole).value_or("");
}

constexpr std::size_t kWordBytesMax = 4096;

struct Word {
  std::string charset, bytes;
  std::size_t length = 0;  // in the header
};

// "=?charset?B?text?=" at the front.
std::optional<Word> ReadWord(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  text = text.substr(0, kWordBytesMax);  // the standard ends words at 75: nothing is looked for to the end of a bomb
  const std::size_t first = text.find('?', 2);
  if (first == std::string_view::npos || first + 2 >= text.size() || text[first + 2] != '?') return std::nullopt;
  const std::size_t end = text.find("?=", first + 3);
  if (end == std::string_view::npos) return std::nullopt;
  const char encoding = text[first + 1];
  const auto coded = text.substr(first + 3, end - first - 3);
  Word word;
  word.charset = text.substr(2, first - 2);
  word.charset = word.charset.substr(0, word.charset.find('*'));  // RFC 2231: a language may follow
  for (char& c : word.charset) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (encoding == 'B' || encoding == 'b') {
    word.bytes = DecodeB(coded);
  } else if (encoding == 'Q' || encoding == 'q') {
    word.bytes = DecodeQ(coded);
  } else {
    return std::nullopt;
  }
  word.length = end + 2;
  return word;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string Unfold(std::string_view raw) {
  std::string out;
  for (const char c : raw) {
    if (c == '\r' || c == '\n') continue;
    out += c == '\t' ? ' ' : c;
  }
  const std::size_t first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

std::string Decoded(const Word& word) {
  auto text = ToUtf8(word.bytes, word.charset);
  return text.ok() ? *std::move(text) : DecodeGuessing(word.bytes);
}

}  // namespace

std::string DecodeGuessing(std::string_view bytes) {
  if (auto text = ToUtf8(bytes, "utf-8"); text.ok()) return *std::move(text);
  if (auto text = ToUtf8(bytes, "gb18030"); text.ok()) return *std::move(text);
  return petition::ToUtf8(petition::ToUtf32(bytes));
}

std::string DecodeHeader(std::string_view raw) {
  const std::string text = Unfold(raw);
  std::string out, plain;
  std::optional<Word> open;  // a run of encoded words of one character set
  const auto close = [&] {
    if (open) out += Decoded(*open);
    open.reset();
  };
  for (std::size_t at = 0; at < text.size();) {
    if (auto word = ReadWord(std::string_view(text).substr(at))) {
      // Blanks between two encoded words are no part of the text.
      if (!open || plain.find_first_not_of(' ') != std::string::npos) {
        close();
        out += DecodeGuessing(plain);
      }
      plain.clear();
      at += word->length;
      if (open && open->charset == word->charset) {
        open->bytes += word->bytes;
      } else {
        close();
        open = std::move(word);
      }
      continue;
    }
    if (open && !IsBlank(text[at])) {
      close();
      out += DecodeGuessing(plain);
      plain.clear();
    }
    plain += text[at++];
  }
  close();
  return out + DecodeGuessing(plain);
}

}  // namespace adapters::mail
