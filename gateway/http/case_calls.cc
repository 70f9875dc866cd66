// Cases and questions: searched, read, merged, split, answered by staff within their scope.
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "petition/text/fold.h"
#include "search/text_index.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kOffsetMax = 10'000;
constexpr std::size_t kExcerptBytes = 360;
constexpr std::size_t kGroupMax = 100;

/// The form a person's name, phone or id number is indexed in.
std::string PersonKey(const std::string& text) {
  const auto id = petition::NormaliseResidentId(text);
  if (id.state == petition::IdState::kValid) return id.normal;
  const auto phone = petition::NormalisePhone(text);
  if (phone.state == petition::IdState::kValid) return phone.normal;
  if (const auto name = petition::NormaliseName(text); !name.normal.empty()) return name.normal;
  return id.normal;
}

Result<std::string> DayField(const Json& json, const char* name) {
  GUIYI_TRY(auto text, TextField(json, name));
  std::erase(text, '-');
  if (!text.empty() && (text.size() != 8 || text.find_first_not_of("0123456789") != std::string::npos)) {
    return FieldError(name, "time_invalid", "a day reads 2025-03-04 or 20250304");
  }
  return text;
}

/// The divisions asked for, cut to those the principal sees; nullopt: nothing is left.
std::optional<std::vector<std::string>> Divisions(const Principal& who, const std::string& asked) {
  if (asked.empty()) return who.divisions;
  if (who.divisions.empty()) return std::vector<std::string>{asked};
  std::vector<std::string> cut;
  for (const auto& own : who.divisions) {
    if (petition::DivisionContains(own, asked)) return std::vector<std::string>{asked};
    if (petition::DivisionContains(asked, own)) cut.push_back(own);
  }
  if (cut.empty()) return std::nullopt;
  return cut;
}

/// What to look for; nullopt: nothing that this principal could see.
Result<std::optional<search::TextQuery>> QueryOf(const Principal& who, const Json& body) {
  search::TextQuery query;
  GUIYI_TRY(query.words, TextField(body, "words"));
  GUIYI_TRY(query.title, TextField(body, "title"));
  GUIYI_TRY(query.place, TextField(body, "place"));
  GUIYI_TRY(query.accused, TextField(body, "accused"));
  GUIYI_TRY(query.number, TextField(body, "number"));
  GUIYI_TRY(const auto person, TextField(body, "person"));
  if (!person.empty()) query.person = PersonKey(person);
  GUIYI_TRY(query.category, TextField(body, "category"));
  GUIYI_TRY(query.channel, TextField(body, "channel"));
  GUIYI_TRY(query.source, TextField(body, "source"));
  GUIYI_TRY(query.day_from, DayField(body, "dayFrom"));
  GUIYI_TRY(query.day_to, DayField(body, "dayTo"));
  GUIYI_TRY(const auto division, TextField(body, "division"));
  GUIYI_TRY(const auto order, TextField(body, "order"));
  GUIYI_TRY(const auto cursor, TextField(body, "cursor"));
  if (const auto number = petition::ParseIntakeNo(query.number)) query.number = number->text;
  query.newest_first = order == "newest";
  query.with_sealed = who.sealed;
  if (const auto limit = body.find("limit"); limit != body.end()) {
    if (!limit->is_number_unsigned()) return FieldError("limit", "type", "must be a number");
    query.limit = std::clamp<std::size_t>(limit->get<std::size_t>(), 1, 100);
  }
  if (!cursor.empty()) {
    const auto offset = NumberOf(cursor);
    if (!offset.ok() || *offset > kOffsetMax)
      return petition::Invalid("cursor_invalid", "the cursor is one that an earlier answer gave");
    query.offset = static_cast<std::size_t>(*offset);
  }
  const auto code = petition::NormaliseDivision(division);
  if (!division.empty() && code.empty())
    return FieldError("division", "unknown_value", "a division has 6 or 12 digits");
  const auto divisions = Divisions(who, code);
  if (!divisions) return std::optional<search::TextQuery>();
  query.divisions = *divisions;
  if (who.role == Role::kHandler) {
    if (!query.source.empty() && query.source != who.source) return std::optional<search::TextQuery>();
    query.source = who.source;
    query.divisions = code.empty() ? std::vector<std::string>{} : std::vector<std::string>{code};
  }
  return std::optional(std::move(query));
}

/// Of each clock that runs for a member of the case, the one that is due first: the members keep their own.
Json TightestClocks(const Json& members) {
  std::map<std::string, Json> tightest;
  for (const auto& member : members) {
    for (const auto& clock : member["clocks"]) {
      if (!clock["stoppedAt"].is_null()) continue;
      auto& known = tightest[clock["clock"].get<std::string>()];
      if (known.is_null() ||
          (!clock["dueAt"].is_null() && (known["dueAt"].is_null() || clock["dueAt"] < known["dueAt"])))
        known = clock;
    }
  }
  Json clocks = Json::array();
  for (auto& [name, clock] : tightest) clocks.push_back(std::move(clock));
  return clocks;
}

