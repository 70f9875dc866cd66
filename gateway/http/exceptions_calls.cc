// Oversight's lists: exceptions and what people do about them, clocks, the intakes behind a figure, reconciliation by
// day, reports. Each list also as a spreadsheet (`format=csv|xlsx`), of the page that was asked for.
#include <map>

#include "gateway/decisions.h"
#include "gateway/http/calls.h"
#include "gateway/http/sheet_answer.h"
#include "gateway/oversight/figures.h"
#include "gateway/oversight/sheet.h"
#include "gateway/oversight/words.h"
#include "gateway/state/list_total.h"
#include "petition/identifiers.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kRowsListed = 50, kRowsListedMax = 500;
constexpr int kReconciledDays = 31, kReconciledDaysMax = 366;

Json TimeOrNone(const std::optional<petition::Time>& time) {
  return time ? Json(petition::FormatTime(*time)) : Json(nullptr);
}
Json DayOrNone(const std::string& day) {
  if (day.size() != 8) return nullptr;
  return day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6);
}
Json NextOf(const std::string& next) { return next.empty() ? Json(nullptr) : Json(next); }

/// A day of a query, "2025-03-04" or "20250304", as digits.
Result<std::string> DayQuery(const Request& request, const char* name) {
  std::string day(request.Query(name));
  std::erase(day, '-');
  if (day.empty()) return day;
  if (day.size() != 8 || day.find_first_not_of("0123456789") != std::string::npos ||
      !petition::ParseTime(day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6) + "T00:00:00+08:00").ok())
    return FieldError(name, "day_invalid", "a day reads 2025-03-04");
  return day;
}

/// A time of a query, "2025-03-04T10:12:00+08:00".
Result<petition::Time> TimeQuery(const Request& request, const char* name, petition::Time otherwise) {
  const auto text = request.Query(name);
  if (text.empty()) return otherwise;
  const auto time = petition::ParseTime(std::string(text));
  if (!time.ok()) return FieldError(name, "time_invalid", "a time with its zone (RFC 3339)");
  return *time;
}

Result<CallFilter::Which> CallsQuery(const Request& request) {
  using Which = CallFilter::Which;
  constexpr std::pair<std::string_view, Which> kNames[] = {{"", Which::kAll},           {"answered", Which::kAnswered},
                                                           {"missed", Which::kMissed},  {"timed", Which::kTimed},
                                                           {"in_time", Which::kInTime}, {"late", Which::kLate}};
  for (const auto& [name, which] : kNames)
    if (request.Query("which") == name) return which;
  return FieldError("which", "unknown_value", "answered, missed, timed, in_time or late");
}

Result<std::string> DivisionQuery(const Request& request) {
  const std::string text(request.Query("division"));
  if (text.empty() || text == "-") return text;
  const auto code = petition::NormaliseDivision(text);
  if (code.empty()) return FieldError("division", "unknown_value", "a division has 6 or 12 digits");
  // A province's or city's own code stands for all within it.
  if (code.size() == 6 && code.ends_with("0000")) return code.substr(0, 2);
  if (code.size() == 6 && code.ends_with("00")) return code.substr(0, 4);
  return code;
}

Json FindingView(const FindingRow& row, petition::Time now) {
  Json notes = Json::array();
  for (const auto& note : row.notes)
    notes.push_back({{"at", petition::FormatTime(note.at)}, {"by", note.by}, {"text", note.text}});
  return {{"id", row.id},
          {"kind", row.kind},
          {"source", row.source},
          {"day", DayOrNone(row.day)},
          {"sealed", row.sealed},
          {"count", row.count},
          {"evidence", row.evidence},
          {"owner", row.owner},
          {"deadline", petition::FormatTime(row.deadline)},
          {"overdue", !row.ended_at && row.deadline < now},
          {"startedAt", petition::FormatTime(row.started_at)},
          {"updatedAt", petition::FormatTime(row.updated_at)},
          {"endedAt", TimeOrNone(row.ended_at)},
          {"endReason", row.end_reason},
          {"endedBy", row.ended_by},
          {"notes", std::move(notes)}};
}

std::string EvidenceText(const Json& evidence) {
  std::string text;
  for (const auto& [name, value] : evidence.items()) {
    if (!text.empty()) text += "; ";
    text += name + ": " + (value.is_string() ? value.get<std::string>() : petition::DumpJson(value));
  }
  return text;
}

