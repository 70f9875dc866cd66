// The AdapterBook holds the adapter that each source has now: its file read, its Door made, something to read refused
// records again by. It follows the registry: a new version of a file counts from the next look on, what works by the
// old one finishes with it. Threads: safe from any thread; an Adapter is shared and its Door safe from any thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/registry.h"
#include "gateway/registry.h"

namespace gateway {

/// What a source's file comes to.
struct Adapter {
  std::uint64_t version = 0;
  std::shared_ptr<const adapters::SourceSpec> spec;
  const adapters::Kind* kind = nullptr;
  adapters::AdapterSetup setup;
  std::unique_ptr<adapters::Door> door;       ///< nullptr when the kind has none
  std::unique_ptr<adapters::Feed> rereading;  ///< of a kind without a door: never fetches, reads refused records again

  petition::Result<adapters::Record> Reread(const adapters::Refused& refused) const {
    return door ? door->Reread(refused) : rereading->Reread(refused);
  }
};

class AdapterBook {
 public:
  /// Relative paths in files are meant from `data`; what adapters keep goes to `data`/sources/NAME.
  /// `requests`: what public doors (Open311) read.
  AdapterBook(const Registry& registry, std::filesystem::path data, const petition::Clock& clock,
              std::shared_ptr<const adapters::open311::RequestBook> requests = nullptr)
      : registry_(registry), data_(std::move(data)), clock_(clock), requests_(std::move(requests)) {}

  /// kNotFound for a source that does not exist or has no file; kInvalid when the file is wrong.
  petition::Result<std::shared_ptr<const Adapter>> Of(std::string_view source) const;
  /// An adapter of a text that counts nowhere (a dry run). `text` "": the plain JSON interface.
  petition::Result<std::shared_ptr<const Adapter>> Try(const Source& source, const std::string& text) const;

 private:
  const Registry& registry_;
  const std::filesystem::path data_;
  const petition::Clock& clock_;
  const std::shared_ptr<const adapters::open311::RequestBook> requests_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const Adapter>, std::less<>> made_;  // guarded by mutex_
};

}  // namespace gateway
