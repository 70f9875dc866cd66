// A Ledger is the append-only record of everything that reached the hub: a C2SP transparency log (tiles, signed
// checkpoints) over entries that publish nothing but a salted commitment, beside an encrypted store of what was
// committed to. One writer with group commit; any number of readers.
//
// Threads: every public call is safe from any thread. Append blocks until its entry is durable (committed and synced,
// covered by a checkpoint that is stored with it). Reads run on connections of their own and never wait for the writer.
// Durable on return: Append and AppendAll. Files (tiles, bundles, checkpoint) follow within a second and can always be
// rebuilt from the store. Failure: a failed commit stops the ledger (kUnavailable from then on, `healthy()` false); a
// restart recovers. Nothing half-written is ever visible.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/crypto.h"
#include "petition/result.h"
#include "petition/time.h"

namespace ledger {

/// What an entry is about. Stored beside the payload and in the record ("kind"), never published.
enum class Kind : std::uint8_t {
  kIntake = 1,
  kRefused,
  kVerdict,
  kMerge,
  kSplit,
  kDecision,
  kDelivered,
  kEvent,
  kManifest,
  kAccess,
  kConfig,
  kRegister,  ///< lines of an independent register: call records of the exchange, the mail room's counts
  kFinding,   ///< what reconciliation found, its note and its end
};
std::string_view KindName(Kind kind);  ///< "intake", "refused" ...

inline constexpr std::uint64_t kNoIndex = ~std::uint64_t{0};

/// What the store keeps about an intake so that idempotency is decided inside the commit. Keyed hashes only but for the
/// source's own number.
struct IntakeKey {
  std::string source;
  std::string external_id;  ///< may be empty: then nothing is ever a resend
  std::string content;      ///< keyed hash (16 bytes) of the canonical content
  std::string people;  ///< keyed hashes (8 bytes each, sorted, concatenated) of everything that identifies a person of
                       ///< it; may be empty
  std::string day;     ///< registration day "20250304"
  std::uint64_t serial = 0;  ///< of that day
  std::uint64_t revision_of =
      kNoIndex;  ///< the first intake of this source, number and people, when it is not this one
};

/// One entry to be appended. `record` is canonical JSON; `raw` the bytes as they came (may be empty).
struct Draft {
  Kind kind = Kind::kEvent;
  std::string record;
  std::string raw;
  std::uint64_t about = kNoIndex;   ///< ledger index of the intake it is about; History(about) finds it
  std::optional<IntakeKey> intake;  ///< for kIntake
};

/// An intake found by its key.
struct KnownIntake {
  std::uint64_t index = 0;
  IntakeKey key;
};

/// How many intakes of one number a look-up answers at most. A letter's number may cover 300 owners; beyond this it
/// tells nobody apart.
inline constexpr std::size_t kSameNumberMax = 512;

/// What a Proposal may look at while its place is being fixed. Queries are the proposer's work, done before it proposes
/// (Ledger::size, then FindExternal): here it only learns what came under its number since.
class View {
 public:
  virtual ~View() = default;
  virtual std::uint64_t NextIndex() const = 0;
  /// The next serial of that day, counting from 1; each call for a draft that is then appended uses it up.
  virtual petition::Result<std::uint64_t> NextSerial(std::string_view day) = 0;
  /// Intakes from this index on are remembered. Who looked at an older state has to look again, which it may do in
  /// Compose.
  virtual std::uint64_t RemembersFrom() const = 0;
  /// Intakes of that source and non-empty external id at `from` or later, oldest first; those composed before it in the
  /// same batch too. Valid until Compose returns.
  virtual std::vector<const KnownIntake*> FindSince(std::string_view source, std::string_view external_id,
                                                    std::uint64_t from) const = 0;
};

/// Turns into a draft at the moment its place in the ledger is known. Compose runs on the ledger's writer thread, must
/// be quick and do no I/O but through the view; it may run again when the commit has to be repeated. Answer: a draft;
/// or the index of an entry that answers it already; or an error (then nothing is appended for this proposal and the
/// others of the batch are not touched).
class Proposal {
 public:
  virtual ~Proposal() = default;
  virtual petition::Result<std::variant<Draft, std::uint64_t>> Compose(View& view) = 0;
  /// False: nobody will be told more than where the entry stands, and `Appended` holds no more: making proofs of many
  /// entries costs as much as hashing them.
  virtual bool WantsProof() const { return true; }
};

/// A fixed draft as a proposal.
class DraftProposal final : public Proposal {
 public:
  explicit DraftProposal(Draft draft, bool wants_proof = true) : draft_(std::move(draft)), wants_proof_(wants_proof) {}
  petition::Result<std::variant<Draft, std::uint64_t>> Compose(View&) override {
    return std::variant<Draft, std::uint64_t>(draft_);
  }
  bool WantsProof() const override { return wants_proof_; }

