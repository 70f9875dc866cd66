#include "gateway/uplink/handed_down.h"

#include "petition/json.h"

namespace gateway {

petition::Status TakeHandedDown(Intake& intake, std::string_view destination,
                                const adapters::Instruction& instruction) {
  if (!instruction.item) return petition::Invalid("item_missing", "nothing was handed down");
  Arrival arrival;
  arrival.source = std::string(destination);
  arrival.submission = *instruction.item;
  auto& submission = arrival.submission;
  submission.channel = "upper_transfer";
  // The number it has above joins the two routes of one submission; what it was called there stays visible.
  if (submission.upstream_no.empty())
    submission.upstream_no = instruction.national_no.empty() ? submission.external_id : instruction.national_no;
  submission.external_id = instruction.id;
  if (!submission.received_at) submission.received_at = instruction.at;
  arrival.raw = petition::CanonicalJson(petition::Json{{"id", instruction.id},
                                                       {"kind", instruction.kind},
                                                       {"nationalNo", instruction.national_no},
                                                       {"text", instruction.text},
                                                       {"at", petition::FormatTime(instruction.at)},
                                                       {"item", petition::SubmissionToJson(*instruction.item)}});
  GUIYI_CHECK(intake.Register(arrival));
  return petition::Ok();
}

}  // namespace gateway
