// The door for a hotline's work orders (12345): JSON or forms. A caller has two numbers, the one they called from and
// the one they can be reached at; who took the call is named; the recording stays where it is and is named by
// reference. Threads: as a Door.
#pragma once

#include <memory>

#include "adapters/registry.h"

namespace adapters::hotline {

struct HotlineOptions {
  bool operator_needed = true;
  bool call_id_needed = false;  ///< true where the exchange's records are compared with the orders
};

std::unique_ptr<Door> MakeHotlineDoor(const HotlineOptions& options, std::shared_ptr<const SourceSpec> spec);

/// As adapters/registry.h wants it, from a source's options (config/sources/hotline.sample.yaml).
petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup);

}  // namespace adapters::hotline
