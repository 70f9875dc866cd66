#include "adapters/hotline/hotline.h"

#include "adapters/pushed/checked_door.h"
#include "adapters/spec_reader.h"

namespace adapters::hotline {
namespace {

using petition::FieldError;

bool HasNumber(const petition::Submission& submission) {
  for (const auto& person : submission.petitioners) {
    if (!person.phone.empty() || !person.calling_number.empty()) return true;
  }
  return false;
}

std::vector<FieldError> Check(const HotlineOptions& options, const petition::Submission& submission) {
  std::vector<FieldError> findings;
  // Withheld numbers are normal; then the order says that its caller is anonymous.
  if (!submission.anonymous && !HasNumber(submission))
    findings.push_back(
        {"/petitioners/0/phone", "missing", "the calling or the contact number is needed, unless anonymous"});
  if (options.operator_needed && submission.call.operator_name.empty())
    findings.push_back({"/call/operator", "missing", "who took the call is needed"});
  if (options.call_id_needed && submission.call.id.empty())
    findings.push_back({"/call/id", "missing", "the exchange's number of the call is needed"});
  for (std::size_t i = 0; i < submission.attachments.size(); ++i) {
    if (submission.attachments[i].media_type.starts_with("audio/"))
      findings.push_back(
          {"/attachments/" + std::to_string(i), "recording", "recordings are named by call.recordingRef"});
  }
  return findings;
}

}  // namespace

std::unique_ptr<Door> MakeHotlineDoor(const HotlineOptions& options, std::shared_ptr<const SourceSpec> spec) {
  return MakeCheckedDoor(
      {.kind = "hotline",
       .channel = "hotline",
       .check = [options](const petition::Json&, petition::Submission& s) { return Check(options, s); }},
      std::move(spec));
}

petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  HotlineOptions options;
  options.operator_needed = reader.Flag("operator_needed", options.operator_needed);
  options.call_id_needed = reader.Flag("call_id_needed", options.call_id_needed);
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return MakeHotlineDoor(options, setup.spec);
}

}  // namespace adapters::hotline
