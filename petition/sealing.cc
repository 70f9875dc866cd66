#include "petition/sealing.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "petition/text/fold.h"
#include "petition/text/word_set.h"

namespace petition {
namespace {

enum Sign : int {
  kOfficial = 1,  // a public official or party member by post
  kParty,         // 书记: an official by itself, but also what people call the one they write to
  kAmbiguous,     // a post that is an official's only beside a public body: 学校校长, but not 养生馆院长
  kPolice,        // officials whom people also call for help
  kOrgan,       // a public body or its staff as such: everybody mentions them, so only misconduct in the same sentence
                // counts
  kLeak,        // whoever gave an accuser away: an accusation by itself
  kMisconduct,  // abuse of office, or what is told of officials above all
  kWrong,       // wrong, but anybody can do it
  kAccuse,      // 举报, 检举, 控告 ...
  kDiscipline,  // the organs that such accusations go to
  kNoOfficial,  // words that hold a title but mean nobody's office
};

const text::WordSet& Signs() {
  static const text::WordSet words{
      {kOfficial,
       "村支书 村支部书记 支部书记 党支部书记 支书 村书记 村长 村主任 村委会主任 村委主任 村官 村干部 村组干部 "
       "社区干部 社区书记 居委会主任 居委主任 大队书记 大队长 生产队长 组长兼会计 村会计 村委干部 村文书 村副主任 "
       "镇长 乡长 副镇长 副乡长 副县长 副区长 副市长 镇党委书记 乡党委书记 镇书记 乡书记 街道书记 街道办主任 街道主任 "
       "县委书记 区委书记 市委书记 党委书记 党组书记 党工委书记 人大代表 政协委员 "
       "局长 副局长 厅长 副厅长 处长 副处长 科长 副科长 股长 副股长 所长 副所长 司法所长 派出所所长 站长 副站长 支队长 "
       "大队队长 中队长 教导员 指导员 政委 副书记 纪委书记 组织委员 宣传委员 武装部长 "
       "干警 警官 狱警 协警 法官 审判员 审判长 庭长 执行法官 执行局长 检察官 检察员 "
       "干部 领导干部 党员 党员干部 公职人员 公务员 国家工作人员 国家机关工作人员 机关干部 镇干部 乡干部 局领导 镇领导 "
       "乡领导 村领导 县领导班子 政府官员 官员 "
       "支委"},
      {kPolice, "民警 警察 辅警 交警"},
      {kLeak, "泄露举报人 泄露举报 泄露了举报 泄露检举 举报人信息 举报人电话 举报材料 举报信怎么"},
      {kParty, "书记 县长 区长 市长"},
      {kOrgan,
       "执法人员 执法队员 执法队 城管队员 城管人员 城管执法人员 城管中队 城管的人 执法中队 工作人员 政府工作人员 "
       "村两委 村支两委 村委会 村委 村党支部 党支部 环保局的人 安监人员 税务人员 公安人员 "
       "派出所人员 派出所 交警队 交警大队 法院 检察院 镇政府 乡政府 县政府 区政府 市政府 街道办 "
       "街道办事处 办事处 管委会 居委会 教育局 公安局 公安分局 规划局 国土局 国土所 自然资源局 自然资源所 环保局 "
       "生态环境局 住建局 城管局 执法局 工商局 市监局 市场监管局 市场监管所 卫健局 卫生局 "
       "民政局 民政所 人社局 劳动局 财政局 财政所 税务局 水利局 农业局 农业农村局 林业局 交通局 交通运输局 房产局 "
       "房管局 房管所 征收办 拆迁办 发改委 发改局 卫健委 住建委 国资委 信访局"},
      {kAmbiguous, "主任 副主任 院长 副院长 校长 副校长 队长 会计 组长 领导 馆长 副馆长"},
      {kMisconduct,
       "贪污 贪腐 贪官 贪赃 受贿 行贿 索贿 贿赂 贿选 收黑钱 收受 索要好处 索取好处 好处费 收红包 索要红包 挪用公款 "
       "挪用资金 挪用 私分 侵吞 套取 套骗 冒领 虚报 虚列 虚开 骗取补贴 骗取补助 骗取国家 骗取资金 截留 克扣补 私吞 "
       "滥用职权 玩忽职守 徇私舞弊 徇私枉法 徇私 舞弊 枉法 以权谋私 以权压人 假公济私 公报私仇 利用职权 利用职务 "
       "职务便利 职务之便 权钱交易 钱权交易 权力寻租 利益输送 优亲厚友 吃拿卡要 中饱私囊 暗箱操作 "
       "包庇 保护伞 充当保护伞 官官相护 通风报信 打击报复 渎职 失职渎职 腐败 "
       "违纪 违法违纪 违规违纪 公款 公车私用 公款吃喝 公款旅游 吃空饷 小金库 买官卖官 拉票 "
       "官商勾结 警匪勾结 互相勾结 相互勾结 勾结 串标 围标 陪标 招投标 招标 指定中标 违规中标 内定 收回扣 吃回扣 回扣 "
       "巧立名目 刑讯逼供 徇情 裙带关系 雁过拔毛 村霸 黑恶势力 欺上瞒下 弄虚作假 作风问题 不正当男女关系 "
       "大吃大喝 账目不公开 占为己有 据为己有 非法占有 强占集体 侵占集体 变卖集体 贱卖集体 倒卖集体 出卖集体 亲属名下 "
       "亲戚名下 违规审批 违规办理 办人情 人情案 关系户 关系保 人情保 骗保 "
       "带头违建 公家 集体资金 集体资产 集体财产 扶贫款 救灾款 补偿款被 低保名额 多吃多占 谋取私利 谋私 损公肥私"},
      {kWrong,
       "违建 违章建 违法建 违法占 占用基本农田 占用耕地 强占 霸占 侵占 占用 亲属 亲戚 小舅子 表弟 表哥 姐夫 妹夫 妻弟 "
       "侄子 儿子 勒索 敲诈 殴打 打人 骂人 辱骂 威胁 恐吓 违法 违规 造假 伪造 欺骗 欺压 骗 "
       "伙同 私自 擅自 乱收费 强行 强拆 强征 不作为 乱作为 推诿 刁难 报复 泄露 泄密 开饭店 砂石 工程款 账目 账目不清 "
       "去向不明 不知去向 收费 赌博 酒驾 吸毒 包养"},
      {kAccuse, "举报 检举 控告 揭发 告发 实名举报 匿名举报 实名反映 被举报人 信访举报"},
      {kDiscipline,
       "纪委 监委 纪检 纪检监察 监察委 监察委员会 纪律检查 巡视组 巡察组 巡视 巡察 反贪局 反贪 廉政 党风 政风"},
      {kNoOfficial,
       "班主任 物业主任 车间主任 办公室主任助理 楼长 书记员 书记处 业主委员会主任 业委会主任 业委会 区长久 市长久 "
       "县长久 市长热线 书记信箱 市长信箱 县长信箱 区长信箱 局长信箱 领导信箱 市长电话 市长专线 书记热线 "
       "镇长期 乡长期 县长期 区长期 市长期 村长期 局长期 所长期 校长期 院长期 社区长期 小区长期 地区长期 城区长期 "
       "队长期 组长期 处长期 站长期 市场长 市长途 县长途 村长大 校长大 局长远 党员活动 党员教育 干部学校 "
       "党员先锋 老干部 离退休干部 交警队 交警部门 交警大队 交警支队 党支部活动 联系工作人员 "
       "会计师 会计证 会计事务所 会计考试 会计专业 会计从业 警察局 工商局长期 领导小组 领导下 市领导小组 "
       "广场所长 厕所长 住所长 场所长 村委员 公款项 工作人员态度"}};
  return words;
}

// Before a title these make it somebody who is asked; behind it, somebody who is greeted.
bool IsAddressed(std::string_view text, std::size_t at, std::size_t end) {
  for (const std::string_view before : {"请", "恳请", "求", "望", "盼", "尊敬的", "敬爱的", "感谢", "谢谢", "向", "给",
                                        "致", "各位", "希望", "各级", "贵", "有关", "相关", "上级"}) {
    if (text.substr(0, at).ends_with(before)) return true;
  }
  const std::string_view after = text.substr(end);
  for (const std::string_view behind : {"您", "你好", "你们好", "好", ":", "信箱", "大人", "们您", "们好", "同志",
                                        "为民", "为我", "能", "过问", "给", "帮"}) {
    if (after.starts_with(behind)) return true;
  }
  // 胡书记, at the head of a line is a salutation.
  return (after.starts_with(",") || after.starts_with("!") || after.empty()) && at <= 12;
}

bool NamesPublicBody(std::string_view before) {
  for (const std::string_view body :
       {"村",     "镇",     "乡",     "县",     "街道", "街道办", "社区", "居委会", "村委会", "办事处", "管委会",
        "党委",   "党组",   "党支部", "支部",   "法院", "检察院", "政府", "局",     "公安",   "派出所", "委员会",
        "政府办", "卫健委", "发改委", "民政办", "中学", "小学",   "学校", "学院",   "副",     "该",     "某"}) {
    if (before.ends_with(body)) return true;
  }
  return false;
}

// 请教育局查处 asks the body to act; it does not accuse it.
bool IsAskedToAct(std::string_view before) {
  before.remove_prefix(before.size() - std::min<std::size_t>(before.size(), 24));
  for (const std::string_view ask : {"请", "望", "求", "建议"}) {
    if (before.find(ask) != std::string_view::npos) return true;
  }
  return false;
}

// What one sentence holds.
struct Findings {
  bool official = false;
  bool party = false;
  bool organ = false;
  bool misconduct = false;
  bool wrong = false;
  bool accuse = false;
  bool discipline = false;

