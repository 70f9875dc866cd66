#include "gateway/asked_registers.h"

#include <functional>

#include "gateway/hub.h"
#include "gateway/manifest.h"
#include "gateway/upstream_register.h"

namespace gateway {
namespace {

using petition::Result;
using petition::Time;

constexpr int kAskedDays = 7;
constexpr std::chrono::minutes kAskedAfterMidnight{30};  // for what is being written at midnight
constexpr std::chrono::hours kAskedAgain{24 * 6};        // for what was entered late

Principal AskedByTheHub() {
  Principal self;
  self.role = Role::kAdmin;
  self.name = "hub";
  return self;
}

/// Days that are over and whose newest register, if any, came before they were, or before it was time to ask once more;
/// oldest first. False ends the round.
void ForEachOwedDay(Time now, const std::function<Result<std::optional<Time>>(const std::string& day)>& came_at,
                    const std::function<bool(const std::string& day)>& ask) {
  for (int back = kAskedDays; back >= 1; --back) {
    const auto day = petition::LocalDay(now - std::chrono::hours(24 * back));
    const auto begins =
        petition::ParseTime(day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6) + "T00:00:00+08:00");
    if (!begins.ok()) continue;
    const Time over = *begins + std::chrono::hours(24);
    if (now < over + kAskedAfterMidnight) continue;
    const auto came = came_at(day);
    if (!came.ok()) return;
    const bool late = *came && now >= over + kAskedAgain && **came < over + kAskedAgain;
    if (*came && **came >= over && !late) continue;
    if (!ask(day)) return;
  }
}

}  // namespace

void AskUpstreamRegisters(Hub& hub, adapters::Destination& destination) {
  const auto& book = hub.oversight().tables().upstream();
  ForEachOwedDay(
      hub.clock().Now(), [&](const std::string& day) { return book.CameAt(destination.name(), day); },
      [&](const std::string& day) {
        const auto held = destination.HeldOn(day, kUpstreamLinesMax);
        if (!held.ok() || !*held) return false;
        UpstreamRegister reg;
        reg.destination = std::string(destination.name());
        reg.day = day;
        for (const auto& line : (*held)->lines) reg.lines.push_back({line.reference, line.national_no});
        // Counted beyond what is listed: an exception says that it is not all.
        reg.count = reg.lines.size() + ((*held)->cut ? 1 : 0);
        return RecordUpstreamRegister(hub, reg, AskedByTheHub()).ok();
      });
}

void AskSourceRegister(Hub& hub, const std::string& source, adapters::Feed& feed) {
  const auto& registers = hub.oversight().tables().registers();
  ForEachOwedDay(
      hub.clock().Now(),
      [&](const std::string& day) -> Result<std::optional<Time>> {
        GUIYI_TRY(const auto known, registers.ManifestsOf(source, day, day));
        const bool came = !known.empty() && known[0].entry != ledger::kNoIndex;
        return came ? std::optional(known[0].at) : std::nullopt;
      },
      [&](const std::string& day) {
        const auto listed = feed.ListedOn(day, kManifestNumbersMax);
        if (!listed.ok() || !*listed) return false;
        Manifest manifest;
        manifest.source = source;
        manifest.day = day;
        for (const auto& number : (*listed)->numbers) manifest.numbers.push_back({number, ""});
        manifest.count = manifest.numbers.size() + ((*listed)->cut ? 1 : 0);
        return RecordManifest(hub, manifest, AskedByTheHub()).ok();
      });
}

}  // namespace gateway
