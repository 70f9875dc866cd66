// Fields of an event's record that the decisions know no name for ("to", "days", "rating"): they stand under "unknown",
// or at the top where another part wrote the event. Pure.
#pragma once

#include <string>

#include "petition/json.h"

namespace gateway {

inline const petition::Json* EventField(const petition::Json& record, const char* name) {
  if (const auto found = record.find(name); found != record.end()) return &*found;
  const auto unknown = record.find("unknown");
  if (unknown == record.end() || !unknown->is_object()) return nullptr;
  const auto found = unknown->find(name);
  return found == unknown->end() ? nullptr : &*found;
}

inline std::string EventText(const petition::Json& record, const char* name) {
  const auto* field = EventField(record, name);
  return field && field->is_string() ? field->get<std::string>() : std::string();
}

}  // namespace gateway
