#include <cstdlib>

#include "petition/base64.h"
#include "petition/submission.h"
#include "petition/submission_text.h"

namespace petition {
namespace {

std::string UnescapePointer(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      out += token[++i] == '1' ? '/' : '~';
    } else {
      out += token[i];
    }
  }
  return out;
}

void Put(Json& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}
void Put(Json& out, const char* name, bool value) {
  if (value) out[name] = true;
}
void Put(Json& out, const char* name, const std::optional<bool>& value) {
  if (value) out[name] = *value;
}
void Put(Json& out, const char* name, const std::optional<Time>& value) {
  if (value) out[name] = FormatTime(*value);
}
void Put(Json& out, const char* name, Json value) {
  if (!value.empty()) out[name] = std::move(value);
}

Json ToJson(const Petitioner& petitioner) {
  Json out = Json::object();
  Put(out, "name", petitioner.name);
  Put(out, "idNumber", petitioner.id_number);
  Put(out, "phone", petitioner.phone);
  Put(out, "callingNumber", petitioner.calling_number);
  Put(out, "account", petitioner.account);
  Put(out, "address", petitioner.address);
  Put(out, "role", petitioner.role);
  return out;
}

Json ToJson(const Attachment& attachment, bool bytes) {
  Json out = Json::object();
  Put(out, "name", attachment.name);
  Put(out, "mediaType", attachment.media_type);
  if (attachment.size != 0) out["size"] = attachment.size;
  Put(out, "sha256", attachment.sha256);
  if (bytes && !attachment.content.empty()) out["content"] = EncodeBase64(attachment.content);
  return out;
}

Json PetitionersToJson(const std::vector<Petitioner>& petitioners) {
  Json out = Json::array();
  for (const Petitioner& petitioner : petitioners) out.push_back(ToJson(petitioner));
  return out;
}

// The fields that say what the submission says: not when, by which way or under which number it came.
Json Essence(const Submission& submission) {
  Json out = Json::object();
  Put(out, "channel", submission.channel);
  Put(out, "petitioners", PetitionersToJson(submission.petitioners));
  if (submission.head_count != 0) out["headCount"] = submission.head_count;
  Put(out, "anonymous", submission.anonymous);
  Put(out, "title", submission.title);
  Put(out, "content", submission.content);
  Put(out, "placeText", submission.place_text);
  Put(out, "division", submission.division);
  Put(out, "category", submission.category);
  Put(out, "purpose", submission.purpose);
  Put(out, "isPetition", submission.is_petition);
  Put(out, "accused", submission.accused);
  Put(out, "addressee", submission.addressee);
  Put(out, "urgent", submission.urgent);
  Put(out, "threat", submission.threat);
  Put(out, "confidential", submission.confidential);
  if (submission.location) out["location"] = {{"lon", submission.location->lon}, {"lat", submission.location->lat}};
  Put(out, "barcode", submission.barcode);
  return out;
}

// Puts a field that was kept by its pointer back into the object or array item it came from, if that is still there.
void RestoreNested(Json& root, std::string_view pointer, const Json& value) {
  Json* at = &root;
  pointer.remove_prefix(1);
  for (std::size_t slash; (slash = pointer.find('/')) != std::string_view::npos; pointer.remove_prefix(slash + 1)) {
    const std::string token = UnescapePointer(pointer.substr(0, slash));
    if (at->is_array()) {
      const std::size_t index = token.size() > 9 ? at->size() : static_cast<std::size_t>(std::atoi(token.c_str()));
      if (index >= at->size()) return;
      at = &(*at)[index];
    } else if (at->is_object() &&
               (at->contains(token) || token == "call" || token == "claims" || token == "tie" || token == "location")) {
      at = &(*at)[token];
      if (at->is_null()) *at = Json::object();
    } else {
      return;
    }
  }
  if (at->is_object()) at->emplace(UnescapePointer(pointer), value);
}

}  // namespace

Json SubmissionToJson(const Submission& submission, bool attachment_bytes) {
  Json out = Essence(submission);
  Put(out, "externalId", submission.external_id);
  Put(out, "upstreamNo", submission.upstream_no);
  Put(out, "linkNo", submission.link_no);
  Put(out, "receivedAt", submission.received_at);
  Put(out, "petitionedAt", submission.petitioned_at);
  for (const Attachment& attachment : submission.attachments)
    out["attachments"].push_back(ToJson(attachment, attachment_bytes));

  Json call = Json::object();
  Put(call, "id", submission.call.id);
  Put(call, "operator", submission.call.operator_name);
  Put(call, "recordingRef", submission.call.recording_ref);
  Put(out, "call", std::move(call));
  Json claims = Json::object();
  Put(claims, "first", submission.claims.first);
  Put(claims, "repeat", submission.claims.repeat);
  Put(claims, "repeatOf", submission.claims.repeat_of);
  Put(claims, "mergedInto", submission.claims.merged_into);
  Put(out, "claims", std::move(claims));
  Json tie = Json::object();
  Put(tie, "caseNo", submission.tie.case_no);
  Put(tie, "verdict", submission.tie.verdict);
  Put(tie, "by", submission.tie.by);
  Put(out, "tie", std::move(tie));

  if (const auto* unknown = submission.unknown.get_ptr<const Json::object_t*>()) {
    for (const auto& [name, value] : *unknown) {
      if (name.empty() || name.front() != '/') {
        out.emplace(name, value);
      } else {
        RestoreNested(out, name, value);
      }
    }
  }
  return out;
}

std::string CanonicalContentByTree(const Submission& submission) {
  Json out = Essence(submission);
  Put(out, "recordingRef", submission.call.recording_ref);
  for (const Attachment& attachment : submission.attachments) {
    // The same file may come inline first and by its hash the next time.
    Json item = ToJson(attachment, attachment.sha256.empty());
    if (!attachment.sha256.empty()) item.erase("size");
    out["attachments"].push_back(std::move(item));
  }
  return CanonicalJson(out);
}

}  // namespace petition
