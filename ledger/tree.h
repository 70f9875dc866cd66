// A Tree is the Merkle tree of a ledger in memory: the growing right edge, and a bounded cache of the full tiles behind
// it, which come from the store. One thread grows it; proofs may be asked for from any thread at the same time, for
// sizes that were committed.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

#include "ledger/merkle.h"
#include "ledger/store.h"
#include "ledger/tile.h"

namespace ledger {

class Tree {
 public:
  /// `store` outlives the tree.
  explicit Tree(const Store& store) : store_(store) {}

  /// Reads the right edge for this head and hashes it again from what is stored: the entries of the last tiles, the
  /// tiles above them. kCorrupt when the root is another than the head's. Reads a few hundred rows, whatever the size.
  petition::Status Load(const Head& head);

  /// The leaf joins the edge; full tiles that this makes are added to `completed`.
  void Append(const Hash& leaf, std::vector<StoredTile>& completed);
  std::uint64_t size() const;
  /// What was completed since the last call is in the store now.
  void Committed();

  /// All paths under one size, and its root.
  struct Paths {
    Hash root{};
    std::vector<std::vector<Hash>> paths;
  };
  petition::Result<Paths> Prove(std::span<const std::uint64_t> indices, std::uint64_t size) const;
  petition::Result<std::vector<Hash>> Consistency(std::uint64_t old_size, std::uint64_t size) const;
  petition::Result<Hash> Root(std::uint64_t size) const;
  /// The hashes of a tile of any width that exists.
  petition::Result<std::string> TileBytes(const TileId& id) const;

 private:
  using Place = std::pair<int, std::uint64_t>;  // level and n of a tile
  struct Edge {
    std::uint64_t n = 0;
    Tile tile;
  };

  const Tile* FindTile(const Place& place) const;
  petition::Result<Hash> Node(int level, std::uint64_t index, Place& missing) const;
  template <typename F>
  auto WithNodes(F&& query) const -> decltype(query(std::declval<const NodeReader&>()));
  petition::Status Fetch(const Place& place) const;
  petition::Status LoadLevel(int level, std::uint64_t hashes, std::vector<Edge>& edges) const;
  void Push(std::size_t level, const Hash& hash, std::vector<StoredTile>* completed);

  static constexpr std::size_t kCachedTilesMax = 512;  // 16 KiB each

  const Store& store_;
  mutable std::mutex mutex_;  // guards all below
  std::vector<Edge> edges_;
  std::map<Place, Tile> uncommitted_;
  mutable std::map<Place, std::pair<Tile, std::list<Place>::iterator>> cache_;
  mutable std::list<Place> recent_;  // most recently used first
};

}  // namespace ledger
