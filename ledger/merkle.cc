#include "ledger/merkle.h"

#include <algorithm>
#include <bit>

namespace ledger {
namespace {

using petition::Invalid;
using petition::Result;

constexpr char kLeafPrefix[] = {0};
constexpr char kNodePrefix[] = {1};

// Largest power of two below `size`, as its exponent. Needs size > 1.
int SplitLevel(std::uint64_t size) { return std::bit_width(size - 1) - 1; }

// Root over [begin, begin + size): perfect parts are read, the rest is hashed. `begin` is a multiple of the part's
// width.
Result<Hash> SubtreeRoot(std::uint64_t begin, std::uint64_t size, const NodeReader& nodes) {
  if (std::has_single_bit(size)) {
    const int level = std::countr_zero(size);
    return nodes(level, begin >> level);
  }
  const std::uint64_t left = std::uint64_t{1} << SplitLevel(size);
  GUIYI_TRY(const Hash left_root, SubtreeRoot(begin, left, nodes));
  GUIYI_TRY(const Hash right_root, SubtreeRoot(begin + left, size - left, nodes));
  return NodeHash(left_root, right_root);
}

petition::Error Wrong() { return Invalid("proof_wrong", "the proof does not fit"); }

}  // namespace

Hash LeafHash(std::string_view entry) { return Sha256({{kLeafPrefix, 1}, entry}); }
Hash NodeHash(const Hash& left, const Hash& right) { return Sha256({{kNodePrefix, 1}, AsBytes(left), AsBytes(right)}); }

const Hash& EmptyRoot() {
  static const Hash kRoot = Sha256("");
  return kRoot;
}

Result<Hash> RootOf(std::uint64_t size, const NodeReader& nodes) {
  if (size == 0) return EmptyRoot();
  return SubtreeRoot(0, size, nodes);
}

Result<std::vector<Hash>> InclusionPath(std::uint64_t index, std::uint64_t size, const NodeReader& nodes) {
  if (index >= size) return Invalid("index_beyond", "no such entry in a tree of this size");
  GUIYI_TRY(const PathBuilder builder, PathBuilder::For(size, nodes));
  return builder.Path(index, nodes);
}

Result<std::vector<Hash>> ConsistencyPath(std::uint64_t old_size, std::uint64_t size, const NodeReader& nodes) {
  if (old_size > size) return Invalid("size_beyond", "the old tree is larger than the new one");
  std::vector<Hash> path;
  if (old_size == 0 || old_size == size) return path;
  // SUBPROOF of RFC 6962 as a loop: walk down towards the old right edge, noting each sibling, then turn the list over.
  std::uint64_t begin = 0, width = size, old_left = old_size;
  bool old_is_complete = true;  // the old tree's root itself is known to the verifier while only left turns were taken
  while (old_left != width) {
    const std::uint64_t left = std::uint64_t{1} << SplitLevel(width);
    if (old_left <= left) {
      GUIYI_TRY(Hash sibling, SubtreeRoot(begin + left, width - left, nodes));
      path.push_back(sibling);
      width = left;
    } else {
      GUIYI_TRY(Hash sibling, SubtreeRoot(begin, left, nodes));
      path.push_back(sibling);
      begin += left;
      old_left -= left;
      width -= left;
      old_is_complete = false;
    }
  }
  if (!old_is_complete) {
    GUIYI_TRY(Hash own, SubtreeRoot(begin, width, nodes));
    path.push_back(own);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<PathBuilder> PathBuilder::For(std::uint64_t size, const NodeReader& nodes) {
  PathBuilder builder;
  builder.size_ = size;
  std::uint64_t begin = 0;
  for (int level = 63; level >= 0; --level) {
    if ((size >> level & 1) == 0) continue;
    GUIYI_TRY(Hash hash, nodes(level, begin >> level));
    builder.peaks_.push_back({begin, level, hash, hash});
    begin += std::uint64_t{1} << level;
  }
  for (std::size_t i = builder.peaks_.size(); i-- > 1;) {
    builder.peaks_[i - 1].suffix = NodeHash(builder.peaks_[i - 1].hash, builder.peaks_[i].suffix);
  }
  builder.root_ = builder.peaks_.empty() ? EmptyRoot() : builder.peaks_.front().suffix;
  return builder;
}

Result<std::vector<Hash>> PathBuilder::Path(std::uint64_t index, const NodeReader& nodes) const {
  if (index >= size_) return Invalid("index_beyond", "no such entry in a tree of this size");
  std::size_t own = 0;
  while (own + 1 < peaks_.size() && peaks_[own + 1].begin <= index) ++own;
  std::vector<Hash> path;
  path.reserve(static_cast<std::size_t>(peaks_[own].level) + own + 1);
  for (int level = 0; level < peaks_[own].level; ++level) {
    GUIYI_TRY(Hash sibling, nodes(level, (index >> level) ^ 1));
    path.push_back(sibling);
  }
  if (own + 1 < peaks_.size()) path.push_back(peaks_[own + 1].suffix);
  for (std::size_t i = own; i-- > 0;) path.push_back(peaks_[i].hash);
  return path;
}

Result<Hash> RootFromPath(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> path) {
  if (index >= size) return Wrong();
  // Steps below the point where the leaf's branch joins the right edge, then the left siblings above it.
  const int inner = std::bit_width(index ^ (size - 1));
  const int border = std::popcount(index >> inner);
  if (path.size() != static_cast<std::size_t>(inner + border)) return Wrong();
  Hash hash = leaf;
  for (int i = 0; i < inner; ++i) {
    hash = (index >> i & 1) == 0 ? NodeHash(hash, path[static_cast<std::size_t>(i)])
                                 : NodeHash(path[static_cast<std::size_t>(i)], hash);
  }
  for (std::size_t i = static_cast<std::size_t>(inner); i < path.size(); ++i) hash = NodeHash(path[i], hash);
  return hash;
}

petition::Status VerifyInclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> path,
                                 const Hash& root) {
  GUIYI_TRY(const Hash computed, RootFromPath(leaf, index, size, path));
  if (computed != root) return Wrong();
  return petition::Ok();
}

petition::Status VerifyConsistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                                   std::span<const Hash> path) {
  if (old_size > size) return Wrong();
  if (old_size == size || old_size == 0) {
    if (!path.empty()) return Wrong();
    if (old_size == size ? old_root != root : old_root != EmptyRoot()) return Wrong();
    if (size == 0 && root != EmptyRoot()) return Wrong();
    return petition::Ok();
  }
  // RFC 9162 sec. 2.1.4.2: both roots are rebuilt from the same path.
  std::uint64_t node = old_size - 1, last = size - 1;
  while (node & 1) {
    node >>= 1;
    last >>= 1;
  }
  std::size_t at = 0;
  Hash old_hash = old_root;
  if (node != 0) {
    if (path.empty()) return Wrong();
    old_hash = path[at++];
  }
  Hash hash = old_hash;
  for (; at < path.size(); ++at) {
    if (last == 0) return Wrong();
    if ((node & 1) || node == last) {
      old_hash = NodeHash(path[at], old_hash);
      hash = NodeHash(path[at], hash);
      while (!(node & 1) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, path[at]);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0 || old_hash != old_root || hash != root) return Wrong();
  return petition::Ok();
}

}  // namespace ledger
