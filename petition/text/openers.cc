// StripOpeners: the standing phrases of hotline orders and letters. It works clause by clause and by word classes, not
// by whole phrases, since every city and every clerk words them differently: a clause goes when all of its words are
// empty and it has the shape of a request, a greeting or an announcement.
#include <algorithm>
#include <optional>

#include "petition/text/fold.h"
#include "petition/text/word_set.h"

namespace petition::text {
namespace {

enum Class : int {
  kRole = 1,  // 来电人: always the one who speaks
  kCrowd,     // 市民: the one who speaks only before a verb of telling
  kWay,       // 来电, 来信
  kTell,      // 反映, 称
  kTitle,     // 先生
  kLead,      // 现, 该, 匿名
  kBe,        // 系, 为
  kNoVerb,    // 信箱, 热线: behind a verb of telling they make it a noun
  // of empty clauses
  kAsk,       // 请, 希望
  kAct,       // 处理, 回复
  kEmpty,     // 相关部门, 尽快, 并
  kThank,     // 谢谢, 为盼: enough by itself
  kAnnounce,  // 如下, 反映
};

const WordSet& OpeningWords() {
  static const WordSet words{
      {kRole,
       "来电人 来访人 来信人 来件人 来函人 来电者 来访者 信访人 信访者 上访人 反映人 诉求人 诉求者 投诉人 投诉者 "
       "举报人 咨询人 求助人 "
       "发帖人 留言人 留言者 报料人 来电市民 来电群众 来访群众 来信群众 来电话人 致电人 致电者 诉件人 进线人 进线市民 "
       "用户来电 客户来电"},
      {kCrowd,
       "市民 群众 居民 村民 业主 住户 用户 网民 网友 家长 职工 员工 学生 商户 消费者 当事人 申请人 客户 游客 乘客 司机 "
       "老人 老百姓 有人 多人 部分业主 多名业主 "
       "多位市民 多名市民 热心市民 热心群众 热心网友 广大业主 小区业主 匿名者 匿名人 匿名人士 知情人 知情者 本人 我"},
      {kWay,
       "来电 来信 来访 来函 来件 来电话 致电 打电话 电话 拨打热线 拨打12345 拨打12345热线 拨打热线电话 致电热线 "
       "致电12345 通过电话 通过网络 通过微信 "
       "通过热线 通过12345热线 通过12345市民热线 通过市长热线 通过市长信箱 通过信箱 通过短信 通过平台 通过12345 "
       "通过网站 通过邮件 写信 发帖 留言 网上留言 上门 再次来电 多次来电 二次来电 第二次来电 又来电 继续来电 今日来电 "
       "再次 多次 今天来电 现来电"},
      {kTell,
       "反映称 反映说 反映到 反映道 反映 反应 反馈 称 诉称 诉说 诉 说 说道 表示 投诉称 投诉 咨询 询问 举报称 举报 建议 "
       "求助 自述 自称 述称 述 陈述 讲 讲述 提出 "
       "告知 指出 质疑 爆料 申诉 提问 声称 宣称 表达 言 云 认为"},
      {kTitle,
       "先生 女士 小姐 师傅 大爷 大妈 大姐 大哥 阿姨 老师 同志 某某 某 婆婆 大娘 大伯 大叔 老人 叔叔 奶奶 爷爷"},
      {kLead,
       "现 该 匿名 某 今 另 此 现有 今有 有 一名 一位 一 名 位 据 经 多位 多名 其 上述 以上 近日 今日 昨日 刚才"},
      {kBe, "系 是 为 替 代 现"},
      {kNoVerb, "信 箱 件 热 电 中 平 处 渠 率 人 材 书 者 量 无 后 过 了 多 的"}};
  return words;
}

const WordSet& EmptyWords() {
  static const WordSet words{
      {kAsk,
       "请 恳请 恳求 请求 敬请 烦请 特请 务请 还请 望请 望 盼 盼望 希 希望 期盼 期望 麻烦 拜托 要求 求 申请 呼吁 "
       "强烈要求 强烈请求 现要求 现请求 诉求 诉求为 想请 能否 可否 是否可以 特申请 "
       "迫切希望 迫切要求 需要 需 祈盼 祈请 渴望 恳切希望 恳望 敬盼 万望 求求"},
      {kAct,
       "核实 核查 查实 查证 查明 查清 调查 调查处理 查一查 查一下 查查 查处 查看 处理 处置 处理好 解决 解决好 办理 "
       "答复 回复 回应 反馈 回电 回访 告知 落实 协调 督促 督办 监督 跟进 关注 关心 重视 "
       "管管 管一管 管一下 整改 整治 治理 过问 介入 说法 一个说法 个说法 交代 一个交代 个交代 答复 一个答复 个答复 "
       "制止 维护 做主 作主 为民做主 主持公道 公道 帮助 帮忙 给予帮助 援助 指导 解答 解释 明示 批示 审阅 采纳 受理 "
       "转办 转交 交办 联系 沟通 了解 "
       "反应 改善 改进 完善 加强 规范 责成 看看 看一看 看一下 排查 检查 严查 彻查 查办 惩处 严惩 问责 安排 考虑 明察 "
       "处罚 阅处 协商 协助 支持 理解 还我们公道"},
      {kEmpty,
       "相关 有关 职能 主管 属地 上级 各级 当地 本地 贵 你 您 你们 您们 我市 我区 我县 本市 市里 区里 县里 市 区 县 镇 "
       "乡 村 街道 社区 政府 党委 部门 单位 领导 机关 机构 局 贵局 贵单位 贵部门 贵办 贵院 "
       "工作人员 人员 同志 同志们 专人 热线 12345 市长热线 方面 组织 信访局 信访办 信访部门 市领导 区领导 县领导 "
       "上级领导 各级领导 各位领导 有关领导 市长 书记 县长 区长 局长 主任 政府部门 "
       "执法部门 监管部门 主管部门 职能部门 相关部门 有关部门 相关单位 有关单位 上级部门 上级政府 属地政府 "
       "相关职能部门 有关职能部门 相关负责人 负责人 相关人员 承办单位 "
       "的 地 得 能 能够 可以 可 会 要 给予 予以 给 给个 给一个 给我 给我们 替 替我们 为 为我 为我们 帮 帮我 帮我们 "
       "帮助我们 尽快 尽早 早日 早点 快点 赶快 赶紧 及时 立即 立刻 马上 即刻 抓紧 从速 迅速 速 加快 "
       "从快 依法 依规 依法依规 依照规定 按规定 按照规定 严肃 严格 认真 妥善 彻底 切实 真正 全力 积极 有效 合理 公平 "
       "公正 高度 引起 引起重视 牵头 来人 派人 派员 上门 现场 实地 到现场 前往 下来 过来 来 去 到 "
       "并 并且 和 及 以及 与 或 或者 同时 且 将 把 让 使 叫 后 前 再 又 也 都 还 此 该 这 这个 这些 这种 这样 那 其 "
       "上述 以上 此类 该类 问题 情况 事 事情 事项 事宜 事件 现象 诉求 意见 结果 原因 依据 进展 进度 "
       "进行 作出 做出 书面 电话 短信 以 对 对此 就 就此 对于 关于 一下 下 一个 个 明确 具体 准确 满意 合理的 明确的 "
       "正面 最终 答案 时间 了 吧 呢 啊 呀 哦 吗 嘛 我 我们 我家 本人 来电人 来访人 来信人 投诉人 信访人 反映人 "
       "群众 人民群众 老百姓 百姓 百姓们 广大 业主 业主们 村民 居民 市民 大家 农民 家长 住户 合法 权益 合法权益 利益 "
       "切身利益 实际 困难 一起 到底 究竟 一定 务必 必须 尽量 尽可能 抽空 百忙之中 在百忙之中 百忙中 中 里 "
       "在 从 向 由 跟 有 是 不 没 如 若 因此 所以 故 特此 特 现 现在 目前 最好 多多 多 好 好好 非常 十分 特别 "
       "关注一下 早 出面 加以 加大 力度 工作 责任 相关责任 责任人 有 人 谁 老人家 着 想想 办法 想办法 一  "
       "处理结果 办理结果 调查结果 核实情况 处理意见 "
       ", 、 : \" ' ( ) - ~ . [ ] 《 》 ·"},
      {kThank,
       "谢谢 谢谢了 多谢 感谢 万分感谢 非常感谢 十分感谢 不胜感激 感激不尽 感激 为盼 为荷 为谢 是盼 急盼 盼复 盼回复 "
       "盼答复 望回复 望答复 望采纳 望重视 望批准 敬候佳音 静候佳音 等待回复 等候回复 期待回复 期待您的回复 此致 敬礼 "
       "顺颂 "
       "祝好 敬上 打扰了 打扰 辛苦了 辛苦 拜谢 叩谢 致谢 致以 崇高 敬意 祝您工作顺利 工作顺利 身体健康 祝 万事如意 "
       "阖家幸福 以上情况属实 情况属实 属实 绝无虚言 如有不实 愿承担法律责任 愿负法律责任 愿意承担法律责任 "
       "承担法律责任 仅供参考 "
       "供参考 以上浅见 需要回复 需回复 需回电 无需回复 不需要回复 要求回复 要求回电 请回复 请回电 请保密 要求保密 "
       "个人信息保密 特此反映 特此投诉 特此举报 特此申请 特此报告 特此来信 您好 你好 你们好 大家好 领导好 早上好 "
       "下午好 上午好 晚上好 "
       "打扰您了 打扰你们了 给您添麻烦了 冒昧打扰"},
      {kAnnounce,
       "如下 反映 投诉 汇报 说明 陈述 报告 是这样的 是这样 事情经过 经过 来龙去脉 事实 如实 写信 来信 写这封信 "
       "给您写信 向您反映 怀着 无比 沉重 焦急 心情 诉求如下 情况如下 具体情况 主要内容 反映内容 诉求内容 工单内容 "
       "事件描述 "
       "问题描述 投诉内容 内容 来电内容 详情 基本情况 以下 下列"}};
  return words;
}

bool IsHan(std::string_view text, std::size_t at) {
  return CharWidth(text, at) == 3 && static_cast<unsigned char>(text[at]) >= 0xE3 &&
         !text.substr(at).starts_with("。") && !text.substr(at).starts_with("、");
}

std::size_t SkipPunctuation(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ',' || text[at] == ':' || text[at] == ' ')) ++at;
  return at;
}

