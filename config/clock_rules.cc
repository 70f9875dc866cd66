#include "config/clock_rules.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "embedded/clocks.h"

namespace config {

using petition::Result;

namespace {

constexpr std::size_t kClockRulesBytesMax = 256u << 10;
constexpr int kLimitMax = 3660;

petition::Error WrongRule(const std::string& name, const YAML::Node& node, const std::string& what) {
  return petition::Invalid("clocks_invalid", name + ", line " + std::to_string(node.Mark().line + 1) + ": " + what);
}

std::vector<std::string> ClockNames(const YAML::Node& node) {
  std::vector<std::string> names;
  if (node) names = node.as<std::vector<std::string>>();
  return names;
}

Result<ClockRule> ReadRule(const YAML::Node& node, const std::string& name) {
  static const std::set<std::string> kKnown{
      "name",     "title",          "basis",  "start", "stop",       "limit",      "unit",         "purposes",
      "channels", "yellow_percent", "extend", "pause", "petitioner", "named_only", "not_purposes", "yellow_min"};
  if (!node.IsMap()) return WrongRule(name, node, "a clock is a mapping of keys");
  for (const auto& member : node) {
    if (!kKnown.contains(member.first.as<std::string>()))
      return WrongRule(name, member.first, "there is no key of this name");
  }
  ClockRule rule;
  rule.name = node["name"].as<std::string>("");
  rule.title = node["title"].as<std::string>(rule.name);
  rule.basis = node["basis"].as<std::string>("");
  rule.start = ClockNames(node["start"]);
  rule.stop = ClockNames(node["stop"]);
  rule.limit = node["limit"].as<int>(0);
  const auto unit = node["unit"].as<std::string>("days");
  static const std::map<std::string, ClockRule::Unit> kUnits{{"days", ClockRule::Unit::kDays},
                                                             {"workdays", ClockRule::Unit::kWorkdays},
                                                             {"hours", ClockRule::Unit::kHours},
                                                             {"minutes", ClockRule::Unit::kMinutes}};
  const auto known = kUnits.find(unit);
  if (known == kUnits.end()) return WrongRule(name, node["unit"], "must be days, workdays, hours or minutes");
  rule.unit = known->second;
  if (rule.name.empty() || rule.start.empty() || rule.stop.empty())
    return WrongRule(name, node, "name, start and stop are needed");
  if (rule.limit < 1 || rule.limit > kLimitMax) return WrongRule(name, node, "limit must be from 1 to 3660");
  rule.yellow_percent = node["yellow_percent"].as<int>(20);
  rule.yellow_min = node["yellow_min"].as<int>(3);
  if (rule.yellow_percent < 0 || rule.yellow_percent > 100 || rule.yellow_min < 0)
    return WrongRule(name, node, "yellow_percent must be from 0 to 100, yellow_min not negative");
  rule.purposes = ClockNames(node["purposes"]);
  rule.not_purposes = ClockNames(node["not_purposes"]);
  rule.channels = ClockNames(node["channels"]);
  rule.petitioner = node["petitioner"].as<bool>(false);
  rule.named_only = node["named_only"].as<bool>(false);
  if (const auto extend = node["extend"]) {
    rule.extend_event = extend["event"].as<std::string>("");
    rule.extend_days_max = extend["days_max"].as<int>(0);
    if (rule.extend_event.empty() || rule.extend_days_max < 1)
      return WrongRule(name, extend, "extend needs event and days_max");
  }
  if (const auto pause = node["pause"]) {
    rule.pause_from = pause["from"].as<std::string>("");
    rule.pause_to = pause["to"].as<std::string>("");
    if (rule.pause_from.empty() || rule.pause_to.empty()) return WrongRule(name, pause, "pause needs from and to");
  }
  return rule;
}

}  // namespace

ClockTable ClockTable::BuiltIn() {
  auto table = Parse(std::string(embedded::clocks()), "clocks.yaml");
  return table.ok() ? std::move(table).value() : ClockTable();  // tested with the program
}

Result<ClockTable> ClockTable::Load(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return petition::NotFound("the table of clocks " + file.string() + " can't be read");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if (text.size() > kClockRulesBytesMax)
    return petition::Invalid("clocks_invalid", file.string() + " is larger than 256 KiB");
  return Parse(text, file.string());
}

Result<ClockTable> ClockTable::Parse(const std::string& yaml, const std::string& name) {
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (!root.IsMap() || !root["clocks"] || !root["clocks"].IsSequence())
      return WrongRule(name, root, "clocks must be a list");
    ClockTable table;
    table.fingerprint = yaml;
    table.count_from_next_day = root["count_from_next_day"].as<bool>(true);
    std::set<std::string> names;
    for (const auto& node : root["clocks"]) {
      GUIYI_TRY(auto rule, ReadRule(node, name));
      if (!names.insert(rule.name).second) return WrongRule(name, node, "a clock of this name stands above");
      table.rules.push_back(std::move(rule));
    }
    return table;
  } catch (const YAML::Exception& error) {
    return petition::Invalid("clocks_invalid",
                             name + ", line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
}

}  // namespace config
