// Fields that a source always fills alike: a first-time flag that is always set, a place that is always the city, a
// category that is always "other". Told by the last weeks of each source.
#include "dedup/case_book_file.h"
#include "gateway/oversight/watch.h"

namespace gateway {

using petition::Json;

namespace {

constexpr std::uint64_t kConstantItemsMin = 200;
constexpr double kConstantShare = 0.995;

}  // namespace

Conditions FindConstantFields(const Watch& watch) {
  return dedup::Guarded("constant", [&]() -> Conditions {
    std::vector<Condition> found;
    auto sql = watch.book.file().Reader();
    const std::int64_t since = (watch.now - watch.options.look_back).time_since_epoch().count();
    for (const auto& source : watch.sources) {
      const auto rows =
          sql->Ask<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>(
              "SELECT COUNT(*), IFNULL(SUM(claimed_first=1), 0), IFNULL(SUM(claimed_repeat=0), 0), "
              "IFNULL(SUM(relation IN (3, 4, 5)), 0), IFNULL(SUM(division LIKE '____00' AND division NOT LIKE "
              "'__0000'), 0), IFNULL(SUM(category IN ('999901', '990000')), 0) FROM items WHERE source=$1 AND "
              "registered>=$2 AND historic=0 AND revises<0",
              source.name, since);
      const auto& [count_of_all, first, not_repeat, repeats, city, other] = rows.at(0);
      const std::uint64_t all = count_of_all;
      if (all < kConstantItemsMin) continue;
      const auto alike = [&](std::uint64_t count) {
        return static_cast<double>(count) >= kConstantShare * static_cast<double>(all);
      };
      const auto add = [&](const char* field, const char* value, std::uint64_t count) {
        if (!alike(count)) return;
        found.push_back({"constant_field",
                         source.name,
                         field,
                         "",
                         source.division,
                         false,
                         count,
                         {{"field", field}, {"value", value}, {"of", all}}});
      };
      add("first", "true", first);
      // Never a repeat is conspicuous only where the hub itself finds some.
      if (repeats * 50 > all) add("repeat", "false", not_repeat);
      if (source.division.empty() || !source.division.ends_with("00")) add("division", "city", city);
      add("category", "other", other);
    }
    return found;
  });
}

}  // namespace gateway