 private:
  Draft draft_;
  bool wants_proof_;
};

/// Proof that an entry is in the tree a checkpoint signs.
struct Proof {
  std::uint64_t index = 0;
  std::vector<Hash> path;
  std::string checkpoint;    ///< signed note, verbatim
  std::string Text() const;  ///< C2SP tlog-proof
};

/// The answer to an append. To a proposal that wants no proof: `index` and `existing` alone.
struct Appended {
  std::uint64_t index = 0;
  bool existing = false;  ///< Compose pointed at an earlier entry
  std::string entry;      ///< the published line
  Hash leaf{};
  std::string salt;  ///< 32 bytes; empty when the payload was dropped
  Proof proof;
};

/// An entry read back, decrypted.
struct Stored {
  std::uint64_t index = 0;
  Kind kind = Kind::kEvent;
  std::string entry;
  bool dropped = false;  ///< the payload ended with its retention: record, raw and salt are empty
  std::string record;
  std::string raw;  ///< only when asked for
  std::string salt;
};

/// Proposals that were handed in and are being appended. Belongs to one thread. Its end waits for theirs: until then
/// they must live.
class Appending {
 public:
  virtual ~Appending() = default;
  /// Whether Wait would answer at once.
  virtual bool Done() = 0;
  /// One result each, in order. Once.
  virtual std::vector<petition::Result<Appended>> Wait() = 0;
};

class FileSystem;  // durable_file.h

struct Options {
  std::filesystem::path folder;               ///< the data folder: ledger.db, tiles/, keys/ stand in it
  std::string origin = "guiyi.local/ledger";  ///< key name = log URL without scheme
  std::size_t batch_max = 256;                ///< proposals in one commit
  std::size_t queue_max = 8192;               ///< proposals waiting; beyond: kPushback
  bool publish = true;                        ///< write tiles and checkpoint files every second
  bool sync = true;                           ///< false only for temporary stores (replay): synchronous=OFF
  std::string vfs;                            ///< SQLite VFS by name; empty: the default one
  FileSystem* files =
      nullptr;  ///< how tiles and checkpoint are written; null: the operating system's. Outlives the ledger
};

class Ledger {
 public:
  virtual ~Ledger() = default;
  /// Takes the folder's lock (kConflict with a clear message when another process has it), opens or makes the store,
  /// re-hashes the right edge, compares the published checkpoint with the store (an unknown one stops the start:
  /// kCorrupt), rebuilds lost tiles, starts the writer.
  static petition::Result<std::unique_ptr<Ledger>> Open(const Options& options, const KeyRing& keys,
                                                        const petition::Clock& clock);

  virtual petition::Result<Appended> Append(Proposal& proposal) = 0;
  /// All in order, in as few commits as fit; one result each. Blocks until all are decided.
  virtual std::vector<petition::Result<Appended>> AppendAll(std::span<Proposal* const> proposals) = 0;
  /// Hands them in as AppendAll does and returns at once.
  virtual std::unique_ptr<Appending> Begin(std::span<Proposal* const> proposals) = 0;
  /// Hands one in and returns at once. `done` is called once: on the ledger's thread, where it must be quick and may
  /// neither append nor wait; or, when it is not taken (stopped, queue full), before this returns. Until then the
  /// proposal and all it refers to must live. A ledger without a thread of its own answers before it returns.
  virtual void AppendLater(Proposal& proposal, std::function<void(petition::Result<Appended>)> done) {
    done(Append(proposal));
  }
  petition::Result<Appended> Append(Draft draft) {
    DraftProposal p(std::move(draft));
    return Append(p);
  }

  virtual std::uint64_t size() const = 0;      ///< durable entries
  virtual std::string checkpoint() const = 0;  ///< newest signed note
  virtual std::string vkey() const = 0;
  virtual bool healthy() const = 0;
  /// Blocks until size() > `size` or the time is over; answers size().
  virtual std::uint64_t WaitBeyond(std::uint64_t size, std::chrono::milliseconds at_most) = 0;

  enum class Raw { kLeave, kRead };
  virtual petition::Result<Stored> Read(std::uint64_t index, Raw raw = Raw::kLeave) const = 0;
  /// Up to `count` entries from `first`, in order.
  virtual petition::Result<std::vector<Stored>> ReadRange(std::uint64_t first, std::size_t count,
                                                          Raw raw = Raw::kLeave) const = 0;
  /// Inclusion under the newest checkpoint.
  virtual petition::Result<Proof> Prove(std::uint64_t index) const = 0;

  virtual petition::Result<std::optional<std::uint64_t>> FindIntake(std::string_view day,
                                                                    std::uint64_t serial) const = 0;
  /// Intakes of that source and non-empty external id, oldest first; of a number that more than kSameNumberMax share,
  /// any so many.
  virtual petition::Result<std::vector<KnownIntake>> FindExternal(std::string_view source,
                                                                  std::string_view external_id) const = 0;
  /// False: no intake of that source and number is among the entries below size(), nor may one be on its way that began
  /// before this call. True: there may be one. Memory only; never waits.
  virtual bool MayHold(std::string_view source, std::string_view external_id) const {
    (void)source, (void)external_id;
    return true;
  }
  /// The first of them with that content, however many there are.
  virtual petition::Result<std::optional<KnownIntake>> FindContent(std::string_view source,
                                                                   std::string_view external_id,
                                                                   std::string_view content) const = 0;
  /// Indices of the entries whose `about` is this one, ascending; of one kind only when asked.
  virtual petition::Result<std::vector<std::uint64_t>> History(std::uint64_t about,
                                                               std::optional<Kind> kind = {}) const = 0;

  /// Publishes tiles and checkpoint now instead of within a second.
  virtual petition::Status Publish() = 0;
  /// Drops payload and salt of an entry whose retention ended; proofs stay valid.
  virtual petition::Status DropPayload(std::uint64_t index) = 0;
};

}  // namespace ledger
