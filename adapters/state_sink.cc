#include "adapters/state_sink.h"

namespace adapters {

petition::Result<WordTable> WordTable::Parse(std::string_view json) {
  constexpr std::size_t kBytesMax = 1u << 20;
  const auto wrong = [](const std::string& what) {
    return petition::Invalid("words_invalid", "the table of words " + what);
  };
  if (json.size() > kBytesMax) return wrong("is larger than 1 MiB");
  const auto parsed = petition::ParseJson(json);
  if (!parsed.ok() || !parsed->is_object()) return wrong("must be a JSON object");
  WordTable table;
  for (const auto& [ours, theirs] : parsed->items()) {
    if (!theirs.is_string() || theirs.get<std::string>().empty()) return wrong("has no word for " + ours);
    table.words_[ours] = theirs.get<std::string>();
  }
  return table;
}

std::string WordTable::Word(const std::string& ours) const {
  const auto found = words_.find(ours);
  return found == words_.end() ? ours : found->second;
}

}  // namespace adapters
