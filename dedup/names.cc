#include "dedup/names.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "dedup/han.h"

namespace dedup {
namespace {

using View = std::u32string_view;

struct Suffix {
  View word;
  Named::Kind kind;
};

// Where a place text may be cut: after one of these a new name begins. Longer ones first.
constexpr std::array kCuts = {Suffix{U"街道", Named::Kind::kTown},     Suffix{U"大道", Named::Kind::kRoad},
                              Suffix{U"大街", Named::Kind::kRoad},     Suffix{U"公路", Named::Kind::kRoad},
                              Suffix{U"高速", Named::Kind::kRoad},     Suffix{U"高架", Named::Kind::kRoad},
                              Suffix{U"社区", Named::Kind::kVillage},  Suffix{U"小区", Named::Kind::kEstate},
                              Suffix{U"花园", Named::Kind::kEstate},   Suffix{U"新村", Named::Kind::kEstate},
                              Suffix{U"花苑", Named::Kind::kEstate},   Suffix{U"家园", Named::Kind::kEstate},
                              Suffix{U"开发区", Named::Kind::kRegion}, Suffix{U"自治县", Named::Kind::kRegion},
                              Suffix{U"路", Named::Kind::kRoad},       Suffix{U"街", Named::Kind::kRoad},
                              Suffix{U"巷", Named::Kind::kRoad},       Suffix{U"镇", Named::Kind::kTown},
                              Suffix{U"乡", Named::Kind::kTown},       Suffix{U"村", Named::Kind::kVillage},
                              Suffix{U"省", Named::Kind::kRegion},     Suffix{U"市", Named::Kind::kRegion},
                              Suffix{U"县", Named::Kind::kRegion},     Suffix{U"区", Named::Kind::kRegion}};

// What a name may end with without being cut there.
constexpr std::array kEnds = {
    Suffix{U"幼儿园", Named::Kind::kInstitution}, Suffix{U"小学", Named::Kind::kInstitution},
    Suffix{U"中学", Named::Kind::kInstitution},   Suffix{U"学校", Named::Kind::kInstitution},
    Suffix{U"大学", Named::Kind::kInstitution},   Suffix{U"学院", Named::Kind::kInstitution},
    Suffix{U"医院", Named::Kind::kInstitution},   Suffix{U"卫生院", Named::Kind::kInstitution},
    Suffix{U"广场", Named::Kind::kInstitution},   Suffix{U"市场", Named::Kind::kInstitution},
    Suffix{U"商场", Named::Kind::kInstitution},   Suffix{U"超市", Named::Kind::kInstitution},
    Suffix{U"大厦", Named::Kind::kEstate},        Suffix{U"公寓", Named::Kind::kEstate},
    Suffix{U"佳苑", Named::Kind::kEstate},        Suffix{U"雅苑", Named::Kind::kEstate},
    Suffix{U"名苑", Named::Kind::kEstate},        Suffix{U"佳园", Named::Kind::kEstate},
    Suffix{U"名邸", Named::Kind::kEstate},        Suffix{U"华府", Named::Kind::kEstate},
    Suffix{U"大院", Named::Kind::kEstate},        Suffix{U"工地", Named::Kind::kInstitution},
    Suffix{U"项目", Named::Kind::kInstitution},   Suffix{U"厂", Named::Kind::kInstitution},
    Suffix{U"店", Named::Kind::kInstitution},     Suffix{U"站", Named::Kind::kInstitution},
    Suffix{U"局", Named::Kind::kInstitution},     Suffix{U"公司", Named::Kind::kOrganisation},
    Suffix{U"中心", Named::Kind::kInstitution},   Suffix{U"公园", Named::Kind::kInstitution},
    Suffix{U"苑", Named::Kind::kEstate},          Suffix{U"府", Named::Kind::kEstate},
    Suffix{U"湾", Named::Kind::kEstate},          Suffix{U"城", Named::Kind::kEstate},
    Suffix{U"庭", Named::Kind::kEstate},          Suffix{U"公馆", Named::Kind::kEstate},
    Suffix{U"里", Named::Kind::kEstate},          Suffix{U"园", Named::Kind::kEstate},
    Suffix{U"居", Named::Kind::kEstate},          Suffix{U"庄", Named::Kind::kVillage},
    Suffix{U"屯", Named::Kind::kVillage},         Suffix{U"寨", Named::Kind::kVillage},
    Suffix{U"桥", Named::Kind::kInstitution},     Suffix{U"河", Named::Kind::kInstitution},
    Suffix{U"湖", Named::Kind::kInstitution},     Suffix{U"水库", Named::Kind::kInstitution},
    Suffix{U"院", Named::Kind::kEstate},          Suffix{U"馆", Named::Kind::kInstitution},
    Suffix{U"邸", Named::Kind::kEstate},          Suffix{U"墅", Named::Kind::kEstate},
    Suffix{U"座", Named::Kind::kEstate}};

// Position words around names: cut away, names on both sides stand apart.
constexpr auto kPositions = std::to_array<View>(
    {U"交叉口", U"交界处", U"路口", U"附近", U"门口", U"对面", U"旁边", U"旁",   U"门前", U"裙楼", U"院内",   U"厂内",
     U"里面",   U"之间",   U"以北", U"以南", U"以东", U"以西", U"北侧", U"南侧", U"东侧", U"西侧", U"东北侧", U"一带",
     U"与",     U"至",     U"到",   U"、",   U"及",   U"沿线", U"村口", U"路段", U"地段", U"这边", U"现场"});

// Words that make no name of their own.
const std::unordered_set<std::u32string>& Empty() {
  static const auto* const words = new std::unordered_set<std::u32string>{
      U"号",       U"栋",   U"楼",       U"单元",         U"室",       U"原",       U"本",     U"我",       U"的",
      U"段",       U"口",   U"内",       U"小区",         U"村",       U"路",       U"街",     U"区",       U"县",
      U"市",       U"镇",   U"乡",       U"花园",         U"社区",     U"工地",     U"项目",   U"全市",     U"全区",
      U"未入住",   U"已拆", U"公司",     U"医院",         U"学校",     U"门口",     U"一期",   U"二期",     U"三期",
      U"地块",     U"东",   U"西",       U"南",           U"北",       U"大门",     U"楼顶",   U"地下",     U"延伸段",
      U"下穿通道", U"桥洞", U"平台",     U"顶楼",         U"地库",     U"小学",     U"中学",   U"大院",     U"卫生院",
      U"新村",     U"立交", U"门前",     U"十字",         U"丁字",     U"三岔",     U"岔",     U"交叉",     U"道路",
      U"马路",     U"公路", U"铁路",     U"河边",         U"路边",     U"桥头",     U"裙楼",   U"商铺",     U"店铺",
      U"门面",     U"底商", U"车库",     U"地下车库",     U"地下室",   U"停车场",   U"菜市场", U"农贸市场", U"广场",
      U"公园",     U"超市", U"加油站",   U"幼儿园",       U"学校门口", U"家中",     U"家里",   U"全县",     U"全镇",
      U"全村",     U"本市", U"本县",     U"本村",         U"村里",     U"市区",     U"城区",   U"县城",     U"镇上",
      U"集镇",     U"城乡", U"厂房",     U"工厂",         U"仓库",     U"院子",     U"隧道",   U"高速",     U"高架",
      U"河道",     U"水库", U"医保窗口", U"便民服务中心", U"办事大厅", U"政务大厅", U"人行道", U"斑马线",   U"小区门口",
      U"楼下",     U"楼上"};
  return *words;
}

bool IsPartWord(char32_t c) { return View(U"号栋幢#座室层楼期组队屯").find(c) != View::npos; }
bool IsNumeral(char32_t c) { return IsDigit(c) || View(U"零〇一二三四五六七八九十百").find(c) != View::npos; }

Named::Kind KindOf(View name) {
  for (const auto& suffix : kEnds)
    if (name.size() > suffix.word.size() && name.ends_with(suffix.word)) return suffix.kind;
  for (const auto& suffix : kCuts)
    if (name.size() > suffix.word.size() && name.ends_with(suffix.word)) return suffix.kind;
  return Named::Kind::kOther;
}

class PlaceCutter {
 public:
  PlaceCutter(View text, Named::Source source) : text_(text), source_(source) {}

