// The door for systems that speak SOAP 1.1 or 1.2: GET ?wsdl, and one operation by POST. Its payload is a document as
// text in one parameter (XML, often in CDATA and with a declaration that still says GBK, or JSON), or the operation's
// own elements. Systems that call an ASMX service as a form are taken, too: one field holds the document. Threads: as a
// Door.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/door.h"
#include "adapters/mapping/path.h"
#include "adapters/registry.h"

namespace adapters::soap {

enum class SoapAuth { kBearer, kUsernameToken };

struct SoapOptions {
  std::string name_space = "urn:guiyi:petitions";
  std::string operation = "Submit";
  std::string parameter = "xml";
  std::vector<std::string> elements;  ///< without a parameter: names for the WSDL
  std::string form_field = "json";
  std::optional<Path> records;  ///< where in the document its records stand; none: the document is one
  SoapAuth auth = SoapAuth::kBearer;
  std::string username, password;
  std::string public_address;  ///< for the WSDL; "": from the call's Host
  std::string source;
  /// What the answer's code says, in the caller's vocabulary.
  std::string code_done = "0", code_part = "2", code_refused = "1";
  std::size_t records_max = 500;
};

std::unique_ptr<Door> MakeSoapDoor(SoapOptions options, std::shared_ptr<const SourceSpec> spec);

/// As adapters/registry.h wants it, from a source's options (config/sources/soap.sample.yaml).
petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup);

}  // namespace adapters::soap
