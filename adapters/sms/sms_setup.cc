// An SMS source from its options.
#include "adapters/sms/sms_door.h"
#include "adapters/spec_reader.h"

namespace adapters::sms {
namespace {

struct Settings {
  SmsOptions door;
  std::chrono::minutes quiet{};
};

void ReadFields(SpecReader reader, CallbackFields& fields) {
  const auto names = [&](const char* key, std::vector<std::string>& field) {
    if (auto given = reader.Texts(key); !given.empty()) field = std::move(given);
  };
  names("phone", fields.phone);
  names("text", fields.text);
  names("id", fields.id);
  names("at", fields.at);
  names("to", fields.to);
  names("part", fields.part);
  names("parts", fields.parts);
  names("reference", fields.reference);
  reader.Finish();
}

void ReadAuth(SpecReader reader, const std::filesystem::path& folder, CallbackAuthOptions& auth) {
  const std::string kind = reader.Text("kind", "bearer");
  if (kind == "token") auth.kind = CallbackAuth::kToken;
  if (kind == "hmac") auth.kind = CallbackAuth::kHmac;
  if (kind != "bearer" && kind != "token" && kind != "hmac")
    reader.Wrong("kind", "unknown_value", "must be bearer, token or hmac");
  auth.name = reader.Text("name", auth.kind == CallbackAuth::kHmac ? "x-signature" : "token");
  auth.timestamp_header = reader.Text("timestamp_header");
  auth.timestamp_age_max = std::chrono::seconds(reader.Count("timestamp_age_seconds", 300, 1, 86400));
  const auto secret = ReadSecret(reader.File("secret_file", folder));
  if (secret.ok()) auth.secret = *secret;
  if (auth.kind != CallbackAuth::kBearer && auth.secret.empty())
    reader.Wrong("secret_file", "missing", "is needed and must hold the secret");
  reader.Finish();
}

petition::Result<Settings> Read(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  Settings settings;
  ReadAuth(reader.Sub("auth"), setup.folder, settings.door.auth);
  ReadFields(reader.Sub("fields"), settings.door.fields);
  settings.door.answer = reader.Text("answer", settings.door.answer);
  settings.door.answer_type = reader.Text("answer_type", settings.door.answer_type);
  settings.quiet = std::chrono::minutes(reader.Count("quiet_minutes", 10, 1, 24 * 60));
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return settings;
}

}  // namespace

petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup) {
  GUIYI_TRY(auto settings, Read(setup));
  return MakeSmsDoor(std::move(settings.door), setup.spec, GatherStore::Make({.folder = setup.state}));
}

petition::Result<std::unique_ptr<Feed>> MakeFeed(const AdapterSetup& setup) {
  GUIYI_TRY(const auto settings, Read(setup));
  return MakeSmsFeed(settings.quiet, setup.spec, GatherStore::Make({.folder = setup.state}), *setup.clock);
}

}  // namespace adapters::sms
