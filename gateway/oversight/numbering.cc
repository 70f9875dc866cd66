// Gaps and changes in a source's own numbering. How a source numbers is learnt from its last weeks: the shape of its
// numbers (what is fixed, what is a date), whether every number is used, and whether each new date begins at one. A
// source whose numbers are not dense is not held to them.
#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "dedup/case_book_file.h"
#include "gateway/oversight/clocks.h"
#include "gateway/oversight/watch.h"

namespace gateway {

using petition::Json;
using petition::Result;
using petition::Time;

namespace {

constexpr std::size_t kLearntFrom = 30;  // numbers before a shape says anything
constexpr double kDense = 0.9;           // share of the numbers in between that are used
constexpr std::uint64_t kGapMax = 500;   // a longer step is another numbering
constexpr std::size_t kNewShapeMin = 3, kRestartMin = 5;
constexpr std::chrono::hours kNumbersRecent{24}, kEdge{72};

struct NumberUse {
  std::uint64_t serial = 0;
  unsigned width = 0;
  Time at{};  ///< when it was registered
};

/// One series: used numbers ascending, each once.
struct NumberSeries {
  std::vector<NumberUse> uses;
  Time first{}, last{};  ///< registrations
};

struct NumberShape {
  std::map<std::string, NumberSeries> series;
  std::size_t items = 0;
  Time first{}, last{};
};

Result<std::map<std::string, NumberShape>> ShapesOf(const Watch& watch, const std::string& source) {
  // More than is judged: numbers at the edge need those registered a little before them.
  const std::int64_t since = (watch.now - watch.options.look_back - kEdge).time_since_epoch().count();
  return dedup::Guarded("numbers", [&]() -> Result<std::map<std::string, NumberShape>> {
    std::map<std::string, NumberShape> shapes;
    auto sql = watch.book.file().Reader();
    for (auto& [shape_text, series_text, serial, width, registered] :
         sql->Ask<std::string, std::string, std::uint64_t, unsigned, std::int64_t>(
             "SELECT shape, series, serial, MAX(width), MIN(registered) FROM items WHERE source=$1 AND registered>=$2 "
             "AND serial>=0 AND historic=0 GROUP BY shape, series, serial ORDER BY shape, series, serial",
             source, since)) {
      const Time at{std::chrono::milliseconds(registered)};
      NumberShape& shape = shapes[shape_text];
      NumberSeries& series = shape.series[series_text];
      series.uses.push_back({serial, width, at});
      const auto widen = [at](auto& range, bool fresh) {
        range.first = fresh ? at : std::min(range.first, at);
        range.last = fresh ? at : std::max(range.last, at);
      };
      widen(series, series.uses.size() == 1);
      widen(shape, shape.items == 0);
      ++shape.items;
    }
    return shapes;
  });
}

/// Whether the shape's numbers are used one after the other, judged by what is older than a day.
struct NumberHabit {
  bool dense = false, from_one = false;
};
NumberHabit NumberHabitOf(const NumberShape& shape, Time now) {
  std::uint64_t used = 0, span = 0, begun_at_one = 0, series_count = 0;
  const bool dated = shape.series.size() > 1;
  for (const auto& [name, series] : shape.series) {
    if (dated && series.last > now - kNumbersRecent) continue;
    std::uint64_t low = 0, high = 0, count = 0;
    for (const auto& use : series.uses) {
      if (use.at > now - kNumbersRecent) continue;
      if (count++ == 0) low = use.serial;
      high = use.serial;
    }
    if (count == 0) continue;
    used += count;
    span += high - low + 1;
    ++series_count;
    begun_at_one += low <= 1;
  }
  NumberHabit habit;
  habit.dense = used >= kLearntFrom && static_cast<double>(used) >= kDense * static_cast<double>(span);
  habit.from_one = habit.dense && series_count >= 5 && begun_at_one * 10 >= series_count * 8;
  return habit;
}

std::string WrittenNumber(const std::string& series, std::uint64_t serial, unsigned width) {
  std::string digits = std::to_string(serial);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return series + digits;
}

/// Missing numbers by the day on which they became visible.
void AddGaps(const Watch& watch, const std::string& name, const NumberSeries& series, bool from_one,
             std::map<std::string, std::vector<std::string>>& missing) {
  std::uint64_t next = from_one ? 1 : series.uses.front().serial;
  for (const auto& use : series.uses) {
    const bool seen = use.at + watch.options.gap_grace <= watch.now && use.at > watch.now - watch.options.look_back;
    if (use.serial > next && use.serial - next <= kGapMax && seen) {
      auto& day = missing[petition::LocalDay(use.at)];
      for (std::uint64_t serial = next; serial < use.serial; ++serial)
        day.push_back(WrittenNumber(name, serial, use.width));
    }
    next = use.serial + 1;
  }
}

using NamedShape = std::pair<const std::string, NumberShape>;

/// The shapes that most of the numbers had before some moment; of equal ones the first by name. A source that numbers
/// at random has as many shapes as submissions.
class UsualShapes {
 public:
  explicit UsualShapes(const std::map<std::string, NumberShape>& shapes) {
    std::vector<const NamedShape*> by_first;
    for (const NamedShape& one : shapes)
      if (one.second.items >= kLearntFrom) by_first.push_back(&one);
    std::stable_sort(by_first.begin(), by_first.end(),
                     [](const NamedShape* a, const NamedShape* b) { return a->second.first < b->second.first; });
    for (const NamedShape* one : by_first) {
      const NamedShape* usual = usual_.empty() ? nullptr : usual_.back().second;
      const bool more = usual == nullptr || one->second.items > usual->second.items ||
                        (one->second.items == usual->second.items && one->first < usual->first);
      usual_.emplace_back(one->second.first, more ? one : usual);
    }
  }
  const NamedShape* Before(Time before) const {
    const auto next = std::partition_point(usual_.begin(), usual_.end(),
                                           [before](const auto& begun) { return begun.first < before; });
    return next == usual_.begin() ? nullptr : std::prev(next)->second;
  }

