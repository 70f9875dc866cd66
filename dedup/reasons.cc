#include "dedup/reasons.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "dedup/topics.h"

namespace dedup {
namespace {

constexpr double kLeast = 0.05;
constexpr std::size_t kReasonsMax = 16;

const std::unordered_map<std::string_view, std::string_view>& Words() {
  static const auto* const words =
      new std::unordered_map<std::string_view, std::string_view>{{"text_alike", "用词相近"},
                                                                 {"text_within", "较短一件的内容多见于另一件"},
                                                                 {"text_copied", "有成段相同的文字"},
                                                                 {"text_equal", "全文相同"},
                                                                 {"title_alike", "标题相近"},
                                                                 {"topic_alike", "问题种类相同"},
                                                                 {"topic_main", "主要问题相同"},
                                                                 {"topic_differs", "问题种类不同"},
                                                                 {"topic_added", "主要问题在前件中未出现"},
                                                                 {"place_same", "地点名称相同"},
                                                                 {"place_sounds", "地点名称同音"},
                                                                 {"place_wider", "同一路段、村或街道"},
                                                                 {"place_differs", "地点不同"},
                                                                 {"region_differs", "区县不同"},
                                                                 {"region_same", "区县相同"},
                                                                 {"org_same", "单位或企业相同"},
                                                                 {"org_differs", "单位或企业不同"},
                                                                 {"building_same", "楼栋相同"},
                                                                 {"building_differs", "楼栋不同"},
                                                                 {"building_differs_alone", "楼栋不同，且属单栋问题"},
                                                                 {"group_same", "村民小组相同"},
                                                                 {"group_differs", "村民小组不同"},
                                                                 {"house_same", "门牌号相同"},
                                                                 {"house_differs", "门牌号不同"},
                                                                 {"route_same", "线路相同"},
                                                                 {"route_differs", "线路不同"},
                                                                 {"room_same", "房号相同"},
                                                                 {"amount_same", "金额相同"},
                                                                 {"number_same", "数量相同"},
                                                                 {"day_same", "提到同一日期"},
                                                                 {"year_differs", "年份不同"},
                                                                 {"code_same", "合同、车牌等编号相同"},
                                                                 {"accused_same", "被反映人相同"},
                                                                 {"accused_differs", "被反映人不同"},
                                                                 {"name_in_text", "一件的正文提到另一件的人员"},
                                                                 {"refers_back", "提到此前反映过"},
                                                                 {"refers_to_day", "提到前件的登记日期"},
                                                                 {"quotes_answer", "提到已有答复，且前件已办结"},
                                                                 {"asks_or_adds", "询问进展或补交材料"},
                                                                 {"about_handling", "反映的是办理过程"},
                                                                 {"copied_elsewhere", "文字雷同但地点或对象不同"},
                                                                 {"near_in_time", "时间接近"},
                                                                 {"far_in_time", "时间相隔较久"},
                                                                 {"says_little", "文字很少"},
                                                                 {"same_channel", "来源相同"},
                                                                 {"number_linked", "来源编号相互关联"},
                                                                 {"id_same", "身份证号相同"},
                                                                 {"id_damaged_same", "身份证号相同（有残损）"},
                                                                 {"id_differs", "身份证号不同"},
                                                                 {"phone_same", "电话相同"},
                                                                 {"phone_near", "电话差一位"},
                                                                 {"phone_differs", "电话不同"},
                                                                 {"phone_same_name_differs", "电话相同但姓名不同"},
                                                                 {"name_same", "姓名相同"},
                                                                 {"name_sounds", "姓名同音"},
                                                                 {"name_near", "姓名相近"},
                                                                 {"name_fits", "姓氏相符"},
                                                                 {"name_fits_by_sound", "姓氏同音"},
                                                                 {"name_differs", "姓名不同"},
                                                                 {"name_same_phone_same", "姓名与电话均相符"},
                                                                 {"name_fits_phone_near", "姓氏相符且电话差一位"},
                                                                 {"account_same", "账号相同"},
                                                                 {"address_same", "住址相同"},
                                                                 {"sex_differs", "性别不同"},
                                                                 {"agent_only", "仅代理人相同"},
                                                                 {"introduced", "正文自述的姓名相符"},
                                                                 {"self_refers", "自述此前反映过"},
                                                                 {"anonymous_same_accused", "均为匿名，被反映人相同"},
                                                                 {"room_same_person", "同一户"},
                                                                 {"nothing_known", "缺少人员信息"}};
  return *words;
}

std::string DetailOf(std::string_view feature, const MatterNotes& notes) {
  const auto found = Words().find(feature);
  std::string detail(found == Words().end() ? feature : found->second);
  if ((feature == "topic_alike" || feature == "topic_main") && !notes.topics.empty()) {
    detail += "：";
    for (std::size_t i = 0; i < std::min<std::size_t>(2, notes.topics.size()); ++i)
      detail += std::string(i == 0 ? "" : "、") + std::string(TopicName(notes.topics[i]));
  }
  return detail;
}

template <std::size_t kCount, typename NameOf>
void Add(const Logistic<kCount>& model, const std::array<double, kCount>& values, NameOf name_of,
         const MatterNotes& notes, std::vector<Reason>& reasons) {
  for (std::size_t i = 0; i < kCount; ++i) {
    const double weight = model.weights[i] * values[i];
    if (std::abs(weight) >= kLeast) reasons.push_back({std::string(name_of(i)), weight, DetailOf(name_of(i), notes)});
  }
}

}  // namespace

std::vector<Reason> Explain(const Logistic<kPeopleFeatures>& people_model, const PeopleVector& people,
                            const Logistic<kMatterFeatures>& matter_model, const MatterVector& matter,
                            const MatterNotes& notes) {
  std::vector<Reason> reasons;
  Add(matter_model, matter, MatterFeatureName, notes, reasons);
  Add(people_model, people, PeopleFeatureName, notes, reasons);
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const Reason& a, const Reason& b) { return std::abs(a.weight) > std::abs(b.weight); });
  if (reasons.size() > kReasonsMax) reasons.resize(kReasonsMax);
  return reasons;
}

}  // namespace dedup
