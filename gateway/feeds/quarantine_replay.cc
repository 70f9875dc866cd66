#include "gateway/feeds/quarantine_replay.h"

#include "petition/json.h"

namespace gateway {

using adapters::Settled;
using petition::Json;
using petition::Result;
using petition::Status;

namespace {

constexpr std::chrono::milliseconds kFoldWait{2'000};

std::string_view OutcomeOf(Settled::Kind kind) {
  switch (kind) {
    case Settled::Kind::kRegistered:
      return "registered";
    case Settled::Kind::kExisting:
      return "existing";
    case Settled::Kind::kRevision:
      return "revision";
    case Settled::Kind::kReported:
      return "reported";
    case Settled::Kind::kRefused:
    case Settled::Kind::kShadow:
      break;
  }
  return "refused";
}

}  // namespace

Result<std::uint64_t> QuarantineReplay::Decide(std::uint64_t refused, Json record) {
  record["kind"] = "decision";
  record["v"] = 1;
  record["refused"] = refused;
  record["at"] = petition::FormatTime(clock_.Now());
  ledger::Draft draft;
  draft.kind = ledger::Kind::kDecision;
  draft.about = refused;
  draft.record = petition::CanonicalJson(record);
  GUIYI_TRY(const auto appended, ledger_.Append(std::move(draft)));
  return appended.index;
}

Result<Replayed> QuarantineReplay::ReplayOne(const QuarantineRow& row, std::string_view by, bool dry_run) {
  Replayed replayed;
  replayed.index = row.index;
  const auto refused = [&](petition::Error error) {
    replayed.outcome = "refused";
    replayed.error = std::move(error);
    return replayed;
  };
  if (row.state != QuarantineRow::State::kOpen) return replayed.outcome = "closed", replayed;
  auto source = registry_.FindSource(row.source);
  if (!source || source->state != "live") {
    return refused({petition::Code::kUnauthorized, "source_not_live", "the source is not live", {}, {}});
  }
  GUIYI_TRY(const ledger::Stored stored, ledger_.Read(row.index, ledger::Ledger::Raw::kRead));
  if (stored.dropped) return replayed.outcome = "gone", replayed;
  GUIYI_TRY(const Json record, petition::ParseJson(stored.record));
  if (stored.raw.empty()) return refused(petition::Invalid("bytes_missing", "of this record only its hash was kept"));
  const Json where = record.value("where", Json::object());
  auto adapter = source->mapping_version != 0 ? adapters_.Of(source->name) : adapters_.Try(*source, "");
  if (!adapter.ok()) return refused(std::move(adapter).error());
  auto reread = (*adapter)->Reread(
      {where.value("place", ""), stored.raw, record.value("mediaType", ""), where.value("context", "")});
  if (!reread.ok()) return refused(std::move(reread).error());
  if (reread->refusal) return refused(*reread->refusal);
  if (dry_run) {
    replayed.outcome = reread->report ? "would_report" : "would_register";
    return replayed;
  }
  std::vector<adapters::Record> records;
  records.push_back(std::move(*reread));
  // What intake itself does not take (an attachment that never came) is refused already: here, once, is enough.
  const auto known = [&](const std::string&) { return std::optional(row.index); };
  GUIYI_TRY(const auto settled, records_.AppendAll(*source, *(*adapter)->spec, row.door, records, known));
  const Settled& one = settled.front();
  if (one.kind == Settled::Kind::kRefused) {
    return refused(one.error.value_or(petition::Invalid("refused", "the record is not taken")));
  }
  replayed.outcome = OutcomeOf(one.kind);
  replayed.intake_no = one.intake_no;
  // Before the row is closed: killed in between, it is replayed again and owed again.
  if (!one.intake_no.empty() && (*adapter)->rereading && (*adapter)->rereading->writes_back()) {
    GUIYI_CHECK(feed_state_.OweWriteBack(source->name, {row.place, one.intake_no}));
  }
  GUIYI_TRY(const auto entry, Decide(row.index, {{"what", "replayed"}, {"intake", one.ledger_index}, {"by", by}}));
  (void)entry;
  return replayed;
}

Result<std::vector<Replayed>> QuarantineReplay::Replay(std::span<const QuarantineRow> rows, std::string_view by,
                                                       bool dry_run) {
  std::vector<Replayed> all;
  for (const QuarantineRow& row : rows) {
    GUIYI_TRY(Replayed one, ReplayOne(row, by, dry_run));
    all.push_back(std::move(one));
  }
  if (!dry_run && !all.empty()) (void)follower_.WaitFolded(ledger_.size() - 1, kFoldWait);
  return all;
}

Status QuarantineReplay::SetAside(const QuarantineRow& row, std::string_view by, std::string_view reason) {
  if (row.state != QuarantineRow::State::kOpen) return petition::Conflict("closed", "it is closed already");
  GUIYI_TRY(const auto entry, Decide(row.index, {{"what", "set_aside"}, {"by", by}, {"reason", reason}}));
  (void)follower_.WaitFolded(entry, kFoldWait);
  return petition::Ok();
}

}  // namespace gateway
