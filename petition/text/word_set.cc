#include "petition/text/word_set.h"

#include <algorithm>
#include <cstdint>

namespace petition::text {

std::size_t CharWidth(std::string_view utf8, std::size_t at) {
  const auto lead = static_cast<unsigned char>(utf8[at]);
  const std::size_t width = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(width, utf8.size() - at);
}

std::uint32_t WordSet::Key(std::string_view text, std::size_t at) {
  std::uint32_t key = 0;
  for (const char c : text.substr(at, CharWidth(text, at))) key = key << 8 | static_cast<unsigned char>(c);
  return key;
}

WordSet::WordSet(std::initializer_list<Group> groups) {
  for (const Group& group : groups) {
    for (std::size_t at = 0; at < group.words.size();) {
      const std::size_t end = std::min(group.words.find(' ', at), group.words.size());
      if (end > at) {
        const std::uint32_t key = Key(group.words, at);
        begins_.set(key % (1 << 16));
        words_[key].push_back({group.words.substr(at, end - at), group.tag});
      }
      at = end + 1;
    }
  }
  for (auto& [key, words] : words_) {
    std::stable_sort(words.begin(), words.end(),
                     [](const Word& a, const Word& b) { return a.text.size() > b.text.size(); });
  }
}

const WordSet::Word* WordSet::LongestAt(std::string_view text, std::size_t at) const {
  const std::uint32_t key = Key(text, at);
  if (!begins_.test(key % (1 << 16))) return nullptr;
  const auto found = words_.find(key);
  if (found == words_.end()) return nullptr;
  const std::string_view rest = text.substr(at);
  for (const Word& word : found->second) {
    if (rest.starts_with(word.text)) return &word;
  }
  return nullptr;
}

}  // namespace petition::text
