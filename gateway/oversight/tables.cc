#include "gateway/oversight/tables.h"

#include "dedup/case_book_file.h"
#include "gateway/oversight/event_fields.h"
#include "gateway/state/reached_figures.h"

namespace gateway {

using ledger::Kind;
using petition::Json;
using petition::Result;
using petition::Status;

namespace {

/// Whether every intake that the case book holds is an item, too.
Status CheckComplete(dedup::CaseBook& book) {
  return dedup::Guarded("items", [&]() -> Status {
    auto sql = book.file().Reader();
    // The newest intake tells: both are written in one transaction.
    const bool behind = sql->Number(
                            "SELECT EXISTS(SELECT 1 FROM (SELECT idx FROM intakes ORDER BY idx DESC LIMIT 1) n WHERE "
                            "NOT EXISTS(SELECT 1 FROM items i WHERE i.idx=n.idx))") != 0;
    if (!behind) return petition::Ok();
    petition::Error error = petition::Corrupt("state.db lacks the tables of oversight");
    error.reason = "state_version";
    error.message = "state.db was made by another version: run `guiyi rebuild state`";
    return error;
  });
}

/// What a petitioner's rating says; the scales of sources are put into these words on their way in.
bool IsSatisfied(const Json& record) {
  const std::string text = EventText(record, "rating");
  return text == "满意" || text == "基本满意" || text == "satisfied" || text == "basically_satisfied";
}

/// An event about one of our intakes, seen by each table.
Status TakeEvent(OversightTables& tables, std::uint64_t entry, const Json& record) {
  GUIYI_CHECK(tables.registers().TakeEvent(entry, record));
  if (!record.contains("intake")) return petition::Ok();
  const auto index = record.at("intake").get<std::uint64_t>();
  const std::string event = record.value("event", "");
  if (event == "rated") GUIYI_CHECK(tables.items().Rate(index, IsSatisfied(record)));
  if (event == "closed" || event == "resolved") {
    GUIYI_TRY(const auto at, petition::ParseTime(record.at("at").get<std::string>()));
    GUIYI_CHECK(tables.items().CloseCase(index, at));
  }
  return tables.clocks().TakeEvent(entry, record);
}

}  // namespace

Result<std::unique_ptr<OversightTables>> OversightTables::Open(dedup::CaseBook& book, const ledger::Ledger& ledger,
                                                               const ledger::KeyRing& keys, config::ClockTable table,
                                                               config::Calendar calendar) {
  auto tables = std::unique_ptr<OversightTables>(new OversightTables());
  GUIYI_TRY(tables->items_, Items::Open(book, keys.Derive("callers")));
  GUIYI_TRY(tables->registers_, Registers::Open(*tables->items_, ledger));
  GUIYI_TRY(tables->findings_, Findings::Open(book));
  GUIYI_TRY(tables->shadows_, ShadowBook::Open(book));
  GUIYI_TRY(tables->upstream_, UpstreamBook::Open(book, ledger));
  // Beside the deliveries, the items and the destinations' registers: all three are there by now.
  GUIYI_CHECK(dedup::Guarded("reached", [&]() -> Status {
    MakeReachedFigures(*book.file().Writer());
    return petition::Ok();
  }));
  GUIYI_TRY(tables->clocks_, ClockBook::Open(book, std::move(table), std::move(calendar)));
  GUIYI_CHECK(CheckComplete(book));
  return tables;
}

Status OversightTables::TakeIntake(const dedup::IntakeRow& row, const IntakeRecord* record) {
  GUIYI_CHECK(items_->Add(row, record));
  if (row.historic) return petition::Ok();
  GUIYI_CHECK(
      registers_->TakeIntake(row.source, record ? record->submission.external_id : std::string(), row.received_at));
  if (record) {
    const auto& said = record->submission;
    for (const auto* number : {&said.claims.repeat_of, &said.upstream_no, &said.link_no})
      GUIYI_CHECK(registers_->TakeNamed(*number, row));
  }
  return clocks_->TakeIntake(row, record);
}

Status OversightTables::TakeEntry(const ledger::Stored& stored, const Json& record) {
  switch (stored.kind) {
    case Kind::kRegister:
      if (record.value("register", "") == "upstream") return upstream_->TakeRegister(stored, record);
      return registers_->TakeRegister(stored, record);
    case Kind::kManifest:
      return registers_->TakeManifest(stored.index, record);
    case Kind::kRefused:
      return registers_->TakeRefused(stored, record);
    case Kind::kDelivered:
      return upstream_->TakeDelivered(record);
    case Kind::kFinding:
      return findings_->Take(stored.index, record);
    case Kind::kEvent:
      return TakeEvent(*this, stored.index, record);
    default:
      return petition::Ok();
  }
}

Result<std::string> OversightTables::Dump() const {
  std::string dump;
  GUIYI_TRY(const auto items, items_->Dump());
  GUIYI_TRY(const auto registers, registers_->Dump());
  GUIYI_TRY(const auto clocks, clocks_->Dump());
  GUIYI_TRY(const auto findings, findings_->Dump());
  GUIYI_TRY(const auto shadows, shadows_->Dump());
  GUIYI_TRY(const auto upstream, upstream_->Dump());
  return items + registers + clocks + findings + shadows + upstream;
}

}  // namespace gateway
