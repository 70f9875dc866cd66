// The plain JSON door for systems that push records of their own form by HTTP: POST /channels/json/{source}, one
// object, an array of them, or JSONL, under the source's key of the hub. The mapping says what they mean; without one
// they are in the hub's own form. Answers {"results": [...]}, one a record, in order: a bad record spoils no other.
// Options: records (a path to the list within a body that is one object). Threads: safe from any thread; keeps nothing
// between calls.
#pragma once

#include <memory>

#include "adapters/registry.h"

namespace adapters {

petition::Result<std::unique_ptr<Door>> MakeJsonDoor(const AdapterSetup& setup);

}  // namespace adapters
