// A CheckedDoor takes submissions as JSON (one or an array) or as a form, through the source's mapping, and holds each
// against the checks of its kind: what portal, hotline and visit doors are made of. Threads: as a Door.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/door.h"
#include "adapters/source_spec.h"

namespace adapters {

struct CheckedDoorOptions {
  std::string kind;     ///< "portal", "hotline", "visit"
  std::string channel;  ///< of what names none
  /// What is wrong with a submission by the rules of the kind; it may also fill in what follows from other fields. The
  /// tree is the record as it came.
  std::function<std::vector<petition::FieldError>(const petition::Json& tree, petition::Submission& submission)> check;
  std::size_t records_max = 500;
};

std::unique_ptr<Door> MakeCheckedDoor(CheckedDoorOptions options, std::shared_ptr<const SourceSpec> spec);

}  // namespace adapters
