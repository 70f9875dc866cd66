#include "ledger/tree.h"

namespace ledger {
namespace {

using petition::Corrupt;
using petition::Result;
using petition::Status;

constexpr std::string_view kTileAbsent = "tile_absent";

}  // namespace

// The edge of level L holds hashes [n * 256, count). Level 0 comes from the entries themselves; above, each hash is the
// root of a stored full tile.
Status Tree::LoadLevel(int level, std::uint64_t hashes, std::vector<Edge>& edges) const {
  Edge edge;
  edge.n = hashes / kTileWidth;
  const std::uint64_t begin = edge.n * kTileWidth, count = hashes - begin;
  if (level == 0) {
    GUIYI_TRY(const auto entries, store_.Entries(begin, count));
    if (entries.size() != count) return Corrupt("entries are missing at the right edge");
    for (const std::string& entry : entries) edge.tile.Push(LeafHash(entry));
  } else {
    GUIYI_TRY(const auto tiles, store_.Tiles(level - 1, begin, count));
    if (tiles.size() != count) return Corrupt("tiles are missing at the right edge");
    for (std::uint64_t i = 0; i < count; ++i) {
      if (tiles[i].n != begin + i) return Corrupt("tiles are missing at the right edge");
      GUIYI_TRY(const Tile tile, Tile::FromBytes(tiles[i].hashes, static_cast<int>(kTileWidth)));
      edge.tile.Push(*tile.Node(kTileHeight, 0));
    }
  }
  edges.push_back(std::move(edge));
  return petition::Ok();
}

Status Tree::Load(const Head& head) {
  std::vector<Edge> edges;
  for (int level = 0; HashesAt(level, head.size) > 0; ++level) {
    GUIYI_CHECK(LoadLevel(level, HashesAt(level, head.size), edges));
  }
  // The newest full tile against the entries it was made of: what was hashed must be what was stored.
  if (head.size >= kTileWidth) {
    const std::uint64_t n = head.size / kTileWidth - 1;
    GUIYI_TRY(const auto entries, store_.Entries(n * kTileWidth, kTileWidth));
    Tile again;
    for (const std::string& entry : entries) again.Push(LeafHash(entry));
    GUIYI_TRY(const std::string bytes, store_.TileBytes(0, n));
    if (entries.size() != kTileWidth || again.Bytes(static_cast<int>(kTileWidth)) != bytes) {
      return Corrupt("the newest full tile does not fit its entries");
    }
  }
  {
    const std::lock_guard lock(mutex_);
    edges_ = std::move(edges);
    uncommitted_.clear();
    cache_.clear();
    recent_.clear();
  }
  GUIYI_TRY(const Hash root, Root(head.size));
  if (root != head.root) return Corrupt("the right edge does not lead to the stored root");
  return petition::Ok();
}

void Tree::Append(const Hash& leaf, std::vector<StoredTile>& completed) {
  const std::lock_guard lock(mutex_);
  Push(0, leaf, &completed);
}

void Tree::Push(std::size_t level, const Hash& hash, std::vector<StoredTile>* completed) {
  if (edges_.size() == level) edges_.emplace_back();
  edges_[level].tile.Push(hash);
  if (!edges_[level].tile.full()) return;
  Tile full = std::move(edges_[level].tile);
  const std::uint64_t n = edges_[level].n++;
  edges_[level].tile = Tile();
  completed->push_back({static_cast<int>(level), n, full.Bytes(static_cast<int>(kTileWidth))});
  const Hash root = *full.Node(kTileHeight, 0);
  uncommitted_.emplace(Place{static_cast<int>(level), n}, std::move(full));
  Push(level + 1, root, completed);
}

std::uint64_t Tree::size() const {
  const std::lock_guard lock(mutex_);
  return edges_.empty() ? 0 : edges_[0].n * kTileWidth + static_cast<std::uint64_t>(edges_[0].tile.width());
}

void Tree::Committed() {
  const std::lock_guard lock(mutex_);
  for (auto& [place, tile] : uncommitted_) {
    if (cache_.contains(place)) continue;
    recent_.push_front(place);
    cache_.emplace(place, std::make_pair(std::move(tile), recent_.begin()));
  }
  uncommitted_.clear();
  for (; cache_.size() > kCachedTilesMax; recent_.pop_back()) cache_.erase(recent_.back());
}

const Tile* Tree::FindTile(const Place& place) const {
  const auto level = static_cast<std::size_t>(place.first);
  if (level < edges_.size() && edges_[level].n == place.second) return &edges_[level].tile;
  if (const auto fresh = uncommitted_.find(place); fresh != uncommitted_.end()) return &fresh->second;
  const auto cached = cache_.find(place);
  if (cached == cache_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, cached->second.second);
  return &cached->second.first;
}

Result<Hash> Tree::Node(int level, std::uint64_t index, Place& missing) const {
  const int row = level % kTileHeight;
  const Place place{level / kTileHeight, index >> (kTileHeight - row)};
  const Tile* const tile = FindTile(place);
  if (tile == nullptr) {
    missing = place;
    return petition::Error{petition::Code::kNotFound, std::string(kTileAbsent), {}, {}, {}};
  }
  const Hash* const hash = tile->Node(row, index - (place.second << (kTileHeight - row)));
  if (hash == nullptr) return petition::Internal("a node beyond the right edge was asked for");
  return *hash;
}

// Runs the query under the lock; when it lacks a tile, reads that without the lock and runs it again. Each round adds
// one tile, a path needs few.
template <typename F>
auto Tree::WithNodes(F&& query) const -> decltype(query(std::declval<const NodeReader&>())) {
  for (;;) {
    Place missing;
    {
      const std::lock_guard lock(mutex_);
      auto result = query([&](int level, std::uint64_t index) { return Node(level, index, missing); });
      if (result.ok() || result.error().reason != kTileAbsent) return result;
    }
    GUIYI_CHECK(Fetch(missing));
  }
}

Status Tree::Fetch(const Place& place) const {
  auto bytes = store_.TileBytes(place.first, place.second);
  if (!bytes.ok()) {
    if (bytes.error().code == petition::Code::kNotFound) return Corrupt("a full tile is missing in the store");
    return std::move(bytes).error();
  }
  GUIYI_TRY(Tile tile, Tile::FromBytes(*bytes, static_cast<int>(kTileWidth)));
  const std::lock_guard lock(mutex_);
  if (cache_.contains(place)) return petition::Ok();
  recent_.push_front(place);
  cache_.emplace(place, std::make_pair(std::move(tile), recent_.begin()));
  for (; cache_.size() > kCachedTilesMax; recent_.pop_back()) cache_.erase(recent_.back());
  return petition::Ok();
}

Result<Tree::Paths> Tree::Prove(std::span<const std::uint64_t> indices, std::uint64_t size) const {
  return WithNodes([&](const NodeReader& nodes) -> Result<Paths> {
    GUIYI_TRY(const PathBuilder builder, PathBuilder::For(size, nodes));
    Paths out;
    out.root = builder.root();
    out.paths.reserve(indices.size());
    for (const std::uint64_t index : indices) {
      GUIYI_TRY(std::vector<Hash> path, builder.Path(index, nodes));
      out.paths.push_back(std::move(path));
    }
    return out;
  });
}

Result<std::vector<Hash>> Tree::Consistency(std::uint64_t old_size, std::uint64_t size) const {
  return WithNodes([&](const NodeReader& nodes) { return ConsistencyPath(old_size, size, nodes); });
}

Result<Hash> Tree::Root(std::uint64_t size) const {
  return WithNodes([&](const NodeReader& nodes) { return RootOf(size, nodes); });
}

Result<std::string> Tree::TileBytes(const TileId& id) const {
  const Place place{id.level, id.n};
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (const Tile* const tile = FindTile(place)) {
        if (tile->width() < id.width) return petition::Internal("a tile beyond the right edge was asked for");
        return tile->Bytes(id.width);
      }
    }
    GUIYI_CHECK(Fetch(place));
  }
}

}  // namespace ledger
