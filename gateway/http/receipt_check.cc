#include "gateway/http/receipt_check.h"

#include <algorithm>

#include "ledger/proof.h"
#include "petition/json.h"

namespace gateway::http {
namespace {

using petition::Json;

constexpr std::string_view kExtra = "extra ";

struct ReceiptParts {
  std::string entry, proof, intake_no;
};

std::string TextIn(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void TakeFrom(const Json& json, ReceiptParts& parts) {
  if (!json.is_object()) return;
  parts.entry = TextIn(json, "entry");
  parts.intake_no = TextIn(json, "intakeNo");
}

/// The printed proof: its second line holds entry and number.
ReceiptParts PartsOfProof(std::string text) {
  ReceiptParts parts;
  const auto at = text.find(std::string("\n").append(kExtra));
  if (at == std::string::npos) return parts;
  const auto begin = at + 1 + kExtra.size();
  const auto extra = ledger::FromBase64(text.substr(begin, text.find('\n', begin) - begin));
  if (!extra.ok()) return parts;
  if (const auto json = petition::ParseJson(*extra); json.ok()) TakeFrom(*json, parts);
  parts.proof = std::move(text);
  if (!parts.proof.ends_with('\n')) parts.proof += '\n';  // what a person copies often lacks the last one
  return parts;
}

/// The proof out of a printed receipt that was saved as a page.
std::string_view OutOfPage(std::string_view text) {
  const auto begin = text.find("<pre>"), end = text.find("</pre>");
  return begin == std::string_view::npos || end == std::string_view::npos || end < begin
             ? text
             : text.substr(begin + 5, end - begin - 5);
}

ReceiptParts PartsOf(std::string_view text) {
  std::string clean(OutOfPage(text));
  if (clean.starts_with("\xEF\xBB\xBF")) clean.erase(0, 3);  // a byte order mark, as some editors save
  std::erase(clean, '\r');                                   // forms send line ends of their own
  clean.erase(0, std::min(clean.find_first_not_of(" \n\t"), clean.size()));
  if (!clean.starts_with('{')) {
    while (clean.ends_with("\n\n")) clean.pop_back();
    return PartsOfProof(std::move(clean));
  }
  ReceiptParts parts;
  if (const auto json = petition::ParseJson(clean); json.ok()) {
    TakeFrom(*json, parts);
    parts.proof = TextIn(*json, "proof");
  }
  return parts;
}

}  // namespace

ReceiptChecked CheckReceipt(std::string_view text, const ledger::VerifierKey& key) {
  const auto parts = PartsOf(text);
  ReceiptChecked checked;
  if (parts.entry.empty() || parts.proof.empty()) return checked;
  checked.intake_no = parts.intake_no;
  checked.outcome = ReceiptChecked::Outcome::kBroken;
  const auto proof = ledger::ParseProof(parts.proof);
  if (!proof.ok() || !ledger::VerifyProof(*proof, parts.entry, key).ok()) return checked;
  checked.outcome = ReceiptChecked::Outcome::kHolds;
  checked.index = proof->index;
  return checked;
}

}  // namespace gateway::http