Sheet FindingsSheet(const std::vector<FindingRow>& rows) {
  Sheet sheet{"异常",
              {"编号", "种类", "来源", "日期", "数量", "证据", "责任人", "期限", "发现时间", "结束时间", "结束原因"},
              {}};
  for (const auto& row : rows) {
    sheet.rows.push_back({static_cast<double>(row.id), WordFor("exceptionKind", row.kind), row.source, row.day,
                          static_cast<double>(row.count), EvidenceText(row.evidence), row.owner,
                          petition::FormatTime(row.deadline), petition::FormatTime(row.started_at),
                          row.ended_at ? petition::FormatTime(*row.ended_at) : std::string(), row.end_reason});
  }
  return sheet;
}

std::map<std::string, const config::ClockRule*> RulesOf(const ClockBook& book) {
  std::map<std::string, const config::ClockRule*> rules;
  for (const auto& rule : book.table().rules) rules[rule.name] = &rule;
  return rules;
}

}  // namespace

Json ClockView(const ClockRow& row, const ClockBook& book, petition::Time now) {
  Json pauses = Json::array();
  for (const auto& [from, to] : row.pauses)
    pauses.push_back({{"from", petition::FormatTime(from)}, {"to", petition::FormatTime(to)}});
  if (row.paused_since) pauses.push_back({{"from", petition::FormatTime(*row.paused_since)}, {"to", nullptr}});
  Json json{{"clock", row.clock},
            {"title", row.clock},
            {"basis", ""},
            {"petitioner", false},
            {"intakeNo", row.intake_no},
            {"caseNo", row.case_no},
            {"source", row.source},
            {"division", row.division},
            {"startedAt", petition::FormatTime(row.started_at)},
            {"dueAt", row.due_at == petition::Time{} ? Json(nullptr) : Json(petition::FormatTime(row.due_at))},
            {"lamp", LampName(LampOf(row, now))},
            {"stoppedAt", TimeOrNone(row.stopped_at)},
            {"late", row.due_at != petition::Time{} && row.stopped_at.value_or(now) >= row.due_at},
            {"extendedDays", row.extended_days},
            {"pauses", std::move(pauses)}};
  for (const auto& rule : book.table().rules) {
    if (rule.name != row.clock) continue;
    json["title"] = rule.title;
    json["basis"] = rule.basis;
    json["petitioner"] = rule.petitioner;
  }
  return json;
}

Outcome ReadExceptions(Desk& desk, Request& request) {
  FindingFilter filter;
  filter.now = desk.hub.clock().Now();
  filter.kind = request.Query("kind");
  filter.source = request.Query("source");
  filter.owner = request.Query("owner");
  filter.sort = request.Query("sort");
  if (const auto overdue = request.Query("overdue"); overdue == "true") {
    filter.overdue = true;
  } else if (!overdue.empty() && overdue != "false") {
    return FieldError("overdue", "unknown_value", "true or false");
  }
  if (const auto state = request.Query("state"); state == "ended") {
    filter.state = FindingFilter::State::kEnded;
  } else if (state == "all") {
    filter.state = FindingFilter::State::kAll;
  } else if (!state.empty() && state != "open") {
    return FieldError("state", "unknown_value", "open, ended or all");
  }
  GUIYI_TRY(const auto limit, LimitOf(request, kRowsListed, kRowsListedMax));
  GUIYI_TRY(const auto page, desk.hub.oversight().tables().findings().List(filter, ScopeOf(*request.who),
                                                                           request.Query("cursor"), limit));
  if (WantsFile(request)) return SheetAnswer(request, {FindingsSheet(page.rows)}, "exceptions");
  Json rows = Json::array();
  for (const auto& row : page.rows) rows.push_back(FindingView(row, filter.now));
  Json kinds = Json::array();
  for (const auto kind : FindingKinds()) kinds.push_back(kind);
  return JsonAnswer({{"exceptions", std::move(rows)},
                     {"total", page.total},
                     {"cursor", NextOf(page.next)},
                     {"kinds", std::move(kinds)}});
}

Outcome ReadException(Desk& desk, Request& request) {
  const auto id = NumberOf(request.captures[0]);
  if (!id.ok()) return petition::NotFound("there is no such exception");
  GUIYI_TRY(const auto row, desk.hub.oversight().tables().findings().Get(*id, ScopeOf(*request.who)));
  return JsonAnswer(FindingView(row, desk.hub.clock().Now()));
}

