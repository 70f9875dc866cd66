// Runs a program to its end with limits: time, memory, size of files, and of what it prints. No shell. Safe from any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "petition/result.h"

namespace adapters::letters {

struct ChildLimits {
  std::chrono::seconds time{60};
  std::uint64_t memory_bytes = 2ull << 30;
  std::uint64_t file_bytes = 256ull << 20;
  std::size_t output_bytes = 8u << 20;
};

/// What it prints on standard output when it ends with status 0. kUnavailable "program_missing"; kInvalid
/// "program_failed": another status, or beyond a limit.
petition::Result<std::string> RunChild(const std::vector<std::string>& arguments, const ChildLimits& limits);

}  // namespace adapters::letters
