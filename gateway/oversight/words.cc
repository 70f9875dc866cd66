#include "gateway/oversight/words.h"

#include "embedded/console_words.h"
#include "petition/json.h"

namespace gateway {

std::string WordFor(std::string_view group, std::string_view code) {
  static const auto words = petition::Json::parse(embedded::console_words());
  const auto codes = words.find(group);
  if (codes == words.end() || !codes->is_object()) return std::string(code);
  const auto word = codes->find(code);
  return word != codes->end() && word->is_string() ? word->get<std::string>() : std::string(code);
}

}  // namespace gateway