int ClassAt(const WordSet& words, std::string_view text, std::size_t at, std::size_t& width) {
  const auto* word = at < text.size() ? words.LongestAt(text, at) : nullptr;
  width = word != nullptr ? word->text.size() : 0;
  return word != nullptr ? word->tag : 0;
}

// A name of up to four characters that ends in a title (关先生) or, with `untitled`, directly before a verb of telling
// (程立新反映). Answers where it ends; `at` when there is none.
std::size_t SkipName(std::string_view text, std::size_t at, bool untitled) {
  std::size_t width = 0;
  std::size_t end = at;
  for (int chars = 0; chars <= 4 && end < text.size(); ++chars) {
    const int tag = ClassAt(OpeningWords(), text, end, width);
    if (chars > 0 && tag == kTitle) return end + width;
    if (chars >= 2 && untitled && (tag == kTell || tag == kWay)) return end;
    if (!IsHan(text, end)) break;
    end += CharWidth(text, end);
  }
  return at;
}

// Reads the start of a clause word by word.
class OpenerReader {
 public:
  explicit OpenerReader(std::string_view clause) : clause_(clause) { Look(); }

  /// How much of the clause only says who tells, and that they tell: 来电人关先生反映, 市民来电称, 投诉人程立新反映:. 0
  /// when nothing does.
  std::size_t Length() {
    for (int i = 0; i < 2 && tag_ == kLead; ++i) Step();
    bool speaker = false, certain = false;
    for (int i = 0; i < 2 && (tag_ == kRole || tag_ == kCrowd); ++i) {
      speaker = true;
      certain |= tag_ == kRole;
      Step();
    }
    const std::size_t role_end = at_;
    if (const std::size_t end = SkipName(clause_, at_, certain); end > at_) {
      JumpTo(end);
      speaker = true;
    }
    const bool told = ReadTelling(speaker);
    if (told) return SkipPunctuation(clause_, at_);
    if (!certain) return 0;
    // 来电人 says nothing by itself either; the name behind it may.
    JumpTo(role_end);
    if (tag_ == kBe) Step();
    return SkipPunctuation(clause_, at_);
  }

