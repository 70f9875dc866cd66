// Intake is the one way in: whatever door a submission came through, here it becomes a ledger entry with an intake
// number, or the first receipt again (resend), or a revision, or a refusal that is on the ledger too. Threads: safe
// from any thread; Register blocks until durable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/access.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"
#include "petition/identifiers.h"
#include "petition/submission.h"

namespace gateway {

/// A submission at a door, authenticated and mapped.
struct Arrival {
  std::string source;
  petition::Submission submission;
  std::string raw;  ///< the bytes as they came
  std::string media_type = "application/json";
  bool historic = false;  ///< matched against, but no clocks, alerts or delivery
  /// The operator with a key of ours who handed it in; "" for everybody else. Only theirs is a tie that was decided
  /// with the caller: what others say of one is a claim, and whom they name for it is left out of the record.
  std::string operator_name;
};

/// What the submitter gets: Receipt of interfaces.md. `decision` is filled in by whoever waited for it.
struct Receipt {
  std::string intake_no, query_code;
  petition::Time registered_at{};
  std::uint64_t ledger_index = 0;
  std::string leaf_hash;  ///< base64
  std::string entry;
  std::string salt;       ///< base64
  bool existing = false;  ///< a resend: the first receipt again
  bool revision = false;
  std::string proof;                        ///< tlog-proof text
  std::vector<std::string> flags;           ///< "number-reused", "sealed" ...
  std::vector<std::string> unknown_fields;  ///< kept, but we have no name for them
};

/// Something that reached a door and was not taken.
struct Refusal {
  std::string door;            ///< "http", "rpc", "import", "files" ...
  std::string source;          ///< "" when the caller is unknown, or not a source
  std::string by;              ///< name of whoever showed a key; "" when nobody did
  std::string reason;          ///< stable word
  std::string raw;             ///< as it came; longer than kRefusedRawMax: hash and size only
  std::uint64_t raw_size = 0;  ///< what came or was announced, when that is more than `raw`
  std::string raw_sha256;      ///< hex, of what came, when that was too much for `raw`
  bool truncated = false;      ///< not all of it came
  std::string media_type;
  petition::Json where = petition::Json::object();  ///< field pointers, line or byte; no values
};
inline constexpr std::size_t kRefusedRawMax = 1u << 20;

/// An event about an intake, to be appended in its order among the registrations of a batch.
struct Sequel {
  std::size_t after = 0;                             ///< how many arrivals of the batch come before it
  std::optional<std::size_t> row;                    ///< the arrival it is about, one of those before it
  std::uint64_t about = ledger::kNoIndex;            ///< without `row`: ledger index of the intake
  petition::Json record = petition::Json::object();  ///< of the event; "intake" is filled in
};

struct IntakeOptions {
  std::string division6 = "439900";  ///< the hub's own division, first part of each intake number
  std::uint64_t backlog_max =
      1'000'000;  ///< entries of any kind the follower may lie behind before intakes are answered kPushback
  std::filesystem::path data;                ///< folder whose disk must have room; empty: not looked at
  std::uint64_t disk_free_min = 256u << 20;  ///< bytes; below: kPushback
  std::size_t refusals_per_minute = 60;  ///< of callers without a key, a door: beyond, summed up as one entry a minute
};

/// What came in since the start, for the metrics. Rows, not calls.
struct IntakeCounters {
  std::uint64_t registered = 0;  ///< new entries, revisions and reused numbers included
  std::uint64_t resends = 0;     ///< answered with the first receipt
  std::uint64_t revisions = 0;
  std::uint64_t numbers_reused = 0;
  std::uint64_t invalid = 0;         ///< turned away for what they hold
  std::uint64_t pushed_back = 0;     ///< turned away because disk, follower or ledger can't keep up
  std::uint64_t refused = 0;         ///< refusals, those summed up included
  std::uint64_t refused_summed = 0;  ///< refusals that are part of a sum
};

class Intake {
 public:
  virtual ~Intake() = default;
  /// `backlog` answers how many entries the follower lies behind (called often; must be cheap).
  static petition::Result<std::unique_ptr<Intake>> Make(IntakeOptions options, ledger::Ledger& ledger,
                                                        ledger::BlobStore& blobs, const ledger::KeyRing& keys,
                                                        const petition::Clock& clock,
                                                        std::function<std::uint64_t()> backlog);

