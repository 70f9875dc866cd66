// The Publisher writes a ledger's files, once a second when it has grown: tiles and entry bundles, each durable, then
// the checkpoint that covers them. Everything comes from the store, so lost files can be written again. Its thread is
// its own; PublishNow may be called from any thread.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "ledger/checkpoint.h"
#include "ledger/durable_file.h"
#include "ledger/store.h"
#include "ledger/tree.h"
#include "ledger/writer.h"

namespace ledger {

class Publisher {
 public:
  /// All parts outlive the publisher. `folder` is the tiles' folder; it is made when missing.
  Publisher(std::filesystem::path folder, const VerifierKey& key, const Store& store, const Tree& tree,
            const HeadBoard& board, FileSystem& files)
      : folder_(std::move(folder)), key_(key), store_(store), tree_(tree), board_(board), files_(files) {}
  ~Publisher();

  /// Compares the published checkpoint with the store (kCorrupt when the store does not know it) and writes what is
  /// missing below it.
  petition::Status Recover();
  /// From now on, publish by the clock.
  void Start();
  petition::Status PublishNow();

 private:
  petition::Status CheckPublished(std::uint64_t& size);
  petition::Status Repair(std::uint64_t size);
  petition::Status WriteTiles(const std::vector<TileId>& tiles);
  petition::Result<std::string> BundleBytes(std::uint64_t n, int width) const;
  void RemovePartials(const std::vector<TileId>& tiles);
  void Run();

  const std::filesystem::path folder_;
  const VerifierKey key_;
  const Store& store_;
  const Tree& tree_;
  const HeadBoard& board_;
  FileSystem& files_;

  std::mutex publishing_;             // one publication at a time
  std::uint64_t published_size_ = 0;  // guarded by publishing_
  bool published_any_ = false;        // guarded by publishing_

  std::mutex mutex_;
  std::condition_variable stop_asked_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace ledger
