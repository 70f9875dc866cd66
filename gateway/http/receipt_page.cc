#include "gateway/http/receipt_page.h"

#include "gateway/http/pages.h"
#include "gateway/qr_code.h"
#include "ledger/crypto.h"
#include "petition/json.h"

namespace gateway::http {
namespace {

constexpr std::string_view kStyle =
    "body{font:16px/1.6 \"Noto Sans CJK SC\",\"Source Han Sans SC\",sans-serif;max-width:44rem;margin:2rem "
    "auto;padding:0 1rem;color:#111}h1{font-size:1.5rem}dl{display:grid;grid-template-columns:max-content "
    "1fr;gap:.2rem 1.2rem}dt{color:#555}dd{margin:0;overflow-wrap:anywhere}figure{margin:1.5rem 0;width:9cm;max-width:"
    "100%}pre{font-size:9px;line-height:1.3;white-space:pre-wrap;overflow-wrap:anywhere}.small{color:#555;font-size:"
    ".85rem}@media print{body{margin:0;max-width:none}}";

std::string ReceiptPolicy() {
  return "default-src 'none'; style-src 'sha256-" + ledger::Base64(ledger::AsBytes(ledger::Sha256(kStyle))) +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

std::string LabelledRow(std::string_view chinese, std::string_view english, std::string_view value) {
  return "<dt>" + std::string(chinese) + " <span lang=\"en\">" + std::string(english) + "</span></dt><dd>" +
         EscapeHtml(value) + "</dd>";
}

}  // namespace

std::string ReceiptProofText(const Receipt& receipt) {
  const std::size_t first = receipt.proof.find('\n');
  if (first == std::string::npos) return receipt.proof;
  const std::string extra =
      petition::CanonicalJson(petition::Json{{"entry", receipt.entry}, {"intakeNo", receipt.intake_no}});
  return receipt.proof.substr(0, first + 1) + "extra " + ledger::Base64(extra) + "\n" + receipt.proof.substr(first + 1);
}

Answer ReceiptPage(const Receipt& receipt, std::string_view origin, std::string_view vkey, bool with_query_code) {
  const std::string proof = ReceiptProofText(receipt);
  std::string page =
      "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>登记回执 " +
      EscapeHtml(receipt.intake_no) + "</title><style>" + std::string(kStyle) +
      "</style></head><body><h1>登记回执 <span lang=\"en\">Receipt</span></h1><dl>";
  page += LabelledRow("登记编号", "Number", receipt.intake_no);
  if (with_query_code) page += LabelledRow("查询码", "Query code", receipt.query_code);
  page += LabelledRow("登记时间", "Registered", petition::FormatTime(receipt.registered_at));
  page += LabelledRow("账本", "Ledger", origin);
  page += LabelledRow("账本序号", "Place in the ledger", std::to_string(receipt.ledger_index));
  page += LabelledRow("条目哈希", "Leaf hash", receipt.leaf_hash);
  page += LabelledRow("账本公钥", "Key of the ledger", vkey);
  page += "</dl>";
  // A very deep tree's proof would be too much for one code: then the text alone does.
  if (const auto code = QrSvg(proof, "tlog-proof"); code.ok())
    page +=
        "<figure>" + *code +
        "<figcaption class=\"small\">扫码得到完整的账本证明，无需联网即可用账本公钥核验。 <span lang=\"en\">The whole "
        "proof (C2SP tlog-proof): checked with the ledger's key, without asking anybody.</span></figcaption></figure>";
  page += "<pre>" + EscapeHtml(proof) + "</pre></body></html>";
  Answer answer;
  answer.media_type = "text/html; charset=utf-8";
  answer.body = std::move(page);
  answer.headers = {{"Content-Security-Policy", ReceiptPolicy()},
                    {"Referrer-Policy", "no-referrer"},
                    {"X-Frame-Options", "DENY"},
                    {"Cache-Control", "no-store"},
                    {"Content-Language", "zh-CN"}};
  return answer;
}

}  // namespace gateway::http
