#include "ledger/verify.h"

#include <algorithm>
#include <bit>

#include "ledger/merkle.h"
#include "ledger/tile.h"

namespace ledger {
namespace {

using petition::Code;
using petition::Result;
using petition::Status;

constexpr std::size_t kCheckpointBytesMax = 1 << 20;
constexpr std::size_t kTileBytes = kTileWidth * sizeof(Hash);
constexpr std::size_t kBundleBytesMax = kTileWidth * (kEntryBytesMax + 2);

// The perfect subtrees that the leaves so far consist of; their fold is the root.
class Peaks {
 public:
  void Push(Hash hash) {
    for (std::uint64_t n = size_; n & 1; n >>= 1) {
      hash = NodeHash(peaks_.back(), hash);
      peaks_.pop_back();
    }
    peaks_.push_back(hash);
    ++size_;
  }
  Hash Root() const {
    if (peaks_.empty()) return EmptyRoot();
    Hash root = peaks_.back();
    for (std::size_t i = peaks_.size() - 1; i-- > 0;) root = NodeHash(peaks_[i], root);
    return root;
  }
  std::uint64_t size() const { return size_; }

 private:
  std::vector<Hash> peaks_;
  std::uint64_t size_ = 0;
};

struct Kept {
  std::string name;
  Checkpoint checkpoint;
};

class Verification {
 public:
  Verification(LogSource& source, const VerifyOptions& options) : source_(source), options_(options) {}

  Result<VerifyReport> Run() {
    GUIYI_TRY(report_.note, source_.Fetch("checkpoint", kCheckpointBytesMax));
    auto checkpoint = Checkpoint::Open(report_.note, options_.key);
    if (!checkpoint.ok()) {
      Found(checkpoint.error().Reason(), "checkpoint");
      return std::move(report_);
    }
    report_.checkpoint = *checkpoint;
    CheckWitnesses();
    ReadOld();
    GUIYI_CHECK(ReadEntries());
    GUIYI_CHECK(CheckPartials());
    if (peaks_.Root() != report_.checkpoint.root) Found("root_wrong", "checkpoint");
    return std::move(report_);
  }

 private:
  void Found(std::string code, std::string where) {
    ++report_.problem_count;
    if (report_.problems.size() < options_.problems_max)
      report_.problems.push_back({std::move(code), std::move(where)});
  }

  // Too few cosignatures name every witness that is missing; one that does not verify spoils the whole.
  void CheckWitnesses() {
    const auto note = Note::Parse(report_.note);
    if (!note.ok()) return;
    std::vector<std::string> missing;
    for (const VerifierKey& witness : options_.witnesses) {
      const auto seconds = note->VerifyCosignature(witness);
      if (seconds.ok()) {
        report_.cosignatures.push_back({witness.name, *seconds});
      } else if (seconds.error().Reason() == "signature_missing") {
        missing.push_back(witness.name);
      } else {
        Found("cosignature_wrong", witness.name);
      }
    }
    const std::size_t needed = options_.quorum == 0 ? options_.witnesses.size() : options_.quorum;
    if (report_.cosignatures.size() >= needed) return;
    for (std::string& name : missing) Found("cosignature_missing", std::move(name));
  }

  void ReadOld() {
    for (const OldCheckpoint& old : options_.old) {
      const auto checkpoint = Checkpoint::Open(old.note, options_.key);
      if (!checkpoint.ok()) {
        Found("old_unreadable", old.name);
      } else if (checkpoint->size > report_.checkpoint.size) {
        Found("rolled_back", old.name);
      } else {
        kept_.push_back({old.name, *checkpoint});
      }
    }
    std::sort(kept_.begin(), kept_.end(),
              [](const Kept& a, const Kept& b) { return a.checkpoint.size < b.checkpoint.size; });
    CompareKept();
  }

  // Each kept checkpoint, when the tree is as large as it was then: the log had exactly these entries, or it was
  // rewritten.
  void CompareKept() {
    for (; next_kept_ < kept_.size() && kept_[next_kept_].checkpoint.size == peaks_.size(); ++next_kept_) {
      if (kept_[next_kept_].checkpoint.root != peaks_.Root()) Found("rewritten", kept_[next_kept_].name);
    }
  }

