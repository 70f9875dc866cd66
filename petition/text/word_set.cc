#include "petition/text/word_set.h"

#include <algorithm>
#include <cstdint>

namespace petition::text {
namespace {
constexpr std::uint32_t kBasicPlane = 0x10000;
}  // namespace

std::size_t CharWidth(std::string_view utf8, std::size_t at) {
  const auto lead = static_cast<unsigned char>(utf8[at]);
  const std::size_t width = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(width, utf8.size() - at);
}

// Of valid UTF-8; of anything else some number.
std::uint32_t WordSet::CodePoint(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
  switch (CharWidth(text, at)) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3:
      return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default:
      return kBasicPlane;
  }
}

WordSet::WordSet(std::initializer_list<Group> groups) : begins_(kBasicPlane) {
  for (const Group& group : groups) {
    for (std::size_t at = 0; at < group.words.size();) {
      const std::size_t end = std::min(group.words.find(' ', at), group.words.size());
      if (const std::uint32_t first = CodePoint(group.words, at); end > at && first < kBasicPlane) {
        std::uint16_t& place = begins_[first];
        if (place == 0) {
          words_.emplace_back();
          place = static_cast<std::uint16_t>(words_.size());
        }
        words_[place - 1u].push_back({group.words.substr(at, end - at), group.tag});
      }
      at = end + 1;
    }
  }
  for (auto& words : words_) {
    std::stable_sort(words.begin(), words.end(),
                     [](const Word& a, const Word& b) { return a.text.size() > b.text.size(); });
  }
}

const WordSet::Word* WordSet::LongestAt(std::string_view text, std::size_t at) const {
  const std::uint32_t first = CodePoint(text, at);
  if (first >= kBasicPlane || begins_[first] == 0) return nullptr;
  const std::string_view rest = text.substr(at);
  for (const Word& word : words_[begins_[first] - 1u]) {
    if (rest.starts_with(word.text)) return &word;
  }
  return nullptr;
}

}  // namespace petition::text
