// What a source's numbers, its volume, its registers and its fields tell of what is left out: each detector with what
// it must find, what ends it, and what only looks like it.
#include <gtest/gtest.h>

#include <algorithm>

#include "dedup/case_book_file.h"
#include "gateway/manifest.h"
#include "oversight_house.h"

namespace gateway {
namespace {

using petition::Json;
using std::chrono::hours;

class FindingsTest : public testing::Test {
 protected:
  /// The source's numbers `from` .. `to`, written with as many digits.
  void Number(const std::string& source, const std::string& prefix, int from, int to, int width, int step = 1) {
    for (int serial = from; serial <= to; serial += step) {
      auto digits = std::to_string(serial);
      digits.insert(0, digits.size() < static_cast<std::size_t>(width) ? width - digits.size() : 0, '0');
      const auto arrival = ArrivalOf(source, Petition(prefix + digits).dump());
      ASSERT_TRUE(house_.hub().intake().Register(arrival).ok());
    }
    house_.Fold();
  }
  Json Evidence(const std::string& kind) {
    Json all = Json::array();
    for (const auto& row : house_.Findings(kind)) all.push_back({{"source", row.source}, {"evidence", row.evidence}});
    return all;
  }
  /// So many a source had, each hour from `back` hours ago to `until` hours ago.
  void Hours(const std::string& source, int back, int until, int each) {
    const std::int64_t now = house_.clock().Now().time_since_epoch().count() / 3'600'000 + 8;
    auto sql = house_.hub().cases().file().Writer();
    for (std::int64_t hour = now - back; hour < now - until; ++hour)
      sql->Run("INSERT INTO figure_hours(source, hour, n) VALUES($1, $2, $3) ON CONFLICT DO UPDATE SET n=excluded.n",
               source, hour, each);
  }
  OversightHouse house_;
};

TEST_F(FindingsTest, ANumberLeftOutIsAGapUntilItComes) {
  Number("portal", "XF", 1, 40, 4);
  Number("hotline", "T", 1, 120, 4, 3);  // every third: not dense, so nothing is missing
  house_.clock().Advance(hours(30));
  Number("portal", "XF", 41, 42, 4);
  Number("portal", "XF", 44, 45, 4);
  house_.Look();
  EXPECT_TRUE(house_.Findings("serial_gap").empty()) << "it may still be under way";
  house_.clock().Advance(hours(7));
  house_.Look();
  const auto rows = house_.Findings("serial_gap");
  ASSERT_EQ(rows.size(), 1u) << Evidence("serial_gap");
  EXPECT_EQ(rows[0].source, "portal");
  EXPECT_EQ(rows[0].evidence["numbers"], Json::array({"XF0043"}));
  Number("portal", "XF", 43, 43, 4);
  house_.Look();
  EXPECT_TRUE(house_.Findings("serial_gap").empty());
}

TEST_F(FindingsTest, AnotherNumberingIsToldFromOneThatGoesOn) {
  Number("portal", "XF", 1, 35, 4);
  Number("hotline", "H-", 960, 999, 3);
  house_.clock().Advance(hours(49));
  Number("portal", "SQ-2/", 1, 3, 4);
  Number("hotline", "H-", 1000, 1003, 4);  // one digit more, and the same numbering
  house_.Look();
  const auto rows = house_.Findings("renumbered");
  ASSERT_EQ(rows.size(), 1u) << Evidence("renumbered");
  EXPECT_EQ(rows[0].source, "portal");
  EXPECT_EQ(rows[0].evidence["before"], "XF");
  EXPECT_EQ(rows[0].evidence["now"], "SQ-2/");
}

TEST_F(FindingsTest, TheUsualNumberingIsTheOneOfMostNumbersBefore) {
  for (const auto& [second, usual] : {std::pair(40, "AB-"), std::pair(32, "XF")}) {
    const std::string source = second == 40 ? "portal" : "hotline";
    Number(source, "XF", 1, 35, 4);
    house_.clock().Advance(hours(24));
    Number(source, "AB-", 1, second, 4);
    house_.clock().Advance(hours(24 * 4));
    Number(source, "SQ-2/", 1, 3, 4);
    house_.Look();
    const auto rows = house_.Findings("renumbered");
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& one) {
      return one.source == source && one.evidence["now"] == "SQ-2/";
    });
    ASSERT_NE(row, rows.end()) << Evidence("renumbered");
    EXPECT_EQ(row->evidence["before"], usual);
  }
}

TEST_F(FindingsTest, NumbersThatBeginAgainAreAnotherNumbering) {
  Number("portal", "XF", 80, 115, 4);
  house_.clock().Advance(hours(49));
  Number("portal", "XF", 1, 4, 4);
  house_.Look();
  EXPECT_TRUE(house_.Findings("renumbered").empty()) << "four may be late ones";
  Number("portal", "XF", 5, 5, 4);
  house_.Look();
  const auto rows = house_.Findings("renumbered");
  ASSERT_EQ(rows.size(), 1u) << Evidence("renumbered");
  EXPECT_EQ(rows[0].evidence["before"], 115);
  EXPECT_EQ(rows[0].count, 5u);
}

