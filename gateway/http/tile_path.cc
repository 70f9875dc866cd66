#include "gateway/http/tile_path.h"

#include <charconv>

#include "ledger/tile.h"

namespace gateway::http {

namespace {

constexpr std::size_t kPathMax = 64;
constexpr std::uint64_t kTilesMax = std::uint64_t{1} << 48;

std::optional<std::uint64_t> Decimal(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::string_view CutPart(std::string_view& rest) {
  const auto slash = rest.find('/');
  const auto part = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  return part;
}

}  // namespace

std::optional<std::string> CanonicalTilePath(bool entries, std::string_view rest) {
  if (rest.size() > kPathMax) return std::nullopt;
  const auto whole = rest;
  ledger::TileId id;
  if (!entries) {
    const auto level = Decimal(CutPart(rest), 7);
    if (!level) return std::nullopt;
    id.level = static_cast<int>(*level);
  }
  if (const auto partial = rest.rfind(".p/"); partial != std::string_view::npos) {
    const auto width = Decimal(rest.substr(partial + 3), ledger::kTileWidth - 1);
    if (!width || *width == 0) return std::nullopt;
    id.width = static_cast<int>(*width);
    rest = rest.substr(0, partial);
  }
  while (!rest.empty()) {
    auto group = CutPart(rest);
    if (group.starts_with('x')) group.remove_prefix(1);
    const auto value = Decimal(group, 999);
    if (!value || id.n > kTilesMax) return std::nullopt;
    id.n = id.n * 1000 + *value;
  }
  // Whatever reads the same but is written otherwise (zeros, missing groups, dots) is not the path of a tile.
  const auto path = entries ? ledger::BundlePath(id.n, id.width) : ledger::TilePath(id);
  const auto asked = std::string(entries ? "tile/entries/" : "tile/").append(whole);
  if (path != asked) return std::nullopt;
  return path;
}

}  // namespace gateway::http
