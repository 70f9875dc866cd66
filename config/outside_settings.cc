#include "config/outside_settings.h"

#include <algorithm>
#include <set>

#include "config/section.h"

namespace config {
namespace {

constexpr std::size_t kListMax = 64, kWordsMax = 1'000;

bool IsName(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), plain);
}

bool IsUrl(const std::string& url) {
  return (url.starts_with("http://") || url.starts_with("https://")) && url.find_first_of(" \t@") == std::string::npos;
}

void ReadThrift(Section& section, DestinationSettings& one, const std::filesystem::path& folder) {
  section.Text("address", one.address);
  if (!IsAddress(one.address, false)) section.Wrong("address", "address", "must be HOST:PORT");
  section.Path("key_file", one.key_file, folder);
  section.Flag("tls", one.tls);
  section.Path("ca_file", one.ca_file, folder);
  section.Path("certificate_file", one.certificate_file, folder);
  section.Path("private_key_file", one.private_key_file, folder);
  if (one.tls && one.ca_file.empty()) section.Wrong("tls", "incomplete", "TLS needs ca_file");
  if (one.certificate_file.empty() != one.private_key_file.empty())
    section.Wrong("certificate_file", "incomplete", "a certificate of our own needs its private_key_file, and it that");
}

void ReadExchange(Section& section, DestinationSettings& one, const std::filesystem::path& folder) {
  static const std::set<std::string> kDatabases{"sqlite", "postgresql"};
  section.Text("database", one.database);
  if (!kDatabases.contains(one.database)) section.Wrong("database", "unknown_value", "must be sqlite or postgresql");
  section.Path("connection_file", one.connection_file, folder);
  if (one.connection_file.empty())
    section.Wrong("connection_file", "missing", "the file with the connection string is missing");
}

}  // namespace

void ReadDestinations(Section& root, std::vector<DestinationSettings>& destinations,
                      const std::filesystem::path& folder) {
  std::set<std::string> names{"national"};
  for (Section& section : root.Each("destinations", kListMax)) {
    DestinationSettings one;
    section.Text("name", one.name);
    if (!IsName(one.name)) section.Wrong("name", "range", "must be of small letters, digits, - and _");
    if (!names.insert(one.name).second) section.Wrong("name", "duplicate", "is another destination's");
    section.Text("kind", one.kind);
    if (one.kind == "thrift") {
      ReadThrift(section, one, folder);
    } else if (one.kind == "exchange_db") {
      ReadExchange(section, one, folder);
    } else {
      section.Wrong("kind", "unknown_value", "must be thrift or exchange_db");
    }
    section.Count("connections", one.connections, 1, 64);
    section.Path("codes_file", one.codes_file, folder);
    section.Texts("channels", one.channels, kWordsMax);
    section.Texts("divisions", one.divisions, kWordsMax);
    section.Count("sends_per_second", one.sends_per_second, 0, 100'000);
    section.Count("attempts_max", one.attempts_max, 1, 1'000);
    section.Count("backoff_max_seconds", one.backoff_max_seconds, 1, 7 * 24 * 3600);
    section.Count("fetch_every_seconds", one.fetch_every_seconds, 1, 24 * 3600);
    section.Text("owner", one.owner);
    section.Finish();
    destinations.push_back(std::move(one));
  }
}

void ReadCallbacks(Section& root, std::vector<CallbackSettings>& callbacks, const std::filesystem::path& folder) {
  std::set<std::string> sources;
  for (Section& section : root.Each("callbacks", kWordsMax)) {
    CallbackSettings one;
    section.Text("source", one.source);
    if (one.source.empty()) section.Wrong("source", "missing", "whose callback it is");
    if (!sources.insert(one.source).second) section.Wrong("source", "duplicate", "has a callback already");
    section.Text("url", one.url);
    if (!IsUrl(one.url)) section.Wrong("url", "range", "must be http:// or https://, without a password");
    section.Path("secret_file", one.secret_file, folder);
    if (one.secret_file.empty()) section.Wrong("secret_file", "missing", "calls are signed: the secret's file");
    section.Path("ca_file", one.ca_file, folder);
    section.Path("words_file", one.words_file, folder);
    section.Finish();
    callbacks.push_back(std::move(one));
  }
}

void ReadWitnesses(Section& ledger, WitnessingSettings& witnessing) {
  std::set<std::string> keys;
  for (Section& section : ledger.Each("witnesses", kListMax)) {
    WitnessSettings one;
    section.Text("url", one.url);
    if (!IsUrl(one.url)) section.Wrong("url", "range", "must be http:// or https://");
    section.Text("vkey", one.vkey);
    if (one.vkey.empty()) section.Wrong("vkey", "missing", "the witness' key, as it prints it");
    if (!keys.insert(one.vkey).second) section.Wrong("vkey", "duplicate", "stands there twice");
    section.Finish();
    witnessing.witnesses.push_back(std::move(one));
  }
  ledger.Count("witness_quorum", witnessing.quorum, 1, kListMax);
  ledger.Count("witness_late_after_seconds", witnessing.late_after_seconds, 1, 7 * 24 * 3600);
  if (!witnessing.witnesses.empty() && witnessing.quorum > witnessing.witnesses.size())
    ledger.Wrong("witness_quorum", "range", "is more than there are witnesses");
}

}  // namespace config