TEST_F(FindingsTest, SilenceAndSlumpAreHeldAgainstTheUsualHours) {
  house_.clock().Advance(hours(24 * 30));
  Hours("portal", 24 * 21, 0, 3);
  Hours("hotline", 24 * 21, 0, 3);
  house_.Look();
  EXPECT_TRUE(house_.Findings("silence").empty() && house_.Findings("slump").empty());

  house_.clock().Advance(hours(24));
  Hours("portal", 24, 0, 0);
  Hours("portal", 12, 11, 2);  // two in a day that has seventy
  Hours("hotline", 24, 0, 2);  // a third less: a slow day
  house_.Look();
  auto slump = house_.Findings("slump");
  ASSERT_EQ(slump.size(), 1u) << Evidence("slump");
  EXPECT_EQ(slump[0].source, "portal");
  EXPECT_EQ(slump[0].evidence["seen"], 2);
  EXPECT_TRUE(house_.Findings("silence").empty()) << Evidence("silence");

  // A day on: the hotline has sent nothing at all, the portal is back.
  house_.clock().Advance(hours(24));
  Hours("portal", 24, 0, 3);
  house_.Look();
  EXPECT_TRUE(house_.Findings("slump").empty()) << Evidence("slump");
  const auto silence = house_.Findings("silence");
  ASSERT_EQ(silence.size(), 1u) << Evidence("silence");
  EXPECT_EQ(silence[0].source, "hotline");
  EXPECT_GE(silence[0].evidence["expected"].get<double>(), 12);
  Hours("hotline", 2, 0, 3);
  house_.Look();
  EXPECT_TRUE(house_.Findings("silence").empty());
}

TEST_F(FindingsTest, WhoStopsHandingInARegisterIsAsked) {
  const auto hand = [&] {
    Manifest manifest;
    manifest.source = "portal";
    manifest.day = petition::LocalDay(house_.clock().Now());
    manifest.count = 0;
    ASSERT_TRUE(RecordManifest(house_.hub(), manifest, Overseer()).ok());
    house_.Fold();
  };
  for (int day = 0; day < 11; ++day) {
    hand();
    house_.clock().Advance(hours(24));
  }
  house_.Look();
  EXPECT_TRUE(house_.Findings("manifest_missing").empty());
  house_.clock().Advance(hours(24 * 3));
  house_.Look();
  const auto rows = house_.Findings("manifest_missing");
  ASSERT_EQ(rows.size(), 1u);  // the hotline never handed in any
  EXPECT_EQ(rows[0].source, "portal");
  EXPECT_EQ(rows[0].evidence["last"], "20250314");
  hand();
  house_.Look();
  EXPECT_TRUE(house_.Findings("manifest_missing").empty());
}

TEST_F(FindingsTest, AFieldThatIsAlwaysAlikeIsConspicuous) {
  auto one = Petition("P-1");
  one["division"] = "439900";
  one["category"] = "999901";
  const auto portal = house_.Submit("portal", one);
  const auto hotline = house_.Submit("hotline", Petition("H-1"));
  // The same again, two hundred times: a detector looks at the tables only.
  const auto fill = [&](std::uint64_t of, int copies, const char* changed, const std::string& value) {
    auto sql = house_.hub().cases().file().Writer();
    std::string columns, values;
    for (const auto& [name] : sql->Ask<std::string>("SELECT name FROM pragma_table_info('items') WHERE name<>'idx'")) {
      columns += "," + name;
      values += "," + (name == changed ? value : name);
    }
    sql->Exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<" + std::to_string(copies) +
              ") INSERT INTO items(idx" + columns + ") SELECT (SELECT MAX(idx) FROM items)+i" + values +
              " FROM items, n WHERE idx=" + std::to_string(of));
  };
  fill(portal, 198, "", "");
  fill(hotline, 180, "", "");
  fill(hotline, 40, "claimed_first", "0");
  house_.Look();
  EXPECT_TRUE(house_.Findings("constant_field").empty()) << "too few to tell, and a fifth is otherwise";
  fill(portal, 1, "", "");
  house_.Look();
  std::set<std::string> fields;
  for (const auto& row : house_.Findings("constant_field")) {
    EXPECT_EQ(row.source, "portal");
    EXPECT_EQ(row.count, 200u);
    fields.insert(row.evidence["field"].get<std::string>());
  }
  EXPECT_EQ(fields, (std::set<std::string>{"first", "division", "category"}));
  fill(portal, 20, "claimed_first", "0");
  house_.Look();
  EXPECT_EQ(house_.Findings("constant_field").size(), 2u);
}

}  // namespace
}  // namespace gateway
