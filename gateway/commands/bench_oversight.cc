#include "gateway/commands/bench_oversight.h"

#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "dedup/case_book_file.h"
#include "gateway/commands/command_support.h"
#include "gateway/oversight/figures.h"
#include "gateway/state/deliveries.h"
#include "gateway/state/matters.h"

namespace gateway {

using petition::Json;
using petition::Result;
using petition::Status;

namespace {

struct SummaryBench {
  std::uint64_t cases = 1'000'000;
  int times = 9;
  bool json = false;
};

constexpr std::int64_t kSummaryNow = 1'751'328'000'000;  // 2025-07-01T08:00:00+08:00

/// Cases over the last year at six sources in 120 divisions, each with two clocks; rows as the follower would have
/// folded them, so that triggers keep the figures as they do in life.
Status FillCases(dedup::CaseBook& book, std::uint64_t cases) {
  return dedup::Guarded("bench", [&]() -> Status {
    auto sql = book.file().Writer();
    sql->Exec("BEGIN IMMEDIATE");
    // Source, division, day and category cross freely, as they do in life: each gets a digit of its own of a number
    // that is spread over all of them.
    sql->Run(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i+1<$1), r(i, a, b) AS (SELECT i, "
        "(i*2654435761)%4294967296/64, (i*40503+7919)%1000003 FROM n) INSERT INTO intakes(idx, no, source, division, "
        "channel, sealed, historic, dropped, received, registered, decided, relation, mode, score, tied, lead, closed, "
        "state, national_no, national_state, chain) SELECT i, 'N'||i, 's'||(a%6), '43'||PRINTF('%02d%02d', a/7%14, "
        "b%9), CASE b%4 WHEN 0 THEN 'portal' WHEN 1 THEN 'hotline' WHEN 2 THEN 'letter' ELSE 'wechat' END, b%50=0, 0, "
        "0, $2-a/11%366*86400000, $2-a/11%366*86400000+60000, 1, CASE b%10 WHEN 3 THEN 3 "
        "WHEN 5 THEN 5 ELSE 0 END, 1, 0.0, -1, i, CASE WHEN b%3<2 THEN $2-a/11%366*86400000+8640000 ELSE 0 END, "
        "'registered', '', '', -1 FROM r",
        cases, kSummaryNow);
    sql->Run(
        "INSERT INTO cases(lead, grp, size, sealed, last_closed, first_received, last_received) SELECT idx, -1, 1, "
        "sealed, "
        "closed, received, received FROM intakes");
    sql->Run(
        "INSERT INTO items(idx, source, channel, division, category, day, number, series, shape, serial, width, "
        "revises, "
        "historic, sealed, relation, closed, urgent, call_id, caller, barcode, claimed_first, claimed_repeat, rating, "
        "received, registered, first_hub, first_source, first_channel, told_channel, told_division) SELECT idx, "
        "source, "
        "channel, division, "
        "PRINTF('%02d0100', (idx*40503+7919)%1000003/17%40), CAST(STRFTIME('%Y%m%d', received/1000+28800, 'unixepoch') "
        "AS INTEGER), 'E'||idx, "
        "'E', 'E', idx, 7, -1, 0, sealed, relation, closed, 0, '', '', '', 1, idx%10=0, idx%7=0, received, registered, "
        "relation=0, 1, 1, CASE WHEN relation>0 THEN CASE idx%3 WHEN 0 THEN 'portal' ELSE 'hotline' END END, CASE WHEN "
        "relation>0 THEN division END FROM intakes");
    sql->Run(
        "INSERT INTO clocks(idx, clock, month, started, due, yellow, paused, stopped, extended, pauses, source, "
        "division, "
        "sealed) SELECT i.idx, c.column1, m.day/100, i.received+28800000, "
        "((i.received+28800000)/86400000+16)*86400000, "
        "((i.received+28800000)/86400000+13)*86400000, 0, CASE WHEN i.closed>0 THEN i.closed+28800000 ELSE 0 END, 0, "
        "'[]', i.source, i.division, i.sealed FROM intakes i JOIN items m ON m.idx=i.idx JOIN (VALUES('disposal'), "
        "('notice')) c");
    sql->Run(
        "INSERT INTO deliveries(destination, kind, idx, entry, event, order_key, case_no, state, attempts, next_at, "
        "ask_first, reason, national_no, national_state, created, updated) SELECT 'national', 'register', idx, -1, '', "
        "idx, 'C'||no, CASE WHEN idx%200=7 THEN 5 WHEN idx>$1-100 THEN 0 ELSE 4 END, 1, 0, 0, '', '', '', received, "
        "received FROM intakes",
        cases);
    book.file().EndTransaction();
    sql->Exec("COMMIT");
    sql->Exec("ANALYZE");
    return petition::Ok();
  });
}

using Question = std::function<Status()>;

/// Median and most of some goes, in milliseconds.
Result<Json> TimeOf(int times, const Question& question) {
  std::vector<double> millis;
  for (int at = 0; at < times; ++at) {
    const auto start = std::chrono::steady_clock::now();
    GUIYI_CHECK(question());
    millis.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(millis.begin(), millis.end());
  return Json{{"median", millis[millis.size() / 2]}, {"most", millis.back()}};
}

/// What is measured: its key in the answer, what people read, and the question.
struct Measured {
  const char *key, *label;
  Question question;
};

/// What the calls for summary, reconciliation, flows and lists ask: the summary for a reader of everything and those of
/// a city and a division without the right, the others for a reader of everything.
std::vector<Measured> QuestionsOf(dedup::CaseBook& book, const Deliveries& deliveries, OversightTables& tables) {
  const petition::Time now{std::chrono::milliseconds(kSummaryNow)};
  const auto some = [](bool any) { return any ? petition::Ok() : Status(petition::Internal("an empty answer")); };
  const auto summary = [&book, &deliveries, &tables, now, some](const dedup::Scope& scope) -> Question {
    return [=, &book, &deliveries, &tables]() -> Status {
      GUIYI_TRY(const auto counters, book.Count(scope));
      GUIYI_TRY(const auto totals, deliveries.Totals(scope));
      GUIYI_TRY(const auto figures, FiguresOf(tables, book, {}, scope, now));
      return some(counters.intakes > 0 && !totals.empty() && !figures.empty());
    };
  };
  const auto days = [&tables, now, some](int back) -> Question {
    return [=, &tables]() -> Status {
      const auto from = petition::LocalDay(now - std::chrono::hours(24 * back)), to = petition::LocalDay(now);
      GUIYI_TRY(const auto reached, tables.registers().DaysOf("", from, to, dedup::Scope::Everything()));
      return some(!reached.empty());
    };
  };
  const auto list = [&tables, now](const std::function<void(ItemFilter&)>& choose) -> Question {
    return [=, &tables]() -> Status {
      ItemFilter filter;
      filter.pending_before = now - kLongPending;
      choose(filter);
      GUIYI_TRY(const auto page, tables.items().List(filter, dedup::Scope::Everything(), "", 50));
      return petition::Ok();
    };
  };
  return {{"everything", "总览，全部 / summary, everything", summary(dedup::Scope::Everything())},
          {"oneCity", "总览，一个市州 / summary, one city", summary({"", {"430500"}, false})},
          {"oneDivision", "总览，一个区县 / summary, one division", summary({"", {"430505"}, false})},
          {"reconciliation31", "对账 31 天 / reconciliation, 31 days", days(31)},
          {"reconciliation366", "对账一年 / reconciliation, a year", days(366)},
          {"flows", "渠道流向，全部月份 / flows of all months",
           [&book, some]() -> Status {
             GUIYI_TRY(const auto flows, ChannelFlows(book, "", "", dedup::Scope::Everything()));
             return some(!flows.empty());
           }},
          {"listNone", "清单，无此渠道 / list of a channel without any",
           list([](ItemFilter& filter) { filter.channel = "email"; })},
          {"listRare", "清单，一月一区县一类 / list of a month, division and category", list([](ItemFilter& filter) {
             filter.division = "430505";
             filter.category = "070100";
             filter.day_from = "20240901";
             filter.day_to = "20240930";
           })},
          {"listRelation", "清单，一个来源的重复件 / list of one source's repeats", list([](ItemFilter& filter) {
             filter.source = "s3";
             filter.relation = "repeat";
           })}};
}

Result<Json> MeasureSummary(const SummaryBench& arguments, const std::filesystem::path& folder) {
  const petition::SystemClock clock;
  GUIYI_TRY(const auto keys, ledger::KeyRing::Open(folder / "keys", true));
  ledger::Options ledger_options;
  ledger_options.folder = folder;
  ledger_options.publish = false;
  GUIYI_TRY(const auto ledger, ledger::Ledger::Open(ledger_options, keys, clock));
  GUIYI_TRY(const auto book, dedup::CaseBook::Open(folder, keys.Sealing("profile")));
  GUIYI_TRY(const auto deliveries, Deliveries::Open(*book));
  GUIYI_TRY(const auto tables,
            OversightTables::Open(*book, *ledger, keys, config::ClockTable::BuiltIn(), config::Calendar::BuiltIn()));
  const auto begun = std::chrono::steady_clock::now();
  GUIYI_CHECK(FillCases(*book, arguments.cases));
  const double filled = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  Json answer{{"cases", arguments.cases}, {"fillSeconds", filled}, {"measured", Json::array()}};
  for (const auto& one : QuestionsOf(*book, *deliveries, *tables)) {
    GUIYI_TRY(answer[one.key], TimeOf(arguments.times, one.question));
    answer["measured"].push_back({{"key", one.key}, {"label", one.label}});
  }
  return answer;
}

int RunBenchOversight(const SummaryBench& arguments) {
  std::string name = (std::filesystem::temp_directory_path() / "guiyi-bench-XXXXXX").string();
  if (!mkdtemp(name.data())) return Fail("bench", petition::Unavailable("no temporary folder"));
  const auto measured = MeasureSummary(arguments, name);
  std::error_code ignored;
  std::filesystem::remove_all(name, ignored);
  if (!measured.ok()) return Fail("bench", measured.error());
  if (arguments.json) {
    std::printf("%s\n", petition::DumpJson(*measured).c_str());
    return kExitDone;
  }
  std::printf("%llu 案的监督页面（毫秒，中位 / 最大）\n", static_cast<unsigned long long>(arguments.cases));
  for (const auto& one : (*measured)["measured"]) {
    const Json& times = (*measured)[one["key"].get<std::string>()];
    std::printf("  %8.1f %8.1f  %s\n", times["median"].get<double>(), times["most"].get<double>(),
                one["label"].get<std::string>().c_str());
  }
  return kExitDone;
}

}  // namespace

void AddBenchOversight(CLI::App& bench, int& exit_code) {
  const auto arguments = std::make_shared<SummaryBench>();
  CLI::App* oversight = bench.add_subcommand("oversight", "监督页面的速度 / what oversight asks, over many cases");
  oversight->add_option("--cases", arguments->cases, "案件数 / cases")
      ->check(CLI::Range(1'000, 20'000'000))
      ->capture_default_str();
  oversight->add_option("--times", arguments->times, "重复次数 / times")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  oversight->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  oversight->callback([arguments, &exit_code] { exit_code = RunBenchOversight(*arguments); });
}

}  // namespace gateway
