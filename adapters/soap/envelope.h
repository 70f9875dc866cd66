// SOAP envelopes, 1.1 and 1.2: what a call's body says, and answers and faults in the caller's own version. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/xml/element.h"
#include "petition/result.h"
#include "petition/time.h"

namespace adapters::soap {

enum class Version { k11, k12 };

/// WS-Security's UsernameToken, as it came.
struct UsernameToken {
  std::string username, password, nonce, created;
  bool digest = false;  ///< password is base64(SHA-1(nonce + created + password))
};

struct Envelope {
  Version version = Version::k11;
  xml::Element operation;  ///< the one element in the body
  std::optional<UsernameToken> token;
};

/// kInvalid: "xml_...", "soap_version" (neither namespace), "soap_invalid" (no body, or not one element in it),
/// "soap_must_understand" (a header that we must and can't), "soap_multipart" (MTOM).
petition::Result<Envelope> ReadEnvelope(std::string_view body, std::string_view content_type);

/// The version of a call whose envelope can't be read, by its content type.
Version VersionOf(std::string_view content_type);
std::string ContentTypeOf(Version version);

/// `inner` is XML: the operation's response element.
std::string WriteEnvelope(Version version, std::string_view inner);
/// `sender`: the caller's fault (Client, Sender), else ours.
std::string WriteFault(Version version, bool sender, const petition::Error& error);

/// Whether the token knows the password; a digest only within `age_max` of its making.
bool TokenIsRight(const UsernameToken& token, std::string_view username, std::string_view password, petition::Time now,
                  std::chrono::seconds age_max);

}  // namespace adapters::soap
