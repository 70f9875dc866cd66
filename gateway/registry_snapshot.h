// A RegistrySnapshot is all of the registry at one moment. Never changed once it is shown to readers, so any thread
// reads it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/registry.h"

namespace Poco::Data {
class Session;
}

namespace gateway {

struct RegistrySnapshot {
  struct Holder {
    Principal principal;
    std::optional<petition::Time> ends;
    std::string refusal;  ///< reason why the key is no good any more; "" when it is good
  };
  std::map<std::string, Source, std::less<>> sources;
  std::vector<User> users;
  std::unordered_map<std::string, Holder> keys;  ///< by hash

  /// Throws what SQLite throws.
  static RegistrySnapshot Read(Poco::Data::Session& session);

  /// As Registry::Authenticate.
  petition::Result<Principal> HolderOf(std::string_view key, petition::Time time) const;
};

}  // namespace gateway
