// How far each source was told, in a file of its own (`fanout.db`): it follows from no ledger entry. Threads: safe from
// any thread. Durable on return. Failure: kUnavailable, kCorrupt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "petition/result.h"

namespace gateway {

class FanOutFile {
 public:
  struct Place {
    std::uint64_t cursor = 0;
    bool gone = false;
  };
  static petition::Result<std::unique_ptr<FanOutFile>> Open(const std::filesystem::path& file);
  ~FanOutFile();

  petition::Result<Place> Of(const std::string& source);
  petition::Status Set(const std::string& source, const Place& place);

 private:
  struct Impl;
  explicit FanOutFile(std::unique_ptr<Impl> impl);
  std::mutex mutex_;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
