#include "gateway/oversight/drill/leaks.h"

#include <algorithm>
#include <random>

namespace gateway::drill {

std::vector<Planted> PlanLeaks(std::int64_t days, std::uint64_t seed) {
  const auto one = [](Leak leak, const char* name, const char* title, const char* source,
                      std::vector<std::string> kinds, std::int64_t lasts = 1) {
    Planted planted;
    planted.leak = leak;
    planted.name = name;
    planted.title = title;
    planted.source = source;
    planted.kinds = std::move(kinds);
    planted.days = lasts;
    return planted;
  };
  std::vector<Planted> plan{
      one(Leak::kGivenUp, "given_up", "五次后放弃", "portal", {"missing_here", "serial_gap"}),
      one(Leak::kNoUpperNumber, "no_upper_number", "无上级编号被跳过", "housing", {"missing_here", "serial_gap"}),
      one(Leak::kWindow90, "window_90", "只回看90天", "housing", {"missing_here"}),
      one(Leak::kSilentWeek, "silent_week", "一周无件", "street", {"silence", "slump", "manifest_missing"}, 7),
      one(Leak::kDeletedThere, "deleted_there", "来源删件", "housing", {"missing_there"}),
      one(Leak::kDeletedHere, "deleted_here", "本中心删件", "portal", {"missing_here"}),
      one(Leak::kTimeoutAfterCommit, "timeout_after_commit", "提交后超时重发", "portal", {"missing_there"}),
      one(Leak::kCutFile, "cut_file", "文件被截断", "portal", {"missing_here", "cut_register", "serial_gap"}),
      one(Leak::kRenumbered, "renumbered", "来源改编号", "letters", {"renumbered", "serial_gap"}, 3),
      one(Leak::kCallWithoutCase, "call_without_case", "有话单无工单", "hotline", {"call_without_case"}),
      one(Leak::kStoppedMailbox, "stopped_mailbox", "邮箱停收", "mailbox", {"mail_without_case", "silence", "slump"},
          5),
      one(Leak::kEditedText, "edited_text", "正文被改", "housing", {"differs"}),
      one(Leak::kNumberUnused, "number_unused", "登记后未移交", "letters", {"serial_gap", "mail_without_case"}),
      one(Leak::kClosedUnregistered, "closed_unregistered", "未登记先办结", "hotline", {"closed_unregistered"}),
      one(Leak::kRefusedForGood, "refused_for_good", "拒收后无人处理", "housing",
          {"refused", "missing_here", "serial_gap"}),
      one(Leak::kTransferLoop, "transfer_loop", "来回转送", "portal", {"transfer_loop"}),
      one(Leak::kClosedWithoutReply, "closed_without_reply", "未答复即办结", "hotline", {"closed_without_reply"}),
  };
  // What a source is like is learnt first; the rest of the time is shared out evenly, so that no two of one source
  // meet.
  constexpr std::int64_t kLearning = 25, kTail = 8;
  std::mt19937_64 random(seed);
  for (std::size_t at = plan.size() - 1; at > 0; --at) std::swap(plan[at], plan[random() % (at + 1)]);
  // The new numbering has to be learnt before a number of it can be missed.
  const auto at_of = [&](Leak leak) {
    return std::find_if(plan.begin(), plan.end(), [leak](const Planted& planted) { return planted.leak == leak; });
  };
  if (at_of(Leak::kRenumbered) < at_of(Leak::kNumberUnused))
    std::swap(*at_of(Leak::kRenumbered), *at_of(Leak::kNumberUnused));
  const auto span = std::max<std::int64_t>(days - kLearning - kTail, static_cast<std::int64_t>(plan.size()));
  for (std::size_t at = 0; at < plan.size(); ++at)
    plan[at].day = kLearning + static_cast<std::int64_t>(at) * span / static_cast<std::int64_t>(plan.size());
  // It takes five weeks of items alike until it shows.
  auto constant = one(Leak::kConstantFlag, "constant_flag", "初次标志恒为真", "street", {"constant_field"}, days);
  constant.day = 14;
  plan.insert(plan.begin(), std::move(constant));
  return plan;
}

}  // namespace gateway::drill
