#include "gateway/intake.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <span>

#include "gateway/attachments.h"
#include "gateway/intake_identity.h"
#include "gateway/intake_proposal.h"
#include "gateway/intake_record.h"
#include "gateway/refusals.h"
#include "gateway/resend.h"
#include "petition/sealing.h"
#include "petition/text/fold.h"

namespace gateway {
namespace {

using petition::Result;
using petition::Status;

constexpr std::size_t kInlineMax = 64u << 10;  ///< attachments beyond are put into the blob store as well
constexpr std::int64_t kDiskCheckEveryMs = 1000;
constexpr std::size_t kSourceMax = 64;
constexpr std::size_t kAppendedBeside = 128;  ///< so many are worth a commit of their own while more are prepared
constexpr std::size_t kAppendedFirst = 32;    ///< of many: the ledger begins early
/// Beyond so many nothing more is prepared until some are appended. Whoever asks for whole receipts hands in small
/// pieces, however busy the ledger is: others wait for theirs between them.
constexpr std::size_t kPreparedAheadMax = 1024;

/// 26 letters and digits that are told apart in bad handwriting and over the telephone: 13 of them are 61 bits.
constexpr std::string_view kCodeLetters = "2346789ACDEFGHJKMNPQRTVWXY";
static_assert(kCodeLetters.size() == 26);
constexpr std::size_t kCodeLength = 13;

std::string Hyphenated(std::string_view code) {
  std::string text;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (i > 0 && i % 4 == 0) text += '-';
    text += code[i];
  }
  return text;
}

petition::Error PushedBack(std::string reason, std::string message) {
  return {petition::Code::kPushback, std::move(reason), std::move(message), {}, {}};
}

class LedgerIntake final : public Intake {
 public:
  LedgerIntake(IntakeOptions options, ledger::Ledger& ledger, ledger::BlobStore& blobs, const ledger::KeyRing& keys,
               const petition::Clock& clock, std::function<std::uint64_t()> backlog)
      : options_(std::move(options)),
        ledger_(ledger),
        blobs_(blobs),
        owners_(blobs, keys),
        identity_key_(keys.Derive("identity")),
        code_key_(keys.Derive("query-code")),
        clock_(clock),
        backlog_(std::move(backlog)),
        refusals_(ledger, clock, options_.refusals_per_minute) {}
  ~LedgerIntake() override { refusals_.Flush(true); }

  Result<Receipt> Register(const Arrival& arrival) override;
  bool RegisterLater(Arrival arrival, Post post, std::function<void(std::optional<Result<Receipt>>)> done) override;
  std::vector<Result<Receipt>> RegisterAll(std::span<const Arrival> arrivals, Receipts receipts) override {
    return RegisterInOrder(arrivals, {}, receipts).receipts;
  }
  Answers RegisterInOrder(std::span<const Arrival> arrivals, std::span<const Sequel> sequels,
                          Receipts receipts) override;
  Result<std::uint64_t> Refuse(const Refusal& refusal) override { return std::move(RefuseAll({&refusal, 1}).front()); }
  std::vector<Result<std::uint64_t>> RefuseAll(std::span<const Refusal> refusals) override;
  void FlushRefusals() override { refusals_.Flush(false); }
  Status CheckDisk(bool now) const override;

  Result<Receipt> ReceiptOf(std::uint64_t index) const override;
  std::string QueryCode(std::string_view intake_no) const override;
  Result<std::uint64_t> Find(std::string_view intake_no) const override;
  IntakeCounters counters() const override;

 private:
  Status CheckRoom(bool backlog_too) const;
  Result<std::unique_ptr<IntakeProposal>> Prepare(const Arrival& arrival, NumbersKnown& numbers,
                                                  Receipts receipts) const;
  /// Digests checked and filled in, bytes taken out; large ones put into the blob store.
  Status SettleAttachments(const std::string& source, std::vector<petition::Attachment>& attachments,
                           std::vector<std::string>& flags) const;
  std::optional<IntakeRecord> FirstOf(const ledger::Appended& appended) const;
  Receipt Answer(const Arrival& arrival, const IntakeProposal& proposal, ledger::Appended appended,
                 const IntakeRecord* first) const;
  void KeepDifferences(std::span<const Arrival> arrivals, const std::vector<std::optional<IntakeRecord>>& firsts,
                       std::vector<Result<Receipt>>& receipts);
  void Count(const Result<Receipt>& result) const;
  struct Later;

