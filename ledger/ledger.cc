#include "ledger/ledger.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "ledger/durable_file.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/publisher.h"
#include "ledger/sealing_check.h"
#include "ledger/sqlite_store.h"
#include "ledger/tree.h"
#include "ledger/writer.h"
#include "petition/thread_nice.h"

namespace ledger {
namespace {

using petition::Result;
using petition::Status;

constexpr std::string_view kOriginFact = "origin", kKeyFact = "payload key";

// An advisory lock on a file of its own, held as long as the object lives; the kernel frees it when the process dies.
class FolderLock {
 public:
  static Result<FolderLock> Take(const std::filesystem::path& folder) {
    FolderLock lock;
    lock.fd_ = open((folder / "ledger.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock.fd_ < 0) return petition::Unavailable("the data folder can't be written");
    if (flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
      return petition::Conflict("ledger_locked",
                                "another process has this data folder's ledger open; a ledger has one writer");
    }
    return lock;
  }
  FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  FolderLock() = default;
  int fd_ = -1;
};

// The signing key: read, or made together with a new ledger. Never made for a ledger that has one already: its readers
// know the old key.
Result<Signer> OpenSigner(const Options& options, bool new_ledger, FileSystem& files) {
  const std::filesystem::path folder = options.folder / "keys", file = folder / "ledger.key";
  if (!files.Exists(file)) {
    if (!new_ledger) return petition::NotFound("the ledger's signing key is missing: restore keys/ledger.key");
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || chmod(folder.c_str(), 0700) != 0)
      return petition::Unavailable("the folder of keys can't be made", error.message());
    Key seed;
    const std::string random = RandomBytes(seed.size());
    std::copy(random.begin(), random.end(), seed.begin());
    GUIYI_TRY(const Signer made, Signer::FromSeed(options.origin, seed));
    GUIYI_CHECK(WriteDurably(FileSystem::Real(), file, made.FileText(), true));
  }
  GUIYI_TRY(Signer signer, Signer::Load(file));
  if (signer.verifier().name != options.origin) {
    return petition::Conflict("origin_differs", "the ledger's key is of another origin than the configured one");
  }
  return signer;
}

// The store belongs to one origin and one master key; with another it would fail at the first read, or worse.
Status CheckFact(Store& store, std::string_view name, const std::string& value, bool new_ledger, const char* message) {
  GUIYI_TRY(const auto known, store.Fact(name));
  if (!known) {
    if (!new_ledger) return petition::Corrupt("ledger.db lacks a fact about itself");
    return store.SetFact(name, value);
  }
  if (*known != value) return petition::Conflict("key_differs", message);
  return petition::Ok();
}

// Brings the numbers that the store held at the start into the filter, beside everything else: a few at once, so that
// no read keeps the journal from being moved. Until it is done every number is asked for in the store.
class KnownNumbers {
 public:
  KnownNumbers(const Store& store, NumberFilter& filter) : store_(store), filter_(filter) {}
  ~KnownNumbers() { Stop(); }

  /// A few are taken at once, more on a thread.
  void Start() {
    if (!Some()) thread_ = std::thread([this] { Run(); });
  }
  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Run() {
    petition::SetThreadNice(kNice);
    while (!stopping_ && !Some()) {
    }
  }
  // True at the end. Numbers that come meanwhile are added by the writer.
  bool Some() {
    auto numbers = store_.Numbers(last_, kAtOnce);
    if (!numbers.ok()) {
      filter_.GiveUp();
      return true;
    }
    for (const SourceNumber& number : *numbers) filter_.Add(number.source, number.external_id);
    if (numbers->size() < kAtOnce) {
      filter_.Complete();
      return true;
    }
    last_ = std::move(numbers->back());
    return false;
  }

  static constexpr std::size_t kAtOnce = 2048;
  static constexpr int kNice = 10;