  Status ReadEntries() {
    const std::uint64_t size = report_.checkpoint.size;
    for (std::uint64_t first = 0; first < size; first += kTileWidth) {
      const int width = static_cast<int>(std::min(kTileWidth, size - first));
      GUIYI_TRY(const bool readable, ReadBundle(first / kTileWidth, width));
      // Without its entries nothing behind can be placed in the tree: what is wrong is known, the rest can't be.
      if (!readable) break;
      if (options_.progress) options_.progress(first + static_cast<std::uint64_t>(width), size);
    }
    return petition::Ok();
  }

  // A partial file may be gone once the full one exists: its beginning serves as well.
  Result<std::optional<std::string>> FetchFile(const std::string& full, const std::string& exact, std::size_t bytes_max,
                                               bool& is_full) {
    is_full = full == exact;
    auto bytes = source_.Fetch(exact, bytes_max);
    if (!bytes.ok() && bytes.error().code == Code::kNotFound && !is_full) {
      is_full = true;
      bytes = source_.Fetch(full, bytes_max);
    }
    if (bytes.ok()) return std::optional<std::string>(*std::move(bytes));
    if (bytes.error().code == Code::kNotFound) return std::optional<std::string>();
    if (bytes.error().code == Code::kCorrupt) return std::optional<std::string>("");  // too long: no file of a log
    return bytes.error();
  }

  Result<bool> ReadBundle(std::uint64_t n, int width) {
    const std::string path = BundlePath(n, width);
    bool is_full = false;
    GUIYI_TRY(const auto bytes, FetchFile(BundlePath(n, kTileWidth), path, kBundleBytesMax, is_full));
    if (!bytes) {
      Found("bundle_missing", path);
      return false;
    }
    const auto entries = SplitBundle(*bytes, is_full ? kTileWidth : static_cast<std::size_t>(width));
    if (!entries.ok()) {
      Found("bundle_malformed", path);
      return false;
    }
    for (int i = 0; i < width; ++i) {
      const Hash leaf = LeafHash((*entries)[static_cast<std::size_t>(i)]);
      peaks_.Push(leaf);
      ++report_.entries;
      GUIYI_CHECK(PushTile(0, leaf));
      CompareKept();
    }
    return true;
  }

  Status PushTile(std::size_t level, const Hash& hash) {
    if (edges_.size() == level) edges_.emplace_back();
    edges_[level].tile.Push(hash);
    if (!edges_[level].tile.full()) return petition::Ok();
    const Tile full = std::move(edges_[level].tile);
    const std::uint64_t n = edges_[level].n++;
    edges_[level].tile = Tile();
    GUIYI_CHECK(CompareTile({static_cast<int>(level), n}, full));
    return PushTile(level + 1, *full.Node(kTileHeight, 0));
  }

  Status CheckPartials() {
    if (peaks_.size() != report_.checkpoint.size) return petition::Ok();
    for (std::size_t level = 0; level < edges_.size(); ++level) {
      const Edge& edge = edges_[level];
      if (edge.tile.width() > 0)
        GUIYI_CHECK(CompareTile({static_cast<int>(level), edge.n, edge.tile.width()}, edge.tile));
    }
    return petition::Ok();
  }

  // The published hashes must be the ones that the published entries have.
  Status CompareTile(const TileId& id, const Tile& computed) {
    bool is_full = false;
    GUIYI_TRY(const auto bytes, FetchFile(TilePath({id.level, id.n}), TilePath(id), kTileBytes, is_full));
    ++report_.tiles;
    const std::string expected = computed.Bytes(id.width);
    if (!bytes) {
      Found("tile_missing", TilePath(id));
    } else if (bytes->size() != (is_full ? kTileBytes : expected.size()) || !bytes->starts_with(expected)) {
      Found("tile_wrong", TilePath(id));
    }
    return petition::Ok();
  }

  struct Edge {
    std::uint64_t n = 0;
    Tile tile;
  };

  LogSource& source_;
  const VerifyOptions& options_;
  VerifyReport report_;
  Peaks peaks_;
  std::vector<Edge> edges_;
  std::vector<Kept> kept_;
  std::size_t next_kept_ = 0;
};

}  // namespace

Result<VerifyReport> VerifyLog(LogSource& source, const VerifyOptions& options) {
  return Verification(source, options).Run();
}

}  // namespace ledger
