// A TermStore is one Xapian database folder with one writer and a pool of readers. It turns Xapian's exceptions into
// errors, keeps the stamp and position of the index in the database's own metadata (so they change in the same commit
// as the postings), and tells damage at opening where it can be told cheaply.
//
// Threads: Write and Commit by one writer thread; Read from any. Everything the writer does between two commits is one
// transaction: a crash, or destruction, takes it back as a whole. After a failed write it refuses all further ones
// until Reopen: what the disk holds is then the last commit.
#pragma once

#include <xapian.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "petition/result.h"

namespace search::store {

petition::Error Translate(const Xapian::Error& error);
/// The number that a text begins with.
std::optional<std::uint64_t> NumberIn(std::string_view text);

/// How posting lists are read: long ones to their end, or the first block of short ones, here and there.
enum class Lists { kLong, kShort };

class TermStore {
 public:
  /// Makes the folder when missing. kCorrupt: damaged, half-written, or made with another key or format; kUnavailable:
  /// another process writes here.
  static petition::Result<std::unique_ptr<TermStore>> Open(const std::filesystem::path& folder,
                                                           const std::string& stamp, Lists lists);
  ~TermStore();
  /// What is answered after a failed write, until Reopen.
  static petition::Error Refused();

  /// work(Xapian::WritableDatabase&), by the writer.
  template <typename Work>
  petition::Status Write(Work&& work) {
    if (failed_) return Refused();
    try {
      work(writer_);
      return petition::Ok();
    } catch (const Xapian::Error& error) {
      failed_ = true;
      return Translate(error);
    }
  }
  /// Makes everything written so far durable, with these metadata.
  petition::Status Commit(const std::vector<std::pair<std::string, std::string>>& metadata);
  /// By the writer: goes on from the last commit; what was written since is forgotten.
  petition::Status Reopen();
  std::string Metadata(const std::string& name) const;  ///< the writer's view
  std::optional<std::uint64_t> MetadataNumber(const std::string& name) const { return NumberIn(Metadata(name)); }

  /// work(const Xapian::Database&) -> Result<T>, with a reader that sees at least every commit that had returned when
  /// Read was called. It may be run again when the writer overtook it.
  template <typename Work>
  auto Read(Work&& work) const -> decltype(work(std::declval<const Xapian::Database&>())) {
    return ReadAll({this}, [&](const std::vector<Xapian::Database>& databases) { return work(databases.front()); });
  }
  /// work(const std::vector<Xapian::Database>&): the same of several.
  template <typename Work>
  static auto ReadAll(const std::vector<const TermStore*>& stores, Work&& work)
      -> decltype(work(std::declval<const std::vector<Xapian::Database>&>())) {
    for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
      std::vector<Lease> leases;
      std::vector<Xapian::Database> databases;
      try {
        for (const TermStore* store : stores) databases.push_back(leases.emplace_back(*store).database());
        auto answer = work(std::as_const(databases));
        databases.clear();
        for (Lease& lease : leases) lease.Return();
        return answer;
      } catch (const Xapian::DatabaseModifiedError&) {
        // The writer overtook one of them; those at rest are still good.
        databases.clear();
        for (Lease& lease : leases) lease.ReturnUnlessOvertaken();
        continue;
      } catch (const Xapian::Error& error) {
        return Translate(error);
      }
    }
    return petition::Unavailable("the index is being written too fast to read");
  }

 private:
  struct Reader {
    Xapian::Database database;
    std::uint64_t generation = 0;
  };
  // Borrows a reader; one that met an error is thrown away instead of returned.
  class Lease {
   public:
    explicit Lease(const TermStore& store) : store_(&store), reader_(store.Borrow()) {}
    const Xapian::Database& database() const { return reader_->database; }
    void Return() { store_->Return(std::move(reader_)); }
    void ReturnUnlessOvertaken() {
      if (reader_->generation == store_->generation_.load()) Return();
    }

   private:
    const TermStore* store_;
    std::unique_ptr<Reader> reader_;
  };
  static constexpr int kReadAttempts = 100;

  TermStore(std::filesystem::path folder, Lists lists, Xapian::WritableDatabase writer);
  std::unique_ptr<Reader> Borrow() const;
  void Return(std::unique_ptr<Reader> reader) const;

  const std::filesystem::path folder_;
  const Lists lists_;
  // Owned by the writer.
  Xapian::WritableDatabase writer_;
  bool failed_ = false;
  std::atomic<std::uint64_t> generation_{1};  // commits so far
  // Guarded by pool_mutex_.
  mutable std::mutex pool_mutex_;
  mutable std::vector<std::unique_ptr<Reader>> pool_;
};

/// Deletes an index folder's content, for a caller that is about to rebuild it.
petition::Status RemoveIndex(const std::filesystem::path& folder);

}  // namespace search::store
