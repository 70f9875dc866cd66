#include "adapters/door.h"

namespace adapters {
namespace {

std::string First(const std::vector<std::pair<std::string, std::string>>& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::string DoorCall::Header(std::string_view name) const { return First(headers, name); }
std::string DoorCall::Query(std::string_view name) const { return First(query, name); }

}  // namespace adapters
