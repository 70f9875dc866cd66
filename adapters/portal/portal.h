// The door for a web portal's or an app's server: JSON or forms, with a portal's own checks. Threads: as a Door.
#pragma once

#include <memory>

#include "adapters/registry.h"

namespace adapters::portal {

struct PortalOptions {
  /// Somebody who gave a name and no way to reach them can't be answered: name, or account, with a telephone number, an
  /// id number or an address, unless the submission says that it is anonymous.
  bool contact_needed = true;
};

std::unique_ptr<Door> MakePortalDoor(const PortalOptions& options, std::shared_ptr<const SourceSpec> spec);

/// As adapters/registry.h wants it, from a source's options (config/sources/portal.sample.yaml).
petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup);

}  // namespace adapters::portal
