#include "gateway/oversight/words.h"

#include "gateway/views.h"

namespace gateway {

namespace {

struct CodeWord {
  std::string_view group, code, word;
};
// As the console's zh.json has them; a test holds them together.
constexpr CodeWord kCodeWords[] = {
    {"relation", "new", "新件"},
    {"relation", "resend", "重发"},
    {"relation", "revision", "修订"},
    {"relation", "duplicate", "重复"},
    {"relation", "supplement", "补充催办"},
    {"relation", "repeat", "办结后再访"},
    {"relation", "joint", "他人同事"},
    {"mode", "new", "单独成案"},
    {"mode", "auto", "自动认定"},
    {"mode", "review", "待人工判定"},
    {"channel", "portal", "网上信访"},
    {"channel", "hotline", "12345 热线"},
    {"channel", "letter", "来信"},
    {"channel", "email", "电子邮件"},
    {"channel", "visit", "来访"},
    {"channel", "wechat", "微信"},
    {"channel", "sms", "短信"},
    {"channel", "app", "手机应用"},
    {"channel", "department", "部门系统"},
    {"channel", "leader_mailbox", "领导信箱"},
    {"channel", "upper_transfer", "上级转送"},
    {"channel", "other", "其他"},
    {"verdict", "same", "同一事项"},
    {"verdict", "related", "相关，不并案"},
    {"verdict", "different", "不是同一事项"},
    {"lamp", "red", "超期"},
    {"lamp", "yellow", "临期"},
    {"lamp", "green", "正常"},
    {"lamp", "paused", "暂停"},
    {"lamp", "stopped", "已停"},
    {"lamp", "unknown", "无法计算"},
    {"exceptionKind", "missing_here", "来源有、本处无"},
    {"exceptionKind", "missing_there", "本处有、来源无"},
    {"exceptionKind", "differs", "内容不一致"},
    {"exceptionKind", "counted_twice", "重复计数"},
    {"exceptionKind", "cut_register", "台账不完整"},
    {"exceptionKind", "manifest_missing", "未交台账"},
    {"exceptionKind", "serial_gap", "编号断号"},
    {"exceptionKind", "renumbered", "编号重排"},
    {"exceptionKind", "silence", "来源静默"},
    {"exceptionKind", "slump", "来件骤减"},
    {"exceptionKind", "call_without_case", "有来电无登记"},
    {"exceptionKind", "mail_without_case", "有信件无登记"},
    {"exceptionKind", "named_not_registered", "被提到而未登记"},
    {"exceptionKind", "closed_unregistered", "已办结而未登记"},
    {"exceptionKind", "refused", "被拒收"},
    {"exceptionKind", "parked", "转送搁置"},
    {"exceptionKind", "unacknowledged", "国家系统未确认"},
    {"exceptionKind", "transfer_loop", "反复转送"},
    {"exceptionKind", "urgent", "紧急件"},
    {"exceptionKind", "future_time", "时间在将来"},
    {"exceptionKind", "closed_without_reply", "未答复即办结"},
    {"exceptionKind", "date_changed", "收到日期被改"},
    {"exceptionKind", "constant_field", "字段恒定"},
    {"exceptionKind", "calendar_missing", "缺节假日表"},
    {"exceptionKind", "altered", "被改动"},
};

}  // namespace

std::string WordFor(std::string_view group, std::string_view code) {
  if (group == "state") return std::string(StateText(code, false));
  for (const auto& row : kCodeWords) {
    if (row.group == group && row.code == code) return std::string(row.word);
  }
  return std::string(code);
}

}  // namespace gateway
