#include "petition/submission_text.h"

#include <algorithm>

#include "petition/json_text.h"

namespace petition {
namespace {

const Json::object_t& NoMembers() {
  static const Json::object_t none;
  return none;
}

/// Writes the members of one object in the order in which it is told them, which has to be that of their names. Empty
/// values are left out. `others` are put in between at their places; one of a name that is told is left out.
class ObjectText {
 public:
  explicit ObjectText(std::string& out, const Json::object_t& others = NoMembers())
      : out_(out), next_(others.begin()), last_(others.end()) {
    out_ += '{';
  }
  void End() {
    while (next_ != last_) Other();
    out_ += '}';
  }

  void Name(const char* name) {
    while (next_ != last_ && next_->first < name) Other();
    if (next_ != last_ && next_->first == name) ++next_;
    Comma();
    out_.append(1, '"').append(name).append("\":");
  }
  void Text(const char* name, const std::string& value) {
    if (value.empty()) return;
    Name(name);
    AppendJsonString(out_, value);
  }
  void Flag(const char* name, bool value) {
    if (value) Raw(name, "true");
  }
  void Flag(const char* name, const std::optional<bool>& value) {
    if (value) Raw(name, *value ? "true" : "false");
  }
  void Instant(const char* name, const std::optional<Time>& value) {
    if (value) Text(name, FormatTime(*value));
  }
  void Raw(const char* name, const std::string& text) {
    Name(name);
    out_ += text;
  }

 private:
  void Comma() {
    if (!std::exchange(first_, false)) out_ += ',';
  }
  void Other() {
    Comma();
    AppendJsonString(out_, next_->first);
    out_ += ':';
    AppendCanonicalJson(out_, next_->second);
    ++next_;
  }

  std::string& out_;
  Json::object_t::const_iterator next_, last_;
  bool first_ = true;
};

/// Whether the unknown fields stand at the top under names of their own, which sort as their bytes do: what was found
/// inside a part (kept under a pointer) has to be put back there, and UTF-16 sorts supplementary characters otherwise.
bool StandAtTheTop(const Json::object_t& unknown) {
  return std::all_of(unknown.begin(), unknown.end(), [](const auto& member) {
    const std::string& name = member.first;
    return !name.empty() && name.front() != '/' &&
           std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
  });
}

void AppendPetitioner(std::string& out, const Petitioner& petitioner) {
  ObjectText text(out);
  text.Text("account", petitioner.account);
  text.Text("address", petitioner.address);
  text.Text("callingNumber", petitioner.calling_number);
  text.Text("idNumber", petitioner.id_number);
  text.Text("name", petitioner.name);
  text.Text("phone", petitioner.phone);
  text.Text("role", petitioner.role);
  text.End();
}

void AppendPetitioners(std::string& out, ObjectText& text, const std::vector<Petitioner>& petitioners) {
  if (petitioners.empty()) return;
  text.Name("petitioners");
  char before = '[';
  for (const Petitioner& petitioner : petitioners) {
    out += std::exchange(before, ',');
    AppendPetitioner(out, petitioner);
  }
  out += ']';
}

void AppendCall(std::string& out, ObjectText& text, const Call& call) {
  if (call.id.empty() && call.operator_name.empty() && call.recording_ref.empty()) return;
  text.Name("call");
  ObjectText members(out);
  members.Text("id", call.id);
  members.Text("operator", call.operator_name);
  members.Text("recordingRef", call.recording_ref);
  members.End();
}

void AppendClaims(std::string& out, ObjectText& text, const Claims& claims) {
  if (!claims.first && claims.merged_into.empty() && !claims.repeat && claims.repeat_of.empty()) return;
  text.Name("claims");
  ObjectText members(out);
  members.Flag("first", claims.first);
  members.Text("mergedInto", claims.merged_into);
  members.Flag("repeat", claims.repeat);
  members.Text("repeatOf", claims.repeat_of);
  members.End();
}

void AppendTie(std::string& out, ObjectText& text, const Tie& tie) {
  if (tie.by.empty() && tie.case_no.empty() && tie.verdict.empty()) return;
  text.Name("tie");
  ObjectText members(out);
  members.Text("by", tie.by);
  members.Text("caseNo", tie.case_no);
  members.Text("verdict", tie.verdict);
  members.End();
}

std::string LocationText(const Location& location) {
  return CanonicalJson(Json{{"lat", location.lat}, {"lon", location.lon}});
}

/// `whole`: all of it; else what it says, not when, by which way or under which number it came. Without attachments;
/// `unknown`: the unknown fields, where they are wanted.
std::string Text(const Submission& submission, bool whole, const Json::object_t& unknown = NoMembers()) {
  std::string out;
  out.reserve(512 + submission.content.size() + submission.title.size());
  ObjectText text(out, unknown);
  text.Text("accused", submission.accused);
  text.Text("addressee", submission.addressee);
  text.Flag("anonymous", submission.anonymous);
  text.Text("barcode", submission.barcode);
  if (whole) AppendCall(out, text, submission.call);
  text.Text("category", submission.category);
  text.Text("channel", submission.channel);
  if (whole) AppendClaims(out, text, submission.claims);
  text.Flag("confidential", submission.confidential);
  text.Text("content", submission.content);
  text.Text("division", submission.division);
  if (whole) text.Text("externalId", submission.external_id);
  if (submission.head_count != 0) text.Raw("headCount", std::to_string(submission.head_count));
  text.Flag("isPetition", submission.is_petition);
  if (whole) text.Text("linkNo", submission.link_no);
  if (submission.location) text.Raw("location", LocationText(*submission.location));
  if (whole) text.Instant("petitionedAt", submission.petitioned_at);
  AppendPetitioners(out, text, submission.petitioners);
  text.Text("placeText", submission.place_text);
  text.Text("purpose", submission.purpose);
  if (whole) text.Instant("receivedAt", submission.received_at);
  if (!whole) text.Text("recordingRef", submission.call.recording_ref);
  text.Text("threat", submission.threat);
  if (whole) AppendTie(out, text, submission.tie);
  text.Text("title", submission.title);
  if (whole) text.Text("upstreamNo", submission.upstream_no);
  text.Flag("urgent", submission.urgent);
  text.End();
  return out;
}

}  // namespace

std::string SubmissionText(const Submission& submission) {
  const auto* const unknown = submission.unknown.get_ptr<const Json::object_t*>();
  // What has no fixed place is put into its order by the tree.
  if (!submission.attachments.empty() || unknown == nullptr || !StandAtTheTop(*unknown))
    return CanonicalJson(SubmissionToJson(submission, false));
  return Text(submission, true, *unknown);
}

std::string CanonicalContent(const Submission& submission) {
  if (!submission.attachments.empty()) return CanonicalContentByTree(submission);
  return Text(submission, false);
}

}  // namespace petition