  const Store& store_;
  NumberFilter& filter_;
  SourceNumber last_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class StoredLedger final : public Ledger {
 public:
  StoredLedger(FolderLock lock, std::unique_ptr<Store> store, Signer signer, Sealer sealer)
      : lock_(std::move(lock)),
        store_(std::move(store)),
        signer_(std::move(signer)),
        sealer_(std::move(sealer)),
        tree_(*store_) {}

  ~StoredLedger() override {
    // A last publication, so that what is on disk at rest is complete. Never after a start that failed: what is
    // published then speaks against this store.
    const bool started = writer_ != nullptr;
    known_numbers_.Stop();
    writer_.reset();
    if (started && publisher_) (void)publisher_->PublishNow().ok();
    publisher_.reset();
  }

  // Head, tree, writer, publisher, in this order.
  Status Start(const Options& options, const petition::Clock& clock, FileSystem& files) {
    GUIYI_TRY(Head head, store_->LoadHead());
    if (head.checkpoint.empty()) {
      Batch first;
      first.head.root = EmptyRoot();
      first.head.checkpoint = signer_.SignNote(Checkpoint{options.origin, 0, EmptyRoot()}.Text());
      GUIYI_CHECK(store_->Append(first, head));
      head = first.head;
    }
    const auto signed_head = Checkpoint::Open(head.checkpoint, signer_.verifier());
    if (!signed_head.ok() || signed_head->size != head.size || signed_head->root != head.root) {
      return petition::Corrupt("the stored head does not fit its signed checkpoint");
    }
    GUIYI_CHECK(tree_.Load(head));
    board_.Set(std::move(head));
    if (options.publish) {
      publisher_ = std::make_unique<Publisher>(std::filesystem::absolute(options.folder) / "tiles", signer_.verifier(),
                                               *store_, tree_, board_, files);
      GUIYI_CHECK(publisher_->Recover());
      publisher_->Start();
    }
    writer_ = std::make_unique<Writer>(
        WriterParts{*store_, tree_, signer_, sealer_, clock, board_, numbers_, options.batch_max, options.queue_max});
    known_numbers_.Start();
    return petition::Ok();
  }

  Result<Appended> Append(Proposal& proposal) override {
    Proposal* const one = &proposal;
    auto results = writer_->Append({&one, 1});
    return std::move(results[0]);
  }
  std::vector<Result<Appended>> AppendAll(std::span<Proposal* const> proposals) override {
    return writer_->Append(proposals);
  }

  std::unique_ptr<Appending> Begin(std::span<Proposal* const> proposals) override {
    return writer_->Begin({proposals.begin(), proposals.end()});
  }
  void AppendLater(Proposal& proposal, std::function<void(Result<Appended>)> done) override {
    writer_->AppendLater(proposal, std::move(done));
  }
  bool MayHold(std::string_view source, std::string_view external_id) const override {
    return numbers_.MayHold(source, external_id);
  }

  std::uint64_t size() const override { return board_.Get()->size; }
  std::string checkpoint() const override { return board_.Get()->checkpoint; }
  std::string vkey() const override { return signer_.verifier().Text(); }
  bool healthy() const override { return writer_->healthy(); }
  std::uint64_t WaitBeyond(std::uint64_t size, std::chrono::milliseconds at_most) override {
    return board_.WaitBeyond(size, at_most);
  }

  Result<Stored> Read(std::uint64_t index, Raw raw) const override {
    GUIYI_TRY(const StoredRow row, store_->Row(index, raw == Raw::kRead));
    return Open(row);
  }

  Result<std::vector<Stored>> ReadRange(std::uint64_t first, std::size_t count, Raw raw) const override {
    GUIYI_TRY(const auto rows, store_->Rows(first, count, raw == Raw::kRead));
    std::vector<Stored> out;
    out.reserve(rows.size());
    for (const StoredRow& row : rows) {
      if (row.index != first + out.size()) return petition::Corrupt("an entry is missing in the store");
      GUIYI_TRY(Stored stored, Open(row));
      out.push_back(std::move(stored));
    }
    return out;
  }

  Result<Proof> Prove(std::uint64_t index) const override {
    const std::shared_ptr<const Head> head = board_.Get();
    if (index >= head->size) return petition::NotFound("no such entry");
    GUIYI_TRY(auto paths, tree_.Prove({&index, 1}, head->size));
    return Proof{index, std::move(paths.paths[0]), head->checkpoint};
  }

  Result<std::optional<std::uint64_t>> FindIntake(std::string_view day, std::uint64_t serial) const override {
    return store_->FindIntake(day, serial);
  }
  Result<std::vector<KnownIntake>> FindExternal(std::string_view source, std::string_view external_id) const override {
    return store_->FindExternal(source, external_id);
  }
  Result<std::optional<KnownIntake>> FindContent(std::string_view source, std::string_view external_id,
                                                 std::string_view content) const override {
    return store_->FindContent(source, external_id, content);
  }
  Result<std::vector<std::uint64_t>> History(std::uint64_t about, std::optional<Kind> kind) const override {
    return store_->History(about, kind);
  }

  Status Publish() override {
    if (!publisher_) return petition::Ok();
    return publisher_->PublishNow();
  }
  Status DropPayload(std::uint64_t index) override {
    if (index >= size()) return petition::NotFound("no such entry");
    return writer_->Drop(index);
  }

 private:
  Result<Stored> Open(const StoredRow& row) const { return OpenRow(row, sealer_); }

  // Constant after Start. In the order in which they depend on one another.
  FolderLock lock_;
  std::unique_ptr<Store> store_;
  Signer signer_;
  Sealer sealer_;
  Tree tree_;
  HeadBoard board_;
  NumberFilter numbers_;
  KnownNumbers known_numbers_{*store_, numbers_};
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kIntake:
      return "intake";
    case Kind::kRefused:
      return "refused";
    case Kind::kVerdict:
      return "verdict";
    case Kind::kMerge:
      return "merge";
    case Kind::kSplit:
      return "split";
    case Kind::kDecision:
      return "decision";
    case Kind::kDelivered:
      return "delivered";
    case Kind::kEvent:
      return "event";
    case Kind::kManifest:
      return "manifest";
    case Kind::kAccess:
      return "access";
    case Kind::kConfig:
      return "config";
    case Kind::kRegister:
      return "register";
    case Kind::kFinding:
      return "finding";
  }
  return "unknown";
}

Result<std::unique_ptr<Ledger>> Ledger::Open(const Options& options, const KeyRing& keys,
                                             const petition::Clock& clock) {
  FileSystem& files = options.files != nullptr ? *options.files : FileSystem::Real();
  if (!IsKeyName(options.origin))
    return petition::Invalid("origin_invalid", "the ledger's origin may not be empty nor hold '+' or blanks");
  const std::filesystem::path folder = std::filesystem::absolute(options.folder);
  GUIYI_CHECK(MakeFoldersDurably(FileSystem::Real(), folder.root_path(), folder));
  GUIYI_TRY(FolderLock lock, FolderLock::Take(options.folder));
  GUIYI_TRY(auto store, OpenSqliteStore({options.folder / "ledger.db", options.vfs, options.sync}));
  GUIYI_TRY(const Head head, store->LoadHead());
  const bool new_ledger = head.checkpoint.empty();
  GUIYI_TRY(Signer signer, OpenSigner(options, new_ledger, files));
  const Key payload_key = keys.Derive("payload");
  GUIYI_CHECK(CheckFact(*store, kOriginFact, options.origin, new_ledger,
                        "this ledger is of another origin than the configured one"));
  GUIYI_CHECK(CheckFact(*store, kKeyFact, Hex(KeyedHash(payload_key, "which key is this", 16)), new_ledger,
                        "the master key is not the one this ledger was written with"));
  GUIYI_CHECK(CheckSealingKeys(*store, keys));
  auto ledger = std::make_unique<StoredLedger>(std::move(lock), std::move(store), std::move(signer),
                                               Sealer(keys.Sealing("payload")));
  GUIYI_CHECK(ledger->Start(options, clock, files));
  return std::unique_ptr<Ledger>(std::move(ledger));
}

}  // namespace ledger