  /// kPushback when disk or follower can't keep up; kInvalid with fields (e.g. an attachment named by sha256 that was
  /// never put: "attachment_missing"). Nothing is burnt by a failure. The caller records refusals (Refuse) itself,
  /// since only the door knows all of the bytes.
  virtual petition::Result<Receipt> Register(const Arrival& arrival) = 0;
  /// The same without a thread that waits, for what is surely new and brings no attachment. False: nothing was begun,
  /// Register has to be called. Else `done` is called once within work that was given to `post` (which may be called on
  /// any thread): with the result, or with nothing when it is no new one after all, and Register has to be called.
  using Post = std::function<void(std::function<void()> work)>;
  virtual bool RegisterLater(Arrival arrival, Post post,
                             std::function<void(std::optional<petition::Result<Receipt>>)> done) = 0;
  /// What of a receipt is filled in. kBrief: intake number, time, ledger index, existing, revision and flags, for rows
  /// whose sender is told no more; any receipt can be had whole afterwards (ReceiptOf).
  enum class Receipts { kWhole, kBrief };
  /// One result a row, in order; repeats within the batch are found; a bad row never spoils a good one.
  virtual std::vector<petition::Result<Receipt>> RegisterAll(std::span<const Arrival> arrivals,
                                                             Receipts receipts = Receipts::kWhole) = 0;
  struct Answers {
    std::vector<petition::Result<Receipt>> receipts;  ///< one an arrival
    std::vector<petition::Result<std::uint64_t>>
        sequels;  ///< one each: its index; kInvalid "intake_refused" when the arrival was not registered
  };
  /// The same with events in between, all in one order. `sequels` ascend by `after`.
  virtual Answers RegisterInOrder(std::span<const Arrival> arrivals, std::span<const Sequel> sequels,
                                  Receipts receipts = Receipts::kWhole) = 0;
  /// Puts a refusal on the ledger. Answers its ledger index, or kNoIndex when it was summed up with others of this
  /// minute.
  virtual petition::Result<std::uint64_t> Refuse(const Refusal& refusal) = 0;
  /// kPushback "disk_low" while the disk has too little room for anything that comes. Looked at once a second; `now`:
  /// at this moment, for who writes much.
  virtual petition::Status CheckDisk(bool now = false) const = 0;
  /// Many at once, one answer each.
  virtual std::vector<petition::Result<std::uint64_t>> RefuseAll(std::span<const Refusal> refusals) = 0;
  /// Writes the sums of refusals whose minute is over (called by the hub once a second; the destructor writes what is
  /// left).
  virtual void FlushRefusals() = 0;

  /// The first receipt of a registered intake again, with a proof under the newest checkpoint.
  virtual petition::Result<Receipt> ReceiptOf(std::uint64_t index) const = 0;
  virtual std::string QueryCode(std::string_view intake_no) const = 0;
  /// Ledger index of an intake number as a person may type it; kNotFound.
  virtual petition::Result<std::uint64_t> Find(std::string_view intake_no) const = 0;
  virtual IntakeCounters counters() const = 0;
};

petition::Json ReceiptToJson(const Receipt& receipt);
/// The same, dumped: of every registration, so it is written down without a tree of values in between.
std::string ReceiptText(const Receipt& receipt);

/// The query code of an intake number; `code_key`: KeyRing::Derive("query-code").
std::string QueryCodeOf(const ledger::Key& code_key, std::string_view intake_no);

/// A query code as a person may type it (lower case, full width, blanks, no hyphens) in the form that QueryCode
/// answers; "" when it can be none.
std::string NormaliseQueryCode(std::string_view text);

/// The record of an intake entry, read back.
struct IntakeRecord {
  std::uint64_t index = 0;
  std::string intake_no, source;
  std::string operator_name;  ///< who of our operators handed it in; "": its source did
  petition::Time registered_at{};
  bool historic = false, sealed = false;
  std::string sealing_rule;
  std::vector<std::string> flags;
  std::uint64_t revision_of = ledger::kNoIndex;  ///< index of the first intake of this source and number
  std::string media_type;
  petition::Submission submission;
};
petition::Result<IntakeRecord> ReadIntakeRecord(const ledger::Stored& stored);

}  // namespace gateway
