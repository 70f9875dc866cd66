#include "search/rarity.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

namespace search {
namespace {

constexpr std::uint64_t kFirstEpoch = 256;
constexpr std::uint64_t kLearnedPerEpoch = 65536;
constexpr std::uint64_t kRareOneIn = 8192;
constexpr std::string_view kMagic = "GYRARE1\n";

std::size_t SlotOf(std::uint64_t shingle) {
  return static_cast<std::size_t>(shingle >> (64 - RarityTable::kSlotsLog2));
}

bool IsEpoch(std::uint64_t documents) { return documents >= kFirstEpoch && std::has_single_bit(documents); }

// Every document up to twice kLearnedPerEpoch, then every second, every fourth ... of an epoch.
bool IsLearned(std::uint64_t number) {
  if (number <= 2 * kLearnedPerEpoch) return true;
  const std::uint64_t stride = std::bit_floor(number - 1) / kLearnedPerEpoch;
  return number % stride == 0;
}

void PutVarint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

bool TakeVarint(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

std::shared_ptr<const RarityInUse> Freeze(const RarityTable& table, std::uint64_t epoch) {
  auto frozen = std::make_shared<RarityInUse>();
  frozen->table = table;
  frozen->epoch = epoch;
  frozen->encoded = table.Encode();
  frozen->hash = ledger::Sha256(frozen->encoded);
  return frozen;
}

}  // namespace

void RarityCounts::Free::operator()(std::uint16_t* counts) const { std::free(counts); }

RarityCounts::RarityCounts(std::size_t size) : size_(size), touched_(size / kBlock) {}

void RarityCounts::Allocate() {
  counts_.reset(static_cast<std::uint16_t*>(std::calloc(size_, sizeof(std::uint16_t))));
  if (!counts_) throw std::bad_alloc();
}

RarityCounts::RarityCounts(const RarityCounts& other) : size_(other.size_), touched_(other.touched_) {
  if (!other.counts_) return;
  Allocate();
  for (std::size_t at = 0; at < size_; at += kBlock)
    if (Touched(at)) std::memcpy(counts_.get() + at, other.counts_.get() + at, kBlock * sizeof(std::uint16_t));
}

RarityCounts& RarityCounts::operator=(const RarityCounts& other) {
  if (this != &other) *this = RarityCounts(other);
  return *this;
}

void RarityTable::Learn(std::span<const std::uint64_t> distinct_shingles) {
  ++documents_;
  for (const std::uint64_t shingle : distinct_shingles) {
    std::uint16_t& count = counts_.Count(SlotOf(shingle));
    if (count != UINT16_MAX) ++count;
  }
}

void RarityTable::Halve() {
  for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
    if (!counts_.Touched(slot)) {
      slot += RarityCounts::kBlock - 1;
      continue;
    }
    counts_.Count(slot) /= 2;
  }
  documents_ /= 2;
}

unsigned RarityTable::ClassOf(std::uint64_t shingle) const {
  const std::uint64_t count = counts_[SlotOf(shingle)];
  // The first two sightings prove nothing, and a small table can't know what one text in 8,192 is.
  const std::uint64_t known = std::max(documents_, kRareOneIn);
  const std::uint64_t multiple = (count > 2 ? count - 2 : 0) * kRareOneIn / known;
  return std::min<unsigned>(static_cast<unsigned>(std::bit_width(multiple)), kClasses - 1);
}

std::string RarityTable::Encode() const {
  std::string out(kMagic);
  PutVarint(out, documents_);
  std::size_t next = 0;
  for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
    if (!counts_.Touched(slot)) {
      slot += RarityCounts::kBlock - 1;
      continue;
    }
    if (counts_[slot] == 0) continue;
    PutVarint(out, slot - next);
    PutVarint(out, counts_[slot]);
    next = slot + 1;
  }
  return out;
}

petition::Result<RarityTable> RarityTable::Decode(std::string_view bytes) {
  const auto damaged = [] { return petition::Corrupt("table of shingle frequencies is damaged"); };
  if (!bytes.starts_with(kMagic)) return damaged();
  bytes.remove_prefix(kMagic.size());
  RarityTable table;
  if (!TakeVarint(bytes, table.documents_)) return damaged();
  std::size_t next = 0;
  while (!bytes.empty()) {
    std::uint64_t gap = 0, count = 0;
    if (!TakeVarint(bytes, gap) || !TakeVarint(bytes, count)) return damaged();
    if (gap >= table.counts_.size() - next || count == 0 || count > UINT16_MAX) return damaged();
    table.counts_.Count(next + gap) = static_cast<std::uint16_t>(count);
    next += gap + 1;
  }
  return table;
}

Rarity::Rarity() : in_use_(Freeze(RarityTable(), 0)) {}

void Rarity::StepEpoch() {
  if (!IsEpoch(documents_) || in_use_->epoch == documents_) return;
  in_use_ = Freeze(learning_, documents_);
  if (documents_ > kLearnedPerEpoch) learning_.Halve();
  changed_ = true;
}

void Rarity::Learn(std::span<const std::uint64_t> distinct_shingles) {
  ++documents_;
  if (!IsLearned(documents_)) return;
  learning_.Learn(distinct_shingles);
  changed_ = true;
}

Rarity Rarity::Copy() {
  Rarity copy = *this;
  changed_ = false;
  return copy;
}

petition::Result<Rarity> Rarity::Restore(std::uint64_t documents, std::string_view learning, std::uint64_t epoch,
                                         std::string_view in_use) {
  Rarity rarity;
  rarity.documents_ = documents;
  GUIYI_TRY(rarity.learning_, RarityTable::Decode(learning));
  auto frozen = std::make_shared<RarityInUse>();
  GUIYI_TRY(frozen->table, RarityTable::Decode(in_use));
  frozen->epoch = epoch;
  frozen->encoded = in_use;
  frozen->hash = ledger::Sha256(in_use);
  rarity.in_use_ = std::move(frozen);
  return rarity;
}

}  // namespace search