 private:
  void Look() { tag_ = ClassAt(OpeningWords(), clause_, at_, width_); }
  void Step() { JumpTo(at_ + width_); }
  void JumpTo(std::size_t at) {
    at_ = at;
    Look();
  }

  // [来电[,]] 反映: whether it is there; stands behind it then.
  bool ReadTelling(bool speaker) {
    bool way = false;
    for (; tag_ == kWay || (way && tag_ == kLead); way = true) {
      Step();
      JumpTo(SkipPunctuation(clause_, at_));
    }
    if (tag_ != kTell) return false;
    // Without a speaker only 反映 goes; 投诉电话 and 咨询处 are nouns.
    if (!speaker && !way && !clause_.substr(at_, width_).starts_with("反映")) return false;
    Step();
    return tag_ != kNoVerb;
  }

  std::string_view clause_;
  std::size_t at_ = 0, width_ = 0;
  int tag_ = 0;
};

std::size_t OpenerLength(std::string_view clause) { return OpenerReader(clause).Length(); }

bool IsSalutation(std::string_view clause, char after, bool early) {
  std::size_t chars = 0;
  for (std::size_t i = 0; i < clause.size(); i += CharWidth(clause, i)) ++chars;
  if (chars <= 30 && (clause.starts_with("尊敬的") || clause.starts_with("敬爱的") || clause.starts_with("亲爱的")))
    return true;
  if (!early || chars > 12) return false;
  for (const std::string_view end : {"您好", "你好", "好", "同志", "领导", "书记", "市长", "县长", "区长", "局长",
                                     "镇长", "主任", "同志们", "纪委"}) {
    if (!clause.ends_with(end)) continue;
    if (end == "您好" || end == "你好") return true;
    if (after == ':') return true;
    for (const std::string_view who : {"书记好", "市长好", "县长好", "区长好", "局长好", "镇长好", "领导好", "主任好",
                                       "老师好", "同志好", "领导们好"}) {
      if (clause.ends_with(who)) return true;
    }
  }
  return false;
}

