#include "gateway/uplink/parcels.h"

#include "gateway/intake.h"
#include "gateway/sight.h"

namespace gateway {
namespace {

petition::Submission Envelope(const petition::Submission& submission) {
  petition::Submission envelope;
  envelope.channel = submission.channel;
  envelope.received_at = submission.received_at;
  return envelope;
}

}  // namespace

petition::Result<Consignment> Parcels::Make(const Delivery& row) const {
  if (row.update) {
    GUIYI_TRY(auto update, Change(row));
    return Consignment(std::move(update));
  }
  GUIYI_TRY(auto parcel, Registration(row));
  return Consignment(std::move(parcel));
}

petition::Result<adapters::Parcel> Parcels::Registration(const Delivery& row) const {
  GUIYI_TRY(const auto stored, ledger_.Read(row.index));
  GUIYI_TRY(auto record, ReadIntakeRecord(stored));
  adapters::Parcel parcel;
  parcel.intake_no = record.intake_no;
  parcel.source = record.source;
  parcel.registered_at = record.registered_at;
  parcel.sealed = SealedNow(book_, record);
  if (parcel.sealed) {
    parcel.content_digest = ledger::Hex(ledger::AsBytes(ledger::Sha256(stored.entry)));
    parcel.submission = Envelope(record.submission);
    return parcel;
  }
  parcel.content_digest = ledger::Hex(ledger::AsBytes(ledger::Sha256(petition::CanonicalContent(record.submission))));
  parcel.submission = std::move(record.submission);
  parcel.case_no = row.case_no;
  auto decision = book_.DecisionOf(row.index);
  if (decision.ok()) {
    parcel.relation = decision->now.relation;
    parcel.of_intake_no = decision->now.of_intake_no;
  } else if (decision.error().code != petition::Code::kNotFound) {
    return decision.error();
  }
  return parcel;
}

petition::Result<adapters::Update> Parcels::Change(const Delivery& row) const {
  adapters::Update update;
  update.intake_no = row.intake_no;
  update.update_id = std::to_string(row.entry);
  update.kind = row.kind;
  update.event = row.event;
  // Whether it is sealed is asked of the book: a row may be older than a person's decision to seal.
  GUIYI_TRY(const auto intake, ledger_.Read(row.index));
  bool sealed = row.sealed;
  if (auto record = ReadIntakeRecord(intake); record.ok()) sealed = SealedNow(book_, *record);
  if (sealed) return update;
  update.case_no = row.case_no;
  GUIYI_TRY(const auto stored, ledger_.Read(row.entry));
  if (row.kind == "revision") {
    GUIYI_TRY(auto record, ReadIntakeRecord(stored));
    if (!SealedNow(book_, record)) update.submission = std::move(record.submission);
    return update;
  }
  if (stored.dropped || stored.kind == ledger::Kind::kIntake || stored.kind == ledger::Kind::kVerdict) return update;
  GUIYI_TRY(const auto json, petition::ParseJson(stored.record));
  // An answer given to another member of the case: that it was answered goes up, the words are for whom they were
  // written to.
  if (row.kind == "event" && json.value("intake", row.index) != row.index) return update;
  for (const char* member : {"text", "reason"}) {
    if (const auto found = json.find(member); found != json.end() && found->is_string()) {
      update.text = found->get<std::string>();
      break;
    }
  }
  return update;
}

}  // namespace gateway
