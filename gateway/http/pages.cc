#include "gateway/http/pages.h"

#include "embedded/front_page.h"
#include "gateway/views.h"
#include "ledger/crypto.h"

namespace gateway::http {

using petition::Json;

namespace {

constexpr std::string_view kResultMark = "<!-- result -->";
constexpr std::string_view kStyleBegin = "<style>", kStyleEnd = "</style>";

/// Only the page's own style may act; nothing else is loaded, run or framed.
const std::string& Policy() {
  static const std::string policy = [] {
    const auto page = embedded::front_page();
    const auto begin = page.find(kStyleBegin) + kStyleBegin.size();
    const auto style = page.substr(begin, page.find(kStyleEnd) - begin);
    return "default-src 'none'; style-src 'sha256-" + ledger::Base64(ledger::AsBytes(ledger::Sha256(style))) +
           "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  }();
  return policy;
}

Answer Page(std::string_view result) {
  Answer answer;
  answer.media_type = "text/html; charset=utf-8";
  const auto page = embedded::front_page();
  const auto at = page.find(kResultMark);
  answer.body.append(page.substr(0, at)).append(result).append(page.substr(at + kResultMark.size()));
  answer.headers = {{"Content-Security-Policy", Policy()},
                    {"Referrer-Policy", "no-referrer"},
                    {"X-Frame-Options", "DENY"},
                    {"Content-Language", "zh-CN"}};
  return answer;
}

std::string Text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string Both(std::string_view state) {
  return EscapeHtml(StateText(state, false)) + " <span lang=\"en\">" + EscapeHtml(StateText(state, true)) + "</span>";
}

/// "2025-03-04T09:12:30.120+08:00" as people read it, on the clock of Beijing that all times are written by; the whole
/// of it stands in the attribute.
std::string ReadableTime(const std::string& at) {
  constexpr std::size_t kMinutes = 16;
  auto shown = at.substr(0, kMinutes);
  if (shown.size() == kMinutes && shown[10] == 'T') shown[10] = ' ';
  return "<time datetime=\"" + EscapeHtml(at) + "\">" + EscapeHtml(shown) + "</time>";
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

Answer FrontPageAnswer() {
  auto answer = Page("");
  answer.headers.emplace_back("Cache-Control", "public, max-age=300");
  return answer;
}

Answer ResultPage(const Json& progress) {
  if (!progress.is_object()) {
    auto answer = Page(
        "<section class=\"result\" role=\"status\"><h2>没有查到 <span lang=\"en\">Nothing "
        "found</span></h2><p>编号与查询码不符，或没有这个编号。请对照回执核对后再试。</p>"
        "<p lang=\"en\">No submission has this number and query code. Please check them against your "
        "receipt.</p></section>");
    answer.status = 404;
    return answer;
  }
  std::string result = "<section class=\"result\" role=\"status\"><h2>" + Both(Text(progress, "state")) +
                       "</h2><dl><dt>登记编号 <span lang=\"en\">Number</span></dt><dd>" +
                       EscapeHtml(Text(progress, "intakeNo")) +
                       "</dd><dt>登记时间 <span lang=\"en\">Registered</span></dt><dd>" +
                       ReadableTime(Text(progress, "registeredAt")) + "</dd></dl>";
  if (!progress["events"].empty()) {
    result += "<ol>";
    for (const auto& event : progress["events"]) {
      result += "<li><strong>" + Both(Text(event, "event")) + "</strong> " + ReadableTime(Text(event, "at"));
      if (event.contains("shared"))
        result += " <em>对同一事项的答复 <span lang=\"en\">Answer for the same matter</span></em>";
      if (const auto text = Text(event, "text"); !text.empty()) result += "<p>" + EscapeHtml(text) + "</p>";
      result += "</li>";
    }
    result += "</ol>";
  }
  return Page(result + "</section>");
}

Answer ReceiptResultPage(const ReceiptChecked& checked, const std::string& registered_at) {
  using State = ReceiptChecked::Outcome;
  if (checked.outcome == State::kUnreadable) {
    auto answer = Page(
        "<section class=\"result\" role=\"status\"><h2>看不出这是一份回执 <span lang=\"en\">This is no "
        "receipt</span></h2><p>请把回执的全部内容粘贴进来，从第一个字符到最后一个字符。</p><p lang=\"en\">Please paste "
        "the whole receipt, from its first to its last character.</p></section>");
    answer.status = 422;
    return answer;
  }
  if (checked.outcome == State::kBroken) {
    return Page(
        "<section class=\"result\" role=\"status\"><h2>这份回执对不上 <span lang=\"en\">The receipt does not "
        "hold</span></h2><p>它不是本中心出具的，或者内容被改动过。请带上原件到登记的窗口核对。</p><p lang=\"en\">It "
        "was "
        "not given by this office, or it was changed. Please show the original at the desk where you "
        "registered.</p></section>");
  }
  std::string result =
      "<section class=\"result\" role=\"status\"><h2>回执是真的，登记在账 <span lang=\"en\">The receipt is "
      "good</span></h2><p>您反映的事项已经登记在公开账本上，登记之后没有被改动，也没有被删除。</p><p "
      "lang=\"en\">Your matter is on the public ledger; it was neither changed nor taken out since.</p><dl>";
  if (!checked.intake_no.empty()) {
    result += "<dt>登记编号 <span lang=\"en\">Number</span></dt><dd>" + EscapeHtml(checked.intake_no) + "</dd>";
  }
  if (!registered_at.empty()) {
    result += "<dt>登记时间 <span lang=\"en\">Registered</span></dt><dd>" + ReadableTime(registered_at) + "</dd>";
  }
  return Page(result + "<dt>账本序号 <span lang=\"en\">Place in the ledger</span></dt><dd>" +
              std::to_string(checked.index) + "</dd></dl></section>");
}

}  // namespace gateway::http