  void Merge(const Findings& other) {
    official |= other.official;
    party |= other.party;
    organ |= other.organ;
    misconduct |= other.misconduct;
    wrong |= other.wrong;
    accuse |= other.accuse;
    discipline |= other.discipline;
  }
};

Findings Look(std::string_view sentence, bool may_address = true) {
  Findings found;
  for (std::size_t at = 0; at < sentence.size();) {
    const auto* word = Signs().LongestAt(sentence, at);
    if (word == nullptr) {
      at += text::CharWidth(sentence, at);
      continue;
    }
    const std::size_t end = at + word->text.size();
    switch (word->tag) {
      case kOfficial:
        if (!(may_address && IsAddressed(sentence, at, end))) found.official = true;
        break;
      case kAmbiguous:
        if ((may_address && IsAddressed(sentence, at, end))) break;
        if (NamesPublicBody(sentence.substr(0, at))) found.official = true;
        break;
      case kParty:
        if (!(may_address && IsAddressed(sentence, at, end))) found.party = true;
        break;
      case kPolice:
        if (!IsAskedToAct(sentence.substr(0, at))) found.official = true;
        break;
      case kLeak:
        found.misconduct = found.accuse = true;
        break;
      case kOrgan:
        if (!IsAskedToAct(sentence.substr(0, at))) found.organ = true;
        break;
      case kMisconduct:
        found.misconduct = true;
        break;
      case kWrong:
        found.wrong = true;
        break;
      case kAccuse:
        found.accuse = true;
        break;
      case kDiscipline:
        found.discipline = true;
        break;
      default:
        break;
    }
    at = end;
  }
  return found;
}

bool IsDisciplineCategory(std::string_view folded) {
  for (const std::string_view word : {"纪检", "监察委", "党风", "廉政", "反腐", "检举", "控告", "违纪", "作风效能",
                                      "基层作风", "干部作风", "工作作风"}) {
    if (folded.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

SealingOpinion JudgeSealing(const Submission& submission) {
  if (submission.confidential) return {Sealing::kSealed, "confidential"};
  if (submission.purpose == "检举控告") return {Sealing::kSealed, "purpose"};
  if (IsDisciplineCategory(text::Fold(submission.category))) return {Sealing::kSealed, "category"};

  const bool report = submission.purpose == "举报";
  const Findings accused = Look(text::Fold(submission.accused), false);
  Findings all = accused;
  bool abuse = false;  // misconduct told of an official in one sentence
  bool abuse_of_organ = false;
  bool accused_official = false;  // 举报 beside an official in one sentence
  const std::string folded = text::Fold(submission.title + "\n" + submission.addressee + "\n" + submission.content);
  for (const std::string_view sentence : text::Sentences(folded)) {
    const Findings found = Look(sentence);
    abuse |= (found.official || found.party) && found.misconduct;
    abuse_of_organ |= found.organ && found.misconduct;
    accused_official |= found.official && found.accuse;
    all.Merge(found);
  }

  const bool accusing = report || all.accuse;
  const bool official = all.official || all.party;
  const bool to_discipline = all.discipline && official;
  if (to_discipline && (report || abuse || accused_official)) return {Sealing::kSealed, "discipline-organ"};
  if (accusing && abuse) return {Sealing::kSealed, "official-and-misconduct"};
  if (accused.official && all.misconduct) return {Sealing::kSealed, "accused-official"};
  if (to_discipline && (accusing || all.misconduct)) return {Sealing::kUnsure, "discipline-organ-mentioned"};
  if (abuse) return {Sealing::kUnsure, "official-and-misconduct-unasked"};
  if (report && official) return {Sealing::kUnsure, "report-of-official"};
  if (accused_official) return {Sealing::kUnsure, "accusation-beside-official"};
  if (accusing && abuse_of_organ) return {Sealing::kUnsure, "organ-and-misconduct"};
  if (accused.official && all.wrong) return {Sealing::kUnsure, "wrong-by-official"};
  if (report && (all.discipline || all.misconduct)) return {Sealing::kUnsure, "report-of-misconduct"};
  return {Sealing::kOpen, ""};
}

}  // namespace petition
