#include "adapters/soap/envelope.h"

#include <openssl/evp.h>

#include "adapters/text/form.h"
#include "ledger/crypto.h"
#include "petition/base64.h"

namespace adapters::soap {
namespace {

using petition::Invalid;

constexpr std::string_view kSoap11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kSoap12 = "http://www.w3.org/2003/05/soap-envelope";

bool IsTrue(const std::string& text) { return text == "1" || text == "true"; }

// <wsse:Security><wsse:UsernameToken><Username/><Password Type="...#PasswordDigest"/><Nonce/><wsu:Created/>
std::optional<UsernameToken> ReadToken(const xml::Element& security) {
  const xml::Element* element = security.Child("UsernameToken");
  if (element == nullptr) return std::nullopt;
  UsernameToken token;
  token.username = element->ChildText("Username");
  token.nonce = element->ChildText("Nonce");
  token.created = element->ChildText("Created");
  if (const auto* password = element->Child("Password")) {
    token.password = password->text;
    token.digest = password->Attribute("Type").ends_with("#PasswordDigest");
  }
  return token;
}

petition::Status ReadHeader(const xml::Element& header, Envelope& envelope) {
  for (const auto& block : header.children) {
    if (block.name == "Security") {
      envelope.token = ReadToken(block);
    } else if (IsTrue(block.Attribute("mustUnderstand"))) {
      return Invalid("soap_must_understand", "a header block that must be understood is not known here");
    }
  }
  return petition::Ok();
}

std::string Sha1(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha1(), nullptr) != 1) return {};
  return {reinterpret_cast<const char*>(digest), length};
}

std::string Words(const petition::Error& error) {
  std::string words = error.Reason() + ": " + error.message;
  for (const auto& field : error.fields) words += "; " + field.pointer + " " + field.message;
  return xml::Escape(words);
}

}  // namespace

petition::Result<Envelope> ReadEnvelope(std::string_view body, std::string_view content_type) {
  if (MediaTypeOf(content_type).starts_with("multipart/"))
    return Invalid("soap_multipart",
                   "SOAP with attachments (MTOM) is not taken: put attachments first, by their sha256");
  GUIYI_TRY(auto root, xml::ParseBytes(body, ParameterOf(content_type, "charset")));
  Envelope envelope;
  if (root.name != "Envelope" || (root.space != kSoap11 && root.space != kSoap12))
    return Invalid("soap_version", "the body is no SOAP 1.1 or 1.2 envelope");
  envelope.version = root.space == kSoap11 ? Version::k11 : Version::k12;
  for (auto& part : root.children) {
    if (part.space != root.space) continue;
    if (part.name == "Header") GUIYI_CHECK(ReadHeader(part, envelope));
    if (part.name != "Body") continue;
    if (part.children.size() != 1) return Invalid("soap_invalid", "the SOAP body must hold one element");
    envelope.operation = std::move(part.children.front());
  }
  if (envelope.operation.name.empty()) return Invalid("soap_invalid", "the SOAP body is missing");
  return envelope;
}

Version VersionOf(std::string_view content_type) {
  return MediaTypeOf(content_type) == "application/soap+xml" ? Version::k12 : Version::k11;
}

std::string ContentTypeOf(Version version) {
  return version == Version::k11 ? "text/xml; charset=utf-8" : "application/soap+xml; charset=utf-8";
}

std::string WriteEnvelope(Version version, std::string_view inner) {
  std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<soap:Envelope xmlns:soap=\"";
  out += version == Version::k11 ? kSoap11 : kSoap12;
  out += "\"><soap:Body>";
  out += inner;
  return out + "</soap:Body></soap:Envelope>\n";
}

std::string WriteFault(Version version, bool sender, const petition::Error& error) {
  const std::string words = Words(error);
  const bool odd = error.reason == "soap_version", header = error.reason == "soap_must_understand";
  if (version == Version::k11) {
    const std::string code = odd ? "VersionMismatch" : header ? "MustUnderstand" : sender ? "Client" : "Server";
    return WriteEnvelope(version, "<soap:Fault><faultcode>soap:" + code + "</faultcode><faultstring>" + words +
                                      "</faultstring><detail><code>" + xml::Escape(error.Reason()) +
                                      "</code></detail></soap:Fault>");
  }
  const std::string code = odd ? "VersionMismatch" : header ? "MustUnderstand" : sender ? "Sender" : "Receiver";
  return WriteEnvelope(version, "<soap:Fault><soap:Code><soap:Value>soap:" + code +
                                    "</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">" + words +
                                    "</soap:Text></soap:Reason><soap:Detail><code>" + xml::Escape(error.Reason()) +
                                    "</code></soap:Detail></soap:Fault>");
}

bool TokenIsRight(const UsernameToken& token, std::string_view username, std::string_view password, petition::Time now,
                  std::chrono::seconds age_max) {
  if (!ledger::ConstantTimeEqual(token.username, username)) return false;
  if (!token.digest) return ledger::ConstantTimeEqual(token.password, password);
  const auto created = petition::ParseTime(token.created);
  const auto nonce = petition::DecodeBase64(token.nonce);
  if (!created.ok() || !nonce || *created > now + age_max || *created < now - age_max) return false;
  const auto expected = petition::EncodeBase64(Sha1(*nonce + token.created + std::string(password)));
  return ledger::ConstantTimeEqual(token.password, expected);
}

}  // namespace adapters::soap