/// The part of a text around the first word found, as pieces that are hits or not.
Json Excerpt(const std::string& words, const std::string& text) {
  const auto spans = search::Highlight(words, text);
  std::size_t begin = 0;
  if (!spans.empty() && spans.front().begin > kExcerptBytes / 3) begin = spans.front().begin - kExcerptBytes / 3;
  while (begin > 0 && begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
  const auto end = begin + petition::text::Truncate(std::string_view(text).substr(begin), kExcerptBytes).size();
  Json pieces = Json::array();
  const auto add = [&](std::size_t from, std::size_t to, bool hit) {
    from = std::max(from, begin);
    to = std::min(to, end);
    if (from < to) pieces.push_back({{"text", text.substr(from, to - from)}, {"hit", hit}});
  };
  std::size_t at = begin;
  for (const auto& span : spans) {
    if (span.begin >= end) break;
    add(at, span.begin, false);
    add(span.begin, span.end, true);
    at = std::max(at, span.end);
  }
  add(at, end, false);
  return pieces;
}

Json HitView(Desk& desk, const Principal& who, const search::TextQuery& query, const dedup::MemberRow& member) {
  Json json = MemberView(member, false);
  const auto words = WordsOf(desk, who, member.index);
  if (words.contains("title")) {
    json["title"] = words["title"];
    json["excerpt"] = Excerpt(query.words, words["content"].get<std::string>());
    json["petitioners"] = words["petitioners"];
  }
  return json;
}

Result<dedup::ReviewFilter::Order> ReviewOrderOf(std::string_view sort) {
  using Order = dedup::ReviewFilter::Order;
  if (sort.empty()) return Order::kQueue;
  if (sort == "-asked") return Order::kNewest;
  if (sort == "asked") return Order::kOldest;
  if (sort == "-score") return Order::kLikeliest;
  return FieldError("sort", "sort_unknown", "questions are sorted by asked, -asked or -score");
}

}  // namespace

Outcome SearchCases(Desk& desk, Request& request) {
  const auto& who = *request.who;
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto query, QueryOf(who, body));
  Json cases = Json::array();
  if (!query) return JsonAnswer({{"cases", cases}, {"total", 0}, {"estimated", false}, {"cursor", nullptr}});
  GUIYI_TRY(const auto hits, desk.hub.texts().Search(*query));
  GUIYI_TRY(const auto members, desk.hub.cases().MembersByIndex(hits.ids));
  Reading reading(who, Call::kSearchCases);
  if (!query->person.empty()) reading.Personal();
  std::map<std::string, std::size_t> places;
  for (const auto& member : members) {
    if (!SeesMember(who, member)) continue;
    const auto [place, is_new] = places.emplace(member.case_no, cases.size());
    if (is_new) {
      cases.push_back({{"caseNo", OwnsCase(desk, who, member.case_no) ? Json(member.case_no) : Json(nullptr)},
                       {"hits", Json::array()}});
    }
    cases[place->second]["hits"].push_back(HitView(desk, who, *query, member));
    reading.Showed(member.index, member.sealed);
  }
  GUIYI_CHECK(reading.Record(desk.hub.ledger()));
  const auto next = query->offset + hits.ids.size();
  const bool more = !hits.ids.empty() && next < hits.total && next <= kOffsetMax;
  return JsonAnswer({{"cases", std::move(cases)},
                     {"total", hits.total},
                     {"estimated", hits.estimated},
                     {"cursor", more ? Json(std::to_string(next)) : Json(nullptr)}});
}

Outcome ReadCase(Desk& desk, Request& request) {
  const auto& who = *request.who;
  auto view = desk.hub.cases().CaseByNo(request.captures[0], ScopeOf(who));
  if (!view.ok()) {
    if (view.error().code == petition::Code::kNotFound || view.error().code == petition::Code::kInvalid)
      return NoSuchCase();
    return std::move(view).error();
  }
  Reading reading(who, Call::kReadCase);
  std::size_t seen = 0;
  for (const auto& member : view->members) seen += SeesMember(who, member);
  if (!seen) return NoSuchCase();
  std::vector<dedup::CaseRow> group;
  for (const auto& row : view->group) {
    if (row.case_no == view->row.case_no || group.size() == kGroupMax) continue;
    const auto visible = desk.hub.cases().Members(row.case_no, ScopeOf(who));
    if (!visible.ok() || visible->empty()) continue;
    auto shown = row;
    shown.size = visible->size();
    group.push_back(std::move(shown));
  }
  auto json = CaseFullView(*view, group, who);
  for (auto& member : json["members"]) {
    const auto index = member["ledgerIndex"].get<std::uint64_t>();
    member["submission"] = WordsOf(desk, who, index);
    member["events"] = Json::array();
    if (const auto events = desk.hub.cases().Events(index); events.ok() && !events->empty()) {
      const auto masks = MasksOf(desk, who, index);
      for (const auto& event : *events) {
        member["events"].push_back(EventView(event));
        if (masks) member["events"].back()["by"] = masks->Text(event.by);
      }
    }
    member["clocks"] = Json::array();
    auto& clocks = desk.hub.oversight().tables().clocks();
    if (const auto rows = clocks.OfIntake(index); rows.ok()) {
      for (const auto& row : *rows) member["clocks"].push_back(ClockView(row, clocks, desk.hub.clock().Now()));
    }
    reading.Showed(index, member["sealed"].get<bool>());
  }
  json["clocks"] = TightestClocks(json["members"]);
  GUIYI_CHECK(reading.Record(desk.hub.ledger()));
  return JsonAnswer(json);
}