  std::vector<Named> Cut() {
    for (std::size_t at = 0; at < text_.size();) at = Step(at);
    Flush(Named::Kind::kOther);
    return std::move(names_);
  }

 private:
  std::size_t Step(std::size_t at) {
    const char32_t c = text_[at];
    if (!IsHan(c) && !IsDigit(c) && !IsLatin(c)) {
      Flush(Named::Kind::kOther);
      return at + 1;
    }
    if (current_.empty() && Joins(at)) return at + 1;
    for (View word : kPositions)
      if (text_.substr(at).starts_with(word) && !(word.size() == 1 && current_.empty())) {
        // 南屏路口 stands at 南屏路
        const bool crossing = word == U"路口" && !current_.empty() && !Empty().contains(current_);
        if (crossing) current_ += U'路';
        Flush(crossing ? Named::Kind::kRoad : Named::Kind::kOther);
        return at + word.size();
      }
    if (const auto end = NumberPart(at); end != at) {
      Flush(Named::Kind::kEstate);  // what stands before 7栋 or 118号 is a name
      return end;
    }
    current_ += c;
    for (const auto& cut : kCuts) {
      if (!current_.ends_with(cut.word)) continue;
      if (cut.kind == Named::Kind::kRegion && !RegionEndsHere(cut.word)) break;
      if (current_.size() <= cut.word.size()) break;
      if (cut.word == U"路" && (text_.substr(at + 1).starts_with(U"灯") || current_.ends_with(U"铁路"))) break;
      if (cut.word == U"街" && text_.substr(at + 1).starts_with(U"道")) break;
      Flush(cut.kind);
      break;
    }
    return at + 1;
  }

