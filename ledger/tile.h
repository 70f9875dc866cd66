// Tiles: how a log's tree and entries are cut into files (C2SP tlog-tiles). A tile holds up to 256 hashes; a bundle
// holds the entries of one level 0 tile. Plain data and pure functions; nothing here reads or writes a file.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/crypto.h"
#include "ledger/merkle.h"
#include "petition/result.h"

namespace ledger {

inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr int kTileHeight = 8;
inline constexpr std::size_t kEntryBytesMax = 65535;

/// Which tile. `width` 1..256; 256 is a full one.
struct TileId {
  int level = 0;
  std::uint64_t n = 0;
  int width = static_cast<int>(kTileWidth);
  bool operator==(const TileId&) const = default;
  auto operator<=>(const TileId&) const = default;
};

/// "x001/x234/067"
std::string TileIndexPath(std::uint64_t n);
/// "tile/0/x001/000" or "tile/0/005.p/17"
std::string TilePath(const TileId& id);
/// "tile/entries/005.p/17": the bundle of level 0 tile `n`.
std::string BundlePath(std::uint64_t n, int width);

/// Number of levels that have a tile at this size, and the hashes in a level.
int TileLevels(std::uint64_t size);
std::uint64_t HashesAt(int level, std::uint64_t size);
/// All tiles a tree of `size` consists of that the tree of `old_size` did not have (full ones and partials); old_size 0
/// gives all.
std::vector<TileId> NewTiles(std::uint64_t old_size, std::uint64_t size);

/// A tile's hashes with the perfect nodes above them. Grows by appending; not safe for concurrent use while it grows.
class Tile {
 public:
  void Push(const Hash& hash);
  int width() const { return static_cast<int>(levels_[0].size()); }
  bool full() const { return levels_[0].size() == kTileWidth; }
  /// Node `index` at `level` (0..8) above this tile's hashes; nullptr when it is not there (yet).
  const Hash* Node(int level, std::uint64_t index) const;
  /// The first `width` hashes as bytes.
  std::string Bytes(int width) const;
  /// kCorrupt unless `bytes` are exactly `width` hashes.
  static petition::Result<Tile> FromBytes(std::string_view bytes, int width);

 private:
  std::array<std::vector<Hash>, kTileHeight + 1> levels_;
};

/// Appends one entry to a bundle: uint16 big-endian length, then the bytes. Needs at most kEntryBytesMax.
void AppendToBundle(std::string& bundle, std::string_view entry);
/// Exactly `count` entries and nothing behind them, else kCorrupt.
petition::Result<std::vector<std::string_view>> SplitBundle(std::string_view bundle, std::size_t count);

}  // namespace ledger
