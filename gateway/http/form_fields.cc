#include "gateway/http/form_fields.h"

#include <Poco/Exception.h>
#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/MultipartReader.h>
#include <Poco/Net/NameValueCollection.h>
#include <Poco/StreamCopier.h>

#include <sstream>

#include "gateway/http/route.h"

namespace gateway::http {

using petition::Result;
using Fields = std::map<std::string, std::string>;

namespace {

constexpr std::size_t kFormPartsMax = 16;

petition::Error FormMalformed() { return petition::Invalid("form_malformed", "the form can't be read"); }

std::string_view ContentType(const Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "content-type") return value;
  }
  return {};
}

Result<Fields> FieldsOfParts(const std::string& body, const std::string& boundary) {
  Fields fields;
  std::istringstream stream(body);
  Poco::Net::MultipartReader reader(stream, boundary);
  while (reader.hasNextPart()) {
    if (fields.size() == kFormPartsMax) return FormMalformed();
    Poco::Net::MessageHeader header;
    reader.nextPart(header);
    std::string disposition, value;
    Poco::Net::NameValueCollection parameters;
    Poco::Net::MessageHeader::splitParameters(header.get("Content-Disposition", ""), disposition, parameters);
    Poco::StreamCopier::copyToString(reader.stream(), value);
    fields[parameters.get("name", "")] = std::move(value);
  }
  return fields;
}

}  // namespace

Result<Fields> FieldsOf(const Request& request) {
  if (request.media_type != "multipart/form-data") {
    Fields fields;
    for (auto& [name, value] : ParseQuery(request.body)) fields[name] = std::move(value);
    return fields;
  }
  try {
    std::string type;
    Poco::Net::NameValueCollection parameters;
    Poco::Net::MessageHeader::splitParameters(std::string(ContentType(request)), type, parameters);
    const std::string boundary = parameters.get("boundary", "");
    if (boundary.empty() || request.body.find("--" + boundary) == std::string::npos) return FormMalformed();
    return FieldsOfParts(request.body, boundary);
  } catch (const Poco::Exception&) {
    return FormMalformed();
  }
}

}  // namespace gateway::http
