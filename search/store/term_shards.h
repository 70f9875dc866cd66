// TermShards is a row of TermStores, each for so many ids, the newest written and the others at rest. What a commit
// costs grows with the store it goes to: a full-text index of ten million submissions in one store would read and write
// tens of gigabytes in random places for every thousand that come in.
//
// Threads: Write, Commit and Reopen by one writer thread; the rest by any. Everything between two commits and the
// position that goes with it are taken back by a crash, but for what was changed in stores at rest: that may be durable
// before the position is, so it must bear being done again. After a failed write it refuses all further ones until
// Reopen.
#pragma once

#include <xapian.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "petition/result.h"
#include "search/store/term_store.h"

namespace search::store {

class TermShards {
 public:
  /// Makes the folder when missing. Errors as TermStore::Open; kCorrupt also when one of the row is missing.
  static petition::Result<std::unique_ptr<TermShards>> Open(const std::filesystem::path& folder,
                                                            const std::string& stamp, std::uint64_t ids_each);

  /// work(Xapian::WritableDatabase&, Xapian::docid), in the store of that id.
  template <typename Work>
  petition::Status Write(std::uint64_t id, Work&& work) {
    if (failed_) return TermStore::Refused();
    petition::Status status = Reach(id / ids_each_);
    if (status.ok()) {
      const auto at = static_cast<std::size_t>(id / ids_each_);
      status = stores_[at]->Write([&](Xapian::WritableDatabase& database) {
        const Xapian::doccount before = database.get_doccount();
        work(database, static_cast<Xapian::docid>(id % ids_each_ + 1));
        size_ += std::uint64_t{database.get_doccount()} - before;  // one step for whoever reads it; it may wrap
      });
      changed_[at] = true;
    }
    failed_ = !status.ok();
    return status;
  }
  /// Makes everything written so far durable, and last of all the position.
  petition::Status Commit(std::uint64_t position);
  /// Goes on from the last commit.
  petition::Status Reopen();

  std::uint64_t position() const { return position_; }
  std::uint64_t size() const { return size_; }

  /// Every store as it was committed, oldest first.
  struct View {
    const std::vector<Xapian::Database>& stores;
    std::uint64_t ids_each;

    Xapian::Database Whole() const;
    /// Of a document of one store, and of Whole().
    std::uint64_t IdIn(std::size_t store, Xapian::docid document) const { return store * ids_each + document - 1; }
    std::uint64_t IdInWhole(Xapian::docid document) const {
      const auto count = static_cast<Xapian::docid>(stores.size());
      return IdIn((document - 1) % count, (document - 1) / count + 1);
    }
  };
  /// work(const View&) -> Result<T>. See TermStore::Read.
  template <typename Work>
  auto Read(Work&& work) const -> decltype(work(std::declval<const View&>())) {
    std::vector<const TermStore*> stores;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& store : stores_) stores.push_back(store.get());
    }
    return TermStore::ReadAll(stores, [&](const std::vector<Xapian::Database>& databases) {
      return work(View{databases, ids_each_});
    });
  }

 private:
  TermShards(std::filesystem::path folder, std::string stamp, std::uint64_t ids_each)
      : folder_(std::move(folder)), stamp_(std::move(stamp)), ids_each_(ids_each) {}
  petition::Status Make(const std::filesystem::path& folder) const;
  petition::Status Add();
  petition::Status Reach(std::uint64_t store);
  void Count();

  const std::filesystem::path folder_;
  const std::string stamp_;
  const std::uint64_t ids_each_;
  // Owned by the writer.
  std::vector<bool> changed_;  ///< since the last commit
  bool failed_ = false;
  std::atomic<std::uint64_t> position_{0}, size_{0};
  // Grown by the writer under the mutex, read by others under it.
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<TermStore>> stores_;
};

}  // namespace search::store
