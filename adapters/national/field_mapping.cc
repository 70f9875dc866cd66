#include "adapters/national/field_mapping.h"

#include <limits>

namespace adapters {
namespace {

std::string TimeText(const std::optional<petition::Time>& time) {
  return time ? petition::FormatTime(*time) : std::string();
}

national_wire::Person ToWire(const petition::Petitioner& petitioner) {
  national_wire::Person person;
  person.name = petitioner.name;
  person.idNumber = petitioner.id_number;
  person.phone = petitioner.phone;
  person.callingNumber = petitioner.calling_number;
  person.account = petitioner.account;
  person.address = petitioner.address;
  person.role = petitioner.role;
  return person;
}

petition::Petitioner PersonFromWire(const national_wire::Person& person) {
  petition::Petitioner petitioner;
  petitioner.name = CleanText(person.name);
  petitioner.id_number = CleanText(person.idNumber);
  petitioner.phone = CleanText(person.phone);
  petitioner.calling_number = CleanText(person.callingNumber);
  petitioner.account = CleanText(person.account);
  petitioner.address = CleanText(person.address);
  petitioner.role = CleanText(person.role);
  return petitioner;
}

// The main petitioner first, the others in their order.
std::vector<national_wire::Person> Persons(const std::vector<petition::Petitioner>& petitioners) {
  std::vector<national_wire::Person> persons;
  persons.reserve(petitioners.size());
  for (const auto& petitioner : petitioners) {
    auto person = ToWire(petitioner);
    const bool main = petitioner.role == "main" && (persons.empty() || persons.front().role != "main");
    persons.insert(main ? persons.begin() : persons.end(), std::move(person));
  }
  return persons;
}

std::vector<national_wire::AttachmentRef> Attachments(const std::vector<petition::Attachment>& attachments) {
  std::vector<national_wire::AttachmentRef> refs;
  refs.reserve(attachments.size());
  for (const auto& attachment : attachments) {
    national_wire::AttachmentRef ref;
    ref.name = attachment.name;
    ref.mediaType = attachment.media_type;
    ref.size = static_cast<std::int64_t>(attachment.size);
    ref.sha256 = attachment.sha256;
    refs.push_back(std::move(ref));
  }
  return refs;
}

national_wire::PetitionContent ToWire(const petition::Submission& submission) {
  national_wire::PetitionContent content;
  content.externalId = submission.external_id;
  content.upstreamNo = submission.upstream_no;
  content.linkNo = submission.link_no;
  content.petitionedAt = TimeText(submission.petitioned_at);
  content.persons = Persons(submission.petitioners);
  content.headCount = static_cast<std::int32_t>(
      std::min<std::uint32_t>(submission.head_count, std::numeric_limits<std::int32_t>::max()));
  content.anonymous = submission.anonymous;
  content.title = submission.title;
  content.content = submission.content;
  content.placeText = submission.place_text;
  content.division = submission.division;
  content.category = submission.category;
  content.purpose = submission.purpose;
  if (submission.is_petition) content.__set_isPetition(*submission.is_petition);
  content.accused = submission.accused;
  content.addressee = submission.addressee;
  content.urgent = submission.urgent;
  content.threat = submission.threat;
  content.confidential = submission.confidential;
  if (submission.location) {
    national_wire::Location location;
    location.lon = submission.location->lon;
    location.lat = submission.location->lat;
    content.__set_location(location);
  }
  content.callId = submission.call.id;
  content.recordingRef = submission.call.recording_ref;
  content.barcode = submission.barcode;
  content.attachments = Attachments(submission.attachments);
  content.claimsRepeatOf = submission.claims.repeat_of;
  content.claimsMergedInto = submission.claims.merged_into;
  return content;
}

petition::Submission ContentFromWire(const national_wire::PetitionContent& content) {
  petition::Submission submission;
  submission.external_id = CleanText(content.externalId);
  submission.upstream_no = CleanText(content.upstreamNo);
  submission.link_no = CleanText(content.linkNo);
  submission.channel = "upper_transfer";
  if (auto time = petition::ParseTime(content.petitionedAt); time.ok()) submission.petitioned_at = *time;
  for (const auto& person : content.persons) submission.petitioners.push_back(PersonFromWire(person));
  submission.head_count = static_cast<std::uint32_t>(std::max<std::int32_t>(0, content.headCount));
  submission.anonymous = content.anonymous;
  submission.title = CleanText(content.title);
  submission.content = CleanText(content.content);
  submission.place_text = CleanText(content.placeText);
  submission.division = CleanText(content.division);
  submission.category = CleanText(content.category);
  submission.purpose = CleanText(content.purpose);
  if (content.__isset.isPetition) submission.is_petition = content.isPetition;
  submission.accused = CleanText(content.accused);
  submission.addressee = CleanText(content.addressee);
  submission.urgent = content.urgent;
  submission.threat = CleanText(content.threat);
  submission.confidential = content.confidential;
  if (content.__isset.location) submission.location = petition::Location{content.location.lon, content.location.lat};
  submission.call.id = CleanText(content.callId);
  submission.call.recording_ref = CleanText(content.recordingRef);
  submission.barcode = CleanText(content.barcode);
  submission.claims.repeat_of = CleanText(content.claimsRepeatOf);
  submission.claims.merged_into = CleanText(content.claimsMergedInto);
  return submission;
}

}  // namespace

national_wire::Registration ToWire(const Parcel& parcel) {
  national_wire::Registration registration;
  registration.reference = parcel.intake_no;
  registration.contentDigest = parcel.content_digest;
  registration.caseNo = parcel.case_no;
  registration.source = parcel.source;
  registration.channel = parcel.submission.channel;
  registration.receivedAt = TimeText(parcel.submission.received_at);
  registration.registeredAt = petition::FormatTime(parcel.registered_at);
  registration.relation = std::string(petition::RelationName(parcel.relation));
  registration.earlierReference = parcel.of_intake_no;
  registration.sealed = parcel.sealed;
  if (!parcel.sealed) registration.__set_content(ToWire(parcel.submission));
  return registration;
}

national_wire::PetitionUpdate ToWire(const Update& update) {
  national_wire::PetitionUpdate wire;
  wire.reference = update.intake_no;
  wire.updateId = update.update_id;
  wire.kind = update.kind;
  wire.caseNo = update.case_no;
  wire.event = update.event;
  wire.text = update.text;
  if (update.submission) wire.__set_content(ToWire(*update.submission));
  return wire;
}

std::string CleanText(const std::string& text) {
  const auto json = petition::Json::parse(petition::DumpJson(petition::Json(text)), nullptr, false);
  return json.is_string() ? json.get<std::string>() : std::string();
}

Instruction FromWire(const national_wire::Instruction& wire) {
  Instruction instruction;
  instruction.id = CleanText(wire.id);
  instruction.kind = CleanText(wire.kind);
  instruction.intake_no = CleanText(wire.reference);
  instruction.national_no = CleanText(wire.nationalNo);
  instruction.state = CleanText(wire.state);
  instruction.text = CleanText(wire.text);
  if (wire.__isset.item) instruction.item = ContentFromWire(wire.item);
  const auto at = petition::ParseTime(wire.at);
  if (at.ok()) instruction.at = *at;
  instruction.problem = wire.id.empty() ? "no_id" : wire.kind.empty() ? "no_kind" : !at.ok() ? "time_unreadable" : "";
  if (instruction.problem.empty()) return instruction;
  petition::Json raw = {{"id", instruction.id},
                        {"kind", instruction.kind},
                        {"reference", instruction.intake_no},
                        {"nationalNo", instruction.national_no},
                        {"state", instruction.state},
                        {"text", instruction.text},
                        {"at", CleanText(wire.at)}};
  if (instruction.item) raw["item"] = petition::SubmissionToJson(*instruction.item);
  instruction.raw = petition::CanonicalJson(raw);
  return instruction;
}

}  // namespace adapters
