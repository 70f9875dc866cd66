#include "gateway/decisions.h"

#include <algorithm>
#include <array>
#include <set>

#include "gateway/intake.h"
#include "gateway/sight.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

constexpr std::chrono::milliseconds kWait{2'000};
constexpr std::size_t kReasonMax = 2'000, kTextMax = 1u << 18, kNameMax = 200, kSplitMax = 10'000;
constexpr std::ptrdiff_t kEventsComparedMax = 500;
constexpr auto kClockSkew = std::chrono::hours(24);

constexpr std::array<std::string_view, 21> kEvents = {
    "noticed",      "accepted",        "not_accepted",    "no_longer_accepted", "assigned", "transferred", "objected",
    "returned",     "extended",        "hearing_started", "hearing_ended",      "replied",  "closed",      "resolved",
    "review_asked", "review_answered", "recheck_asked",   "recheck_answered",   "urged",    "withdrawn",   "rated"};

petition::Error Wrong(std::vector<petition::FieldError> fields, std::string reason = "fields_invalid") {
  petition::Error error = petition::Invalid(std::move(reason), "some fields are wrong");
  error.fields = std::move(fields);
  return error;
}

/// Takes a string member; reports a wrong type, a size beyond `max` and control characters.
std::string TakeText(const Json& body, const char* name, std::size_t max, std::vector<petition::FieldError>& wrong) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return "";
  const std::string pointer = std::string("/") + name;
  if (!found->is_string()) {
    wrong.push_back({pointer, "type", "must be a string"});
    return "";
  }
  auto text = found->get<std::string>();
  if (text.size() > max) wrong.push_back({pointer, "too_long", "must have at most " + std::to_string(max) + " bytes"});
  const bool control = std::any_of(text.begin(), text.end(),
                                   [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\t' && c != '\r'; });
  if (control) wrong.push_back({pointer, "control_character", "must have no control characters"});
  return text;
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

petition::Status CheckReason(std::string_view reason) {
  if (reason.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Wrong({{"/reason", "missing", "say why"}}, "reason_missing");
  if (reason.size() > kReasonMax)
    return Wrong({{"/reason", "too_long", "must have at most " + std::to_string(kReasonMax) + " bytes"}});
  return petition::Ok();
}

petition::Error RefusedAct(const std::string& why) {
  if (why == "told_apart")
    return petition::Conflict(why, "a person said that these are not the same; say outright that this is overruled");
  if (why == "sealed_mix") return petition::Conflict(why, "sealed and open submissions never share a case");
  if (why == "same_case") return petition::Conflict(why, "both are in one case already");
  if (why == "whole_case")
    return petition::Conflict(why, "a case can't leave itself: at least one submission must stay");
  if (why == "not_member") return petition::Conflict(why, "not all of these are in that case");
  if (why == "same_seal") return petition::Conflict(why, "it is so already");
  if (why == "answered") return petition::Conflict(why, "this question was answered before");
  return petition::NotFound("no such case or question");
}

}  // namespace

bool IsEventName(std::string_view name) { return std::find(kEvents.begin(), kEvents.end(), name) != kEvents.end(); }

dedup::Scope ScopeOf(const Principal& who) {
  dedup::Scope scope;
  scope.divisions = who.divisions;
  scope.sealed = who.sealed;
  if (who.role == Role::kSource || who.role == Role::kHandler || who.role == Role::kDepartment) {
    scope.source = who.source.empty() ? "?" : who.source;  // one without a source has nothing (no source is named so)
    scope.divisions.clear();
    if (who.role == Role::kSource) scope.sealed = true;  // what a system sent is known to it
  }
  return scope;
}

Result<ReviewAnswer> ReviewAnswerFromJson(const Json& body) {
  if (!body.is_object()) return Wrong({{"", "type", "must be an object"}});
  std::vector<petition::FieldError> wrong;
  ReviewAnswer answer;
  const std::string verdict = TakeText(body, "verdict", kNameMax, wrong),
                    relation = TakeText(body, "relation", kNameMax, wrong);
  answer.reason = TakeText(body, "reason", kReasonMax, wrong);
  if (const auto named = dedup::AnswerFromName(verdict)) {
    answer.verdict = *named;
  } else {
    wrong.push_back({"/verdict", "unknown", "must be same, different or related"});
  }
  if (!relation.empty()) {
    const auto named = petition::RelationFromName(relation);
    if (!named || !petition::SharesCase(*named) || *named == petition::Relation::kResend) {
      wrong.push_back({"/relation", "unknown", "must be duplicate, supplement, repeat or revision"});
    } else {
      answer.relation = named;
    }
  }
  if (const auto overrule = body.find("overrule"); overrule != body.end()) {
    if (overrule->is_boolean()) {
      answer.overrule = overrule->get<bool>();
    } else {
      wrong.push_back({"/overrule", "type", "must be true or false"});
    }
  }
  if (!wrong.empty()) return Wrong(std::move(wrong));
  return answer;
}

Result<EventReport> EventReportFromJson(const Json& body) {
  if (!body.is_object()) return Wrong({{"", "type", "must be an object"}});
  std::vector<petition::FieldError> wrong;
  EventReport report;
  report.event = TakeText(body, "event", kNameMax, wrong);
  report.by = TakeText(body, "by", kNameMax, wrong);
  report.text = TakeText(body, "text", kTextMax, wrong);
  report.document_sha256 = TakeText(body, "documentSha256", kNameMax, wrong);
  const std::string at = TakeText(body, "at", kNameMax, wrong);
  if (!IsEventName(report.event)) wrong.push_back({"/event", "unknown", "is not the name of an event"});
  if (!report.document_sha256.empty() && !IsSha256(report.document_sha256))
    wrong.push_back({"/documentSha256", "digest_invalid", "must be 64 lower-case hex digits"});
  if (!at.empty()) {
    if (const auto time = petition::ParseTime(at); time.ok()) {
      report.at = *time;
    } else {
      wrong.push_back({"/at", "time_invalid", "must be an RFC 3339 time with its zone"});
    }
  }
  const bool answer = report.event == "replied" || report.event == "closed";
  if (answer && report.text.find_first_not_of(" \t\r\n") == std::string::npos && report.document_sha256.empty()) {
    wrong.push_back({"/text", "answer_missing", "this event needs the text of the answer or the hash of its document"});
  }
  const bool only_answer = wrong.size() == 1 && wrong[0].code == "answer_missing";
  if (!wrong.empty()) return Wrong(std::move(wrong), only_answer ? "answer_missing" : "fields_invalid");
  for (const auto& [name, value] : body.items()) {
    const bool known = name == "event" || name == "by" || name == "text" || name == "documentSha256" || name == "at";
    if (!known) report.unknown[name] = value;
  }
  if (report.unknown.dump().size() > kTextMax) return Wrong({{"", "too_long", "too much beside the known fields"}});
  return report;
}

Result<Acted> Decisions::Put(ledger::Kind kind, std::uint64_t about, const Json& record, bool is_act) {
  ledger::Draft draft;
  draft.kind = kind;
  draft.about = about;
  draft.record = petition::CanonicalJson(record);
  GUIYI_TRY(const auto appended, ledger_.Append(std::move(draft)));
  Acted acted;
  acted.entry = appended.index;
  acted.folded = follower_.WaitFolded(appended.index, kWait);
  if (acted.folded && is_act) {
    GUIYI_TRY(const auto act, book_.Act(appended.index));
    if (act.refused) return RefusedAct(act.outcome);
    acted.case_no = act.case_no;
    acted.other_no = act.other_no;
  }
  return acted;
}

Result<Acted> Decisions::Merge(const Principal& who, std::string_view case_no, std::string_view with,
                               std::string_view reason, bool overrule) {
  GUIYI_CHECK(CheckReason(reason));
  const dedup::Scope scope = ScopeOf(who);
  GUIYI_TRY(const auto members, book_.Members(case_no, scope));
  GUIYI_TRY(const auto others, book_.Members(with, scope));
  const auto& first = members.front();
  const auto& second = others.front();
  if (first.case_no == second.case_no) return RefusedAct("same_case");
  if (first.sealed != second.sealed) return RefusedAct("sealed_mix");
  if (!overrule && book_.ToldApart(first.index, second.index)) return RefusedAct("told_apart");
  const Json record = {{"kind", "merge"},         {"v", 1},
                       {"first", first.index},    {"with", second.index},
                       {"caseNo", first.case_no}, {"withCaseNo", second.case_no},
                       {"overrule", overrule},    {"by", who.name},
                       {"reason", reason},        {"at", petition::FormatTime(clock_.Now())}};
  return Put(ledger::Kind::kMerge, first.index, record, true);
}

Result<Acted> Decisions::Split(const Principal& who, std::string_view case_no, std::span<const std::string> intake_nos,
                               std::string_view reason) {
  GUIYI_CHECK(CheckReason(reason));
  if (intake_nos.empty()) return Wrong({{"/intakes", "missing", "name the submissions that leave"}});
  if (intake_nos.size() > kSplitMax) return Wrong({{"/intakes", "too_long", "at most " + std::to_string(kSplitMax)}});
  GUIYI_TRY(const auto members, book_.Members(case_no, ScopeOf(who)));
  std::set<std::uint64_t> leaving;
  std::vector<petition::FieldError> wrong;
  for (std::size_t i = 0; i < intake_nos.size(); ++i) {
    const auto parsed = petition::ParseIntakeNo(intake_nos[i]);
    const auto found = std::find_if(members.begin(), members.end(), [&](const dedup::MemberRow& member) {
      return member.intake_no == (parsed ? parsed->text : intake_nos[i]);
    });
    if (found == members.end()) {
      wrong.push_back({"/intakes/" + std::to_string(i), "not_member", "is not in that case"});
    } else {
      leaving.insert(found->index);
    }
  }
  if (!wrong.empty()) {
    petition::Error error = RefusedAct("not_member");
    error.fields = std::move(wrong);
    return error;
  }
  GUIYI_TRY(const auto row, book_.CaseOfIntake(members.front().index));
  if (leaving.size() == row.size) return RefusedAct("whole_case");
  const Json record = {{"kind", "split"},
                       {"v", 1},
                       {"of", members.front().index},
                       {"caseNo", row.case_no},
                       {"intakes", leaving},
                       {"by", who.name},
                       {"reason", reason},
                       {"at", petition::FormatTime(clock_.Now())}};
  return Put(ledger::Kind::kSplit, members.front().index, record, true);
}

Result<Acted> Decisions::Answer(const Principal& who, std::uint64_t review, const ReviewAnswer& answer) {
  if (answer.reason.size() > kReasonMax)
    return Wrong({{"/reason", "too_long", "must have at most " + std::to_string(kReasonMax) + " bytes"}});
  if (answer.overrule) GUIYI_CHECK(CheckReason(answer.reason));
  GUIYI_TRY(const auto question, book_.ReviewById(review, ScopeOf(who)));
  if (question.answered) return RefusedAct("answered");
  if (question.across && answer.verdict != dedup::Answer::kDifferent) return RefusedAct("sealed_mix");
  const Json record = {{"kind", "decision"},
                       {"v", 1},
                       {"what", "answer"},
                       {"review", review},
                       {"intake", question.index},
                       {"intakeNo", question.intake_no},
                       {"of", question.of_intake_no},
                       {"ofIndex", question.of},
                       {"proposed", petition::RelationName(question.relation)},
                       {"score", question.score},
                       {"verdict", dedup::AnswerName(answer.verdict)},
                       {"relation", answer.relation ? petition::RelationName(*answer.relation) : ""},
                       {"overrule", answer.overrule},
                       {"by", who.name},
                       {"reason", answer.reason},
                       {"at", petition::FormatTime(clock_.Now())}};
  return Put(ledger::Kind::kDecision, question.index, record, true);
}

Result<Acted> Decisions::Seal(const Principal& who, std::uint64_t index, bool sealed, std::string_view reason) {
  GUIYI_CHECK(CheckReason(reason));
  const petition::Error none = petition::NotFound("no such submission");
  if (index >= ledger_.size()) return none;
  GUIYI_TRY(const auto stored, ledger_.Read(index));
  if (stored.kind != ledger::Kind::kIntake) return none;
  GUIYI_TRY(const auto intake, ReadIntakeRecord(stored));
  if (!SeesIntake(book_, who, intake)) return none;
  if (!who.sealed)
    return petition::Error{
        petition::Code::kUnauthorized, "forbidden", "sealing needs the right to read sealed submissions", {}, {}};
  const Json record = {{"kind", "decision"},
                       {"v", 1},
                       {"what", sealed ? "seal" : "unseal"},
                       {"intake", index},
                       {"intakeNo", intake.intake_no},
                       {"by", who.name},
                       {"reason", reason},
                       {"at", petition::FormatTime(clock_.Now())}};
  return Put(ledger::Kind::kDecision, index, record, true);
}

/// Among the latest events of the intake. A lost answer is asked for again soon, not hundreds of events later.
Result<std::optional<std::uint64_t>> Decisions::KnownReport(std::uint64_t index, const std::string& record) const {
  GUIYI_TRY(auto events, ledger_.History(index, ledger::Kind::kEvent));
  if (std::ssize(events) > kEventsComparedMax) events.erase(events.begin(), events.end() - kEventsComparedMax);
  for (const std::uint64_t event : events) {
    GUIYI_TRY(const ledger::Stored stored, ledger_.Read(event));
    if (stored.record == record) return std::optional<std::uint64_t>(event);
  }
  return std::optional<std::uint64_t>();
}

Result<Acted> Decisions::Report(const Principal& who, std::uint64_t index, const EventReport& report) {
  if (!IsEventName(report.event)) return Wrong({{"/event", "unknown", "is not the name of an event"}});
  const petition::Time now = clock_.Now(), at = report.at.value_or(now);
  if (at > now + kClockSkew) return Wrong({{"/at", "time_future", "lies in the future"}});
  // The intake itself may not be folded yet; the ledger has it.
  const petition::Error none = petition::NotFound("no such submission");
  if (index >= ledger_.size()) return none;
  GUIYI_TRY(const auto stored, ledger_.Read(index));
  if (stored.kind != ledger::Kind::kIntake) return none;
  GUIYI_TRY(const auto intake, ReadIntakeRecord(stored));
  if (!SeesIntake(book_, who, intake)) return none;
  Json record = {{"kind", "event"},
                 {"v", 1},
                 {"intake", index},
                 {"intakeNo", intake.intake_no},
                 {"event", report.event},
                 {"at", petition::FormatTime(at)},
                 {"by", report.by.empty() ? who.name : report.by},
                 {"reporter", who.name}};
  if (!report.text.empty()) record["text"] = report.text;
  if (!report.document_sha256.empty()) record["documentSha256"] = report.document_sha256;
  if (!report.unknown.empty()) record["unknown"] = report.unknown;
  // The document may lie here or with the unit; if it lies here, it stays.
  if (!report.document_sha256.empty()) {
    GUIYI_TRY([[maybe_unused]] const bool here, blobs_.Keep(report.document_sha256));
  }
  Acted acted;
  {
    const std::lock_guard lock(reporting_[index % reporting_.size()]);
    ledger::Draft draft;
    draft.kind = ledger::Kind::kEvent;
    draft.about = index;
    draft.record = petition::CanonicalJson(record);
    std::optional<std::uint64_t> known;
    if (report.at) {
      GUIYI_TRY(known, KnownReport(index, draft.record));
    }
    acted.existing = known.has_value();
    if (!known) {
      GUIYI_TRY(const auto appended, ledger_.Append(std::move(draft)));
      known = appended.index;
    }
    acted.entry = *known;
  }
  acted.folded = follower_.WaitFolded(acted.entry, kWait);
  if (const auto member = book_.Member(index); member.ok()) acted.case_no = member->case_no;
  return acted;
}

}  // namespace gateway
