#include "dedup/topics.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "dedup/han.h"
#include "dedup/phrases.h"

namespace dedup {
namespace {

struct Row {
  std::string_view name, flags, words;
};
constexpr Row kTable[] = {
#include "dedup/topics_table.inc"
};

// 外墙*掉 is met where 掉 follows 外墙 within kGap letters; 月*工资*没 the same from part to part.
constexpr std::size_t kGap = 6;
struct Word {
  std::vector<std::u32string> then;
  std::uint16_t topic;
  double says = 1;
};

struct TopicWords {
  Phrases phrases;
  std::vector<Word> words;  // as many
};
const TopicWords& WordsOfTopics() {
  static const auto* const table = [] {
    std::vector<std::u32string> texts;
    std::vector<Word> out;
    for (std::size_t i = 0; i < std::size(kTable); ++i) {
      std::string_view words = kTable[i].words;
      while (!words.empty()) {
        const auto blank = words.find(' ');
        auto wide = ToWide(words.substr(0, blank));
        const bool little = wide.ends_with(U'?');
        if (little) wide.pop_back();
        for (char32_t& c : wide)
          if (c >= U'A' && c <= U'Z') c += 32;
        std::vector<std::u32string> then;
        for (auto gap = wide.rfind(U'*'); gap != std::u32string::npos; gap = wide.rfind(U'*')) {
          then.insert(then.begin(), wide.substr(gap + 1));
          wide.resize(gap);
        }
        const double says = little ? 0.4 : wide.size() >= 3 ? 1.3 : wide.size() == 1 ? 0.5 : 1.0;
        texts.push_back(std::move(wide));
        out.push_back({std::move(then), static_cast<std::uint16_t>(i), says});
        words = blank == std::string_view::npos ? std::string_view() : words.substr(blank + 1);
      }
    }
    return new TopicWords{Phrases(std::move(texts)), std::move(out)};
  }();
  return *table;
}

bool Follow(std::u32string_view letters, std::size_t at, const std::vector<std::u32string>& then) {
  for (const auto& part : then) {
    const auto found = letters.substr(at, kGap + part.size()).find(part);
    if (found == std::u32string_view::npos) return false;
    at += found + part.size();
  }
  return true;
}

// Of the words of one topic that begin at one letter (暖气, 暖气管, 暖气*漏) the one that says most counts, once.
void Count(std::u32string_view letters, double step, std::vector<double>& counts) {
  const TopicWords& table = WordsOfTopics();
  struct Last {
    std::size_t at = std::u32string_view::npos;
    double said = 0;
  };
  std::vector<Last> last(counts.size());
  std::vector<std::size_t> met;
  for (std::size_t at = 0; at < letters.size(); ++at) {
    met.clear();
    table.phrases.EachAt(letters, at, [&](std::size_t index) { met.push_back(index); });
    std::sort(met.begin(), met.end());  // added up in the table's order: the same sum to the last bit, always
    for (const std::size_t index : met) {
      const Word& word = table.words[index];
      if (!Follow(letters, at + table.phrases.word(index).size(), word.then)) continue;
      const double says = step * word.says;
      Last& before = last[word.topic];
      if (before.at != at) before = {at, 0};
      if (says <= before.said) continue;
      counts[word.topic] += says - before.said;
      before.said = says;
    }
  }
}

}  // namespace

std::vector<TopicHit> FindTopics(std::u32string_view letters, std::size_t title_letters, std::u32string_view category) {
  std::vector<double> counts(std::size(kTable));
  Count(letters, 1.0, counts);
  Count(letters.substr(0, title_letters), 1.5, counts);
  Count(category, 0.6, counts);
  std::vector<TopicHit> hits;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] >= 0.5)
      hits.push_back({static_cast<std::uint16_t>(i), static_cast<std::uint8_t>(std::min(15.0, counts[i] * 2 + 0.5))});
  std::stable_sort(hits.begin(), hits.end(), [](const TopicHit& a, const TopicHit& b) { return a.weight > b.weight; });
  std::size_t troubles = 0, things = 0;
  std::erase_if(
      hits, [&](const TopicHit& hit) { return IsThing(hit.topic) ? ++things > kThingsMax : ++troubles > kTopicsMax; });
  return hits;
}

std::size_t TopicCount() { return std::size(kTable); }
std::string_view TopicName(std::uint16_t topic) {
  return topic < std::size(kTable) ? kTable[topic].name : std::string_view("其他");
}
bool IsOfOneBuilding(std::uint16_t topic) {
  return topic < std::size(kTable) && kTable[topic].flags.find('b') != std::string_view::npos;
}
bool IsOfOnePerson(std::uint16_t topic) {
  return topic < std::size(kTable) && kTable[topic].flags.find('p') != std::string_view::npos;
}
bool TopicsAkin(std::uint16_t a, std::uint16_t b) {
  if (a >= std::size(kTable) || b >= std::size(kTable) || a == b) return false;
  for (const char kin : kTable[a].flags)  // families of topics are numbered
    if (kin >= '0' && kin <= '9' && kTable[b].flags.find(kin) != std::string_view::npos) return true;
  return false;
}
bool IsThing(std::uint16_t topic) {
  return topic < std::size(kTable) && kTable[topic].flags.find('o') != std::string_view::npos;
}
double TopicWeight(std::uint16_t topic) {
  if (IsThing(topic)) return 0;
  return topic < std::size(kTable) && kTable[topic].flags.find('w') != std::string_view::npos ? 0.3 : 1.0;
}

}  // namespace dedup
