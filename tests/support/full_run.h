// Whether this is the full run (`./test --full`, which sets GUIYI_FULL to a word): tests that break every single write
// then break each of them, otherwise a spread of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace support {

/// `./test` without --full sets it, too, to nothing.
inline bool FullRun() {
  const char* const full = std::getenv("GUIYI_FULL");
  return full != nullptr && *full != '\0';
}

/// The distance between the operations to break: one in a full run, otherwise such that about `runs` of them are.
inline std::uint64_t StepOf(std::uint64_t operations, std::uint64_t runs) {
  return FullRun() ? 1 : std::max<std::uint64_t>(1, operations / runs);
}

}  // namespace support