// A clause all of whose words are empty and that asks for something, thanks or announces.
bool IsEmptyClause(std::string_view clause) {
  const WordSet& words = EmptyWords();
  bool asks = false, acts = false, thanks = false, announces = false;
  for (std::size_t at = 0; at < clause.size();) {
    if (clause[at] == ' ') {
      ++at;
      continue;
    }
    const auto* word = words.LongestAt(clause, at);
    if (word == nullptr) return false;
    asks |= word->tag == kAsk;
    acts |= word->tag == kAct;
    thanks |= word->tag == kThank;
    announces |= word->tag == kAnnounce;
    at += word->text.size();
  }
  return thanks || (asks && acts) ||
         (announces &&
          (clause.find("如下") != std::string_view::npos || clause.find("这样") != std::string_view::npos ||
           clause.ends_with("内容") || clause.ends_with("描述") || clause.ends_with("信") || clause.ends_with("心情")));
}

struct Clause {
  std::string_view text;  // without its end
  std::string_view end;   // the mark that ends it, or ""
};

std::vector<Clause> Clauses(std::string_view folded) {
  std::vector<Clause> out;
  std::size_t start = 0;
  for (std::size_t at = 0; at < folded.size();) {
    const std::size_t width = CharWidth(folded, at);
    const std::string_view c = folded.substr(at, width);
    if (c == "," || c == "." || c == ":" || c == ";" || c == "!" || c == "?" || c == "\n" || c == "。") {
      const bool decimal = (c == "." || c == "," || c == ":") && at > 0 && at + 1 < folded.size() &&
                           folded[at - 1] >= '0' && folded[at - 1] <= '9' && folded[at + 1] >= '0' &&
                           folded[at + 1] <= '9';
      if (!decimal) {
        out.push_back({folded.substr(start, at - start), c});
        start = at + width;
      }
    }
    at += width;
  }
  if (start < folded.size()) out.push_back({folded.substr(start), {}});
  return out;
}

std::string_view TrimBlanks(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

std::string StripOpeners(std::string_view folded) {
  std::string out;
  out.reserve(folded.size());
  std::size_t kept = 0;
  for (const Clause& clause : Clauses(folded)) {
    std::string_view text = TrimBlanks(clause.text);
    // Each cut may uncover the next: 现市民王女士来电,来电人反映...
    for (std::size_t cut; !text.empty() && (cut = std::min(OpenerLength(text), text.size())) > 0;)
      text = TrimBlanks(text.substr(cut));
    const char after = clause.end.empty() ? '\0' : clause.end[0];
    if (text.empty() || IsSalutation(text, after, kept < 2) || IsEmptyClause(text)) {
      // The end of the sentence stays an end, whatever clause of it goes.
      if (!out.empty() && clause.end != "," && clause.end != ":" && !clause.end.empty() &&
          (out.back() == ',' || out.back() == ':')) {
        out.pop_back();
        out += clause.end;
      }
      continue;
    }
    out.append(text).append(clause.end);
    ++kept;
  }
  while (!out.empty() && (out.back() == ',' || out.back() == ':' || out.back() == ' ' || out.back() == '\n'))
    out.pop_back();
  return out;
}

}  // namespace petition::text