Outcome ChangeException(Desk& desk, Request& request) {
  const auto id = NumberOf(request.captures[0]);
  if (!id.ok()) return petition::NotFound("there is no such exception");
  GUIYI_TRY(const auto body, BodyObject(request));
  Oversight::Change change;
  GUIYI_TRY(change.note, TextField(body, "note"));
  GUIYI_TRY(change.owner, TextField(body, "owner"));
  GUIYI_TRY(change.end_reason, TextField(body, "endReason"));
  GUIYI_TRY(const auto deadline, TextField(body, "deadline"));
  if (!deadline.empty()) {
    const auto time = petition::ParseTime(deadline);
    if (!time.ok()) return FieldError("deadline", "time_invalid", "a time with its zone (RFC 3339)");
    change.deadline = *time;
  }
  if (const auto end = body.find("end"); end != body.end() && !end->is_null()) {
    if (!end->is_boolean()) return FieldError("end", "type", "must be true or false");
    change.end = end->get<bool>();
  }
  GUIYI_TRY(const auto row, desk.hub.oversight().ChangeFinding(*request.who, *id, change));
  return JsonAnswer(FindingView(row, desk.hub.clock().Now()));
}

Outcome ReadClocks(Desk& desk, Request& request) {
  const auto& book = desk.hub.oversight().tables().clocks();
  const auto now = desk.hub.clock().Now();
  ClockFilter filter;
  filter.clock = request.Query("clock");
  filter.sort = request.Query("sort");
  filter.source = request.Query("source");
  GUIYI_TRY(filter.division, DivisionQuery(request));
  if (const auto lamp = request.Query("lamp"); !lamp.empty()) {
    filter.lamp = LampFromName(lamp);
    if (!filter.lamp || *filter.lamp == Lamp::kStopped)
      return FieldError("lamp", "unknown_value", "green, yellow, red, paused or unknown");
  }
  if (const auto by = request.Query("by"); by == "case") {
    filter.per_case = true;
  } else if (!by.empty() && by != "intake") {
    return FieldError("by", "unknown_value", "intake or case");
  }
  GUIYI_TRY(const auto limit, LimitOf(request, kRowsListed, kRowsListedMax));
  GUIYI_TRY(const auto page, book.List(filter, ScopeOf(*request.who), now, request.Query("cursor"), limit));
  if (WantsFile(request)) {
    const auto rules = RulesOf(book);
    Sheet sheet{"时限", {"登记编号", "案件", "来源", "区划", "时限", "起算", "到期", "灯"}, {}};
    for (const auto& row : page.rows) {
      const auto rule = rules.find(row.clock);
      sheet.rows.push_back({row.intake_no, row.case_no, row.source, row.division,
                            rule == rules.end() ? row.clock : rule->second->title, petition::FormatTime(row.started_at),
                            row.due_at == petition::Time{} ? std::string() : petition::FormatTime(row.due_at),
                            WordFor("lamp", LampName(LampOf(row, now)))});
    }
    return SheetAnswer(request, {std::move(sheet)}, "clocks");
  }
  Json rows = Json::array();
  for (const auto& row : page.rows) rows.push_back(ClockView(row, book, now));
  Json answer{{"clocks", std::move(rows)}, {"cursor", NextOf(page.next)}};
  AddListTotal(answer, page.total);
  return JsonAnswer(answer);
}

Outcome ReadItems(Desk& desk, Request& request) {
  ItemFilter filter;
  filter.source = request.Query("source");
  filter.channel = request.Query("channel");
  filter.category = request.Query("category");
  filter.relation = request.Query("relation");
  filter.which = request.Query("which");
  filter.matter = request.Query("matter");
  filter.first_channel = request.Query("firstChannel");
  filter.sort = request.Query("sort");
  filter.pending_before = desk.hub.clock().Now() - kLongPending;
  GUIYI_TRY(filter.division, DivisionQuery(request));
  GUIYI_TRY(filter.day_from, DayQuery(request, "from"));
  GUIYI_TRY(filter.day_to, DayQuery(request, "to"));
  GUIYI_TRY(const auto limit, LimitOf(request, kRowsListed, kRowsListedMax));
  GUIYI_TRY(const auto page,
            desk.hub.oversight().tables().items().List(filter, ScopeOf(*request.who), request.Query("cursor"), limit));
  if (WantsFile(request)) {
    Sheet sheet{
        "登记件", {"登记编号", "案件", "来源", "来源编号", "渠道", "区划", "类别", "收到日期", "判定", "状态"}, {}};
    for (const auto& row : page.rows) {
      sheet.rows.push_back({row.intake_no, row.case_no, row.source, row.number, WordFor("channel", row.channel),
                            row.division, row.category, row.day, WordFor("relation", row.relation),
                            WordFor("state", row.state)});
    }
    return SheetAnswer(request, {std::move(sheet)}, "intakes");
  }
  Json rows = Json::array();
  for (const auto& row : page.rows) {
    rows.push_back({{"intakeNo", row.intake_no},
                    {"caseNo", row.case_no},
                    {"source", row.source},
                    {"externalId", row.number},
                    {"channel", row.channel},
                    {"division", row.division},
                    {"category", row.category},
                    {"day", DayOrNone(row.day)},
                    {"relation", row.relation},
                    {"state", row.state},
                    {"sealed", row.sealed},
                    {"receivedAt", petition::FormatTime(row.received_at)},
                    {"registeredAt", petition::FormatTime(row.registered_at)}});
  }
  Json answer{{"intakes", std::move(rows)}, {"cursor", NextOf(page.next)}};
  AddListTotal(answer, page.total);
  return JsonAnswer(answer);
}

