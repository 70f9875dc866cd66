#include "dedup/acts.h"

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dedup/phrases.h"
#include "dedup/profile.h"

namespace dedup {
namespace {

using View = std::u32string_view;

// Verbs of handing in, as they end a reference to it: 反映过, 投诉过 ...
constexpr View kHandedIn[] = {
    U"信访大厅",  U"接待大厅",   U"去过信访", U"提交过诉求", U"报的",     U"找过信访", U"前几天打", U"我曾",
    U"反映过",    U"投诉过",     U"举报过",   U"写过信",     U"寄过信",   U"来过信",   U"登记过",   U"提过",
    U"打过12345", U"打过热线",   U"打过电话", U"打了12345",  U"拨打过",   U"报过",     U"访过",     U"发过",
    U"提交过",    U"曾反映",     U"曾投诉",   U"曾来信",     U"曾向",     U"曾就",     U"上次反映", U"之前反映",
    U"前期反映",  U"此前反映",   U"之前打",   U"之前投诉",   U"上次投诉", U"前期投诉", U"前信",     U"再次提交",
    U"二次提交",  U"再次反映",   U"再次来",   U"再次向",     U"再访",     U"我的信",   U"我写信",   U"实名反映",
    U"就其",      U"在网上反映", U"网上投诉", U"在网上发过", U"投诉了",   U"交了材料", U"已在网上", U"反映后",
    U"投诉之后",  U"反映之后",   U"投诉以后", U"寄信",       U"写了信",   U"信寄",     U"说过一次", U"的信访",
    U"前面的信",  U"材料已",     U"已经反映", U"已反映",     U"已投诉",   U"多次反映", U"多次投诉", U"反映了",
    U"我打12345", U"打12345",    U"上一条",   U"上封信",     U"诉求过",   U"微信报",   U"信收到",   U"登记时",
    U"我提"};
constexpr View kAnswered[] = {U"答复",     U"回复",   U"蒙复",     U"复称", U"办结", U"结案",     U"结了案",
                              U"调解协议", U"承诺书", U"处理意见", U"回音", U"回电", U"工单显示", U"被驳回"};
// An answer asked for, not one given: 请答复, 盼复, 未回复.
constexpr View kAnswerWanted[] = {U"核实回复", U"处理并回复", U"请答复",   U"请回复",   U"并回复",       U"尽快回复",
                                  U"尽快答复", U"部门答复",   U"部门回复", U"给予答复", U"给予回复",     U"给个答复",
                                  U"希望回复", U"没有回复",   U"未回复",   U"没回复",   U"限期答复",     U"没有答复",
                                  U"未答复",   U"未给答复",   U"没回音",   U"没有回音", U"还没收到回音", U"书面答复",
                                  U"书面回复", U"局答复",     U"望回复",   U"望答复",   U"请求答复"};
constexpr View kAsks[] = {U"进展",       U"进度",         U"办到哪",       U"处理情况",   U"转到哪",     U"受理告知",
                          U"有没有受理", U"怎么交",       U"是否立案",     U"到什么程度", U"有没有说法", U"怎么还没",
                          U"为什么还没", U"还没有到",     U"处理得怎么样", U"有结果吗",   U"有没有结果", U"到底管不管",
                          U"请告知",     U"查到没有",     U"办理情况",     U"到哪一步",   U"哪一步",     U"现在怎么样",
                          U"受理了没",   U"何时能有结果", U"催办",         U"催问",       U"尽快办理",   U"还要等多久",
                          U"为什么还在", U"没有动静",     U"没人处理",     U"没人联系",   U"没人管"};
constexpr View kAdds[] = {U"补充材料", U"补交",   U"补正",     U"补材料", U"补充提交", U"补充:",  U"补充：", U"再补充",
                          U"现补充",   U"附件",   U"随信附",   U"附上",   U"附照片",   U"录音",   U"录像",   U"视频补",
                          U"拍了视频", U"照片已", U"拍照交",   U"流水",   U"复印件",   U"原件",   U"找到了", U"证据",
                          U"一并转",   U"请并入", U"请与前期", U"截图",   U"补上",     U"发过来", U"证明",   U"清单",
                          U"鉴定意见", U"出示",   U"视频",     U"照片"};
constexpr View kTitleAdds[] = {U"补充", U"补交", U"补材料", U"补正",   U"追加", U"进展", U"进度", U"催",
                               U"记录", U"证据", U"录音",   U"复印件", U"鉴定", U"材料", U"咨询"};
constexpr View kAgain[] = {U"又",   U"再次",   U"仍",   U"依然", U"还是",   U"还在", U"反复",
                           U"再度", U"第二次", U"复建", U"空话", U"未兑现", U"又来", U"再陈"};
constexpr View kCameBack[] = {U"又坏",   U"又停",   U"又断", U"又漏", U"又堵", U"又开始", U"又不", U"又没", U"又被",
                              U"又出现", U"再次",   U"反复", U"复发", U"复建", U"依旧",   U"依然", U"反弹", U"老样子",
                              U"还是不", U"还是没", U"仍然", U"仍未", U"又来", U"又塌",   U"又沉", U"又坑"};
// Over and done, as a new trouble is introduced; what has come back (kCameBack) is not over.
constexpr View kSolved[] = {U"修好后", U"修好之后", U"已修好", U"已经修好", U"修复后",   U"已修复",   U"修完后",
                            U"换好后", U"已换好",   U"换好了", U"拆走了",   U"已拆除",   U"已经拆",   U"搬走了",
                            U"搬走后", U"解决后",   U"解决了", U"已解决",   U"已经解决", U"处理好了", U"补发了",
                            U"已补发", U"发下来了", U"恢复了", U"恢复后",   U"整改完",   U"装好后",   U"通水后",
                            U"通气后", U"通电后",   U"结清了", U"已结清"};
constexpr View kNotSolved[] = {U"没解决", U"未解决",   U"没有解决", U"不解决",  U"没修好",
                               U"未修好", U"没有修好", U"解决了没", U"修好了没"};
constexpr View kDemands[] = {U"要求", U"诉求", U"请求", U"请", U"希望", U"恳请", U"盼", U"望", U"建议"};
constexpr View kHandling[] = {U"泄露",     U"走漏",     U"转给被举报", U"工作人员态度",     U"投诉热线",
                              U"接线员",   U"答复敷衍", U"经办人态度", U"不作为的工作人员", U"工单被",
                              U"办案人员", U"处理人员"};
constexpr View kOthers[] = {U"有没有邻居", U"我们班", U"群里",     U"业主群", U"很多人",     U"多户",     U"还有很多",
                            U"一起的",     U"邻居",   U"同类投诉", U"大家",   U"我也来反映", U"群里转的", U"其他业主"};

enum ActList : std::uint8_t {
  kInHandedIn,
  kInAnswered,
  kInAnswerWanted,
  kInAsks,
  kInAdds,
  kInTitleAdds,
  kInAgain,
  kInCameBack,
  kInSolved,
  kInNotSolved,
  kInDemands,
  kInHandling,
  kInOthers,
  kLists
};

struct ActWords {
  Phrases phrases;
  std::vector<ActList> lists;  // each word's
};
const ActWords& WordsOfActs() {
  static const auto* const words = [] {
    std::vector<std::u32string> all;
    std::vector<ActList> lists;
    const auto take = [&](std::span<const View> of, ActList list) {
      all.insert(all.end(), of.begin(), of.end());
      lists.insert(lists.end(), of.size(), list);
    };
    take(kHandedIn, kInHandedIn);
    take(kAnswered, kInAnswered);
    take(kAnswerWanted, kInAnswerWanted);
    take(kAsks, kInAsks);
    take(kAdds, kInAdds);
    take(kTitleAdds, kInTitleAdds);
    take(kAgain, kInAgain);
    take(kCameBack, kInCameBack);
    take(kSolved, kInSolved);
    take(kNotSolved, kInNotSolved);
    take(kDemands, kInDemands);
    take(kHandling, kInHandling);
    take(kOthers, kInOthers);
    return new ActWords{Phrases(std::move(all)), std::move(lists)};
  }();
  return *words;
}

// How often words of each list are met.
std::array<std::size_t, kLists> CountWords(View text) {
  const ActWords& words = WordsOfActs();
  std::array<std::size_t, kLists> met{};
  for (std::size_t at = 0; at < text.size(); ++at)
    words.phrases.EachAt(text, at, [&](std::size_t word) { ++met[words.lists[word]]; });
  return met;
}

}  // namespace

std::uint32_t FindActs(View title, View content) {
  std::u32string all(title);
  all += U'\n';
  all += content;
  const auto met = CountWords(all);
  std::uint32_t acts = 0;
  if (met[kInHandedIn] > 0) acts |= kActRefersBack;
  if (met[kInAnswered] > met[kInAnswerWanted]) acts |= kActQuotesAnswer;
  if (met[kInAsks] > 0) acts |= kActAsksProgress;
  if (met[kInAdds] > 0) acts |= kActAddsEvidence;
  if (met[kInSolved] > 0 && met[kInNotSolved] == 0 && met[kInCameBack] == 0) acts |= kActSaysSolved;
  if (CountWords(title)[kInTitleAdds] > 0) acts |= kActTitleAdds;
  if (met[kInAgain] > 0) acts |= kActAgain;
  if (met[kInDemands] > 0) acts |= kActDemands;
  if (met[kInHandling] > 0) acts |= kActAboutHandling;
  if (met[kInOthers] > 0) acts |= kActOthersToo;
  return acts;
}

}  // namespace dedup
