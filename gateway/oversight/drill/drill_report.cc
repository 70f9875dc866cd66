// What a drill found, for programs and for people.
#include <cstdio>

#include "gateway/oversight/drill/drill.h"

namespace gateway::drill {

using petition::Json;

namespace {

constexpr int kBarWidth = 24;

/// Columns that a terminal gives to the text: two for each ideograph.
std::size_t Columns(const std::string& text) {
  std::size_t columns = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    columns += byte >= 0xE3 ? 2 : 1;
  }
  return columns;
}

std::string Padded(std::string text, std::size_t columns) {
  const auto has = Columns(text);
  if (has < columns) text.append(columns - has, ' ');
  return text;
}

std::string Bar(double delay) {
  std::string bar;
  for (int at = 0; at < kBarWidth && at < delay; ++at) bar += "█";
  return bar.empty() ? "▏" : bar;
}

}  // namespace

Json DrillToJson(const DrillOptions& options, const DrillResult& result) {
  Json leaks = Json::array();
  for (const auto& leak : result.leaks) {
    leaks.push_back({{"leak", leak.name},
                     {"title", leak.title},
                     {"source", leak.source},
                     {"rows", leak.rows},
                     {"visibleAt", petition::FormatTime(leak.visible_at)},
                     {"foundAt", leak.found_at ? Json(petition::FormatTime(*leak.found_at)) : Json(nullptr)},
                     {"foundBy", leak.found_by},
                     {"delayHours", leak.found_at ? Json(DelayHours(leak)) : Json(nullptr)}});
  }
  Json alarms = Json::array();
  for (const auto& alarm : result.false_alarms)
    alarms.push_back(
        {{"kind", alarm.kind}, {"source", alarm.source}, {"key", alarm.key}, {"at", petition::FormatTime(alarm.at)}});
  return {{"days", options.days},
          {"seed", options.seed},
          {"items", result.items},
          {"entries", result.entries},
          {"findings", result.findings},
          {"leaks", std::move(leaks)},
          {"falseAlarms", std::move(alarms)},
          {"falseAlarmsAMonth", result.alarms_a_month},
          {"seconds", result.seconds},
          {"passed", result.Passed()}};
}

std::string DrillToText(const DrillOptions& options, const DrillResult& result) {
  char line[256];
  std::snprintf(line, sizeof line, "%lld 天，六个来源，%llu 件，种子 %llu，用时 %.0f 秒\n\n",
                static_cast<long long>(options.days), static_cast<unsigned long long>(result.items),
                static_cast<unsigned long long>(options.seed), result.seconds);
  std::string text = line;
  text += Padded("漏洞 / leak", 42) + Padded("来源", 10) + Padded("件", 5) + Padded("发现方式", 22) + "迟延（小时）\n";
  for (const auto& leak : result.leaks) {
    const double delay = DelayHours(leak);
    text += Padded(leak.title + " " + leak.name, 42) + Padded(leak.source, 10) + Padded(std::to_string(leak.rows), 5) +
            Padded(leak.found_at ? leak.found_by : "-", 22);
    if (delay < 0) {
      text += "未发现 / not found\n";
    } else {
      std::snprintf(line, sizeof line, "%5.1f ", delay);
      text += line + Bar(delay) + (delay > 24 ? " !" : "") + "\n";
    }
  }
  text += "\n误报 / false alarms a month:\n";
  for (const auto& [source, count] : result.alarms_a_month) {
    std::snprintf(line, sizeof line, "%5.2f ", count);
    text += "  " + Padded(source, 12) + line + (count > 0 ? Bar(count * 8) : "") + "\n";
  }
  for (const auto& alarm : result.false_alarms)
    text += "    " + alarm.source + " " + alarm.kind + " " + alarm.key + " " + petition::FormatTime(alarm.at) + "\n";
  return text + (result.Passed() ? "\n通过 / passed\n" : "\n未通过 / not passed\n");
}

}  // namespace gateway::drill