Outcome ReadCalls(Desk& desk, Request& request) {
  CallFilter filter;
  GUIYI_TRY(filter.which, CallsQuery(request));
  filter.wait_max = kAnsweredWithinSeconds;
  filter.sort = request.Query("sort");
  GUIYI_TRY(filter.to, TimeQuery(request, "until", desk.hub.clock().Now()));
  GUIYI_TRY(filter.from, TimeQuery(request, "since", filter.to - kAnsweredOver));
  GUIYI_TRY(const auto limit, LimitOf(request, kRowsListed, kRowsListedMax));
  CallPage page;
  if (SeesCalls(ScopeOf(*request.who))) {
    GUIYI_TRY(page, desk.hub.oversight().tables().registers().Calls(filter, request.Query("cursor"), limit));
  }
  if (WantsFile(request)) {
    Sheet sheet{"来电", {"来电编号", "时间", "接通", "通话秒数", "等待秒数", "账本序号"}, {}};
    for (const auto& row : page.rows) {
      sheet.rows.push_back(
          {row.id, petition::FormatTime(row.at), row.answered ? "是" : "否", static_cast<double>(row.seconds),
           row.waited ? Cell(static_cast<double>(*row.waited)) : Cell(std::string()), static_cast<double>(row.entry)});
    }
    return SheetAnswer(request, {sheet}, "calls");
  }
  Json rows = Json::array();
  for (const auto& row : page.rows) {
    rows.push_back({{"id", row.id},
                    {"at", petition::FormatTime(row.at)},
                    {"answered", row.answered},
                    {"seconds", row.seconds},
                    {"waitSeconds", row.waited ? Json(*row.waited) : Json(nullptr)},
                    {"ledgerIndex", row.entry}});
  }
  Json answer{{"calls", std::move(rows)}, {"cursor", NextOf(page.next)}};
  AddListTotal(answer, page.total);
  return JsonAnswer(answer);
}

