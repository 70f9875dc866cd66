#include "adapters/destination.h"

namespace adapters {

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "done";
    case Outcome::kTransient:
      return "transient";
    case Outcome::kPermanent:
      return "permanent";
    case Outcome::kDeferred:
      return "deferred";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace adapters