  // What joins two names is no part of the second: 枫林大道与白鹭路. After a district or a town the next name begins,
  // and many begin so: 枫林区和平路, 青枫镇至善路.
  bool Joins(std::size_t at) const {
    if (names_.empty() || names_.back().kind == Named::Kind::kRegion || names_.back().kind == Named::Kind::kTown)
      return false;
    if (text_[at] == U'和') return at + 1 < text_.size() && View(U"平谐睦顺美兴安").find(text_[at + 1]) == View::npos;
    return View(U"与及至到").find(text_[at]) != View::npos;
  }

  // A number and the part word after it: 118号, 7栋, 三组, 6-1-1802.
  std::size_t NumberPart(std::size_t at) const {
    std::size_t end = at;
    while (end < text_.size() && (IsNumeral(text_[end]) || (text_[end] == U'-' && end > at))) ++end;
    if (end == at) {
      if (IsLatin(text_[at]) && at + 1 < text_.size() && (IsPartWord(text_[at + 1]) || text_[at + 1] == U'区'))
        return at + 2;  // 7栋's b座, an estate's a区
      return at;
    }
    if (end < text_.size() && text_[end] == U'区' && !current_.empty()) return end + 1;  // 二区
    if (end < text_.size() && (IsPartWord(text_[end]) || text_.substr(end).starts_with(U"单元"))) {
      ++end;
      while (end < text_.size() &&
             (IsPartWord(text_[end]) || text_[end] == U'院' || text_[end] == U'元' || text_[end] == U'单'))
        ++end;
      return end;
    }
    return IsDigit(text_[at]) && (end - at >= 3 || end == text_.size())
               ? end
               : at;  // bare digits; 三中, 一中 stay in the name
  }

  bool RegionEndsHere(View word) const {
    static const auto not_regions =
        std::to_array<View>({U"小区", U"社区", U"园区", U"校区", U"库区", U"片区", U"院区", U"景区", U"厂区", U"旧城区",
                             U"老城区", U"超市", U"城市", U"都市"});
    for (View other : not_regions)
      if (View(current_).ends_with(other)) return false;
    return current_.size() <= 6 && (names_.size() <= 2 || word != U"市");
  }

  void Flush(Named::Kind kind) {
    std::u32string name;
    name.swap(current_);
    while (!name.empty() && (name[0] == U'原' || name[0] == U'在') && name.size() > 3) name.erase(0, 1);
    if (name.size() < 2 || name.size() > 24 || Empty().contains(name) || names_.size() >= 12) return;
    if (kind == Named::Kind::kOther || kind == Named::Kind::kEstate)
      if (const auto by_end = KindOf(name); by_end != Named::Kind::kOther) kind = by_end;
    for (const auto& other : names_)
      if (other.name == name) return;
    names_.push_back({kind, source_, std::move(name)});
  }