Outcome ReadReconciliation(Desk& desk, Request& request) {
  const auto& who = *request.who;
  const std::string source(request.Query("source"));
  GUIYI_TRY(auto from, DayQuery(request, "from"));
  GUIYI_TRY(auto to, DayQuery(request, "to"));
  const auto now = desk.hub.clock().Now();
  if (to.empty()) to = petition::LocalDay(now);
  if (from.empty()) from = petition::LocalDay(now - std::chrono::hours(24 * kReconciledDays));
  auto& registers = desk.hub.oversight().tables().registers();
  // A source's register is about the whole source: for those who see all of it only. What is here, delivered and
  // acknowledged is told by division, too.
  std::vector<ManifestDay> manifests;
  if (who.divisions.empty()) {
    GUIYI_TRY(manifests, registers.ManifestsOf(source, from, to));
  }
  GUIYI_TRY(const auto ledger, registers.DaysOf(source, from, to, ScopeOf(who)));
  std::map<std::pair<std::string, std::string>, Json> days;  // newest day first, then by source
  const auto day_of = [&](const std::string& day, const std::string& name) -> Json& {
    auto& json = days[{day, name}];
    if (json.is_null()) {
      json = {{"day", DayOrNone(day)}, {"source", name},    {"register", nullptr}, {"here", 0},
              {"delivered", 0},        {"acknowledged", 0}, {"confirmed", 0},      {"parked", 0},
              {"differences", nullptr}};
    }
    return json;
  };
  for (const auto& day : ledger) {
    auto& json = day_of(day.day, day.source);
    json["here"] = day.here;
    json["delivered"] = day.delivered;
    json["acknowledged"] = day.acknowledged;
    json["confirmed"] = day.confirmed;
    json["parked"] = day.parked;
    if (who.sealed) json["sealed"] = day.here_sealed;
  }
  for (const auto& day : manifests) {
    auto& json = day_of(day.day, day.source);
    json["register"] = {
        {"entry", day.entry}, {"at", petition::FormatTime(day.at)}, {"count", nullptr}, {"listed", nullptr}};
    const auto count = [&](const char* name) {
      return day.result.is_object() ? day.result.value(name, std::uint64_t{0}) : std::uint64_t{0};
    };
    // What the source counts includes sealed ones: they are taken out, once it is known which they are.
    const std::uint64_t sealed = count("hereSealed") - std::min(count("hereSealed"), count("missingThereSealed"));
    if (who.sealed || day.result.is_object()) {
      const std::uint64_t hidden = who.sealed ? 0 : sealed;
      json["register"]["count"] = day.count - std::min(day.count, hidden);
      json["register"]["listed"] = day.listed - std::min(day.listed, hidden);
    }
    if (!day.result.is_object()) continue;
    const std::uint64_t sealed_there = who.sealed ? count("missingThereSealed") : 0;
    const std::uint64_t sealed_differs = who.sealed ? count("differsSealed") : 0;
    json["differences"] = {{"missingHere", count("missingHere")},
                           {"missingThere", count("missingThere") + sealed_there},
                           {"differs", count("differs") + sealed_differs},
                           {"countedTwice", count("twice")},
                           {"cut", count("cut")}};
  }
  Json rows = Json::array();
  bool truncated = false;
  for (auto at = days.rbegin(); at != days.rend(); ++at) {
    if (rows.size() == kReconciledDaysMax * 10) {
      truncated = true;
      break;
    }
    rows.push_back(std::move(at->second));
  }
  if (WantsFile(request)) {
    Sheet sheet{"对账",
                {"日期", "来源", "来源登记数", "本中心", "已上报", "已确认", "上级台账在册", "搁置", "本中心缺",
                 "来源缺", "不一致", "重复计"},
                {}};
    for (const auto& row : rows) {
      const auto number = [&](const Json& from_json, const char* name) -> Cell {
        const bool known = from_json.is_object() && from_json.contains(name) && from_json[name].is_number();
        return known ? Cell(from_json[name].get<double>()) : Cell(std::string());
      };
      sheet.rows.push_back({row["day"].get<std::string>(), row["source"].get<std::string>(),
                            number(row["register"], "count"), number(row, "here"), number(row, "delivered"),
                            number(row, "acknowledged"), number(row, "confirmed"), number(row, "parked"),
                            number(row["differences"], "missingHere"), number(row["differences"], "missingThere"),
                            number(row["differences"], "differs"), number(row["differences"], "countedTwice")});
    }
    return SheetAnswer(request, {std::move(sheet)}, "reconciliation");
  }
  return JsonAnswer({{"days", std::move(rows)}, {"truncated", truncated}});
}

Outcome ReadReport(Desk& desk, Request& request) {
  Period period;
  GUIYI_TRY(period.from, ReadMonth(request.Query("from")));
  GUIYI_TRY(period.to, ReadMonth(request.Query("to")));
  if (const auto month = request.Query("month"); !month.empty()) {
    GUIYI_TRY(period.from, ReadMonth(month));
    period.to = period.from;
  }
  GUIYI_TRY(const auto sheets, ReportOf(desk.hub.oversight().tables(), desk.hub.cases(), period, ScopeOf(*request.who),
                                        desk.hub.clock().Now()));
  const auto format = request.Query("format");
  if (format == "xlsx") return SheetAnswer(request, sheets, "report");
  const std::string title = "归一 监督报表 " + (period.from.empty() ? std::string("全部") : period.from) +
                            (period.to.empty() || period.to == period.from ? "" : " - " + period.to);
  Answer answer;
  if (format.empty() || format == "html") {
    answer.media_type = "text/html; charset=utf-8";
    answer.body = ToHtml(title, sheets);
  } else if (format == "pdf") {
    answer.media_type = "application/pdf";
    GUIYI_TRY(answer.body, ToPdf(title, sheets));
    answer.headers.emplace_back("Content-Disposition", "attachment; filename=\"report.pdf\"");
  } else {
    return FieldError("format", "unknown_value", "html, pdf or xlsx");
  }
  return answer;
}

}  // namespace gateway::http