  const IntakeOptions options_;
  ledger::Ledger& ledger_;
  ledger::BlobStore& blobs_;
  const AttachmentOwners owners_;
  const ledger::Key identity_key_, code_key_;
  const petition::Clock& clock_;
  const std::function<std::uint64_t()> backlog_;
  Refusals refusals_;

  // Any thread.
  mutable std::atomic<std::int64_t> disk_checked_ms_{-1};
  mutable std::atomic<bool> disk_low_{false};
  mutable std::atomic<std::uint64_t> registered_{0}, resends_{0}, revisions_{0}, reused_{0}, invalid_{0},
      pushed_back_{0};
};

Status LedgerIntake::CheckDisk(bool now) const {
  if (options_.data.empty()) return petition::Ok();
  const std::int64_t time = clock_.Now().time_since_epoch().count();
  const std::int64_t age = time - disk_checked_ms_.load(std::memory_order_relaxed);
  if (now || disk_checked_ms_.load(std::memory_order_relaxed) < 0 || age < 0 || age >= kDiskCheckEveryMs) {
    struct statvfs disk {};
    const bool known = statvfs(options_.data.c_str(), &disk) == 0;
    const auto free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * static_cast<std::uint64_t>(disk.f_frsize);
    disk_low_.store(!known || free_bytes < options_.disk_free_min, std::memory_order_relaxed);
    disk_checked_ms_.store(time, std::memory_order_relaxed);
  }
  if (!disk_low_.load(std::memory_order_relaxed)) return petition::Ok();
  return PushedBack("disk_low", "there is not enough room on the disk at the moment");
}

Status LedgerIntake::CheckRoom(bool backlog_too) const {
  if (!ledger_.healthy())
    return petition::Unavailable("the ledger takes no entries at the moment", "ledger not healthy");
  GUIYI_CHECK(CheckDisk(false));
  if (backlog_too && backlog_ && backlog_() > options_.backlog_max) {
    return PushedBack("backlog", "too many intakes are waiting to be matched at the moment");
  }
  return petition::Ok();
}

Status LedgerIntake::SettleAttachments(const std::string& source, std::vector<petition::Attachment>& attachments,
                                       std::vector<std::string>& flags) const {
  petition::Error wrong = petition::Invalid("attachment_invalid", "an attachment is missing or not what was named");
  const auto add = [&](std::size_t i, const char* code, const char* message) {
    wrong.reason = code;
    wrong.fields.push_back({"/attachments/" + std::to_string(i) + "/sha256", code, message});
  };
  for (std::size_t i = 0; i < attachments.size(); ++i) {
    petition::Attachment& item = attachments[i];
    std::transform(item.sha256.begin(), item.sha256.end(), item.sha256.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (item.content.empty()) {
      if (!item.sha256.empty() && !owners_.Has(source, item.sha256)) {
        add(i, "attachment_missing", "no attachment with this digest was put before");
      }
      continue;
    }
    const std::string digest = ledger::Hex(ledger::AsBytes(ledger::Sha256(item.content)));
    if (!item.sha256.empty() && item.sha256 != digest) {
      add(i, "attachment_digest_mismatch", "the bytes are not those of this digest");
      continue;
    }
    if (item.size != 0 && item.size != item.content.size()) flags.emplace_back("attachment-size-differs");
    item.sha256 = digest;
    item.size = item.content.size();
  }
  if (!wrong.fields.empty()) return wrong;
  // All are right: from here on they stay, before the entry that names them is made.
  for (std::size_t i = 0; i < attachments.size(); ++i) {
    petition::Attachment& item = attachments[i];
    const std::string content = std::exchange(item.content, {});
    if (content.size() > kInlineMax && !blobs_.Exists(item.sha256)) {
      GUIYI_TRY(const auto writer, blobs_.Put(item.sha256));
      GUIYI_CHECK(writer->Write(content));
      GUIYI_CHECK(writer->Finish());
    }
    GUIYI_TRY(const bool kept, blobs_.Keep(item.sha256));
    if (!kept && !item.sha256.empty() && (content.empty() || content.size() > kInlineMax)) {
      add(i, "attachment_missing", "no attachment with this digest was put before");
      return wrong;
    }
    if (kept) GUIYI_CHECK(owners_.Keep(source, item.sha256));
  }
  std::sort(flags.begin(), flags.end());
  flags.erase(std::unique(flags.begin(), flags.end()), flags.end());
  return petition::Ok();
}

Result<std::unique_ptr<IntakeProposal>> LedgerIntake::Prepare(const Arrival& arrival, NumbersKnown& numbers,
                                                              Receipts receipts) const {
  if (arrival.source.empty() || arrival.source.size() > kSourceMax) {
    return petition::Invalid("source_missing", "the source of the submission is not known");
  }
  std::vector<std::string> flags;
  const petition::Submission* submission = &arrival.submission;
  petition::Submission settled;
  const std::string decided_by = arrival.submission.tie.verdict.empty() ? std::string() : arrival.operator_name;
  if (arrival.submission.tie.by != decided_by || !arrival.submission.attachments.empty()) {
    settled = arrival.submission;
    settled.tie.by = decided_by;
    GUIYI_CHECK(SettleAttachments(arrival.source, settled.attachments, flags));
    submission = &settled;
  }
  const petition::SealingOpinion opinion = petition::JudgeSealing(*submission);
  const bool sealed = opinion.sealing != petition::Sealing::kOpen;
  if (sealed) flags.emplace_back("sealed");
  if (opinion.sealing == petition::Sealing::kUnsure) flags.emplace_back("sealing-unsure");
  auto proposal = std::make_unique<IntakeProposal>(
      ledger_, clock_, options_.division6, arrival,
      PreparedRecord(*submission, arrival.source, arrival.operator_name, arrival.media_type, arrival.historic, sealed,
                     sealed ? opinion.rule : std::string(), flags),
      ContentHash(identity_key_, *submission), PeopleHashes(identity_key_, *submission), receipts == Receipts::kWhole);
  proposal->flags = std::move(flags);
  GUIYI_CHECK(proposal->LookUp(numbers));
  return proposal;
}

Result<Receipt> LedgerIntake::Register(const Arrival& arrival) {
  return std::move(RegisterAll({&arrival, 1}, Receipts::kWhole).front());
}

/// One that is on its way while nobody waits for it.
struct LedgerIntake::Later {
  Arrival arrival;
  std::unique_ptr<IntakeProposal> proposal;
  std::optional<Result<ledger::Appended>> appended;
  Post post;
  std::function<void(std::optional<Result<Receipt>>)> done;
};

bool LedgerIntake::RegisterLater(Arrival arrival, Post post, std::function<void(std::optional<Result<Receipt>>)> done) {
  // What would wait (blobs, the store) or be turned away goes the other way.
  if (!arrival.submission.attachments.empty() || !CheckRoom(true).ok()) return false;
  const std::string& number = arrival.submission.external_id;
  if (!number.empty() && !petition::IsPlaceholderNumber(number) && ledger_.MayHold(arrival.source, number))
    return false;
  auto later = std::make_shared<Later>();
  later->arrival = std::move(arrival);
  NumbersKnown numbers(ledger_);
  auto prepared = Prepare(later->arrival, numbers, Receipts::kWhole);
  if (!prepared.ok()) return false;
  later->proposal = std::move(*prepared);
  later->post = std::move(post);
  later->done = std::move(done);
  ledger_.AppendLater(*later->proposal, [this, later](Result<ledger::Appended> appended) {
    later->appended = std::move(appended);
    later->post([this, later] {
      auto& stored = *later->appended;
      const bool for_others = stored.ok() ? stored->existing : stored.error().code == petition::Code::kInvalid;
      if (for_others) return later->done(std::nullopt);
      Result<Receipt> result =
          stored.ok() ? Result<Receipt>(Answer(later->arrival, *later->proposal, std::move(*stored), nullptr))
                      : Result<Receipt>(std::move(stored).error());
      Count(result);
      later->done(std::move(result));
    });
  });
  return true;
}

Intake::Answers LedgerIntake::RegisterInOrder(std::span<const Arrival> arrivals, std::span<const Sequel> sequels,
                                              Receipts receipts) {
  Answers answers;
  if (const Status room = CheckRoom(true); !room.ok()) {
    answers.receipts.assign(arrivals.size(), room.error());
    answers.sequels.assign(sequels.size(), room.error());
    pushed_back_ += arrivals.size();
    return answers;
  }
  std::vector<std::unique_ptr<IntakeProposal>> prepared(arrivals.size());
  NumbersKnown numbers(ledger_);
  std::deque<SequelProposal> events;
  std::vector<ledger::Proposal*> ready;
  std::vector<Result<ledger::Appended>> appended;
  // While some are appended the next ones are prepared.
  std::unique_ptr<ledger::Appending> under_way;
  std::size_t handed_in = 0;
  const auto collect = [&] {
    if (!under_way) return;
    for (auto& result : under_way->Wait()) appended.push_back(std::move(result));
    under_way.reset();
  };
  answers.receipts.assign(arrivals.size(), IntakeRefused());
  answers.sequels.assign(sequels.size(), IntakeRefused());
  std::vector<std::size_t> places;  // of each proposal: the number of its arrival; beyond those, of its sequel
  for (std::size_t i = 0, next = 0; i <= arrivals.size(); ++i) {
    for (; next < sequels.size() && (sequels[next].after <= i || i == arrivals.size()); ++next) {
      const Sequel& sequel = sequels[next];
      const IntakeProposal* of = sequel.row && *sequel.row < i ? prepared[*sequel.row].get() : nullptr;
      if (sequel.row && of == nullptr) continue;
      ready.push_back(&events.emplace_back(sequel, of));
      places.push_back(arrivals.size() + next);
    }
    if (i == arrivals.size()) break;
    auto proposal = Prepare(arrivals[i], numbers, receipts);
    if (!proposal.ok()) {
      answers.receipts[i] = std::move(proposal).error();
      continue;
    }
    prepared[i] = std::move(*proposal);
    ready.push_back(prepared[i].get());
    places.push_back(i);
    const std::size_t waiting = ready.size() - handed_in;
    const bool first_of_many = handed_in == 0 && arrivals.size() > kPreparedAheadMax / 2;
    if (waiting < (first_of_many ? kAppendedFirst : kAppendedBeside) || i + 1 == arrivals.size()) continue;
    const bool more = receipts == Receipts::kBrief && waiting < kPreparedAheadMax;
    if (more && under_way && !under_way->Done()) continue;
    collect();
    under_way = ledger_.Begin(std::span(ready).subspan(handed_in));
    handed_in = ready.size();
  }
  collect();
  if (ready.size() > handed_in) {
    for (auto& result : ledger_.AppendAll(std::span(ready).subspan(handed_in))) appended.push_back(std::move(result));
  }
  std::vector<std::optional<IntakeRecord>> firsts(arrivals.size());  // of resends
  for (std::size_t k = 0; k < appended.size(); ++k) {
    const std::size_t place = places[k];
    if (place >= arrivals.size()) {
      auto& answer = answers.sequels[place - arrivals.size()];
      if (appended[k].ok()) {
        answer = appended[k]->index;
      } else {
        answer = std::move(appended[k]).error();
      }
    } else if (appended[k].ok()) {
      firsts[place] = FirstOf(*appended[k]);
      answers.receipts[place] =
          Answer(arrivals[place], *prepared[place], std::move(*appended[k]), firsts[place] ? &*firsts[place] : nullptr);
    } else {
      answers.receipts[place] = std::move(appended[k]).error();
    }
  }
  KeepDifferences(arrivals, firsts, answers.receipts);
  for (const auto& receipt : answers.receipts) Count(receipt);
  return answers;
}

/// What resends say otherwise is durable before they are answered.
void LedgerIntake::KeepDifferences(std::span<const Arrival> arrivals,
                                   const std::vector<std::optional<IntakeRecord>>& firsts,
                                   std::vector<Result<Receipt>>& receipts) {
  std::vector<ledger::DraftProposal> proposals;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    if (!firsts[i] || !receipts[i].ok()) continue;
    auto entry = ResendEntry(ledger_, *firsts[i], arrivals[i], clock_.Now());
    if (!entry.ok()) {
      receipts[i] = std::move(entry).error();
    } else if (*entry) {
      proposals.emplace_back(std::move(**entry), false);
      places.push_back(i);
    }
  }
  if (proposals.empty()) return;
  std::vector<ledger::Proposal*> pointers;
  for (auto& proposal : proposals) pointers.push_back(&proposal);
  const auto appended = ledger_.AppendAll(pointers);
  for (std::size_t k = 0; k < appended.size(); ++k) {
    if (!appended[k].ok()) receipts[places[k]] = appended[k].error();
  }
}

Receipt LedgerIntake::Answer(const Arrival& arrival, const IntakeProposal& proposal, ledger::Appended appended,
                             const IntakeRecord* first) const {
  Receipt receipt;
  receipt.ledger_index = appended.index;
  receipt.existing = appended.existing;
  if (first != nullptr) {
    receipt.intake_no = first->intake_no;
    receipt.registered_at = first->registered_at;
    receipt.revision = first->revision_of != ledger::kNoIndex;
    receipt.flags = first->flags;
  } else if (appended.existing) {
    // Its number stays known when its payload has ended with its retention.
    const ledger::IntakeKey& key = proposal.first()->key;
    receipt.intake_no = petition::MakeIntakeNo(options_.division6, key.day, key.serial);
  } else {
    receipt.intake_no = proposal.intake_no();
    receipt.registered_at = proposal.registered_at();
    receipt.revision = proposal.revision();
    receipt.flags = proposal.flags;
    if (proposal.number_reused()) receipt.flags.emplace_back("number-reused");
    std::sort(receipt.flags.begin(), receipt.flags.end());
  }
  if (!proposal.WantsProof()) return receipt;
  receipt.leaf_hash = ledger::Base64(ledger::AsBytes(appended.leaf));
  receipt.entry = std::move(appended.entry);
  if (!appended.salt.empty()) receipt.salt = ledger::Base64(appended.salt);
  receipt.proof = appended.proof.Text();
  receipt.query_code = QueryCode(receipt.intake_no);
  for (const auto& [name, value] : arrival.submission.unknown.items()) receipt.unknown_fields.push_back(name);
  return receipt;
}

/// Of a resend: the first registration as it is on the ledger.
std::optional<IntakeRecord> LedgerIntake::FirstOf(const ledger::Appended& appended) const {
  if (!appended.existing) return std::nullopt;
  const auto stored = ledger_.Read(appended.index);
  if (!stored.ok()) return std::nullopt;
  auto record = ReadIntakeRecord(*stored);
  if (!record.ok()) return std::nullopt;
  return std::move(*record);
}

void LedgerIntake::Count(const Result<Receipt>& result) const {
  if (!result.ok()) {
    const bool theirs = result.error().code == petition::Code::kInvalid;
    ++(theirs ? invalid_ : pushed_back_);
    return;
  }
  ++(result->existing ? resends_ : registered_);
  if (result->existing) return;
  if (result->revision) ++revisions_;
  if (std::binary_search(result->flags.begin(), result->flags.end(), "number-reused")) ++reused_;
}

std::vector<Result<std::uint64_t>> LedgerIntake::RefuseAll(std::span<const Refusal> refusals) {
  if (const Status room = CheckRoom(false); !room.ok()) {
    return std::vector<Result<std::uint64_t>>(refusals.size(), room.error());
  }
  return refusals_.Refuse(refusals);
}

Result<Receipt> LedgerIntake::ReceiptOf(std::uint64_t index) const {
  GUIYI_TRY(const ledger::Stored stored, ledger_.Read(index));
  GUIYI_TRY(IntakeRecord record, ReadIntakeRecord(stored));
  GUIYI_TRY(const ledger::Proof proof, ledger_.Prove(index));
  Receipt receipt;
  receipt.intake_no = std::move(record.intake_no);
  receipt.query_code = QueryCode(receipt.intake_no);
  receipt.registered_at = record.registered_at;
  receipt.ledger_index = index;
  receipt.leaf_hash = ledger::Base64(ledger::AsBytes(ledger::Sha256({std::string_view("\0", 1), stored.entry})));
  receipt.entry = stored.entry;
  receipt.salt = ledger::Base64(stored.salt);
  receipt.existing = true;
  receipt.revision = record.revision_of != ledger::kNoIndex;
  receipt.proof = proof.Text();
  receipt.flags = std::move(record.flags);
  for (const auto& [name, value] : record.submission.unknown.items()) receipt.unknown_fields.push_back(name);
  return receipt;
}

std::string LedgerIntake::QueryCode(std::string_view intake_no) const { return QueryCodeOf(code_key_, intake_no); }

Result<std::uint64_t> LedgerIntake::Find(std::string_view intake_no) const {
  const auto parsed = petition::ParseIntakeNo(intake_no);
  if (!parsed || parsed->division != options_.division6)
    return petition::NotFound("there is no such intake number here");
  GUIYI_TRY(const auto index, ledger_.FindIntake(parsed->day, parsed->serial));
  if (!index) return petition::NotFound("there is no such intake number here");
  return *index;
}

IntakeCounters LedgerIntake::counters() const {
  return {registered_, resends_, revisions_, reused_, invalid_, pushed_back_, refusals_.count(), refusals_.summed()};
}

}  // namespace

