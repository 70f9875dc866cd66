// Proofs against the definitions of RFC 6962 written down as slowly as they read there.
#include "ledger/merkle.h"

#include <gtest/gtest.h>

#include <random>

namespace ledger {
namespace {

using Leaves = std::span<const Hash>;

std::size_t Split(std::size_t n) {
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

Hash Mth(Leaves d) {
  if (d.empty()) return Sha256("");
  if (d.size() == 1) return d[0];
  const std::size_t k = Split(d.size());
  return NodeHash(Mth(d.first(k)), Mth(d.subspan(k)));
}

std::vector<Hash> Path(std::size_t m, Leaves d) {
  if (d.size() == 1) return {};
  const std::size_t k = Split(d.size());
  std::vector<Hash> path = m < k ? Path(m, d.first(k)) : Path(m - k, d.subspan(k));
  path.push_back(m < k ? Mth(d.subspan(k)) : Mth(d.first(k)));
  return path;
}

std::vector<Hash> SubProof(std::size_t m, Leaves d, bool whole) {
  if (m == d.size()) return whole ? std::vector<Hash>() : std::vector<Hash>{Mth(d)};
  const std::size_t k = Split(d.size());
  if (m <= k) {
    std::vector<Hash> path = SubProof(m, d.first(k), whole);
    path.push_back(Mth(d.subspan(k)));
    return path;
  }
  std::vector<Hash> path = SubProof(m - k, d.subspan(k), false);
  path.push_back(Mth(d.first(k)));
  return path;
}

std::vector<Hash> MakeLeaves(std::size_t n) {
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < n; ++i) leaves.push_back(LeafHash("leaf " + std::to_string(i)));
  return leaves;
}

// Reads perfect subtrees; a request for one that is not complete in `size` fails the proof.
NodeReader SlowNodes(const std::vector<Hash>& leaves, std::size_t size) {
  return [&leaves, size](int level, std::uint64_t index) -> petition::Result<Hash> {
    const std::uint64_t width = std::uint64_t{1} << level;
    if ((index + 1) * width > size) return petition::Internal("beyond the edge");
    return Mth(Leaves(leaves).subspan(index * width, width));
  };
}

void CheckInclusion(const std::vector<Hash>& leaves, std::size_t size, std::size_t index) {
  const Leaves d = Leaves(leaves).first(size);
  const Hash root = Mth(d);
  const auto path = InclusionPath(index, size, SlowNodes(leaves, size));
  ASSERT_TRUE(path.ok());
  ASSERT_EQ(*path, Path(index, d)) << index << " in " << size;
  ASSERT_TRUE(VerifyInclusion(leaves[index], index, size, *path, root).ok());
  ASSERT_FALSE(VerifyInclusion(leaves[index], index ^ 1, size, *path, root).ok() && size > 1) << "another place";
  ASSERT_FALSE(VerifyInclusion(LeafHash("x"), index, size, *path, root).ok()) << "another leaf";
  if (path->empty()) return;
  std::vector<Hash> bent = *path;
  bent[(index * 7 + size) % bent.size()][3] ^= 1;
  ASSERT_FALSE(VerifyInclusion(leaves[index], index, size, bent, root).ok()) << "a flipped bit";
  bent = *path;
  bent.pop_back();
  ASSERT_FALSE(VerifyInclusion(leaves[index], index, size, bent, root).ok()) << "a cut path";
  bent = *path;
  bent.push_back(root);
  ASSERT_FALSE(VerifyInclusion(leaves[index], index, size, bent, root).ok()) << "a longer path";
}

void CheckConsistency(const std::vector<Hash>& leaves, std::size_t old_size, std::size_t size) {
  const Hash old_root = Mth(Leaves(leaves).first(old_size)), root = Mth(Leaves(leaves).first(size));
  const auto path = ConsistencyPath(old_size, size, SlowNodes(leaves, size));
  ASSERT_TRUE(path.ok());
  if (old_size > 0) {
    ASSERT_EQ(*path, SubProof(old_size, Leaves(leaves).first(size), true)) << old_size << " -> " << size;
  }
  ASSERT_TRUE(VerifyConsistency(old_size, old_root, size, root, *path).ok()) << old_size << " -> " << size;
  Hash bent_root = old_root;
  bent_root[9] ^= 4;
  ASSERT_FALSE(VerifyConsistency(old_size, bent_root, size, root, *path).ok());
  bent_root = root;
  bent_root[9] ^= 4;
  if (old_size > 0) {
    ASSERT_FALSE(VerifyConsistency(old_size, old_root, size, bent_root, *path).ok());
  }
  // Every hash of the proof counts, the middle ones as well.
  for (std::size_t i = 0; i < path->size(); ++i) {
    std::vector<Hash> bent = *path;
    bent[i][0] ^= 128;
    ASSERT_FALSE(VerifyConsistency(old_size, old_root, size, root, bent).ok())
        << old_size << " -> " << size << " at " << i;
  }
  std::vector<Hash> longer = *path;
  longer.push_back(root);
  ASSERT_FALSE(VerifyConsistency(old_size, old_root, size, root, longer).ok());
}

TEST(MerkleTest, InclusionProofsAreTheOnesOfTheDefinition) {
  const auto leaves = MakeLeaves(300);
  for (std::size_t size = 1; size <= 300; ++size) {
    const std::size_t step = size <= 40 ? 1 : 41;
    for (std::size_t index = 0; index < size; index += step) CheckInclusion(leaves, size, index);
    CheckInclusion(leaves, size, size - 1);
  }
}

TEST(MerkleTest, ConsistencyProofsAreTheOnesOfTheDefinition) {
  const auto leaves = MakeLeaves(300);
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::size_t step = size <= 33 ? 1 : 53;
    for (std::size_t old_size = 0; old_size <= size; old_size += step) CheckConsistency(leaves, old_size, size);
  }
}

TEST(MerkleTest, ProofsHoldForRandomLargerTrees) {
  const auto leaves = MakeLeaves(3000);
  std::mt19937 random(7);
  for (int i = 0; i < 25; ++i) {
    const std::size_t size = 300 + random() % 2700;
    CheckInclusion(leaves, size, random() % size);
    CheckConsistency(leaves, random() % (size + 1), size);
  }
}

TEST(MerkleTest, ImpossibleQuestionsAreErrors) {
  const auto leaves = MakeLeaves(5);
  EXPECT_FALSE(InclusionPath(5, 5, SlowNodes(leaves, 5)).ok());
  EXPECT_FALSE(ConsistencyPath(6, 5, SlowNodes(leaves, 5)).ok());
  EXPECT_FALSE(VerifyInclusion(leaves[0], 5, 5, {}, leaves[0]).ok());
  EXPECT_FALSE(VerifyInclusion(leaves[0], 0, 0, {}, leaves[0]).ok());
  EXPECT_FALSE(VerifyConsistency(6, leaves[0], 5, leaves[0], {}).ok());
  EXPECT_FALSE(VerifyConsistency(0, leaves[0], 5, leaves[0], {}).ok()) << "the empty tree has one root only";
  EXPECT_FALSE(VerifyInclusion(leaves[0], ~std::uint64_t{0} - 1, ~std::uint64_t{0}, {}, leaves[0]).ok());
}

}  // namespace
}  // namespace ledger
