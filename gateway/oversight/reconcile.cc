// A source's own register of one booking day against the ledger. Which intakes belong to the day is told by when they
// were received; whether a number is here at all, by looking for it on whatever day it came.
#include <algorithm>
#include <map>
#include <set>

#include "gateway/oversight/clocks.h"
#include "gateway/oversight/watch.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kNumbersCompared = 100;
constexpr std::size_t kComparedAtOnce = 200;

/// Whether one of the registrations under that number was delivered as bytes of that digest; what can't be read any
/// more is not held against anybody.
Result<bool> WasDeliveredAs(const ledger::Ledger& ledger, const std::vector<ledger::KnownIntake>& known,
                            const std::string& sha256) {
  for (const auto& one : known) {
    GUIYI_TRY(const auto stored, ledger.Read(one.index, ledger::Ledger::Raw::kRead));
    if (stored.dropped || ledger::Hex(ledger::AsBytes(ledger::Sha256(stored.raw))) == sha256) return true;
  }
  return false;
}

Result<bool> IsSealedNow(const Items& items, std::uint64_t index) {
  const auto member = items.book().Member(index);
  if (!member.ok()) return true;  // not folded yet: unsure is sealed
  return member->sealed;
}

struct DifferenceLists {
  std::map<std::string, std::vector<std::string>> numbers;
  std::map<std::string, std::uint64_t> counts;
  void Add(const std::string& list, const std::string& number) {
    ++counts[list];
    auto& some = numbers[list];
    if (some.size() < kNumbersCompared) some.push_back(number);
  }
};

}  // namespace

Result<Json> CompareManifest(const ledger::Ledger& ledger, const Items& items, const ManifestDay& day) {
  GUIYI_TRY(const auto stored, ledger.Read(day.entry, ledger::Ledger::Raw::kRead));
  if (stored.dropped) return Json{{"dropped", true}};
  GUIYI_TRY(const auto manifest, petition::ParseJson(stored.raw));
  DifferenceLists lists;
  std::map<std::string, int> listed;
  for (const auto& one : manifest.at("numbers")) {
    const auto number = one.at("externalId").get<std::string>();
    if (++listed[number] > 1) {
      lists.Add("twice", number);
      continue;
    }
    GUIYI_TRY(const auto known, ledger.FindExternal(day.source, number));
    if (known.empty()) {
      lists.Add("missingHere", number);
      continue;
    }
    const auto sha256 = one.value("sha256", "");
    if (sha256.empty()) continue;
    GUIYI_TRY(const bool equal, WasDeliveredAs(ledger, known, sha256));
    if (equal) continue;
    GUIYI_TRY(const bool sealed, IsSealedNow(items, known.front().index));
    lists.Add(sealed ? "differsSealed" : "differs", number);
  }
  GUIYI_TRY(const auto ours, items.OfDay(day.source, day.day));
  std::uint64_t here = 0, here_sealed = 0;
  std::map<std::string, int> held;
  for (const auto& one : ours) {
    ++(one.sealed ? here_sealed : here);
    // A register of counts alone lists no numbers: nothing can be missing from it by number.
    if (one.number.empty() || listed.empty()) continue;
    if (!listed.contains(one.number)) lists.Add(one.sealed ? "missingThereSealed" : "missingThere", one.number);
  }
  // What it counts beyond what it lists was cut off on the way, or never written.
  const std::uint64_t cut = day.count > day.listed && day.listed > 0 ? day.count - day.listed : 0;
  const std::uint64_t short_by = day.listed == 0 && day.count > here + here_sealed ? day.count - here - here_sealed : 0;
  Json result{{"here", here}, {"hereSealed", here_sealed}, {"cut", cut + short_by}, {"numbers", Json::object()}};
  for (const char* name : {"missingHere", "missingThere", "missingThereSealed", "differs", "differsSealed", "twice"}) {
    result[name] = lists.counts[name];
    result["numbers"][name] = lists.numbers[name];
  }
  return result;
}

Conditions FindRegisterDifferences(const Watch& watch) {
  GUIYI_TRY(const auto dirty, watch.tables.registers().ToCompare(kComparedAtOnce));
  for (const auto& day : dirty) {
    if (day.at + watch.options.manifest_grace > watch.now) continue;
    GUIYI_TRY(const auto result, CompareManifest(watch.ledger, watch.tables.items(), day));
    GUIYI_CHECK(watch.tables.registers().SetResult(day, result));
  }
  GUIYI_TRY(const auto differing, watch.tables.registers().Differing());
  std::vector<Condition> found;
  for (const auto& day : differing) {
    const auto add = [&](const char* kind, const char* list, bool sealed) {
      const auto count = day.result.value(list, std::uint64_t{0});
      if (count == 0) return;
      // Not how many it counts: that less what one sees would tell how many are sealed.
      Json evidence{{"manifest", day.entry}};
      if (day.result["numbers"].contains(list)) {
        evidence["numbers"] = day.result["numbers"][list];
        evidence["more"] = count > day.result["numbers"][list].size();
      }
      found.push_back(
          {kind, day.source, day.day, day.day, watch.DivisionOf(day.source), sealed, count, std::move(evidence)});
    };
    add("missing_here", "missingHere", false);
    add("missing_there", "missingThere", false);
    add("missing_there", "missingThereSealed", true);
    add("differs", "differs", false);
    add("differs", "differsSealed", true);
    add("counted_twice", "twice", false);
    add("cut_register", "cut", false);
  }
  return found;
}

Conditions FindMissingManifests(const Watch& watch) {
  // Who handed one in for most of the days before and for none of the last two has stopped.
  const auto today = DayOf(watch.now);
  const auto text = [](std::chrono::sys_days day) { return petition::LocalDay(StartOfDay(day)); };
  std::vector<Condition> found;
  for (const auto& source : watch.sources) {
    GUIYI_TRY(const auto days,
              watch.tables.registers().ManifestsOf(source.name, text(today - std::chrono::days(16)), text(today)));
    std::size_t before = 0, lately = 0;
    for (const auto& day : days) ++(day.day >= text(today - std::chrono::days(3)) ? lately : before);
    if (before < 10 || lately > 0) continue;
    found.push_back({"manifest_missing",
                     source.name,
                     "register",
                     "",
                     source.division,
                     false,
                     1,
                     {{"last", days.empty() ? "" : days.front().day}}});
  }
  return found;
}

}  // namespace gateway
