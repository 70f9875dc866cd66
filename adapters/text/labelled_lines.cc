#include "adapters/text/labelled_lines.h"

#include <algorithm>
#include <set>

#include "adapters/mapping/standard.h"

namespace adapters {
namespace {

constexpr std::size_t kLabelBytesMax = 48;  // 16 ideographs

// Fields that a filled form may give. Content is not among them: its words may go on over many lines.
bool IsFormField(std::string_view name) {
  return name.starts_with("petitioner.") || name == "title" || name == "placeText" || name == "accused" ||
         name == "purpose" || name == "category" || name == "headCount" || name == "anonymous" ||
         name == "confidential";
}

const std::set<std::string>& FormLabels() {
  static const std::set<std::string> labels = [] {
    std::set<std::string> found;
    for (const auto& field : StandardFields()) {
      if (!IsFormField(field.name)) continue;
      for (const auto heading : field.headings) found.insert(FoldHeading(heading));
    }
    return found;
  }();
  return labels;
}

std::string_view TrimLine(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// "姓名：张三" with a colon of either width.
std::pair<std::string_view, std::string_view> SplitLabel(std::string_view line) {
  const std::size_t narrow = line.find(':'), wide = line.find("：");
  const std::size_t at = std::min(narrow, wide);
  if (at > kLabelBytesMax) return {};  // or there is none
  const std::size_t width = at == wide ? std::string_view("：").size() : 1;
  return {TrimLine(line.substr(0, at)), TrimLine(line.substr(at + width))};
}

}  // namespace

LabelledLines ReadLabelledLines(std::string_view text) {
  LabelledLines read;
  std::set<std::string> taken;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    const auto [label, value] = SplitLabel(line);
    const std::string folded = label.empty() ? std::string() : FoldHeading(label);
    if (!value.empty() && FormLabels().count(folded) && taken.insert(folded).second) {
      read.fields.emplace_back(label, value);
    } else {
      read.rest.append(line).append("\n");
    }
    at = end + 1;
  }
  while (!read.rest.empty() && read.rest.back() == '\n') read.rest.pop_back();
  return read;
}

}  // namespace adapters
