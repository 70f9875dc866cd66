#include "gateway/oversight/figures.h"

#include <algorithm>
#include <functional>
#include <map>

#include "gateway/oversight/clocks.h"
#include "gateway/oversight/words.h"
#include "gateway/state/matters.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

constexpr std::chrono::hours kGrowingSince{24 * 7};
constexpr std::uint64_t kGrowingMin = 5;
constexpr std::size_t kMattersShown = 20, kValuesShown = 200;
constexpr std::array<const char*, 4> kDimensions{"source", "channel", "division", "category"};

std::string DashedMonth(const std::string& month) { return month.substr(0, 4) + "-" + month.substr(4); }
std::string DashedDay(const std::string& day) {
  return day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6);
}

std::string UrlEscaped(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
      escaped += c;
    } else {
      escaped += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return escaped;
}

/// The call that lists what a figure counts.
Json ListBehind(const Period& period, const std::string& filter) {
  std::string path = "/api/v1/oversight/intakes?";
  if (!period.from.empty()) path += "from=" + period.from + "01&";
  if (!period.to.empty()) path += "to=" + period.to + "31&";
  path += filter;
  while (path.ends_with('&') || path.ends_with('?')) path.pop_back();
  return {{"path", path}};
}

Json RateOf(std::uint64_t numerator, std::uint64_t denominator) {
  Json rate{{"numerator", numerator}, {"denominator", denominator}, {"rate", nullptr}};
  if (denominator > 0) rate["rate"] = static_cast<double>(numerator) / static_cast<double>(denominator);
  return rate;
}

void AddCell(FigureCell& into, const FigureCell& cell) {
  for (const auto member :
       {&FigureCell::intakes, &FigureCell::closed, &FigureCell::duplicates, &FigureCell::supplements,
        &FigureCell::repeats, &FigureCell::joints, &FigureCell::claimed_first, &FigureCell::claimed_repeat,
        &FigureCell::claim_differs, &FigureCell::satisfied, &FigureCell::rated, &FigureCell::first_hub,
        &FigureCell::first_source, &FigureCell::first_channel})
    into.*member += cell.*member;
}

/// By value over all months, most first.
std::vector<FigureCell> ByValue(const std::vector<FigureCell>& cells) {
  std::map<std::string, FigureCell> sums;
  for (const auto& cell : cells) {
    auto& sum = sums[cell.value];
    sum.value = cell.value;
    AddCell(sum, cell);
  }
  std::vector<FigureCell> values;
  for (auto& [value, sum] : sums) values.push_back(std::move(sum));
  std::stable_sort(values.begin(), values.end(),
                   [](const FigureCell& a, const FigureCell& b) { return a.intakes > b.intakes; });
  return values;
}

Json VolumesOf(const std::vector<FigureCell>& months, const std::vector<Items::DayCount>& days,
               const std::map<std::string, std::vector<FigureCell>>& dimensions, const Period& period) {
  Json volumes = Json::object();
  auto& by_month = volumes["byMonth"] = Json::array();
  for (const auto& month : months) {
    by_month.push_back({{"month", DashedMonth(month.month)},
                        {"intakes", month.intakes},
                        {"closed", month.closed},
                        {"repeats", month.duplicates + month.supplements + month.repeats},
                        {"list", ListBehind({month.month, month.month}, "")}});
  }
  auto& by_day = volumes["byDay"] = Json::array();
  for (const auto& day : days) {
    by_day.push_back({{"day", DashedDay(day.day)},
                      {"intakes", day.intakes},
                      {"list", {{"path", "/api/v1/oversight/intakes?from=" + day.day + "&to=" + day.day}}}});
  }
  for (const auto& [name, values] : dimensions) {
    auto key = "by" + name;
    key[2] = static_cast<char>(std::toupper(key[2]));
    auto& list = volumes[key] = Json::array();
    for (const auto& value : values) {
      if (list.size() == kValuesShown) break;
      list.push_back(
          {{"value", value.value},
           {"intakes", value.intakes},
           {"closed", value.closed},
           {"repeats", value.duplicates + value.supplements + value.repeats},
           {"list", ListBehind(period, name + "=" + (value.value.empty() ? "-" : UrlEscaped(value.value)))}});
    }
  }
  return volumes;
}

const ClockTotal* FindTotal(const std::vector<ClockTotal>& totals, std::string_view clock) {
  const auto found =
      std::find_if(totals.begin(), totals.end(), [&](const ClockTotal& one) { return one.clock == clock; });
  return found == totals.end() ? nullptr : &*found;
}

