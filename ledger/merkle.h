// The Merkle tree of RFC 6962: hashes of leaves and nodes, which nodes a proof is made of, and the checking of proofs.
// Pure functions over a reader of nodes; safe from any thread when the reader is.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/crypto.h"
#include "petition/result.h"

namespace ledger {

Hash LeafHash(std::string_view entry);
Hash NodeHash(const Hash& left, const Hash& right);
const Hash& EmptyRoot();

/// Reads the root of the perfect subtree over leaves [index << level, (index + 1) << level). Level 0 is the leaf hash
/// itself.
using NodeReader = std::function<petition::Result<Hash>(int level, std::uint64_t index)>;

/// Root of the first `size` leaves.
petition::Result<Hash> RootOf(std::uint64_t size, const NodeReader& nodes);
/// Audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up. Needs index < size.
petition::Result<std::vector<Hash>> InclusionPath(std::uint64_t index, std::uint64_t size, const NodeReader& nodes);
/// Proof that the tree of `old_size` leaves is a prefix of that of `size` (RFC 6962 sec. 2.1.2). Empty for 0 and for
/// equal sizes.
petition::Result<std::vector<Hash>> ConsistencyPath(std::uint64_t old_size, std::uint64_t size,
                                                    const NodeReader& nodes);

/// Makes the paths of many leaves under one size: the ragged right edge is hashed once for all of them.
class PathBuilder {
 public:
  static petition::Result<PathBuilder> For(std::uint64_t size, const NodeReader& nodes);
  const Hash& root() const { return root_; }
  petition::Result<std::vector<Hash>> Path(std::uint64_t index, const NodeReader& nodes) const;

 private:
  struct Peak {
    std::uint64_t begin;  // first leaf
    int level;
    Hash hash;
    Hash suffix;  // root over this peak and all to its right
  };
  std::uint64_t size_ = 0;
  Hash root_{};
  std::vector<Peak> peaks_;
};

/// Root that a path leads to, or kInvalid when its length does not fit index and size.
petition::Result<Hash> RootFromPath(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const Hash> path);
/// kInvalid (reason "proof_wrong") unless the path leads from the leaf to the root.
petition::Status VerifyInclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> path,
                                 const Hash& root);
/// kInvalid (reason "proof_wrong") unless the old tree is a prefix of the new one.
petition::Status VerifyConsistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                                   std::span<const Hash> path);

}  // namespace ledger
