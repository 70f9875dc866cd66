// Silence and slump against the source's usual volume. Usual is the mean of the last eight weeks at that hour of the
// week; a holiday counts as a Sunday, a weekend day that is worked as a Friday.
#include <algorithm>
#include <cmath>
#include <map>

#include "dedup/case_book_file.h"
#include "gateway/oversight/clocks.h"
#include "gateway/oversight/watch.h"

namespace gateway {

using petition::Result;
using petition::Time;

namespace {

constexpr std::int64_t kVolumeHour = 3'600'000, kVolumeZone = 8;
constexpr std::int64_t kLearntHours = 24 * 56, kLearntMin = 24 * 14;
constexpr double kSlumpShare = 0.4, kSlumpExpectedMin = 30, kSlumpDeviations = 6;

/// Hours since the epoch, local time.
std::int64_t HourOf(Time time) { return time.time_since_epoch().count() / kVolumeHour + kVolumeZone; }
Time FromHour(std::int64_t hour) { return Time(std::chrono::milliseconds((hour - kVolumeZone) * kVolumeHour)); }

int SlotOf(std::int64_t hour, const config::Calendar& calendar) {
  const std::chrono::sys_days day{std::chrono::days(hour / 24)};
  auto weekday = static_cast<int>(std::chrono::weekday(day).iso_encoding());  // 1 Monday .. 7 Sunday
  if (const auto worked = calendar.IsWorkday(day); worked.ok()) {
    if (*worked && weekday > 5) weekday = 5;
    if (!*worked && weekday <= 5) weekday = 7;
  }
  return (weekday - 1) * 24 + static_cast<int>(hour % 24);
}

Result<std::map<std::int64_t, std::uint64_t>> HoursOf(const Watch& watch, const std::string& source,
                                                      std::int64_t from) {
  return dedup::Guarded("hours", [&]() -> Result<std::map<std::int64_t, std::uint64_t>> {
    std::map<std::int64_t, std::uint64_t> hours;
    auto sql = watch.book.file().Reader();
    for (const auto& [hour, n] : sql->Ask<std::int64_t, std::uint64_t>(
             "SELECT hour, n FROM figure_hours WHERE source=$1 AND hour>=$2 ORDER BY hour", source, from))
      hours[hour] = n;
    return hours;
  });
}

/// The mean of each hour of the week over [from, to).
std::vector<double> UsualVolume(const std::map<std::int64_t, std::uint64_t>& hours, std::int64_t from, std::int64_t to,
                                const config::Calendar& calendar) {
  std::vector<double> sums(168, 0), counts(168, 0);
  for (std::int64_t hour = from; hour < to; ++hour) {
    const auto slot = static_cast<std::size_t>(SlotOf(hour, calendar));
    ++counts[slot];
    if (const auto found = hours.find(hour); found != hours.end()) sums[slot] += static_cast<double>(found->second);
  }
  for (std::size_t slot = 0; slot < sums.size(); ++slot)
    if (counts[slot] > 0) sums[slot] /= counts[slot];
  return sums;
}

double ExpectedVolume(const std::vector<double>& usual, std::int64_t from, std::int64_t to,
                      const config::Calendar& calendar) {
  double sum = 0;
  for (std::int64_t hour = from; hour < to; ++hour) sum += usual[static_cast<std::size_t>(SlotOf(hour, calendar))];
  return sum;
}

}  // namespace

Conditions FindSilence(const Watch& watch) {
  std::vector<Condition> found;
  const std::int64_t now = HourOf(watch.now);
  for (const auto& source : watch.sources) {
    GUIYI_TRY(const auto hours, HoursOf(watch, source.name, now - kLearntHours - 24 * 14));
    if (hours.empty()) continue;
    const std::int64_t last = hours.rbegin()->first;
    const std::int64_t from = std::max(hours.begin()->first, last - kLearntHours);
    if (last - from < kLearntMin) continue;
    const auto usual = UsualVolume(hours, from, last + 1, watch.calendar());
    if (const double expected = ExpectedVolume(usual, last + 1, now, watch.calendar());
        expected >= watch.options.silence_expected_min) {
      found.push_back({"silence",
                       source.name,
                       "since " + petition::FormatTime(FromHour(last)),
                       petition::LocalDay(FromHour(last)),
                       source.division,
                       false,
                       static_cast<std::uint64_t>(expected),
                       {{"lastHour", petition::FormatTime(FromHour(last))}, {"expected", std::round(expected)}}});
      continue;
    }
    const auto before = UsualVolume(hours, from, now - 24, watch.calendar());
    const double expected = ExpectedVolume(before, now - 24, now, watch.calendar());
    double seen = 0;
    for (auto hour = hours.lower_bound(now - 24); hour != hours.end() && hour->first < now; ++hour)
      seen += static_cast<double>(hour->second);
    if (expected < kSlumpExpectedMin || seen > kSlumpShare * expected ||
        (expected - seen) / std::sqrt(expected) < kSlumpDeviations)
      continue;
    found.push_back({"slump",
                     source.name,
                     "slump",
                     petition::LocalDay(watch.now),
                     source.division,
                     false,
                     static_cast<std::uint64_t>(expected - seen),
                     {{"expected", std::round(expected)}, {"seen", seen}}});
  }
  return found;
}

}  // namespace gateway
