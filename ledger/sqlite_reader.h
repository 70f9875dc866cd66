// A connection that reads `ledger.db`, with its statements prepared once, and the pool of such connections. A Reader
// serves one thread at a time; the pool hands them out from any thread and lets callers wait when all are out.
#pragma once

#include <condition_variable>
#include <mutex>

#include "ledger/sqlite_session.h"
#include "ledger/store.h"

namespace ledger::sqlite {

class Reader {
 public:
  explicit Reader(Poco::Data::Session session);
  ~Reader();

  petition::Result<Head> LoadHead();
  petition::Result<std::vector<std::string>> Entries(std::uint64_t first, std::size_t count);
  petition::Result<std::string> TileBytes(int level, std::uint64_t n);
  petition::Result<std::vector<StoredTile>> Tiles(int level, std::uint64_t first, std::size_t count);
  petition::Result<std::vector<StoredRow>> Rows(std::uint64_t first, std::size_t count, bool with_raw);
  petition::Result<std::optional<std::uint64_t>> FindIntake(std::string_view day, std::uint64_t serial);
  petition::Result<std::vector<KnownIntake>> FindExternal(std::string_view source, std::string_view external_id);
  petition::Result<std::optional<KnownIntake>> FindContent(std::string_view source, std::string_view external_id,
                                                           std::string_view content);
  petition::Result<std::vector<std::uint64_t>> History(std::uint64_t about, std::optional<Kind> kind);
  petition::Result<std::vector<SourceNumber>> Numbers(const SourceNumber& after, std::size_t count);
  petition::Result<std::uint64_t> LastSerial(std::string_view day);
  petition::Result<std::optional<std::string>> Fact(std::string_view name);

 private:
  struct Statements;
  std::vector<KnownIntake> TakeIntakes();
  template <typename F>
  auto Guarded(const char* step, F&& query) -> decltype(query());

  Poco::Data::Session session_;
  std::unique_ptr<Statements> statements_;
};

class ReaderPool {
 public:
  ReaderPool(Settings settings, std::size_t readers_max) : settings_(std::move(settings)), readers_max_(readers_max) {}

  /// Runs `query` with a reader of its own.
  template <typename F>
  auto With(F&& query) -> decltype(query(std::declval<Reader&>())) {
    GUIYI_TRY(std::unique_ptr<Reader> reader, Take());
    auto result = query(*reader);
    // After an error the connection may be in the middle of something: the next one gets a fresh one.
    const bool keep = result.ok() || result.error().code == petition::Code::kNotFound;
    GiveBack(std::move(reader), keep);
    return result;
  }

 private:
  petition::Result<std::unique_ptr<Reader>> Take();
  void GiveBack(std::unique_ptr<Reader> reader, bool keep);

  const Settings settings_;
  const std::size_t readers_max_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Reader>> idle_;  // guarded by mutex_
  std::size_t out_ = 0;                        // guarded by mutex_
};

}  // namespace ledger::sqlite
