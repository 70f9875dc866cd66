// SOAP envelopes and the documents in them from any bytes: what is read is within its bounds, and escapes survive.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/soap/document.h"
#include "adapters/soap/envelope.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

std::size_t Depth(const adapters::xml::Element& element) {
  std::size_t depth = 0;
  for (const auto& child : element.children) depth = std::max(depth, Depth(child));
  return depth + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace adapters;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto root = xml::ParseBytes(bytes); root.ok()) {
    Require(Depth(*root) <= xml::Limits{}.depth);
    const auto again = xml::ParseText("<a>" + xml::Escape(root->text) + "</a>");
    Require(again.ok());
  }
  (void)soap::ReadDocument(bytes);
  const std::string envelope =
      "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><Submit><xml>" + std::string(bytes) +
      "</xml></Submit></e:Body></e:Envelope>";
  if (const auto read = soap::ReadEnvelope(envelope, "text/xml"); read.ok())
    (void)soap::ReadPayload(read->operation, "xml");
  const auto fault =
      soap::WriteFault(soap::Version::k12, true, petition::Invalid(std::string(bytes), std::string(bytes)));
  (void)xml::ParseBytes(fault);
  return 0;
}
