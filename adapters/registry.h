// The kinds of outside systems that a source can be: one line each in registry.cc. A kind is a Feed, a Door or both;
// whoever adds one adds a folder, a line, a sample and a test, and nothing of the gateway. Constant; safe from any
// thread.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "adapters/door.h"
#include "adapters/feed.h"
#include "adapters/source_spec.h"
#include "petition/time.h"

namespace adapters {

namespace open311 {
class RequestBook;
}

/// What an adapter is made of. Making reads the options and refuses what is wrong with them (kInvalid, pointers into
/// `options`: StatusOf of spec_reader.h); it may read secrets, and does no other I/O: a Feed connects when it fetches.
struct AdapterSetup {
  std::string source;                      ///< its name
  std::shared_ptr<const SourceSpec> spec;  ///< options and mapping
  std::filesystem::path folder;            ///< relative paths of the options are meant from here
  std::filesystem::path
      state;  ///< a folder of its own for what must outlive a restart; the adapter makes it when needed
  const petition::Clock* clock = nullptr;
  /// What public doors read; null in a dry run.
  std::shared_ptr<const open311::RequestBook> requests = nullptr;
};

struct Kind {
  std::string_view name;
  /// Where calls of a Door arrive: "/soap/{source}", or a path of all sources of the kind ("/open311/v2"), where the
  /// first whose Verify agrees takes the call. What follows is DoorCall::path. "" without a Door.
  std::string_view route;
  petition::Result<std::unique_ptr<Feed>> (*make_feed)(const AdapterSetup&) = nullptr;
  petition::Result<std::unique_ptr<Door>> (*make_door)(const AdapterSetup&) = nullptr;
};

std::span<const Kind> Kinds();
const Kind* FindKind(std::string_view name);

/// kInvalid "kind_unknown", or what making the adapter says; nothing is kept.
petition::Status CheckSetup(const AdapterSetup& setup);

}  // namespace adapters