/// In time of all that were due: those that ran out without an act are due, those still running in time are not yet.
Json Timely(const std::vector<ClockTotal>& totals, std::string_view clock) {
  const ClockTotal none, *found = FindTotal(totals, clock);
  const ClockTotal& total = found ? *found : none;
  Json rate = RateOf(total.in_time, total.in_time + total.late + total.red);
  rate["late"] = total.late;
  rate["never"] = total.red;
  rate["running"] = total.green + total.yellow + total.paused + total.unknown;
  rate["list"] = {{"path", "/api/v1/oversight/clocks?lamp=red&clock=" + std::string(clock)}};
  return rate;
}

Json RatesOf(const FigureCell& all, const std::vector<ClockTotal>& clocks, const Period& period) {
  Json rates = Json::object();
  // Told again on another occasion: the share after closure stands apart.
  rates["repeat"] = RateOf(all.duplicates + all.supplements + all.repeats, all.intakes);
  rates["repeat"]["afterClosure"] = all.repeats;
  rates["repeat"]["list"] = ListBehind(period, "which=repeats");
  rates["duplicate"] = RateOf(all.duplicates, all.intakes);
  rates["duplicate"]["list"] = ListBehind(period, "relation=duplicate");
  rates["joint"] = RateOf(all.joints, all.intakes);
  rates["joint"]["list"] = ListBehind(period, "relation=joint");
  rates["timelyAcceptance"] = Timely(clocks, "notice");
  rates["onTimeClosing"] = Timely(clocks, "handling");
  rates["closed"] = RateOf(all.closed, all.intakes);
  rates["closed"]["list"] = ListBehind(period, "which=closed");
  rates["satisfaction"] = RateOf(all.satisfied, all.rated);
  rates["satisfaction"]["list"] = ListBehind(period, "which=satisfied");
  rates["satisfaction"]["ratedShare"] = RateOf(all.rated, all.closed);
  rates["satisfaction"]["ratedShare"]["list"] = ListBehind(period, "which=rated");
  for (const auto& [scope, first] :
       {std::pair("hub", all.first_hub), std::pair("source", all.first_source), std::pair("form", all.first_channel)}) {
    auto& rate = rates["firstTime"][scope] = RateOf(first, all.intakes);
    rate["list"] = ListBehind(period, std::string("which=first_") + scope);
  }
  return rates;
}

Json LampsOf(const ClockBook& book, const std::vector<ClockTotal>& totals) {
  Json lamps = Json::array();
  for (const auto& rule : book.table().rules) {
    const ClockTotal none, *found = FindTotal(totals, rule.name);
    const ClockTotal& total = found ? *found : none;
    lamps.push_back({{"clock", rule.name},
                     {"title", rule.title},
                     {"basis", rule.basis},
                     {"petitioner", rule.petitioner},
                     {"green", total.green},
                     {"yellow", total.yellow},
                     {"red", total.red},
                     {"paused", total.paused},
                     {"unknown", total.unknown},
                     {"inTime", total.in_time},
                     {"late", total.late},
                     {"list", {{"path", "/api/v1/oversight/clocks?clock=" + rule.name}}}});
  }
  return lamps;
}

Json ExceptionsOf(const std::vector<FindingTotal>& totals) {
  Json by_kind = Json::array();
  std::uint64_t open = 0, overdue = 0;
  for (const auto& total : totals) {
    open += total.open;
    overdue += total.overdue;
    by_kind.push_back({{"kind", total.kind},
                       {"open", total.open},
                       {"overdue", total.overdue},
                       {"list", {{"path", "/api/v1/oversight/exceptions?kind=" + total.kind}}}});
  }
  return {{"open", open}, {"overdue", overdue}, {"byKind", std::move(by_kind)}};
}

/// The call that lists calls of a kind between two times: the figure and its list are about the same ones.
Json CallsBehind(petition::Time from, petition::Time to, const std::string& which) {
  return {{"path", "/api/v1/oversight/calls?since=" + UrlEscaped(petition::FormatTime(from)) +
                       "&until=" + UrlEscaped(petition::FormatTime(to)) + (which.empty() ? "" : "&which=" + which)}};
}