  View text_;
  Named::Source source_;
  std::u32string current_;
  std::vector<Named> names_;
};

// Legal forms and lines of business at the end of a firm's name.
constexpr auto kFirmEnds = std::to_array<View>(
    {U"有限责任公司", U"股份有限公司", U"有限公司", U"分公司",     U"子公司",       U"总公司",   U"公司",
     U"集团",         U"项目部",       U"指挥部",   U"房地产开发", U"房地产",       U"置业",     U"地产",
     U"开发商",       U"物业服务",     U"物业管理", U"物业",       U"建筑工程",     U"建设工程", U"建筑劳务",
     U"工程建设",     U"劳务",         U"建工",     U"建筑",       U"建设",         U"工程",     U"装饰",
     U"商业运营管理", U"运营管理",     U"商业管理", U"资产管理",   U"企业管理",     U"餐饮管理", U"餐饮",
     U"管理",         U"运营",         U"教育咨询", U"文化传播",   U"体育文化",     U"教育科技", U"教育",
     U"培训",         U"体育",         U"文化",     U"咨询",       U"汽车销售服务", U"汽车销售", U"4s店",
     U"汽车",         U"销售",         U"服务",     U"科技",       U"传媒",         U"贸易",     U"商贸",
     U"实业",         U"投资",         U"发展",     U"住房租赁",   U"租赁",         U"家居",     U"健身房",
     U"健身",         U"火锅店",       U"火锅",     U"饭店",       U"酒店",         U"纺织",     U"木业",
     U"牧业",         U"建材",         U"供水",     U"燃气",       U"热力",         U"供热",     U"电力"});

const std::unordered_set<std::u32string>& GenericWords() {
  static const auto* const words = new std::unordered_set<std::u32string>{
      U"物业",     U"开发商",   U"供电公司",   U"供水公司", U"自来水公司", U"热力公司", U"燃气公司",   U"公司",
      U"物业公司", U"房产公司", U"学校",       U"医院",     U"村委会",     U"镇政府",   U"街道办",     U"街道办事处",
      U"居委会",   U"施工方",   U"施工单位",   U"老板",     U"房东",       U"中介",     U"厂家",       U"商家",
      U"店家",     U"村干部",   U"工作人员",   U"业主",     U"邻居",       U"排水公司", U"市排水公司", U"市自来水公司",
      U"供电所",   U"派出所",   U"城管",       U"交警",     U"政府",       U"社区",     U"项目部",     U"高速项目部",
      U"施工队",   U"承包商",   U"总包",       U"劳务公司", U"保险公司",   U"银行",     U"无",         U"不详",
      U"未知",     U"其他",     U"市公交公司", U"公交公司"};
  return *words;
}

View StripRegion(View name) {
  // 梧川市锦程..., 松岭县碧泉...: cut through the last 市/县/区/镇 near the front.
  std::size_t cut = 0;
  for (std::size_t i = 1; i < std::min<std::size_t>(name.size(), 7); ++i)
    if ((name[i] == U'市' || name[i] == U'县' || name[i] == U'区' || name[i] == U'镇') && name.size() - i > 2 &&
        !(name[i] == U'市' && i + 1 < name.size() && name[i + 1] == U'场'))
      cut = i + 1;
  return name.substr(cut);
}

bool IsStop(char32_t c) {
  static const std::unordered_set<char32_t> stops = [] {
    std::unordered_set<char32_t> out;
    for (char32_t s :
         View(U"的在是了和与到找叫给由向被把对从让为系即及至称我你他她其该这那请要求说因就都也又才没不有去往"))
      out.insert(s);
    return out;
  }();
  return stops.contains(c);
}

}  // namespace

std::vector<Named> NamesOfPlace(View folded, Named::Source source) { return PlaceCutter(folded, source).Cut(); }

bool IsGeneric(View name) { return name.size() < 2 || GenericWords().contains(std::u32string(name)); }

bool IsSurname(char32_t c) {
  static const std::unordered_set<char32_t> surnames = [] {
    std::unordered_set<char32_t> out;
    for (char32_t s : View(U"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾"
                           U"丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤"
                           U"尹黎易常武乔贺赖龚文庞樊兰殷施陶洪"
                           U"翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关"
                           U"苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房"
                           U"边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟"
                           U"全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练"
                           U"仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺农缪匡明麦盘尚骆代邝"
                           U"车储狄尉迟司徒上官皇甫诸葛欧阳夏侯"))
      out.insert(s);
    return out;
  }();
  return surnames.contains(c);
}

std::vector<Named> NamesOfAccused(View folded, std::vector<std::u32string>& people) {
  std::vector<Named> names;
  std::size_t begin = 0;
  while (begin <= folded.size() && names.size() < 6) {
    const auto end = std::min(folded.find_first_of(U";,、/ \n", begin), folded.size());
    const auto letters = LettersOf(folded.substr(begin, end - begin));
    begin = end + 1;
    if (letters.size() < 2 || letters.size() > 30 || IsGeneric(letters)) continue;
    const bool person = letters.size() <= 3 && IsSurname(letters[0]) &&
                        std::all_of(letters.begin(), letters.end(), IsHan) && KindOf(letters) == Named::Kind::kOther &&
                        !letters.ends_with(U"物业") && !letters.ends_with(U"建材") && !letters.ends_with(U"置业");
    if (person) people.push_back(letters);
    const auto kind = KindOf(letters);
    names.push_back(
        {kind == Named::Kind::kInstitution ? kind : Named::Kind::kOrganisation, Named::Source::kAccused, letters});
  }
  return names;
}

std::vector<Named> NamesOfText(View folded) {
  std::vector<Named> names;
  const auto add = [&](Named::Kind kind, View name) {
    if (names.size() >= 8 || name.size() < 2) return;
    for (const auto& other : names)
      if (other.name == name) return;
    names.push_back({kind, Named::Source::kText, std::u32string(name)});
  };
  // “膳满园”, ‘江畔里’, "..." : short quotations are brands and nicknames.
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const char32_t open = folded[i];
    const char32_t close = open == U'“' ? U'”' : open == U'‘' ? U'’' : open == U'「' ? U'」' : open == U'"' ? U'"' : 0;
    if (close == 0) continue;
    const auto end = folded.find(close, i + 1);
    if (end == View::npos || end - i > 16) continue;
    const auto inside = folded.substr(i + 1, end - i - 1);
    if (inside.size() >= 2 && inside.size() <= 8 && std::all_of(inside.begin(), inside.end(), IsHan) &&
        std::none_of(inside.begin(), inside.end(), IsStop))
      add(Named::Kind::kOther, inside);
    i = end;
  }
  for (auto at = folded.find(U"公司"); at != View::npos; at = folded.find(U"公司", at + 2)) {
    std::size_t begin = at;
    while (begin > 0 && at - begin < 18 && IsHan(folded[begin - 1]) && !IsStop(folded[begin - 1])) --begin;
    const auto name = folded.substr(begin, at + 2 - begin);
    if (name.size() >= 6 && !IsGeneric(name)) add(Named::Kind::kOrganisation, name);
  }
  return names;
}

