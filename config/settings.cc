#include "config/settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "config/outside_settings.h"
#include "config/section.h"

namespace config {
namespace {

constexpr std::size_t kSettingsBytesMax = 1u << 20;
constexpr std::uint64_t kMiB = 1u << 20;

}  // namespace

bool IsAddress(const std::string& text, bool port_zero) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string host = text.substr(0, colon), port = text.substr(colon + 1);
  if (host.find(':') != std::string::npos && !(host.front() == '[' && host.back() == ']')) return false;
  unsigned number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  return failed == std::errc() && end == port.data() + port.size() && number <= 65535 && (port_zero || number > 0);
}

namespace {

void ReadDoor(Section& section, DoorSettings& door, const std::filesystem::path& folder) {
  section.Text("listen", door.listen);
  if (!door.listen.empty() && !IsAddress(door.listen, true)) section.Wrong("listen", "address", "must be HOST:PORT");
  section.Path("certificate_file", door.certificate_file, folder);
  section.Path("private_key_file", door.private_key_file, folder);
  if (door.certificate_file.empty() != door.private_key_file.empty()) {
    section.Wrong(door.certificate_file.empty() ? "private_key_file" : "certificate_file", "incomplete",
                  "TLS needs both, certificate_file and private_key_file");
  }
  section.Count("connections_max", door.connections_max, 1, 100'000);
}

void ReadNational(Section& section, NationalSettings& national, const std::filesystem::path& folder) {
  section.Text("address", national.address);
  if (!national.address.empty() && !IsAddress(national.address, false)) {
    section.Wrong("address", "address", "must be HOST:PORT");
  }
  section.Path("key_file", national.key_file, folder);
  section.Flag("tls", national.tls);
  section.Path("ca_file", national.ca_file, folder);
  section.Path("certificate_file", national.certificate_file, folder);
  section.Path("private_key_file", national.private_key_file, folder);
  section.Count("connections", national.connections, 1, 64);
  if (national.tls && national.ca_file.empty()) section.Wrong("tls", "incomplete", "TLS needs ca_file");
  if (national.certificate_file.empty() != national.private_key_file.empty()) {
    section.Wrong(national.certificate_file.empty() ? "private_key_file" : "certificate_file", "incomplete",
                  "a certificate of our own needs both, certificate_file and private_key_file");
  }
}

void ReadOversight(Section section, OversightSettings& oversight, const std::filesystem::path& folder) {
  section.Path("holidays", oversight.holidays, folder);
  section.Path("clocks_file", oversight.clocks_file, folder);
  Section alerts = section.Sub("alerts");
  alerts.Text("webhook", oversight.webhook);
  alerts.Path("webhook_secret_file", oversight.webhook_secret_file, folder);
  alerts.Text("mail_server", oversight.mail_server);
  alerts.Text("mail_from", oversight.mail_from);
  alerts.Text("mail_to", oversight.mail_to);
  alerts.Text("mail_user", oversight.mail_user);
  alerts.Path("mail_password_file", oversight.mail_password_file, folder);
  if (!oversight.webhook.empty() && !oversight.webhook.starts_with("http://") &&
      !oversight.webhook.starts_with("https://"))
    alerts.Wrong("webhook", "address", "must be a URL: http:// or https://");
  if (!oversight.webhook.empty() && oversight.webhook_secret_file.empty())
    alerts.Wrong("webhook", "incomplete", "alerts are signed: webhook_secret_file is needed");
  if (!oversight.mail_server.empty() && !oversight.mail_server.starts_with("smtp://") &&
      !oversight.mail_server.starts_with("smtps://"))
    alerts.Wrong("mail_server", "address", "must be smtp://HOST:PORT or smtps://HOST:PORT");
  for (const auto* text : {&oversight.mail_from, &oversight.mail_to}) {
    if (text->find_first_of("\r\n<>") != std::string::npos)
      alerts.Wrong(text == &oversight.mail_from ? "mail_from" : "mail_to", "address", "must be plain addresses");
  }
  if (!oversight.mail_server.empty() && (oversight.mail_from.empty() || oversight.mail_to.empty()))
    alerts.Wrong("mail_server", "incomplete", "mail_from and mail_to are needed");
  alerts.Finish();
  section.Finish();
}

void Read(const YAML::Node& document, Settings& settings, const std::filesystem::path& folder, Findings& findings) {
  Section root(document, "", findings);
  root.Path("data", settings.data, folder);
  root.Text("division", settings.division);
  const std::string& division = settings.division;
  if (division.size() != 6 || division.find_first_not_of("0123456789") != std::string::npos) {
    root.Wrong("division", "range", "must be six digits, in quotes");
  }
  root.Path("names_file", settings.names, folder);
  Section ledger = root.Sub("ledger");
  ledger.Text("origin", settings.origin);
  if (settings.origin.empty() || settings.origin.find_first_of("+ \t\n") != std::string::npos ||
      settings.origin.find("://") != std::string::npos || settings.origin.back() == '/') {
    ledger.Wrong("origin", "range", "must be a URL without scheme and trailing slash, without blanks and +");
  }
  ReadWitnesses(ledger, settings.witnessing);
  ledger.Finish();
  Section http = root.Sub("http");
  ReadDoor(http, settings.http, folder);
  http.Path("access_log", settings.http.access_log, folder);
  http.Finish();
  Section rpc = root.Sub("rpc");
  ReadDoor(rpc, settings.rpc, folder);
  rpc.Path("client_ca_file", settings.rpc.client_ca_file, folder);
  rpc.Finish();
  Section national = root.Sub("national");
  ReadNational(national, settings.national, folder);
  national.Finish();
  settings.national_given = root.Has("national");
  ReadDestinations(root, settings.destinations, folder);
  ReadCallbacks(root, settings.callbacks, folder);
  Section dedup = root.Sub("dedup");
  dedup.Path("model_file", settings.model, folder);
  dedup.Path("shadow_model_file", settings.shadow_model, folder);
  dedup.Finish();
  ReadOversight(root.Sub("oversight"), settings.oversight, folder);
  Section intake = root.Sub("intake");
  intake.Count("backlog_max", settings.backlog_max, 1, 1'000'000'000);
  intake.Count("disk_free_min_mib", settings.disk_free_min, 1, 1u << 30, kMiB);
  intake.Count("refusals_per_minute", settings.refusals_per_minute, 1, 1'000'000);
  std::uint64_t hours = static_cast<std::uint64_t>(settings.unnamed_attachments_for.count());
  intake.Count("unnamed_attachments_hours", hours, 1, 24 * 366);
  settings.unnamed_attachments_for = std::chrono::hours(hours);
  intake.Finish();
  root.Finish();
}

}  // namespace

Settings::Settings() {
  http.listen = "127.0.0.1:8080";
  http.connections_max = 512;
  rpc.listen = "127.0.0.1:9090";
  rpc.connections_max = 128;
}

petition::Result<Settings> ParseSettings(const std::string& text, const std::filesystem::path& folder) {
  Settings settings;
  Findings findings;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) return petition::Invalid("config_invalid", "the file holds more than one document");
    if (!documents.empty()) Read(documents.front(), settings, folder, findings);
  } catch (const YAML::Exception& error) {
    return petition::Invalid("config_invalid", "line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
  if (!findings.empty()) return findings.ToError();
  return settings;
}

petition::Result<Settings> LoadSettings(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return petition::NotFound("the configuration file " + file.string() + " can't be read");
  std::string text(kSettingsBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return petition::Unavailable("the configuration file can't be read");
  if (text.size() > kSettingsBytesMax) return petition::Invalid("config_invalid", "the file is larger than 1 MiB");
  auto settings = ParseSettings(text, file.parent_path());
  if (settings.ok()) return settings;
  petition::Error error = settings.error();
  error.message = file.string() + ":\n" + error.message;
  return error;
}

}  // namespace config