/// Of the last day, by the exchange's own records.
Result<Json> AnsweringOf(const Registers& registers, const dedup::Scope& scope, petition::Time now) {
  const auto from = now - kAnsweredOver, to = now;
  Registers::Answering calls;
  if (SeesCalls(scope)) {
    GUIYI_TRY(calls, registers.AnsweringOf(from, to, kAnsweredWithinSeconds));
  }
  const auto counted = [&](std::uint64_t n, const char* which) -> Json {
    return {{"calls", n}, {"list", CallsBehind(from, to, which)}};
  };
  Json json{{"hours", kAnsweredOver.count()}, {"withinSeconds", kAnsweredWithinSeconds}};
  json["all"] = counted(calls.calls, "");
  json["connected"] = RateOf(calls.answered, calls.calls);
  json["connected"]["list"] = CallsBehind(from, to, "answered");
  json["connected"]["missed"] = counted(calls.calls - calls.answered, "missed");
  json["inTime"] = RateOf(calls.in_time, calls.waits);
  json["inTime"]["list"] = CallsBehind(from, to, "in_time");
  json["inTime"]["timed"] = counted(calls.waits, "timed");
  json["inTime"]["late"] = counted(calls.waits - calls.in_time, "late");
  return json;
}

struct GatheredFigures {
  std::vector<FigureCell> months;
  FigureCell all;
  std::map<std::string, std::vector<FigureCell>> dimensions;
  std::vector<ClockTotal> clocks;
};

Result<GatheredFigures> GatherFigures(OversightTables& tables, const Period& period, const dedup::Scope& scope,
                                      petition::Time now) {
  GatheredFigures gathered;
  GUIYI_TRY(gathered.months, tables.items().Sums("all", period.from, period.to, scope));
  for (const auto& month : gathered.months) AddCell(gathered.all, month);
  for (const char* dimension : kDimensions) {
    GUIYI_TRY(const auto cells, tables.items().Sums(dimension, period.from, period.to, scope));
    gathered.dimensions[dimension] = ByValue(cells);
  }
  GUIYI_TRY(gathered.clocks, tables.clocks().Totals(period.from, period.to, scope, now));
  return gathered;
}

}  // namespace

bool SeesCalls(const dedup::Scope& scope) { return scope.divisions.empty() && scope.source.empty(); }

Result<std::string> ReadMonth(std::string_view text) {
  std::string month(text);
  std::erase(month, '-');
  if (month.empty()) return month;
  const bool digits = month.size() == 6 && month.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || (text.size() != 6 && (text.size() != 7 || text[4] != '-')) || month.substr(4) < "01" ||
      month.substr(4) > "12")
    return petition::Invalid("month_invalid", "a month reads 2025-03");
  return month;
}

Result<Json> FiguresOf(OversightTables& tables, dedup::CaseBook& book, const Period& period, const dedup::Scope& scope,
                       petition::Time now) {
  GUIYI_TRY(const auto gathered, GatherFigures(tables, period, scope, now));
  const FigureCell& all = gathered.all;
  const std::string today = petition::LocalDay(now);
  GUIYI_TRY(const auto days,
            tables.items().Days(petition::LocalDay(now - std::chrono::hours(24 * 30)), today, "", scope));
  GUIYI_TRY(const auto exceptions, tables.findings().Totals(scope, now));
  GUIYI_TRY(const auto pending, LongPending(book, now - kLongPending, scope, kMattersShown));
  GUIYI_TRY(const auto growing, GrowingMatters(book, now - kGrowingSince, kGrowingMin, scope, kMattersShown));
  Json json{{"period",
             {{"from", period.from.empty() ? Json(nullptr) : Json(DashedMonth(period.from))},
              {"to", period.to.empty() ? Json(nullptr) : Json(DashedMonth(period.to))}}},
            {"volumes", VolumesOf(gathered.months, days, gathered.dimensions, period)},
            {"rates", RatesOf(all, gathered.clocks, period)},
            {"lamps", LampsOf(tables.clocks(), gathered.clocks)},
            {"exceptions", ExceptionsOf(exceptions)}};
  // What the sources say of themselves, and where the hub sees it otherwise.
  json["claims"] = {{"first",
                     {{"claimed", all.claimed_first},
                      {"computed", all.first_hub},
                      {"list", ListBehind(period, "which=claimed_first")}}},
                    {"repeat",
                     {{"claimed", all.claimed_repeat},
                      {"computed", all.duplicates + all.supplements + all.repeats},
                      {"list", ListBehind(period, "which=claimed_repeat")}}},
                    {"differs", all.claim_differs},
                    {"list", ListBehind(period, "which=claims_differ")}};
  auto& oldest = json["longPending"] = {{"days", kLongPending.count() / 24},
                                        {"total", pending.total},
                                        {"list", {{"path", "/api/v1/oversight/intakes?which=long_pending"}}}};
  oldest["cases"] = Json::array();
  for (const auto& one : pending.oldest) {
    oldest["cases"].push_back({{"caseNo", one.case_no},
                               {"source", one.source},
                               {"division", one.division},
                               {"size", one.size},
                               {"receivedAt", petition::FormatTime(one.first_received)}});
  }
  auto& hot = json["growing"] = Json::array();
  for (const auto& one : growing) {
    hot.push_back({{"no", one.no},
                   {"lately", one.lately},
                   {"before", one.before},
                   {"list", {{"path", "/api/v1/oversight/intakes?matter=" + UrlEscaped(one.no)}}}});
  }
  GUIYI_TRY(json["calls"], AnsweringOf(tables.registers(), scope, now));
  std::uint64_t loops = 0;
  for (const auto& total : exceptions)
    if (total.kind == "transfer_loop") loops = total.open;
  json["loops"] = {{"open", loops}, {"list", {{"path", "/api/v1/oversight/exceptions?kind=transfer_loop"}}}};
  return json;
}

