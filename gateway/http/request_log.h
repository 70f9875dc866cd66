// A RequestLog is a file with a line a request: time, method, route pattern, status, microseconds, principal. Never a
// path, a body or a key. Written by a buffer that is flushed every second; what a crash takes from it is no record of
// the hub (the ledger is). Threads: safe from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace gateway::http {

class RequestLog {
 public:
  static petition::Result<std::unique_ptr<RequestLog>> Open(const std::filesystem::path& file);
  ~RequestLog();

  void Write(std::string_view method, std::string_view route, int status, std::int64_t micros, std::string_view who);
  void Flush();

 private:
  RequestLog(std::filesystem::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
  void FlushLocked();

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::string buffer_;      // guarded by mutex_
  int descriptor_;          // guarded by mutex_
  std::uint64_t size_ = 0;  // guarded by mutex_
};

}  // namespace gateway::http
