// What the program's exit status means, for every command.
#pragma once

namespace gateway {

inline constexpr int kExitDone = 0, kExitFound = 1, kExitUsage = 2, kExitCouldNotRun = 3;

}  // namespace gateway