 private:
  std::vector<std::pair<Time, const NamedShape*>> usual_;  ///< from when on, which; ascending
};

/// 999 is followed by 1000: one digit more and the same numbering.
bool GoesOn(const NamedShape& usual, const NamedShape& next) {
  const auto stem = [](const std::string& shape) { return shape.substr(0, shape.find_last_not_of('#') + 1); };
  if (stem(usual.first) != stem(next.first) || next.first.size() < usual.first.size()) return false;
  std::uint64_t high = 0, low = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [name, series] : usual.second.series) high = std::max(high, series.uses.back().serial);
  for (const auto& [name, series] : next.second.series) low = std::min(low, series.uses.front().serial);
  return low > high && low - high <= kGapMax;
}

void AddChanges(const Watch& watch, const Source& source, const std::map<std::string, NumberShape>& shapes,
                std::vector<Condition>& found) {
  const UsualShapes usual_shapes(shapes);
  for (const NamedShape& one : shapes) {
    const auto& [text, shape] = one;
    const NamedShape* usual = usual_shapes.Before(shape.first);
    if (usual && usual->first != text && shape.items >= kNewShapeMin && shape.first > watch.now - 3 * kNumbersRecent &&
        !GoesOn(*usual, one)) {
      found.push_back({"renumbered",
                       source.name,
                       "shape|" + text,
                       petition::LocalDay(shape.first),
                       source.division,
                       false,
                       shape.items,
                       {{"before", usual->first}, {"now", text}}});
    }
    // Begun again at the bottom, without a date that would say so.
    for (const auto& [name, series] : shape.series) {
      std::uint64_t high = 0, low_again = 0;
      Time first_again{};
      for (const auto& use : series.uses)
        if (use.at <= watch.now - 2 * kNumbersRecent) high = std::max(high, use.serial);
      if (high < 100 || series.uses.size() < kLearntFrom) continue;
      for (const auto& use : series.uses) {
        if (use.at <= watch.now - 2 * kNumbersRecent || use.serial * 2 > high) continue;
        if (low_again++ == 0) first_again = use.at;
      }
      if (low_again < kRestartMin) continue;
      found.push_back({"renumbered",
                       source.name,
                       "restart|" + text,
                       petition::LocalDay(first_again),
                       source.division,
                       false,
                       low_again,
                       {{"before", high}, {"now", text}}});
    }
  }
}

}  // namespace

Conditions FindGaps(const Watch& watch) {
  std::vector<Condition> found;
  for (const auto& source : watch.sources) {
    GUIYI_TRY(const auto shapes, ShapesOf(watch, source.name));
    std::map<std::string, std::vector<std::string>> missing;
    for (const auto& [text, shape] : shapes) {
      const NumberHabit habit = NumberHabitOf(shape, watch.now);
      if (!habit.dense) continue;
      for (const auto& [name, series] : shape.series)
        AddGaps(watch, name, series, habit.from_one && shape.series.size() > 1 && series.first > shape.first, missing);
    }
    for (const auto& [day, numbers] : missing) {
      found.push_back(
          {"serial_gap", source.name, day, day, source.division, false, numbers.size(), NumbersEvidence(numbers)});
    }
    AddChanges(watch, source, shapes, found);
  }
  return found;
}

}  // namespace gateway
