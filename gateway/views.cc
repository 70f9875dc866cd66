#include "gateway/views.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "gateway/access_log.h"
#include "petition/identifiers.h"
#include "petition/relation.h"
#include "petition/text/fold.h"

namespace gateway {

using petition::Json;

namespace {

/// The first character and stars: accounts, addresses.
std::string FirstOnly(std::string_view text) {
  if (text.empty()) return {};
  std::size_t first = 1;
  while (first < text.size() && (static_cast<unsigned char>(text[first]) & 0xC0) == 0x80) ++first;
  return std::string(text.substr(0, first)) + "***";
}

void ReplaceAll(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

/// To about a kilometre: the neighbourhood, not the door.
double Coarse(double degrees) { return std::round(degrees * 100) / 100; }

std::string NameEnding(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot > 8) return "***";
  return "***" + std::string(name.substr(dot));
}

Json TimeOrNull(const std::optional<petition::Time>& time) {
  return time ? Json(petition::FormatTime(*time)) : Json(nullptr);
}
Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

Masks::Masks(const petition::Submission& submission) {
  const auto add = [&](const std::string& plain, std::string shown) {
    if (plain.size() >= 4) masks_.push_back({plain, std::move(shown)});
  };
  for (const auto& person : submission.petitioners) {
    add(person.name, petition::MaskName(person.name));
    add(person.id_number, petition::MaskIdNumber(person.id_number));
    add(person.phone, petition::MaskPhone(person.phone));
    add(person.calling_number, petition::MaskPhone(person.calling_number));
    add(person.account, FirstOnly(person.account));
    add(person.address, FirstOnly(person.address));
  }
  std::sort(masks_.begin(), masks_.end(), [](const Mask& a, const Mask& b) { return a.plain.size() > b.plain.size(); });
  masks_.erase(
      std::unique(masks_.begin(), masks_.end(), [](const Mask& a, const Mask& b) { return a.plain == b.plain; }),
      masks_.end());
}

std::string Masks::Text(const std::string& text) const {
  if (text.empty()) return text;
  std::string masked = text;
  for (const auto& mask : masks_) ReplaceAll(masked, mask.plain, mask.shown);
  return petition::MaskText(masked);
}

void Masks::Forget(const Masks& own) {
  std::erase_if(masks_, [&](const Mask& mask) {
    return std::any_of(own.masks_.begin(), own.masks_.end(), [&](const Mask& one) { return one.plain == mask.plain; });
  });
}

std::string MaskedFor(const petition::Submission& own, const petition::Submission& others, const std::string& text) {
  Masks masks(others);
  masks.Forget(Masks(own));
  return masks.Text(text);
}

petition::Submission Masked(const petition::Submission& submission) {
  const Masks masks(submission);
  petition::Submission shown = submission;
  for (auto& person : shown.petitioners) {
    person.name = petition::MaskName(person.name);
    person.id_number = petition::MaskIdNumber(person.id_number);
    person.phone = petition::MaskPhone(person.phone);
    person.calling_number = petition::MaskPhone(person.calling_number);
    person.account = FirstOnly(person.account);
    person.address = FirstOnly(person.address);
  }
  // Numbers of others' making often hold a phone or an id number.
  for (auto* text : {&shown.title, &shown.content, &shown.place_text, &shown.threat, &shown.accused, &shown.addressee,
                     &shown.category, &shown.external_id, &shown.upstream_no, &shown.link_no, &shown.barcode,
                     &shown.claims.repeat_of, &shown.claims.merged_into, &shown.tie.by}) {
    *text = masks.Text(*text);
  }
  shown.call.id = FirstOnly(shown.call.id);
  shown.call.operator_name = petition::MaskName(shown.call.operator_name);
  shown.call.recording_ref.clear();
  if (shown.location) shown.location = petition::Location{Coarse(shown.location->lon), Coarse(shown.location->lat)};
  for (auto& attachment : shown.attachments) attachment.name = NameEnding(attachment.name);
  for (auto& [name, value] : shown.unknown.items()) value = "***";
  return shown;
}

Json SubmissionView(const petition::Submission& submission, const Principal& who) {
  return petition::SubmissionToJson(who.personal ? submission : Masked(submission), false);
}

Json ReasonsView(const std::vector<dedup::Reason>& reasons) {
  Json list = Json::array();
  for (const auto& reason : reasons)
    list.push_back({{"feature", reason.feature}, {"weight", reason.weight}, {"detail", reason.detail}});
  return list;
}

Json MemberView(const dedup::MemberRow& member, bool shows_of) {
  Json json{{"intakeNo", member.intake_no},
            {"ledgerIndex", member.index},
            {"source", member.source},
            {"division", member.division},
            {"channel", member.channel},
            {"sealed", member.sealed},
            {"historic", member.historic},
            {"receivedAt", petition::FormatTime(member.received_at)},
            {"registeredAt", petition::FormatTime(member.registered_at)},
            {"state", member.state},
            {"closedAt", TimeOrNull(member.closed_at)},
            {"caseNo", TextOrNull(member.case_no)},
            {"groupNo", TextOrNull(member.group_no)},
            {"nationalNo", TextOrNull(member.national_no)},
            {"nationalState", TextOrNull(member.national_state)}};
  if (member.dropped) json["dropped"] = true;
  if (member.decided) {
    json["relation"] = petition::RelationName(member.relation);
    json["mode"] = petition::ModeName(member.mode);
    json["score"] = member.score;
    if (shows_of && !member.of_intake_no.empty()) json["of"] = member.of_intake_no;
  }
  return json;
}

Json EventView(const dedup::EventRow& event) {
  Json json{
      {"event", event.event}, {"at", petition::FormatTime(event.at)}, {"by", event.by}, {"ledgerIndex", event.entry}};
  if (event.has_text) json["hasText"] = true;
  if (!event.document_sha256.empty()) json["documentSha256"] = event.document_sha256;
  return json;
}

Json DeliveryView(const Delivery& delivery) {
  Json json{{"id", delivery.id},
            {"destination", delivery.destination},
            {"intakeNo", delivery.intake_no},
            {"caseNo", TextOrNull(delivery.case_no)},
            {"source", delivery.source},
            {"kind", delivery.update ? delivery.kind : "register"},
            {"state", DeliveryStateName(delivery.state)},
            {"attempts", delivery.attempts},
            {"reason", TextOrNull(delivery.reason)},
            {"owner", TextOrNull(delivery.owner)},
            {"nationalNo", TextOrNull(delivery.national_no)},
            {"nationalState", TextOrNull(delivery.national_state)},
            {"createdAt", petition::FormatTime(delivery.created_at)},
            {"updatedAt", petition::FormatTime(delivery.updated_at)}};
  if (!delivery.event.empty()) json["event"] = delivery.event;
  if (delivery.state == DeliveryState::kPending || delivery.state == DeliveryState::kUnknown) {
    json["nextAt"] = petition::FormatTime(delivery.next_at);
  }
  return json;
}

Json ActedView(const Acted& acted) {
  return {{"ledgerIndex", acted.entry},
          {"folded", acted.folded},
          {"caseNo", TextOrNull(acted.case_no)},
          {"otherNo", TextOrNull(acted.other_no)}};
}

Json ChangeView(const dedup::ChangeRow& change) {
  return {{"seq", change.seq},
          {"intakeNo", change.intake_no},
          {"at", petition::FormatTime(change.at)},
          {"kind", change.kind},
          {"detail", change.detail}};
}

Json CaseRowView(const dedup::CaseRow& row) {
  return {{"caseNo", row.case_no},
          {"groupNo", TextOrNull(row.group_no)},
          {"size", row.size},
          {"sealed", row.sealed},
          {"firstReceivedAt", petition::FormatTime(row.first_received)},
          {"lastReceivedAt", petition::FormatTime(row.last_received)},
          {"state", row.closed_at ? "closed" : "open"},
          {"closedAt", TimeOrNull(row.closed_at)}};
}

Json CaseFullView(const dedup::CaseView& view, const std::vector<dedup::CaseRow>& group, const Principal& who) {
  std::vector<std::uint64_t> visible;
  Json members = Json::array();
  auto row = view.row;
  row.size = 0;
  for (const auto& member : view.members) {
    if (SeesMember(who, member)) visible.push_back(member.index);
  }
  const auto shown = [&](std::uint64_t index) {
    return std::find(visible.begin(), visible.end(), index) != visible.end();
  };
  for (const auto& member : view.members) {
    if (!shown(member.index)) continue;
    members.push_back(MemberView(member, member.of && shown(*member.of)));
    // What the case looks like is told by what the reader sees of it.
    row.first_received = row.size ? std::min(row.first_received, member.received_at) : member.received_at;
    row.last_received = row.size ? std::max(row.last_received, member.received_at) : member.received_at;
    ++row.size;
  }
  Json links = Json::array();
  for (const auto& link : view.links) {
    if (!shown(link.from) || !shown(link.of)) continue;
    Json json{{"id", link.id},
              {"from", link.from_no},
              {"of", link.of_no},
              {"relation", petition::RelationName(link.relation)},
              {"score", link.score},
              {"reasons", ReasonsView(link.reasons)},
              {"by", TextOrNull(link.by)},
              {"why", link.why},
              {"at", petition::FormatTime(link.at)},
              {"ledgerIndex", link.entry}};
    json["undoneBy"] = link.undone_by ? Json(*link.undone_by) : Json(nullptr);
    links.push_back(std::move(json));
  }
  Json history = Json::array();
  for (const auto& act : view.history) {
    history.push_back({{"kind", act.kind},
                       {"by", act.by},
                       {"reason", who.personal ? act.reason : petition::MaskText(act.reason)},
                       {"at", petition::FormatTime(act.at)},
                       {"outcome", act.outcome},
                       {"caseNo", TextOrNull(act.case_no)},
                       {"otherNo", TextOrNull(act.other_no)},
                       {"ledgerIndex", act.entry}});
  }
  Json json = CaseRowView(row);
  json["moved"] = view.moved;
  json["members"] = std::move(members);
  json["links"] = std::move(links);
  json["history"] = std::move(history);
  json["group"] = Json::array();
  for (const auto& other : group) json["group"].push_back(CaseRowView(other));
  return json;
}

Json ReviewView(const dedup::ReviewRow& review) {
  Json json{{"id", review.id},
            {"intakeNo", review.intake_no},
            {"ofIntakeNo", review.of_intake_no},
            {"caseNo", TextOrNull(review.case_no)},
            {"ofCaseNo", TextOrNull(review.of_case_no)},
            {"relation", petition::RelationName(review.relation)},
            {"score", review.score},
            {"cost", review.cost},
            {"reasons", ReasonsView(review.reasons)},
            {"flags", review.flags},
            {"sealed", review.sealed},
            {"historic", review.historic},
            {"source", review.source},
            {"division", review.division},
            {"askedAt", petition::FormatTime(review.asked_at)},
            {"answered", review.answered}};
  if (review.across) json["across"] = true;
  if (review.answered) {
    json["verdict"] = dedup::AnswerName(review.answer);
    json["answeredBy"] = review.answered_by;
    json["reason"] = review.reason;
    json["answeredAt"] = petition::FormatTime(review.answered_at);
  }
  return json;
}

std::string_view StateText(std::string_view state, bool english) {
  struct Row {
    std::string_view state, chinese, english;
  };
  static constexpr std::array<Row, 22> kStates{{{"registered", "已登记", "registered"},
                                                {"noticed", "已告知", "notice given"},
                                                {"accepted", "已受理", "accepted"},
                                                {"not_accepted", "不予受理", "not accepted"},
                                                {"no_longer_accepted", "不再受理", "no longer accepted"},
                                                {"assigned", "已交办", "assigned"},
                                                {"transferred", "已转送", "transferred"},
                                                {"objected", "承办单位提出异议", "objected to by the unit"},
                                                {"returned", "已退回", "returned"},
                                                {"extended", "已延期", "extended"},
                                                {"hearing_started", "听证中", "hearing under way"},
                                                {"hearing_ended", "听证已结束", "hearing ended"},
                                                {"replied", "已答复", "replied"},
                                                {"closed", "已办结", "closed"},
                                                {"resolved", "已化解", "resolved"},
                                                {"review_asked", "已申请复查", "review asked for"},
                                                {"review_answered", "复查已答复", "review answered"},
                                                {"recheck_asked", "已申请复核", "recheck asked for"},
                                                {"recheck_answered", "复核已答复", "recheck answered"},
                                                {"urged", "已催办", "urged"},
                                                {"withdrawn", "已撤回", "withdrawn"},
                                                {"rated", "已评价", "rated"}}};
  for (const auto& row : kStates) {
    if (row.state == state) return english ? row.english : row.chinese;
  }
  return state;
}

void Reading::Showed(std::uint64_t index, bool sealed) {
  about_ = shown_ == 0 ? index : ledger::kNoIndex;
  ++shown_;
  if (who_.role == Role::kSource) return;
  personal_ = personal_ || who_.personal;
  sealed_ = sealed_ || sealed;
}

petition::Status Reading::Record(ledger::Ledger& ledger) const {
  if (!personal_ && !sealed_) return petition::Ok();
  auto appended = AppendAccess(ledger, who_, call_, about_, shown_);
  if (!appended.ok()) return std::move(appended).error();
  return petition::Ok();
}

}  // namespace gateway
