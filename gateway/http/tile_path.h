// Paths of the transparency log's tiles and entry bundles as they come in a URL, read strictly: only a path that the
// log itself would write is one, so nothing outside its folder can be named. Pure; safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway::http {

/// `rest` is what follows "tile/" ("0/x001/000.p/17") or, with `entries`, "tile/entries/" ("x001/000"). Answers the
/// path relative to the tiles' folder, or nullopt.
std::optional<std::string> CanonicalTilePath(bool entries, std::string_view rest);

}  // namespace gateway::http
