#include <algorithm>

#include "search/text_index.h"
#include "search/words.h"

namespace search {
namespace {

constexpr std::size_t kHighlightedMax = std::size_t{1} << 20;

bool StandsAt(const std::vector<Element>& elements, std::size_t at, const Chain& chain) {
  if (at + chain.size() > elements.size()) return false;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (elements[at + i].text != chain[i] || (i > 0 && !elements[at + i].joined)) return false;
  }
  return true;
}

}  // namespace

std::vector<Span> Highlight(std::string_view words, std::string_view text) {
  const std::vector<Element> elements = ElementsWithOffsets(text, kHighlightedMax);
  std::vector<Span> spans;
  for (const Clause& clause : ParseWords(words.substr(0, kQueryBytesMax))) {
    if (clause.excluded) continue;
    for (const Chain& chain : clause.chains) {
      for (std::size_t at = 0; at < elements.size(); ++at) {
        if (StandsAt(elements, at, chain)) spans.push_back({elements[at].begin, elements[at + chain.size() - 1].end});
      }
    }
  }
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::vector<Span> merged;
  for (const Span& span : spans) {
    if (!merged.empty() && span.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, span.end);
    } else {
      merged.push_back(span);
    }
  }
  return merged;
}

}  // namespace search
