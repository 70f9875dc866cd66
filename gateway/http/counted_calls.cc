// The lists behind the summary's own counters: registered intakes of one kind, cases, questions. Numbers, dates and
// states only, like all of oversight's lists.
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/http/sheet_answer.h"
#include "gateway/oversight/words.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kCountedListed = 50, kCountedListedMax = 500;

std::string CountedTime(petition::Time at) { return petition::FormatTime(at); }
std::string CountedTime(const std::optional<petition::Time>& at) { return at ? petition::FormatTime(*at) : ""; }

/// A page of a list whose total is exact.
Outcome CountedAnswer(const char* name, Json rows, std::uint64_t total, const std::string& next) {
  return JsonAnswer({{name, std::move(rows)},
                     {"total", total},
                     {"totalAtLeast", false},
                     {"cursor", next.empty() ? Json(nullptr) : Json(next)}});
}

Result<dedup::RegisteredFilter> RegisteredQuery(const Request& request) {
  dedup::RegisteredFilter filter;
  const auto which = request.Query("which");
  if (which == "undecided") {
    filter.which = dedup::RegisteredFilter::Which::kUndecided;
  } else if (which == "historic") {
    filter.which = dedup::RegisteredFilter::Which::kHistoric;
  } else if (which == "sealed") {
    filter.which = dedup::RegisteredFilter::Which::kSealed;
  } else if (!which.empty()) {
    return FieldError("which", "unknown_value", "undecided, historic or sealed");
  }
  if (const auto name = request.Query("relation"); !name.empty()) {
    filter.relation = petition::RelationFromName(name);
    if (!filter.relation) return FieldError("relation", "unknown_value", "there is no such relation");
  }
  if (const auto name = request.Query("mode"); !name.empty()) {
    filter.mode = petition::ModeFromName(name);
    if (!filter.mode) return FieldError("mode", "unknown_value", "new, auto or review");
  }
  filter.sort = request.Query("sort");
  return filter;
}

}  // namespace

Outcome ReadRegistered(Desk& desk, Request& request) {
  GUIYI_TRY(const auto filter, RegisteredQuery(request));
  GUIYI_TRY(const auto limit, LimitOf(request, kCountedListed, kCountedListedMax));
  GUIYI_TRY(const auto page,
            desk.hub.cases().Registered(filter, ScopeOf(*request.who), request.Query("cursor"), limit));
  if (WantsFile(request)) {
    Sheet sheet{"登记件",
                {"登记编号", "案件", "来源", "渠道", "区划", "收到时间", "登记时间", "历史件", "判定", "方式", "状态"},
                {}};
    for (const auto& row : page.rows) {
      sheet.rows.push_back(
          {row.intake_no, row.case_no, row.source, WordFor("channel", row.channel), row.division,
           CountedTime(row.received_at), CountedTime(row.registered_at), std::string(row.historic ? "是" : "否"),
           row.decided ? WordFor("relation", petition::RelationName(row.relation)) : std::string(),
           row.decided ? WordFor("mode", petition::ModeName(row.mode)) : std::string(), WordFor("state", row.state)});
    }
    return SheetAnswer(request, {std::move(sheet)}, "registered");
  }
  Json rows = Json::array();
  for (const auto& row : page.rows) rows.push_back(MemberView(row, false));
  return CountedAnswer("intakes", std::move(rows), page.total, page.next);
}

Outcome ReadCaseList(Desk& desk, Request& request) {
  auto kind = dedup::CaseKind::kAll;
  if (const auto which = request.Query("which"); which == "closed") {
    kind = dedup::CaseKind::kClosed;
  } else if (which == "groups") {
    kind = dedup::CaseKind::kLeadsGroup;
  } else if (!which.empty()) {
    return FieldError("which", "unknown_value", "closed or groups");
  }
  GUIYI_TRY(const auto limit, LimitOf(request, kCountedListed, kCountedListedMax));
  GUIYI_TRY(const auto page,
            desk.hub.cases().Cases(kind, ScopeOf(*request.who), request.Query("cursor"), limit, request.Query("sort")));
  if (WantsFile(request)) {
    Sheet sheet{"案件", {"案件", "联名组", "来源", "区划", "件数", "最早收到", "最近收到", "办结时间"}, {}};
    for (const auto& [row, source, division] : page.rows) {
      sheet.rows.push_back({row.case_no, row.group_no, source, division, static_cast<double>(row.size),
                            CountedTime(row.first_received), CountedTime(row.last_received),
                            CountedTime(row.closed_at)});
    }
    return SheetAnswer(request, {std::move(sheet)}, "cases");
  }
  Json rows = Json::array();
  for (const auto& [row, source, division] : page.rows) {
    auto json = CaseRowView(row);
    json["source"] = source;
    json["division"] = division;
    rows.push_back(std::move(json));
  }
  return CountedAnswer("cases", std::move(rows), page.total, page.next);
}

Outcome ReadQuestions(Desk& desk, Request& request) {
  dedup::ReviewFilter filter;
  if (const auto state = request.Query("state"); state == "answered") {
    filter.state = dedup::ReviewFilter::State::kAnswered;
  } else if (!state.empty() && state != "open") {
    return FieldError("state", "unknown_value", "open or answered");
  }
  filter.sort = request.Query("sort");
  GUIYI_TRY(const auto limit, LimitOf(request, kCountedListed, kCountedListedMax));
  GUIYI_TRY(const auto page, desk.hub.cases().Reviews(filter, ScopeOf(*request.who), request.Query("cursor"), limit));
  if (WantsFile(request)) {
    Sheet sheet{
        "待核问题",
        {"登记编号", "案件", "与登记编号", "与案件", "拟定", "把握", "来源", "区划", "提出时间", "答复", "答复时间"},
        {}};
    for (const auto& row : page.rows) {
      sheet.rows.push_back({row.intake_no, row.case_no, row.of_intake_no, row.of_case_no,
                            WordFor("relation", petition::RelationName(row.relation)), row.score, row.source,
                            row.division, CountedTime(row.asked_at),
                            row.answered ? WordFor("verdict", dedup::AnswerName(row.answer)) : std::string(),
                            row.answered ? CountedTime(row.answered_at) : ""});
    }
    return SheetAnswer(request, {std::move(sheet)}, "questions");
  }
  Json rows = Json::array();
  for (const auto& row : page.rows) {
    auto json = ReviewView(row);
    // What was weighed and what a person wrote is for those who answer.
    for (const char* name : {"reasons", "flags", "reason"}) json.erase(name);
    rows.push_back(std::move(json));
  }
  return CountedAnswer("questions", std::move(rows), page.total, page.next);
}

Json CounterLists(bool sealed) {
  const auto registered = [](const std::string& filter) { return "/api/v1/oversight/registered" + filter; };
  Json lists{{"intakes", registered("")},
             {"undecided", registered("?which=undecided")},
             {"historic", registered("?which=historic")},
             {"cases",
              {{"all", "/api/v1/oversight/cases"},
               {"closed", "/api/v1/oversight/cases?which=closed"},
               {"groups", "/api/v1/oversight/cases?which=groups"}}},
             {"reviews",
              {{"open", "/api/v1/oversight/questions?state=open"},
               {"answered", "/api/v1/oversight/questions?state=answered"}}}};
  if (sealed) lists["sealed"] = registered("?which=sealed");
  return lists;
}

}  // namespace gateway::http