Outcome MergeCases(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto with, NeededText(body, "with"));
  GUIYI_TRY(const auto reason, NeededText(body, "reason"));
  const bool overrule = body.contains("overrule") && body["overrule"].is_boolean() && body["overrule"].get<bool>();
  auto acted = desk.hub.decisions().Merge(*request.who, request.captures[0], with, reason, overrule);
  if (!acted.ok()) {
    if (acted.error().code == petition::Code::kNotFound) return NoSuchCase();
    return std::move(acted).error();
  }
  return JsonAnswer(ActedView(*acted));
}

Outcome SplitCase(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto reason, NeededText(body, "reason"));
  std::vector<std::string> intakes;
  const auto named = body.find("intakes");
  if (named == body.end() || !named->is_array() || named->empty())
    return FieldError("intakes", "field_missing", "a list of intake numbers is needed");
  if (named->size() > 1000) return FieldError("intakes", "too_many", "more than 1000");
  for (const auto& one : *named) {
    if (!one.is_string()) return FieldError("intakes", "type", "must be intake numbers");
    const auto number = petition::ParseIntakeNo(one.get_ref<const std::string&>());
    if (!number) return FieldError("intakes", "unknown_value", "holds something that is no intake number");
    intakes.push_back(number->text);
  }
  auto acted = desk.hub.decisions().Split(*request.who, request.captures[0], intakes, reason);
  if (!acted.ok()) {
    if (acted.error().code == petition::Code::kNotFound) return NoSuchCase();
    return std::move(acted).error();
  }
  return JsonAnswer(ActedView(*acted));
}

Outcome ReadReviews(Desk& desk, Request& request) {
  const auto& who = *request.who;
  dedup::ReviewFilter filter;
  if (const auto state = request.Query("state"); state == "answered") {
    filter.state = dedup::ReviewFilter::State::kAnswered;
  } else if (state == "all") {
    filter.state = dedup::ReviewFilter::State::kAll;
  } else if (!state.empty() && state != "open") {
    return FieldError("state", "unknown_value", "open, answered or all");
  }
  GUIYI_TRY(filter.order, ReviewOrderOf(request.Query("sort")));
  if (const auto relation = request.Query("relation"); !relation.empty()) {
    filter.relation = petition::RelationFromName(relation);
    if (!filter.relation) return FieldError("relation", "unknown_value", "there is no such relation");
  }
  GUIYI_TRY(const auto limit, LimitOf(request, 20, 100));
  GUIYI_TRY(const auto page, desk.hub.cases().Reviews(filter, ScopeOf(who), request.Query("cursor"), limit));
  Reading reading(who, Call::kReadReviews);
  Json reviews = Json::array();
  for (const auto& row : page.rows) {
    const auto asking = desk.hub.cases().Member(row.index), of = desk.hub.cases().Member(row.of);
    if (!asking.ok() || !SeesMember(who, *asking)) continue;
    auto json = ReviewView(row);
    if (row.answered && !who.personal) json["reason"] = petition::MaskText(row.reason);
    json["asking"] = WordsOf(desk, who, row.index);
    reading.Showed(row.index, asking->sealed);
    // The earlier one may lie in a division of others: then its number is all there is to see.
    json["of"] = nullptr;
    if (of.ok() && SeesMember(who, *of)) {
      json["of"] = WordsOf(desk, who, row.of);
      json["ofState"] = of->state;
      reading.Showed(row.of, of->sealed);
    }
    reviews.push_back(std::move(json));
  }
  GUIYI_CHECK(reading.Record(desk.hub.ledger()));
  return JsonAnswer({{"reviews", std::move(reviews)},
                     {"total", page.total},
                     {"cursor", page.next.empty() ? Json(nullptr) : Json(page.next)}});
}

Outcome AnswerReview(Desk& desk, Request& request) {
  const petition::Error missing = petition::NotFound("there is no such question");
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto answer, ReviewAnswerFromJson(body));
  const auto id = NumberOf(request.captures[0]);
  if (!id.ok()) return missing;
  auto acted = desk.hub.decisions().Answer(*request.who, *id, answer);
  if (!acted.ok()) {
    if (acted.error().code == petition::Code::kNotFound) return missing;
    return std::move(acted).error();
  }
  return JsonAnswer(ActedView(*acted));
}

}  // namespace gateway::http
