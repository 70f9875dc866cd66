#include "ledger/publisher.h"

namespace ledger {
namespace {

using petition::Corrupt;
using petition::Result;
using petition::Status;

constexpr auto kInterval = std::chrono::seconds(1);
constexpr std::size_t kCheckpointBytesMax = 1 << 20;
constexpr std::size_t kBundleBytesMax = kTileWidth * (kEntryBytesMax + 2);

}  // namespace

Publisher::~Publisher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_asked_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status Publisher::Recover() {
  const std::lock_guard lock(publishing_);
  GUIYI_CHECK(MakeFoldersDurably(files_, folder_.root_path(), folder_));
  GUIYI_CHECK(CheckPublished(published_size_));
  return Repair(published_size_);
}

// A checkpoint we signed and published can't be taken back: if the store does not lead to it, the store is the wrong
// one (an old backup, another folder), and going on would sign a second history.
Status Publisher::CheckPublished(std::uint64_t& size) {
  size = 0;
  const auto bytes = files_.Read(folder_ / "checkpoint", kCheckpointBytesMax);
  if (!bytes.ok()) {
    if (bytes.error().code == petition::Code::kNotFound) return petition::Ok();
    return bytes.error();
  }
  const auto checkpoint = Checkpoint::Open(*bytes, key_);
  if (!checkpoint.ok()) return Corrupt("the published checkpoint is not signed by this ledger's key");
  if (checkpoint->size > board_.Get()->size)
    return Corrupt("the published checkpoint is ahead of the store: is this an old copy?");
  GUIYI_TRY(const Hash root, tree_.Root(checkpoint->size));
  if (root != checkpoint->root) return Corrupt("the published checkpoint is not of this store");
  size = checkpoint->size;
  published_any_ = true;
  return petition::Ok();
}

// Full tiles and bundles that were published and are gone are written again; the newest, which a crash may have caught,
// are compared as well.
Status Publisher::Repair(std::uint64_t size) {
  std::vector<TileId> broken;
  for (const TileId& id : NewTiles(0, size)) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(folder_ / TilePath(id), error);
    bool whole = !error && bytes == static_cast<std::uintmax_t>(id.width) * sizeof(Hash);
    if (whole && id.level == 0) whole = files_.Exists(folder_ / BundlePath(id.n, id.width));
    const bool newest = id.n + 2 >= HashesAt(id.level, size) / kTileWidth;
    if (whole && newest) {
      GUIYI_TRY(const std::string stored, tree_.TileBytes(id));
      const auto published = files_.Read(folder_ / TilePath(id), stored.size());
      whole = published.ok() && *published == stored;
      if (whole && id.level == 0) {
        GUIYI_TRY(const std::string bundle, BundleBytes(id.n, id.width));
        const auto published_bundle = files_.Read(folder_ / BundlePath(id.n, id.width), kBundleBytesMax);
        whole = published_bundle.ok() && *published_bundle == bundle;
      }
    }
    if (!whole) broken.push_back(id);
  }
  return WriteTiles(broken);
}

void Publisher::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Publisher::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_asked_.wait_for(lock, kInterval, [&] { return stopping_; })) {
    lock.unlock();
    // A failure is no reason to stop taking petitions: the files are tried again in a second, all that is missing at
    // once.
    (void)PublishNow().ok();
    lock.lock();
  }
}

Status Publisher::PublishNow() {
  const std::lock_guard lock(publishing_);
  const std::shared_ptr<const Head> head = board_.Get();
  if (published_any_ && head->size == published_size_) return petition::Ok();
  const std::vector<TileId> tiles = NewTiles(published_size_, head->size);
  GUIYI_CHECK(WriteTiles(tiles));
  // Only now, when all it covers is on disk.
  GUIYI_CHECK(WriteDurably(files_, folder_ / "checkpoint", head->checkpoint));
  published_size_ = head->size;
  published_any_ = true;
  RemovePartials(tiles);
  return petition::Ok();
}

Result<std::string> Publisher::BundleBytes(std::uint64_t n, int width) const {
  GUIYI_TRY(const auto entries, store_.Entries(n * kTileWidth, static_cast<std::size_t>(width)));
  if (entries.size() != static_cast<std::size_t>(width)) return Corrupt("entries are missing in the store");
  // What is read back must be what was hashed: a flipped bit must not be published as an immutable file.
  GUIYI_TRY(const std::string hashes, tree_.TileBytes({0, n, width}));
  std::string bundle;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (AsBytes(LeafHash(entries[i])) != std::string_view(hashes).substr(i * sizeof(Hash), sizeof(Hash))) {
      return Corrupt("a stored entry does not fit its hash");
    }
    AppendToBundle(bundle, entries[i]);
  }
  return bundle;
}

Status Publisher::WriteTiles(const std::vector<TileId>& tiles) {
  DurableWrites writes(files_, folder_);
  for (const TileId& id : tiles) {
    GUIYI_TRY(const std::string hashes, tree_.TileBytes(id));
    GUIYI_CHECK(writes.Write(folder_ / TilePath(id), hashes));
    if (id.level != 0) continue;
    GUIYI_TRY(const std::string bundle, BundleBytes(id.n, id.width));
    GUIYI_CHECK(writes.Write(folder_ / BundlePath(id.n, id.width), bundle));
  }
  return writes.Finish();
}

// Partial tiles whose full tile is there now. Readers of older checkpoints fall back to the full one.
void Publisher::RemovePartials(const std::vector<TileId>& tiles) {
  for (const TileId& id : tiles) {
    if (id.width != static_cast<int>(kTileWidth)) continue;
    files_.RemoveTree(folder_ / (TilePath(id) + ".p"));
    if (id.level == 0) files_.RemoveTree(folder_ / (BundlePath(id.n, id.width) + ".p"));
  }
}

}  // namespace ledger