Sheet FlowsSheet(const std::vector<ChannelFlow>& flows) {
  Sheet sheet{"渠道流向", {"先经渠道", "又经渠道", "件数"}, {}, "flows"};
  for (const auto& flow : flows) {
    const auto shown = [](const std::string& channel) {
      return channel.empty() ? std::string("辖区外") : WordFor("channel", channel);
    };
    sheet.rows.push_back({shown(flow.from), shown(flow.to), static_cast<double>(flow.intakes)});
  }
  return sheet;
}

Result<std::vector<Sheet>> ReportOf(OversightTables& tables, dedup::CaseBook& book, const Period& period,
                                    const dedup::Scope& scope, petition::Time now) {
  GUIYI_TRY(const auto gathered, GatherFigures(tables, period, scope, now));
  GUIYI_TRY(const auto exceptions, tables.findings().Totals(scope, now));
  GUIYI_TRY(const auto growing, GrowingMatters(book, now - kGrowingSince, kGrowingMin, scope, kMattersShown));
  const auto number = [](std::uint64_t value) { return Cell(static_cast<double>(value)); };
  std::vector<Sheet> sheets;
  const auto volumes = [&](const char* name, const char* title, const char* heading,
                           const std::vector<FigureCell>& cells,
                           const std::function<std::string(const FigureCell&)>& of) {
    Sheet sheet{title,
                {heading, "件数", "办结", "并行重复", "补充催办", "重复信访", "联名", "自称初次", "自称重复",
                 "自称与核定不符", "评价满意", "已评价"},
                {}};
    for (const auto& cell : cells) {
      sheet.rows.push_back({of(cell), number(cell.intakes), number(cell.closed), number(cell.duplicates),
                            number(cell.supplements), number(cell.repeats), number(cell.joints),
                            number(cell.claimed_first), number(cell.claimed_repeat), number(cell.claim_differs),
                            number(cell.satisfied), number(cell.rated)});
    }
    sheet.name = name;
    sheets.push_back(std::move(sheet));
  };
  const auto code = [](const FigureCell& cell) { return cell.value; };
  volumes("months", "按月", "月份", gathered.months, [](const FigureCell& cell) { return DashedMonth(cell.month); });
  volumes("sources", "按来源", "来源", gathered.dimensions.at("source"), code);
  volumes("channels", "按渠道", "渠道", gathered.dimensions.at("channel"),
          [](const FigureCell& cell) { return WordFor("channel", cell.value); });
  volumes("divisions", "按区划", "区划", gathered.dimensions.at("division"), code);
  volumes("categories", "按类别", "类别", gathered.dimensions.at("category"), code);
  Sheet clocks{"时限", {"时限", "依据", "按期", "逾期办理", "绿灯", "黄灯", "红灯", "暂停"}, {}, "clocks"};
  for (const auto& rule : tables.clocks().table().rules) {
    const ClockTotal none, *found = FindTotal(gathered.clocks, rule.name);
    const ClockTotal& total = found ? *found : none;
    clocks.rows.push_back({rule.title, rule.basis, number(total.in_time), number(total.late), number(total.green),
                           number(total.yellow), number(total.red), number(total.paused)});
  }
  sheets.push_back(std::move(clocks));
  Sheet found{"异常", {"种类", "未结", "超期"}, {}, "exceptions"};
  for (const auto& total : exceptions)
    found.rows.push_back({WordFor("exceptionKind", total.kind), number(total.open), number(total.overdue)});
  sheets.push_back(std::move(found));
  Sheet hot{"集中反映", {"编号", "近七日", "此前"}, {}, "growing"};
  for (const auto& one : growing) hot.rows.push_back({one.no, number(one.lately), number(one.before)});
  sheets.push_back(std::move(hot));
  GUIYI_TRY(const auto flows, ChannelFlows(book, period.from.empty() ? "" : period.from + "01",
                                           period.to.empty() ? "" : period.to + "31", scope));
  sheets.push_back(FlowsSheet(flows));
  return sheets;
}

}  // namespace gateway