View CoreOf(const Named& named) {
  View name = named.name;
  if (named.kind == Named::Kind::kOrganisation || named.source == Named::Source::kAccused) {
    View core = StripRegion(name);
    for (bool cut = true; cut;) {
      cut = false;
      for (View end : kFirmEnds)
        if (core.ends_with(end) && core.size() >= end.size() + 2) {
          core.remove_suffix(end.size());
          cut = true;
          break;
        }
      // 有限公司临湖分公司: the branch's own place name.
      if (const auto at = core.find(U"有限公司"); !cut && at != View::npos && at >= 2) {
        core = core.substr(0, at);
        cut = true;
      }
      if (const auto at = core.find(U"公司"); !cut && at != View::npos && at >= 2) {
        core = core.substr(0, at);
        cut = true;
      }
    }
    return core;
  }
  // A primary school and a middle school of one place share nothing but the place.
  static constexpr auto whole =
      std::to_array<View>({U"小学", U"中学", U"学校", U"幼儿园", U"医院", U"卫生院", U"大学", U"学院"});
  for (View end : whole)
    if (name.ends_with(end)) return name;
  for (const auto* list : {kEnds.data(), kCuts.data()}) {
    const std::size_t count = list == kEnds.data() ? kEnds.size() : kCuts.size();
    for (std::size_t i = 0; i < count; ++i)
      if (name.ends_with(list[i].word) && name.size() >= list[i].word.size() + 2)
        return name.substr(0, name.size() - list[i].word.size());
  }
  return name;
}

std::vector<Anchor> PlaceAnchors(View letters) {
  static constexpr auto ends = std::to_array<View>(
      {U"路",   U"街",   U"巷",     U"大道", U"村",   U"镇",   U"乡",   U"小区", U"花园", U"苑",   U"公馆",
       U"小学", U"中学", U"幼儿园", U"医院", U"公司", U"置业", U"物业", U"广场", U"大厦", U"公寓", U"工地"});
  std::vector<Anchor> anchors;
  for (std::size_t i = 2; i < letters.size() && anchors.size() < 24; ++i) {
    for (View end : ends)
      if (letters.substr(i).starts_with(end) && IsHan(letters[i - 1]) && IsHan(letters[i - 2]) &&
          !IsStop(letters[i - 1]) && !IsStop(letters[i - 2])) {
        anchors.push_back({i - 2, i + end.size()});
        break;
      }
    // The name before 7栋, 3号楼, 12幢.
    if (IsDigit(letters[i]) && IsHan(letters[i - 1]) && IsHan(letters[i - 2])) {
      std::size_t end = i;
      while (end < letters.size() && IsDigit(letters[end])) ++end;
      if (end < letters.size() &&
          (letters[end] == U'栋' || letters[end] == U'幢' || letters[end] == U'座' ||
           letters.substr(end).starts_with(U"号楼") || letters.substr(end).starts_with(U"号院")))
        anchors.push_back({i - 2, i});
    }
  }
  return anchors;
}

}  // namespace dedup
