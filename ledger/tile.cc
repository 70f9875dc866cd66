#include "ledger/tile.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace ledger {

using petition::Corrupt;
using petition::Result;

std::string TileIndexPath(std::uint64_t n) {
  const auto three = [](std::uint64_t part) {
    std::string text = std::to_string(part);
    return std::string(3 - text.size(), '0') + text;
  };
  std::string path = three(n % 1000);
  for (n /= 1000; n > 0; n /= 1000) path = "x" + three(n % 1000) + "/" + path;
  return path;
}

namespace {
std::string Suffix(int width) { return width == static_cast<int>(kTileWidth) ? "" : ".p/" + std::to_string(width); }
}  // namespace

std::string TilePath(const TileId& id) {
  return "tile/" + std::to_string(id.level) + "/" + TileIndexPath(id.n) + Suffix(id.width);
}

std::string BundlePath(std::uint64_t n, int width) { return "tile/entries/" + TileIndexPath(n) + Suffix(width); }

std::uint64_t HashesAt(int level, std::uint64_t size) {
  return level * kTileHeight < 64 ? size >> (level * kTileHeight) : 0;
}

int TileLevels(std::uint64_t size) {
  int levels = 0;
  while (HashesAt(levels, size) > 0) ++levels;
  return levels;
}

std::vector<TileId> NewTiles(std::uint64_t old_size, std::uint64_t size) {
  std::vector<TileId> tiles;
  for (int level = 0; HashesAt(level, size) > 0; ++level) {
    const std::uint64_t before = HashesAt(level, old_size), after = HashesAt(level, size);
    for (std::uint64_t n = before / kTileWidth; n < after / kTileWidth; ++n) tiles.push_back({level, n});
    if (after != before && after % kTileWidth != 0) {
      tiles.push_back({level, after / kTileWidth, static_cast<int>(after % kTileWidth)});
    }
  }
  return tiles;
}

void Tile::Push(const Hash& hash) {
  assert(!full());
  levels_[0].push_back(hash);
  for (int level = 0; level < kTileHeight && levels_[level].size() % 2 == 0; ++level) {
    const std::vector<Hash>& below = levels_[level];
    levels_[level + 1].push_back(NodeHash(below[below.size() - 2], below[below.size() - 1]));
  }
}

const Hash* Tile::Node(int level, std::uint64_t index) const {
  const std::vector<Hash>& row = levels_[static_cast<std::size_t>(level)];
  return index < row.size() ? &row[index] : nullptr;
}

std::string Tile::Bytes(int width) const {
  assert(width <= this->width());
  return {reinterpret_cast<const char*>(levels_[0].data()), static_cast<std::size_t>(width) * sizeof(Hash)};
}

Result<Tile> Tile::FromBytes(std::string_view bytes, int width) {
  if (width < 1 || width > static_cast<int>(kTileWidth) ||
      bytes.size() != static_cast<std::size_t>(width) * sizeof(Hash)) {
    return Corrupt("a tile has the wrong length");
  }
  Tile tile;
  for (int i = 0; i < width; ++i) {
    Hash hash;
    std::memcpy(hash.data(), bytes.data() + static_cast<std::size_t>(i) * sizeof(Hash), sizeof(Hash));
    tile.Push(hash);
  }
  return tile;
}

void AppendToBundle(std::string& bundle, std::string_view entry) {
  assert(entry.size() <= kEntryBytesMax);
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size() & 0xff);
  bundle += entry;
}

Result<std::vector<std::string_view>> SplitBundle(std::string_view bundle, std::size_t count) {
  std::vector<std::string_view> entries;
  entries.reserve(std::min<std::size_t>(count, kTileWidth));
  while (!bundle.empty()) {
    if (bundle.size() < 2) return Corrupt("an entry bundle is cut");
    const std::size_t length =
        static_cast<std::size_t>(static_cast<unsigned char>(bundle[0])) << 8 | static_cast<unsigned char>(bundle[1]);
    if (bundle.size() - 2 < length) return Corrupt("an entry bundle is cut");
    if (entries.size() == count) return Corrupt("an entry bundle holds too many entries");
    entries.push_back(bundle.substr(2, length));
    bundle.remove_prefix(2 + length);
  }
  if (entries.size() != count) return Corrupt("an entry bundle holds too few entries");
  return entries;
}

}  // namespace ledger
