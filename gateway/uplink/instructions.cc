#include "gateway/uplink/instructions.h"

#include "petition/identifiers.h"
#include "petition/json.h"

namespace gateway {
namespace {

// The destination's words in the hub's vocabulary of events (interfaces.md). What has no name there is recorded as
// "national": it shows, and moves no clock.
std::string_view EventName(const adapters::Instruction& instruction, const std::string& state) {
  if (instruction.kind == "answer") return "replied";
  if (instruction.kind == "urge") return "urged";
  if (instruction.kind == "assign") return "assigned";
  if (instruction.kind == "rating") return "rated";
  if (instruction.kind != "state") return "national";
  constexpr std::string_view kSame[] = {"noticed",  "accepted",    "not_accepted", "no_longer_accepted",
                                        "assigned", "transferred", "returned",     "extended",
                                        "closed",   "resolved",    "withdrawn"};
  for (const auto known : kSame)
    if (state == known) return known;
  return "national";
}

constexpr std::size_t kIdMax = 128;

bool HasId(const adapters::Instruction& instruction) {
  return !instruction.id.empty() && instruction.id.size() <= kIdMax;
}

/// What it is known by; of one without a usable id, which can't be acknowledged, what came with it.
std::string KeyOf(const adapters::Instruction& instruction) {
  if (HasId(instruction)) return instruction.id;
  return "sha256:" + ledger::Hex(ledger::AsBytes(ledger::Sha256(instruction.id + instruction.raw)));
}

bool MayPass(const petition::Error& error) {
  return error.code == petition::Code::kUnavailable || error.code == petition::Code::kPushback;
}

}  // namespace

petition::Result<InstructionsTaken::Page> InstructionsTaken::Take(adapters::Destination& destination) {
  GUIYI_TRY(const auto from, book_.Cursor(destination.name()));
  GUIYI_TRY(auto page, destination.Fetch(from, options_.fetch_limit));
  Page taken;
  for (const auto& instruction : page.items) {
    GUIYI_TRY(const bool recorded, TakeOne(destination.name(), instruction));
    taken.recorded += recorded ? 1 : 0;
  }
  if (page.next_cursor != from) GUIYI_CHECK(book_.SetCursor(destination.name(), page.next_cursor));
  GUIYI_CHECK(Acknowledge(destination));
  taken.more = page.more && page.next_cursor != from;
  return taken;
}

/// False: it was on the ledger already.
petition::Result<bool> InstructionsTaken::TakeOne(std::string_view destination,
                                                  const adapters::Instruction& instruction) {
  const std::string key = KeyOf(instruction);
  GUIYI_TRY(const bool known, book_.Has(destination, key));
  std::string problem = instruction.problem;
  bool handed_down = false;
  if (!known && problem.empty() && instruction.item && options_.hand_down) {
    const auto taken = options_.hand_down(destination, instruction);
    if (!taken.ok() && MayPass(taken.error())) return taken.error();
    handed_down = taken.ok();
    if (!taken.ok()) problem = taken.error().Reason();
  }
  if (!known && !handed_down) GUIYI_CHECK(Record(destination, instruction, problem));
  GUIYI_CHECK(HasId(instruction) ? book_.Owe(destination, key) : book_.Add(destination, key));
  return !known;
}

petition::Status InstructionsTaken::Record(std::string_view destination, const adapters::Instruction& instruction,
                                           const std::string& problem) {
  std::uint64_t intake = ledger::kNoIndex;
  if (auto found = IntakeOf(instruction); found.ok()) {
    intake = *found;
  } else if (found.error().code != petition::Code::kNotFound) {
    return found.error();
  }
  const bool clear = problem.empty();
  const std::string state = options_.codes ? options_.codes->State(instruction.state) : instruction.state;
  petition::Json record = {{"kind", "event"},
                           {"v", 1},
                           {"event", clear ? EventName(instruction, state) : "national"},
                           {"by", destination},
                           {"at", petition::FormatTime(clear ? instruction.at : clock_.Now())},
                           {"text", instruction.text},
                           {"destination", destination},
                           {"instruction", KeyOf(instruction)},
                           {"what", clear ? instruction.kind : "unreadable"},
                           {"nationalNo", instruction.national_no},
                           {"state", instruction.state}};
  if (state != instruction.state) record["stateHere"] = state;
  if (!clear) record["problem"] = problem;
  if (intake != ledger::kNoIndex) record["intake"] = intake;
  // What is about none of our intakes is kept as it came: nothing that reached us stays outside the ledger.
  if (intake == ledger::kNoIndex && !instruction.intake_no.empty()) record["reference"] = instruction.intake_no;
  if (instruction.item) record["item"] = petition::SubmissionToJson(*instruction.item);
  ledger::Draft draft;
  draft.kind = ledger::Kind::kEvent;
  draft.about = intake;
  draft.record = petition::CanonicalJson(record);
  draft.raw = instruction.raw;
  GUIYI_CHECK(ledger_.Append(std::move(draft)));
  return petition::Ok();
}

petition::Result<std::uint64_t> InstructionsTaken::IntakeOf(const adapters::Instruction& instruction) const {
  const auto no = petition::ParseIntakeNo(instruction.intake_no);
  if (!no) return petition::NotFound("no intake number");
  GUIYI_TRY(const auto index, ledger_.FindIntake(no->day, no->serial));
  if (!index) return petition::NotFound("no such intake");
  return *index;
}

/// The first that is not taken ends the round: those tried less often come before it in the next.
petition::Status InstructionsTaken::Acknowledge(adapters::Destination& destination) {
  for (;;) {
    GUIYI_TRY(const auto owed, book_.Owed(destination.name(), options_.fetch_limit));
    if (owed.empty()) return petition::Ok();
    for (const auto& id : owed) {
      if (!destination.Acknowledge(id).ok()) return book_.MarkTried(destination.name(), id);
      GUIYI_CHECK(book_.MarkAcknowledged(destination.name(), id));
    }
  }
}

}  // namespace gateway
