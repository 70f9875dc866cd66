// A SOAP source from its options.
#include <algorithm>

#include "adapters/soap/soap_door.h"
#include "adapters/spec_reader.h"

namespace adapters::soap {
namespace {

const std::vector<std::string>& UsualElements() {
  static const std::vector<std::string> names = {"externalId", "title",   "content",   "name",      "phone",
                                                 "idNumber",   "address", "placeText", "division",  "category",
                                                 "purpose",    "accused", "anonymous", "headCount", "petitionedAt"};
  return names;
}

// An XML name of ASCII letters, digits and _-. : it is written into the WSDL and the answers.
bool IsName(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

void ReadAuth(SpecReader reader, const std::filesystem::path& folder, SoapOptions& options) {
  const std::string kind = reader.Text("kind", "bearer");
  if (kind != "bearer" && kind != "username_token")
    reader.Wrong("kind", "unknown_value", "must be bearer or username_token");
  options.auth = kind == "username_token" ? SoapAuth::kUsernameToken : SoapAuth::kBearer;
  options.username = reader.Text("username");
  const auto password = ReadSecret(reader.File("password_file", folder));
  if (password.ok()) options.password = *password;
  if (options.auth == SoapAuth::kUsernameToken && (options.username.empty() || options.password.empty()))
    reader.Wrong("password_file", "missing",
                 "username and password_file are needed, and the file must hold the password");
  reader.Finish();
}

}  // namespace

petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  SoapOptions options;
  options.source = setup.source;
  options.name_space = reader.Text("namespace", options.name_space);
  options.operation = reader.Text("operation", options.operation);
  options.parameter = reader.Text("parameter", options.parameter);
  options.elements = reader.Texts("elements");
  if (options.elements.empty()) options.elements = UsualElements();
  options.form_field = reader.Text("form_field", options.form_field);
  options.public_address = reader.Text("public_address");
  options.code_done = reader.Text("code_done", options.code_done);
  options.code_part = reader.Text("code_part", options.code_part);
  options.code_refused = reader.Text("code_refused", options.code_refused);
  if (!IsName(options.operation)) reader.Wrong("operation", "name", "must be an XML name");
  if (!options.parameter.empty() && !IsName(options.parameter))
    reader.Wrong("parameter", "name", "must be an XML name");
  for (const auto& element : options.elements) {
    if (!IsName(element)) reader.Wrong("elements", "name", "must be XML names");
  }
  if (const std::string text = reader.Text("records"); !text.empty()) {
    auto path = Path::Parse(text);
    if (!path.ok()) reader.Wrong("records", "path_invalid", path.error().message);
    if (path.ok()) options.records = *std::move(path);
  }
  ReadAuth(reader.Sub("auth"), setup.folder, options);
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return MakeSoapDoor(std::move(options), setup.spec);
}

}  // namespace adapters::soap
