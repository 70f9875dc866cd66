// The door for reception desks: JSON or forms. A visit has a head count, and a group sends representatives: one to five
// of them (Regulation, Art. 20), who stand among the petitioners. Threads: as a Door.
#pragma once

#include <memory>

#include "adapters/registry.h"

namespace adapters::visit {

struct VisitOptions {
  std::uint32_t group_from = 5;           ///< heads from which a visit is a group's
  std::uint32_t representatives_max = 5;  ///< of a group
};

/// "representatives" of the record, as a list of names or a count, is kept; without it, the petitioners of a group
/// visit are its representatives.
std::unique_ptr<Door> MakeVisitDoor(const VisitOptions& options, std::shared_ptr<const SourceSpec> spec);

/// As adapters/registry.h wants it, from a source's options (config/sources/visit.sample.yaml).
petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup);

}  // namespace adapters::visit
