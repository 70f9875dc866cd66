// What others wrote down and nobody registered: calls that were answered, mails that came, numbers that petitioners
// were told, items whose closing was reported and that never came in.
#include <map>

#include "gateway/oversight/watch.h"

namespace gateway {

namespace {

/// The one source of calls, for an exchange that does not say whose they are.
std::string SourceOfCalls(const Watch& watch) {
  std::string name;
  for (const auto& source : watch.sources) {
    if (source.channel != "hotline") continue;
    if (!name.empty()) return "";
    name = source.name;
  }
  return name;
}

using SourceAndDay = std::pair<std::string, std::string>;  ///< source, and what else tells it apart

void AddLineGroups(const Watch& watch, const char* kind, const std::map<SourceAndDay, std::vector<std::string>>& groups,
                   const std::string& reg, std::vector<Condition>& found) {
  for (const auto& [key, numbers] : groups) {
    auto evidence = NumbersEvidence(numbers);
    evidence["register"] = reg;
    found.push_back({kind, key.first, reg + "|" + key.second, key.second, watch.DivisionOf(key.first), false,
                     numbers.size(), std::move(evidence)});
  }
}

}  // namespace

Conditions FindUnregistered(const Watch& watch) {
  std::vector<Condition> found;
  const auto since = watch.now - watch.options.look_back;
  auto& registers = watch.tables.registers();

  std::map<SourceAndDay, std::vector<std::string>> calls;
  GUIYI_TRY(const auto lines,
            registers.CallsWithoutCase(since, watch.now - watch.options.call_grace, watch.options.call_seconds_min));
  const std::string hotline = SourceOfCalls(watch);
  for (const auto& line : lines)
    calls[{line.source.empty() ? hotline : line.source, petition::LocalDay(line.at)}].push_back(line.id);
  AddLineGroups(watch, "call_without_case", calls, "calls", found);

  std::map<std::string, std::map<SourceAndDay, std::vector<std::string>>> mails;
  GUIYI_TRY(const auto others, registers.LinesWithoutCase(since, watch.now - watch.options.mail_grace));
  for (const auto& line : others) mails[line.reg][{line.source, petition::LocalDay(line.at)}].push_back(line.id);
  for (const auto& [reg, groups] : mails)
    AddLineGroups(watch, reg == "named" || reg == "claimed" ? "named_not_registered" : "mail_without_case", groups, reg,
                  found);

  GUIYI_TRY(const auto shortages,
            registers.Shortages(petition::LocalDay(since),
                                petition::LocalDay(watch.now - watch.options.mail_grace - std::chrono::hours(24))));
  for (const auto& [counted, here] : shortages) {
    found.push_back({"mail_without_case",
                     counted.source,
                     counted.reg + "|count|" + counted.day,
                     counted.day,
                     watch.DivisionOf(counted.source),
                     false,
                     counted.count - here,
                     {{"register", counted.reg}, {"counted", counted.count}, {"here", here}}});
  }

  GUIYI_TRY(const auto events, registers.EventsOfUnknown(since));
  for (const auto& group : events) {
    auto evidence = NumbersEvidence(group.numbers, 20);
    evidence["event"] = group.reason;
    found.push_back({"closed_unregistered", group.source, group.reason, "", watch.DivisionOf(group.source), false,
                     group.count, std::move(evidence)});
  }
  return found;
}

}  // namespace gateway
