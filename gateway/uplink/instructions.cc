#include "gateway/uplink/instructions.h"

#include "petition/identifiers.h"
#include "petition/json.h"

namespace gateway {
namespace {

// The destination's words in the hub's vocabulary of events (interfaces.md). What has no name there is recorded as
// "national": it shows, and moves no clock.
std::string_view EventName(const adapters::Instruction& instruction) {
  if (instruction.kind == "answer") return "replied";
  if (instruction.kind == "urge") return "urged";
  if (instruction.kind == "assign") return "assigned";
  if (instruction.kind == "rating") return "rated";
  if (instruction.kind != "state") return "national";
  constexpr std::string_view kSame[] = {"noticed",  "accepted",    "not_accepted", "no_longer_accepted",
                                        "assigned", "transferred", "returned",     "extended",
                                        "closed",   "resolved",    "withdrawn"};
  for (const auto known : kSame)
    if (instruction.state == known) return known;
  return "national";
}

}  // namespace

petition::Result<InstructionsTaken::Page> InstructionsTaken::Take(adapters::Destination& destination) {
  GUIYI_TRY(const auto from, cursor_.Get(destination.name()));
  GUIYI_TRY(auto page, destination.Fetch(from, options_.fetch_limit));
  Page taken;
  for (const auto& instruction : page.items) {
    GUIYI_TRY(const bool recorded, Record(destination.name(), instruction));
    taken.recorded += recorded ? 1 : 0;
    GUIYI_CHECK(destination.Acknowledge(instruction.id));
  }
  if (page.next_cursor != from) GUIYI_CHECK(cursor_.Set(destination.name(), page.next_cursor));
  taken.more = page.more && page.next_cursor != from;
  return taken;
}

petition::Result<bool> InstructionsTaken::Record(std::string_view destination,
                                                 const adapters::Instruction& instruction) {
  if (instruction.item && options_.hand_down) {
    GUIYI_CHECK(options_.hand_down(instruction));
    return true;
  }
  std::uint64_t intake = ledger::kNoIndex;
  if (auto found = IntakeOf(instruction); found.ok()) {
    intake = *found;
    GUIYI_TRY(const bool known, Known(intake, destination, instruction.id));
    if (known) return false;
  } else if (found.error().code != petition::Code::kNotFound) {
    return found.error();
  }
  petition::Json record = {{"kind", "event"},
                           {"v", 1},
                           {"event", EventName(instruction)},
                           {"by", destination},
                           {"at", petition::FormatTime(instruction.at)},
                           {"text", instruction.text},
                           {"destination", destination},
                           {"instruction", instruction.id},
                           {"what", instruction.kind},
                           {"nationalNo", instruction.national_no},
                           {"state", instruction.state}};
  if (intake != ledger::kNoIndex) record["intake"] = intake;
  // What is about none of our intakes is kept as it came: nothing that reached us stays outside the ledger.
  if (intake == ledger::kNoIndex && !instruction.intake_no.empty()) record["reference"] = instruction.intake_no;
  if (instruction.item) record["item"] = petition::SubmissionToJson(*instruction.item);
  ledger::Draft draft;
  draft.kind = ledger::Kind::kEvent;
  draft.about = intake;
  draft.record = petition::CanonicalJson(record);
  GUIYI_CHECK(ledger_.Append(std::move(draft)));
  return true;
}

petition::Result<std::uint64_t> InstructionsTaken::IntakeOf(const adapters::Instruction& instruction) const {
  const auto no = petition::ParseIntakeNo(instruction.intake_no);
  if (!no) return petition::NotFound("no intake number");
  GUIYI_TRY(const auto index, ledger_.FindIntake(no->day, no->serial));
  if (!index) return petition::NotFound("no such intake");
  return *index;
}

petition::Result<bool> InstructionsTaken::Known(std::uint64_t intake, std::string_view destination,
                                                std::string_view id) const {
  GUIYI_TRY(const auto events, ledger_.History(intake, ledger::Kind::kEvent));
  for (const auto index : events) {
    GUIYI_TRY(const auto stored, ledger_.Read(index));
    if (stored.dropped) continue;
    GUIYI_TRY(const auto record, petition::ParseJson(stored.record));
    if (record.value("instruction", "") == id && record.value("destination", "") == destination) return true;
  }
  return false;
}

}  // namespace gateway