std::string QueryCodeOf(const ledger::Key& code_key, std::string_view intake_no) {
  // 128 bits divided by 26 again and again: the remainders are the letters, their bias is below 2^-60.
  std::string bits = ledger::KeyedHash(code_key, intake_no, 16);
  std::string code;
  for (std::size_t i = 0; i < kCodeLength; ++i) {
    unsigned rest = 0;
    for (char& byte : bits) {
      const unsigned value = rest << 8 | static_cast<unsigned char>(byte);
      byte = static_cast<char>(value / kCodeLetters.size());
      rest = value % kCodeLetters.size();
    }
    code += kCodeLetters[rest];
  }
  return Hyphenated(code);
}

std::string NormaliseQueryCode(std::string_view text) {
  std::string code;
  for (const char c : petition::text::Fold(text.substr(0, 256))) {
    if (c == '-' || c == ' ') continue;
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (kCodeLetters.find(upper) == std::string_view::npos) return {};
    code += upper;
  }
  return code.size() == kCodeLength ? Hyphenated(code) : std::string();
}

Result<std::unique_ptr<Intake>> Intake::Make(IntakeOptions options, ledger::Ledger& ledger, ledger::BlobStore& blobs,
                                             const ledger::KeyRing& keys, const petition::Clock& clock,
                                             std::function<std::uint64_t()> backlog) {
  const std::string division = petition::NormaliseDivision(options.division6);
  if (division.size() != 6) {
    return petition::Invalid("division_invalid", "the hub's own division is a code of 6 digits");
  }
  options.division6 = division;
  return std::unique_ptr<Intake>(
      std::make_unique<LedgerIntake>(std::move(options), ledger, blobs, keys, clock, std::move(backlog)));
}

}  // namespace gateway
