#include "gateway/http/problem.h"

#include <array>

#include "gateway/refusals.h"

namespace gateway::http {

using petition::Code;
using petition::Error;
using petition::Json;

namespace {

struct CodeRow {
  Code code;
  int status;
  const char* title_zh;
  const char* title_en;
};

constexpr std::array<CodeRow, 8> kCodes{{
    {Code::kInvalid, 400, "请求有误", "The request is wrong"},
    {Code::kUnauthorized, 401, "未获授权", "Not authorised"},
    {Code::kNotFound, 404, "未找到", "Not found"},
    {Code::kConflict, 409, "与已有记录冲突", "Conflicts with what is stored"},
    {Code::kPushback, 503, "暂时繁忙,请稍后再试", "Too much at the moment: come back later"},
    {Code::kUnavailable, 503, "暂时不可用,请稍后再试", "Not available at the moment"},
    {Code::kCorrupt, 500, "存储数据异常", "Stored data is damaged"},
    {Code::kInternal, 500, "系统内部错误", "Internal error"},
}};

struct ReasonRow {
  std::string_view reason;
  int status;  // 0: that of the code
  const char* detail_zh;
};

// Reasons with a status or Chinese words of their own. A reason that is not here is answered with its own message.
constexpr auto kReasons = std::to_array<ReasonRow>({
    {"json_invalid", 400, "请求体不是合法的 JSON"},
    {"json_not_object", 422, "应为一个 JSON 对象"},
    {"content_missing", 422, "标题、内容和附件不能全部为空"},
    {"fields_invalid", 422, "部分字段有误,详见 errors"},
    {"type", 422, "字段类型不对"},
    {"type_wrong", 422, "字段类型不对"},
    {"too_long", 422, "字段过长"},
    {"too_many", 422, "数量过多"},
    {"unknown_value", 422, "取值不在允许范围内"},
    {"time_invalid", 422, "时间应为带时区的 RFC 3339 格式"},
    {"control_character", 422, "含有不允许的控制字符"},
    {"attachment_missing", 422, "所引用的附件尚未上传"},
    {"digest_mismatch", 422, "内容与所给的 SHA-256 不一致"},
    {"digest_invalid", 400, "SHA-256 应为 64 位小写十六进制"},
    {"field_missing", 422, "缺少必填字段"},
    {"question_incomplete", 422, "须同时给出证件号码和姓名,或给出查询码"},
    {"cursor_invalid", 400, "游标无效"},
    {"calendar_invalid", 422, "节假日表有误"},
    {"codes_invalid", 422, "代码表有误"},
    {"form_malformed", 400, "表单无法读取"},
    {"limit_invalid", 400, "limit 应为 1 起的整数"},
    {"sort_unknown", 400, "这份清单不能按 sort 所给的列排序"},
    {"sort_too_many", 400, "超过 1000 行,请先筛选再排序"},
    {"too_large", 413, "内容超过大小上限"},
    {"media_type", 415, "不支持的内容类型"},
    {"body_incomplete", 400, "请求体在传输中断开"},
    {"body_malformed", 400, "请求体的分块格式有误"},
    {"request_malformed", 400, "不是合法的 HTTP 请求"},
    {"request_incomplete", 400, "请求头在传输中断开"},
    {"headers_too_large", 431, "请求头过大或过多"},
    {"length_required", 411, "须给出 Content-Length"},
    {"target_invalid", 400, "请求路径含有不允许的字符"},
    {"version_unsupported", 505, "只支持 HTTP/1.0 和 HTTP/1.1"},
    {"expectation_failed", 417, "不支持的 Expect"},
    {"timeout", 408, "请求传输超时"},
    {"key_missing", 401, "请在 Authorization 头中提供密钥"},
    {"key_unknown", 401, "密钥无效"},
    {"source_suspended", 403, "该来源已被暂停接入"},
    {"source_not_live", 403, "该来源尚未正式启用"},
    {"key_expired", 401, "密钥已过期"},
    {"settings_not_here", 403, "接入方式与参数只能在网关本机修改"},
    {"step_not_allowed", 409, "来源状态须按 草稿、连通、试运行、正式 的次序变更"},
    {"control_totals_differ", 409, "来源自报数与试运行所收数不一致"},
    {"control_totals_missing", 422, "转为正式须有来源自报数，或说明理由"},
    {"mapping_invalid", 422, "来源文件有误"},
    {"heading_unknown", 422, "表头中有不认识的列"},
    {"unmappable", 422, "记录中有字段无法识别"},
    {"user_disabled", 403, "该账号已停用"},
    {"forbidden", 403, "该角色无权进行此操作"},
    {"source_differs", 403, "密钥属于另一来源"},
    {"no_such_route", 404, "没有这个接口"},
    {"method_not_allowed", 405, "该接口不支持此方法"},
    {"rate_limited", 429, "请求过于频繁,请稍后再试"},
    {"reason_missing", 422, "须说明理由"},
    {"missing", 422, "缺少必填内容"},
    {"unknown", 422, "取值不在允许范围内"},
    {"utf8", 422, "不是合法的 UTF-8 文本"},
    {"nul_byte", 422, "含有空字符"},
    {"base64", 422, "附件内容不是合法的 Base64"},
    {"sha256", 422, "SHA-256 应为 64 位十六进制"},
    {"number_invalid", 422, "编号或数字的格式有误"},
    {"day_invalid", 422, "日期应写作 2025-03-04"},
    {"time_future", 422, "时间不能晚于现在"},
    {"answer_missing", 422, "答复和办结须附文本或文书摘要"},
    {"attachment_invalid", 422, "有附件尚未上传或与所给的 SHA-256 不一致"},
    {"attachment_digest_mismatch", 422, "附件内容与所给的 SHA-256 不一致"},
    {"source_unknown", 0, "没有这个来源,或该来源已被暂停接入"},
    {"source_missing", 0, "须说明来源"},
    {"number_reused", 0, "该编号曾用于不同的人,请用登记号指明"},
    {"payload_dropped", 0, "保存期限已满,内容已销毁"},
    {"progress_unknown", 0, "登记号或查询码有误"},
    {"told_apart", 0, "已有人认定不是同一事项;如要推翻须明确说明"},
    {"sealed_mix", 0, "密件与普通件不得并案"},
    {"same_case", 0, "本来就在同一案件"},
    {"whole_case", 0, "案件至少须保留一件"},
    {"not_member", 0, "有的件不在该案件中"},
    {"answered", 0, "该问题已有答复"},
    {"same_seal", 0, "本来就是如此"},
    {"sign_in_failed", 401, "用户名或密码有误"},
    {"sign_in_wait", 429, "失败次数过多,请稍候再试"},
    {"session_ended", 401, "登录已失效,请重新登录"},
    {"csrf_missing", 403, "请求未通过防伪校验,请刷新页面后再试"},
    {"password_short", 422, "密码至少 10 个字符"},
    {"password_long", 422, "密码不得超过 256 字节"},
    {"own_account", 0, "不能停用自己的账号"},
    {"no_sign_in", 0, "该角色使用密钥,不登录控制台"},
    {"name_taken", 0, "名称已被使用"},
    {"name_invalid", 422, "名称为 1 至 40 个小写字母、数字或连字符"},
    {"division_invalid", 422, "行政区划代码为 6 位或 12 位数字"},
    {"role_invalid", 422, "来源系统应作为来源添加,而不是用户"},
    {"source_unexpected", 422, "只有承办人和部门用户属于某一来源"},
    {"right_not_for_role", 422, "该角色不查看信访件,不能授予此项权限"},
    {"disk_low", 0, "磁盘空间不足,请稍后再试"},
    {"not_found", 0, "没有找到"},
    {"unavailable", 0, "暂时不可用,请稍后再试"},
    {"backlog", 0, "待比对的件过多,请稍后再试"},
});

const CodeRow& RowOf(Code code) {
  for (const auto& row : kCodes) {
    if (row.code == code) return row;
  }
  return kCodes.back();
}

const ReasonRow* RowOf(std::string_view reason) {
  for (const auto& row : kReasons) {
    if (row.reason == reason) return &row;
  }
  return nullptr;
}

std::string Words(std::string_view reason, const std::string& message, Language language) {
  const auto* row = RowOf(reason);
  if (language != Language::kChinese || row == nullptr) return message;
  // Where it was wrong is told in any language.
  const std::string at = reason == "json_invalid" ? PositionIn(message) : "";
  return at.empty() ? row->detail_zh : std::string(row->detail_zh) + "（" + at + "）";
}

bool IsOurFault(Code code) { return code == Code::kCorrupt || code == Code::kInternal; }

}  // namespace

int StatusOf(const Error& error) {
  if (IsOurFault(error.code)) return 500;
  if (const auto* row = RowOf(error.reason); row && row->status) {
    // A reason never turns overload or an outage into the caller's mistake.
    if (error.code != Code::kPushback && error.code != Code::kUnavailable) return row->status;
    if (row->status == 429) return 429;
  }
  if (error.code == Code::kInvalid && !error.fields.empty()) return 422;
  return RowOf(error.code).status;
}

Json ProblemJson(const Error& error, Language language, std::optional<std::uint64_t> ledger_index) {
  const bool chinese = language == Language::kChinese;
  const auto& row = RowOf(error.code);
  const bool ours = IsOurFault(error.code);
  const std::string code = ours ? std::string(petition::CodeName(error.code)) : error.Reason();
  Json json{{"type", "urn:guiyi:problem:" + code},
            {"title", chinese ? row.title_zh : row.title_en},
            {"status", StatusOf(error)},
            {"code", code}};
  if (!ours) {
    if (auto detail = Words(code, error.message, language); !detail.empty()) json["detail"] = std::move(detail);
  }
  if (!error.fields.empty()) {
    Json errors = Json::array();
    for (const auto& field : error.fields) {
      auto message = Words(field.code, field.message, language);
      // The line of a file that was handed in is told in any language.
      const auto line = field.message.starts_with("line ") ? field.message.find(": ") : std::string::npos;
      if (line != std::string::npos && message != field.message) message = field.message.substr(0, line + 2) + message;
      errors.push_back({{"pointer", field.pointer}, {"code", field.code}, {"message", std::move(message)}});
    }
    json["errors"] = std::move(errors);
  }
  if (ledger_index) json["ledgerIndex"] = *ledger_index;
  return json;
}

Answer ProblemAnswer(const Error& error, Language language, std::optional<std::uint64_t> ledger_index) {
  Answer answer;
  answer.status = StatusOf(error);
  answer.media_type = "application/problem+json";
  answer.body = petition::DumpJson(ProblemJson(error, language, ledger_index));
  answer.problem = error.Reason();
  answer.headers.emplace_back("Content-Language", language == Language::kChinese ? "zh-CN" : "en");
  if (answer.status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"guiyi\"");
  if (answer.status == 503) answer.headers.emplace_back("Retry-After", error.code == Code::kPushback ? "5" : "30");
  if (answer.status == 429) answer.headers.emplace_back("Retry-After", "60");
  return answer;
}

Error Unauthorized() {
  return {Code::kUnauthorized, "key_missing", "a key is needed: Authorization: Bearer KEY", {}, {}};
}
Error Forbidden() { return {Code::kUnauthorized, "forbidden", "this role may not make this call", {}, {}}; }
Error TooLarge(std::uint64_t bytes_max) {
  return petition::Invalid("too_large", "larger than the " + std::to_string(bytes_max) + " bytes taken here");
}
Error WrongMediaType(std::string wanted) {
  return petition::Invalid("media_type", "the body must be " + std::move(wanted));
}
Error RateLimited() { return {Code::kPushback, "rate_limited", "too many requests: come back in a minute", {}, {}}; }

}  // namespace gateway::http
