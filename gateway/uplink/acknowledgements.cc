#include "gateway/uplink/acknowledgements.h"

#include "petition/json.h"

namespace gateway {
namespace {

petition::Result<std::uint64_t> Put(ledger::Ledger& ledger, ledger::Kind kind, std::uint64_t about,
                                    const petition::Json& record) {
  ledger::Draft draft;
  draft.kind = kind;
  draft.about = about;
  draft.record = petition::CanonicalJson(record);
  GUIYI_TRY(const auto appended, ledger.Append(std::move(draft)));
  return appended.index;
}

bool IsAbout(const petition::Json& record, const Delivery& row) {
  const bool same = row.update ? record.value("update", ledger::kNoIndex) == row.entry : !record.contains("update");
  return same && record.value("destination", "") == row.destination;
}

}  // namespace

petition::Result<std::uint64_t> Acknowledgements::Delivered(const Delivery& row, const Ending& ending) {
  petition::Json record = {{"kind", "delivered"},
                           {"v", 1},
                           {"intake", row.index},
                           {"intakeNo", row.intake_no},
                           {"destination", row.destination},
                           {"outcome", ending.outcome},
                           {"nationalNo", ending.national_no},
                           {"state", ending.state},
                           {"reason", ending.reason},
                           {"attempt", ending.attempt},
                           {"at", petition::FormatTime(clock_.Now())}};
  if (row.update) record["update"] = row.entry;
  if (ending.outcome != "done") record["owner"] = ending.owner;
  return Put(ledger_, ledger::Kind::kDelivered, row.index, record);
}

petition::Result<bool> Acknowledgements::Stands(const Delivery& row) const {
  std::optional<std::uint64_t> ended, retried;
  bool done = false;
  for (const auto kind : {ledger::Kind::kDelivered, ledger::Kind::kDecision}) {
    GUIYI_TRY(const auto entries, ledger_.History(row.index, kind));
    for (const auto index : entries) {
      GUIYI_TRY(const auto stored, ledger_.Read(index));
      if (stored.dropped) continue;
      GUIYI_TRY(const auto record, petition::ParseJson(stored.record));
      if (!IsAbout(record, row)) continue;
      const std::string what = record.value("what", "");
      if (kind == ledger::Kind::kDelivered) {
        ended = index;
        done = done || record.value("outcome", "") == "done";
      } else if (what == "delivery_skip") {
        done = true;
      } else if (what == "delivery_retry") {
        retried = index;
      }
    }
  }
  return done || (ended && (!retried || *retried < *ended));
}

petition::Result<std::uint64_t> Acknowledgements::Decided(const Delivery& row, std::string_view what,
                                                          std::string_view by, std::string_view reason,
                                                          std::string_view owner) {
  petition::Json record = {{"kind", "decision"},
                           {"v", 1},
                           {"what", what},
                           {"intake", row.index},
                           {"intakeNo", row.intake_no},
                           {"destination", row.destination},
                           {"by", by},
                           {"reason", reason},
                           {"at", petition::FormatTime(clock_.Now())}};
  if (row.update) record["update"] = row.entry;
  if (!owner.empty()) record["owner"] = owner;
  return Put(ledger_, ledger::Kind::kDecision, row.index, record);
}

}  // namespace gateway
