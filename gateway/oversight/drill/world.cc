#include "gateway/oversight/drill/world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "petition/json.h"

namespace gateway::drill {

using petition::Json;
using petition::Time;

namespace {

/// Share of a day's items by the hour of the day, in thousandths.
constexpr std::array<int, 24> kHours{5,  3,  2,  2,   2,  4,  10, 30, 90, 120, 110, 80,
                                     40, 55, 95, 105, 90, 60, 30, 22, 18, 12,  9,   6};
constexpr double kHolidayShare = 0.35;

constexpr std::array<const char*, 20> kPlaces{
    "沿江东路", "锦绣花园", "翠柏苑", "望湖里", "建设北路", "清泉村", "双桥镇", "石板巷",   "北苑新村", "临港园",
    "长乐坊",   "金穗小区", "东风路", "和平里", "青石街",   "云台乡", "滨河路", "新华书苑", "柳林屯",   "大观园"};
constexpr std::array<const char*, 20> kTroubles{
    "电梯停运无人维修", "夜间施工噪声扰民", "拖欠农民工工资",   "自来水浑浊发黄",   "垃圾清运不及时",
    "路灯长期不亮",     "供暖温度不达标",   "违章搭建占用通道", "物业乱收停车费",   "低保审批久拖不决",
    "征地补偿未到位",   "下水道堵塞反味",   "公交线路停运",     "学区划分不合理",   "油烟直排影响居住",
    "房产证迟迟办不下", "河道排污有异味",   "社保断缴无法补缴", "小区门禁形同虚设", "树木遮挡采光"};
constexpr std::array<const char*, 12> kWishes{"请尽快核实处理", "希望有关部门答复", "请求依法查处", "盼予解决",
                                              "要求说明情况",   "请安排专人负责",   "希望公开结果", "请求协调",
                                              "望督促整改",     "请给出期限",       "要求书面回复", "希望走访了解"};
constexpr std::array<const char*, 16> kSurnames{"陈", "林", "吴", "郑", "何", "沈", "韩", "冯",
                                                "邓", "曹", "彭", "曾", "萧", "田", "董", "袁"};
constexpr std::array<const char*, 16> kGiven{"秋",   "建国", "明远", "佳慧", "志强", "晓梅", "永福", "静",
                                             "立新", "春生", "雅琴", "浩然", "桂兰", "文博", "丽华", "小龙"};

template <typename List>
const char* Pick(const List& list, std::mt19937_64& random) {
  return list[random() % list.size()];
}

/// Knuth's: small means only, and the same on every machine.
int Poisson(double mean, std::mt19937_64& random) {
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
  const double left = std::exp(-mean);
  double product = uniform();
  int count = 0;
  while (product > left) {
    product *= uniform();
    ++count;
  }
  return count;
}

}  // namespace

const std::vector<SourceKind>& SourceKinds() {
  using Numbering = SourceKind::Numbering;
  static const std::vector<SourceKind> kinds{
      {"portal", "portal", 18, Numbering::kDaily, "WZ", true},
      {"hotline", "hotline", 24, Numbering::kDaily, "HL", false},
      {"letters", "letter", 9, Numbering::kYearly, "LX", false},
      {"housing", "department", 12, Numbering::kRunning, "ZJ-", true},
      {"street", "visit", 11, Numbering::kDaily, "JD", true},
      {"mailbox", "email", 9, Numbering::kNone, "", false},
  };
  return kinds;
}

double World::RateOf(const SourceKind& kind, std::int64_t day, int hour) const {
  const auto date = std::chrono::floor<std::chrono::days>(Midnight(day) + std::chrono::hours(8));
  const auto worked = calendar_.IsWorkday(date);
  const double share = worked.ok() && !*worked ? kHolidayShare : 1;
  return kind.per_day * volume_ * share * kHours[static_cast<std::size_t>(hour)] / 1000;
}

double World::Usual(const SourceKind& kind, Time from, Time to) const {
  double sum = 0;
  for (Time at = from; at < to; at += std::chrono::hours(1)) {
    const auto hours = std::chrono::floor<std::chrono::hours>(at - start_).count();
    sum += RateOf(kind, hours / 24, static_cast<int>(hours % 24));
  }
  return sum;
}

std::string World::NextNumber(const SourceKind& kind, std::int64_t day) {
  const std::string date = petition::LocalDay(Midnight(day));
  char text[64];
  switch (kind.numbering) {
    case SourceKind::Numbering::kDaily:
      std::snprintf(text, sizeof text, "%s%s-%04llu", kind.prefix.c_str(), date.c_str(),
                    static_cast<unsigned long long>(++serials_[kind.name + date]));
      return text;
    case SourceKind::Numbering::kYearly:
      std::snprintf(
          text, sizeof text, renumbered_ ? "信字%s%06llu" : "LX%s%05llu", date.substr(0, 4).c_str(),
          static_cast<unsigned long long>(++serials_[kind.name + date.substr(0, 4) + (renumbered_ ? "new" : "")]));
      return text;
    case SourceKind::Numbering::kRunning:
      std::snprintf(text, sizeof text, "%s%llu", kind.prefix.c_str(),
                    static_cast<unsigned long long>(20'000 + ++serials_[kind.name]));
      return text;
    case SourceKind::Numbering::kNone:
      break;
  }
  return "";
}

std::string World::Words(const SourceKind& kind) {
  // No two alike: what is a duplicate is another part's matter.
  return std::string(Pick(kPlaces, random_)) + std::to_string(random_() % 300 + 1) + "号" +
         std::to_string(random_() % 40 + 1) + "栋" + std::to_string(random_() % 3000 + 101) + "室，" +
         Pick(kTroubles, random_) + "，已有" + std::to_string(random_() % 90 + 2) + "天，" + Pick(kWishes, random_) +
         "。第" + std::to_string(++told_) + "件。" + (kind.channel == "email" ? "（来自邮件）" : "");
}

std::string World::RawOf(const SourceKind& kind, const Item& item) {
  Json json{{"channel", kind.channel},
            {"receivedAt", petition::FormatTime(item.happened_at)},
            {"division", "4399" + std::to_string(10 + random_() % 12)},
            {"purpose", random_() % 8 == 0 ? "建议" : "求决"},
            {"content", Words(kind)},
            {"category", "0" + std::to_string(random_() % 9 + 1) + "0100"},
            {"petitioners",
             {{{"name", std::string(Pick(kSurnames, random_)) + Pick(kGiven, random_)},
               {"phone", "199" + std::to_string(10'000'000 + random_() % 89'999'999)}}}}};
  if (!item.number.empty()) json["externalId"] = item.number;
  if (!item.call_id.empty()) json["call"] = {{"id", item.call_id}};
  json["claims"] = {{"first", kind.name == always_first_ || random_() % 10 < 7}};
  return petition::CanonicalJson(json);
}

std::vector<Item> World::Day(const SourceKind& kind, std::int64_t day) {
  std::vector<Item> items;
  for (int hour = 0; hour < 24; ++hour) {
    std::vector<int> minutes(static_cast<std::size_t>(Poisson(RateOf(kind, day, hour), random_)));
    for (int& minute : minutes) minute = static_cast<int>(random_() % 60);
    std::sort(minutes.begin(), minutes.end());
    for (const int minute : minutes) {
      Item item;
      item.source = kind.name;
      item.happened_at = Midnight(day) + std::chrono::hours(hour) + std::chrono::minutes(minute);
      item.number = NextNumber(kind, day);
      if (kind.channel == "hotline") item.call_id = "CALL-" + std::to_string(++calls_);
      // Most come at once; one in fifty lies about for up to four hours.
      const int late = random_() % 50 == 0 ? static_cast<int>(random_() % 240) : static_cast<int>(random_() % 10);
      item.handed_in_at = item.happened_at + std::chrono::minutes(late);
      item.raw = RawOf(kind, item);
      items.push_back(std::move(item));
    }
  }
  return items;
}

Item World::Again(const SourceKind& kind, Item item, std::int64_t day) {
  Json json = Json::parse(item.raw);
  item.number = NextNumber(kind, day);
  json["externalId"] = item.number;
  item.raw = petition::CanonicalJson(json);
  return item;
}

}  // namespace gateway::drill
