#include "gateway/feeds/source_life.h"

#include <set>

#include "petition/json.h"

namespace gateway {

using petition::Json;
using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kPage = 500;

bool StepAllowed(std::string_view from, std::string_view to) {
  if (to == "suspended" || to == "draft") return true;
  if (to == "connected") return from == "draft" || from == "shadow" || from == "suspended";
  if (to == "shadow") return from != "draft";
  return from == "shadow" || from == "suspended";
}

}  // namespace

Result<bool> SourceLife::Reads(const Adapter& adapter, const QuarantineRow& row, std::string& external_id) const {
  GUIYI_TRY(const auto stored, ledger_.Read(row.index, ledger::Ledger::Raw::kRead));
  if (stored.dropped || stored.raw.empty()) return false;
  GUIYI_TRY(const Json record, petition::ParseJson(stored.record));
  const Json where = record.value("where", Json::object());
  const auto reread =
      adapter.Reread({where.value("place", ""), stored.raw, record.value("mediaType", ""), where.value("context", "")});
  if (!reread.ok() || reread->refusal) return false;
  if (reread->submission) external_id = reread->submission->external_id;
  return true;
}

Result<ShadowTotals> SourceLife::TotalsOf(std::string_view source) const {
  GUIYI_TRY(const auto adapter, adapters_.Of(source));
  ShadowTotals totals;
  std::set<std::string> numbers;
  QuarantineFilter filter;
  filter.source = source;
  filter.state = QuarantineRow::State::kOpen;
  filter.shadow = true;
  std::optional<std::uint64_t> after;
  while (true) {
    GUIYI_TRY(const auto rows, quarantine_.List(filter, after, kPage));
    if (rows.empty()) break;
    after = rows.back().index;
    for (const QuarantineRow& row : rows) {
      std::string number = row.external_id;
      if (row.would_fail) {
        GUIYI_TRY(const bool reads, Reads(*adapter, row, number));
        if (!reads) ++totals.failed;
      }
      if (!number.empty()) numbers.insert(std::move(number));
    }
  }
  totals.numbers = numbers.size();
  return totals;
}

Status SourceLife::Change(std::string_view name, const StateChange& change) {
  const auto source = registry_.FindSource(name);
  if (!source) return petition::NotFound("there is no such source");
  if (!IsSourceState(change.state)) return petition::Invalid("state_unknown", "a source has no such state");
  if (source->state == change.state) return petition::Conflict("same_state", "the source has that state already");
  if (!StepAllowed(source->state, change.state)) {
    return petition::Conflict("step_not_allowed", "from " + source->state + " a source does not go to " + change.state +
                                                      ": the order is draft, connected, shadow, live");
  }
  Json why = Json::object();
  if (!change.reason.empty()) why["reason"] = change.reason;
  const bool opens = change.state != "suspended" && change.state != "draft";
  if (opens && source->mapping_version != 0) {
    auto adapter = adapters_.Of(name);
    if (!adapter.ok()) return std::move(adapter).error();
  }
  if (change.state == "live" && source->mapping_version != 0) {
    if (change.control_count) {
      GUIYI_TRY(const ShadowTotals totals, TotalsOf(name));
      why["control"] = {{"said", *change.control_count}, {"seen", totals.numbers}, {"failed", totals.failed}};
      if (totals.numbers != *change.control_count || totals.failed != 0) {
        return petition::Conflict("control_totals_differ", "the source says " + std::to_string(*change.control_count) +
                                                               ", the hub saw " + std::to_string(totals.numbers) +
                                                               " and could not take " + std::to_string(totals.failed) +
                                                               " records");
      }
    } else if (change.reason.empty()) {
      return petition::Invalid("control_totals_missing",
                               "going live needs the source's own count of what it handed in, or a reason why not");
    }
  }
  return registry_.SetSourceState(name, change.state, change.by, why.empty() ? Json() : why);
}

}  // namespace gateway
