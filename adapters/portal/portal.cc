#include "adapters/portal/portal.h"

#include "adapters/pushed/checked_door.h"
#include "adapters/spec_reader.h"

namespace adapters::portal {
namespace {

using petition::FieldError;

std::vector<FieldError> Check(const PortalOptions& options, const petition::Submission& submission) {
  if (!options.contact_needed || submission.anonymous) return {};
  if (submission.petitioners.empty())
    return {{"/petitioners", "missing", "who hands this in is needed, unless it is anonymous"}};
  std::vector<FieldError> findings;
  const auto& main = submission.petitioners.front();
  if (main.name.empty() && main.account.empty())
    findings.push_back({"/petitioners/0/name", "missing", "a name or an account is needed, unless it is anonymous"});
  if (main.phone.empty() && main.id_number.empty() && main.address.empty())
    findings.push_back(
        {"/petitioners/0/phone", "missing", "a telephone number, an id number or an address is needed to answer"});
  return findings;
}

}  // namespace

std::unique_ptr<Door> MakePortalDoor(const PortalOptions& options, std::shared_ptr<const SourceSpec> spec) {
  return MakeCheckedDoor(
      {.kind = "portal",
       .channel = "portal",
       .check = [options](const petition::Json&, petition::Submission& s) { return Check(options, s); }},
      std::move(spec));
}

petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  PortalOptions options;
  options.contact_needed = reader.Flag("contact_needed", options.contact_needed);
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return MakePortalDoor(options, setup.spec);
}

}  // namespace adapters::portal
