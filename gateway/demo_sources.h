// The demo's connected systems: a table of source files with small samples of what such systems hand over, dropped
// where the source's file says (folders below `incoming/` of the data folder), written into an exchange database, or
// pushed to its door. To add one: a line in the table, its files in config/demo/sources, embedded in
// gateway/CMakeLists.txt.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"

namespace gateway {

struct DemoSystem {
  const char* name;
  const char* channel;
  std::string_view (*file)();  ///< the source's YAML
  /// How the sample gets there.
  enum class By { kFile, kDatabase, kPush } by = By::kFile;
  const char* to = "";  ///< path below the data folder; of kPush: path of the door
  std::string_view (*sample)() = nullptr;
  const char* media_type = "application/json";  ///< of kPush
  /// A secret that the source's file names, with its path below the data folder; fictional, as all of the demo is.
  const char* secret_to = "";
  const char* secret = "";
};

const std::vector<DemoSystem>& DemoSystems();

/// Puts the samples of files and databases where their sources look, once: what is there already stays.
petition::Status DropDemoSamples(const std::filesystem::path& data);

}  // namespace gateway
