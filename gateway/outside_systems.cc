#include "gateway/outside_systems.h"

#include <algorithm>
#include <fstream>

#include "adapters/exchange_db/exchange_db.h"
#include "adapters/national/national_system.h"
#include "adapters/webhook/webhook.h"
#include "ledger/durable_file.h"

namespace gateway {
namespace {

using petition::Result;
using std::chrono::milliseconds;

constexpr std::size_t kTableBytesMax = 8u << 20;

/// "host:port" of a thrift destination; the settings have looked at its form.
Result<std::unique_ptr<adapters::Destination>> MakeThrift(const std::string& name,
                                                          const config::NationalSettings& from) {
  const auto colon = from.address.rfind(':');
  adapters::NationalOptions options;
  options.name = name;
  options.host = from.address.substr(0, colon);
  options.port = std::atoi(from.address.c_str() + colon + 1);
  GUIYI_TRY(options.key, ReadSecret(from.key_file));
  options.tls = from.tls;
  options.ca_file = from.ca_file.string();
  options.certificate_file = from.certificate_file.string();
  options.key_file = from.private_key_file.string();
  return adapters::MakeNationalSystem(options);
}

Result<std::unique_ptr<adapters::Destination>> MakeOne(const config::DestinationSettings& from,
                                                       const petition::Clock& clock) {
  if (from.kind == "exchange_db") {
    adapters::ExchangeDbOptions options;
    options.name = from.name;
    options.database = from.database;
    GUIYI_TRY(options.connection, ReadSecret(from.connection_file));
    options.look_again = std::chrono::seconds(from.fetch_every_seconds);
    return adapters::MakeExchangeDb(std::move(options), clock);
  }
  config::NationalSettings thrift;
  thrift.address = from.address;
  thrift.key_file = from.key_file;
  thrift.tls = from.tls;
  thrift.ca_file = from.ca_file;
  thrift.certificate_file = from.certificate_file;
  thrift.private_key_file = from.private_key_file;
  return MakeThrift(from.name, thrift);
}

template <typename Table>
Result<Table> ReadTable(const std::filesystem::path& file) {
  auto text = ledger::FileSystem::Real().Read(file, kTableBytesMax);
  auto table = text.ok() ? Table::Parse(*text) : Result<Table>(text.error());
  if (table.ok()) return table;
  petition::Error error = table.error();
  error.code = petition::Code::kInvalid;
  error.message = file.string() + ": " + error.message;
  return error;
}

/// The codes an administrator has put in place; else those of the file; null: none.
Result<std::shared_ptr<const adapters::CodeTable>> CodesFor(const std::string& destination,
                                                            const std::filesystem::path& file,
                                                            const TableTexts& tables) {
  const auto kept = tables.find("codes-" + destination);
  if (kept == tables.end() && file.empty()) return std::shared_ptr<const adapters::CodeTable>();
  GUIYI_TRY(auto codes,
            kept != tables.end() ? adapters::CodeTable::Parse(kept->second) : ReadTable<adapters::CodeTable>(file));
  return std::make_shared<const adapters::CodeTable>(std::move(codes));
}

}  // namespace

Result<std::string> ReadSecret(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line))
    return petition::Invalid("secret_unreadable", "the secret's file can't be read: " + file.string());
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

std::vector<OwedTo> DestinationsOwed(const config::Settings& settings) {
  std::vector<OwedTo> owed;
  // Owed with or without an address: what comes in before there is one waits for it.
  if (settings.national_given || !settings.national.address.empty() || settings.destinations.empty())
    owed.emplace_back("national");
  for (const auto& one : settings.destinations) owed.emplace_back(one.name, one.channels, one.divisions);
  return owed;
}

Result<std::vector<Outbound>> MakeDestinations(const config::Settings& settings, const petition::Clock& clock,
                                               const TableTexts& tables) {
  std::vector<Outbound> outbound;
  if (!settings.national.address.empty()) {
    Outbound national;
    GUIYI_TRY(national.destination, MakeThrift("national", settings.national));
    national.options.connections = settings.national.connections;
    GUIYI_TRY(national.options.codes, CodesFor("national", {}, tables));
    outbound.push_back(std::move(national));
  }
  for (const auto& from : settings.destinations) {
    Outbound one;
    GUIYI_TRY(one.destination, MakeOne(from, clock));
    auto& options = one.options;
    options.connections = from.connections;
    options.attempts_max = static_cast<unsigned>(from.attempts_max);
    options.backoff_max = std::chrono::seconds(from.backoff_max_seconds);
    options.backoff_first = std::min(options.backoff_first, options.backoff_max);
    options.sends_per_second = static_cast<double>(from.sends_per_second);
    options.fetch_every = std::chrono::seconds(from.fetch_every_seconds);
    options.owner = from.owner;
    GUIYI_TRY(options.codes, CodesFor(from.name, from.codes_file, tables));
    outbound.push_back(std::move(one));
  }
  return outbound;
}

Result<std::vector<SinkOfSource>> MakeSinks(const config::Settings& settings, const petition::Clock& clock) {
  std::vector<SinkOfSource> sinks;
  for (const auto& from : settings.callbacks) {
    adapters::WebhookOptions options;
    options.source = from.source;
    options.url = from.url;
    GUIYI_TRY(options.secret, ReadSecret(from.secret_file));
    options.authorities = from.ca_file;
    SinkOfSource one;
    one.source = from.source;
    GUIYI_TRY(one.sink, adapters::MakeWebhook(std::move(options), clock));
    if (!from.words_file.empty()) {
      GUIYI_TRY(one.words, ReadTable<adapters::WordTable>(from.words_file));
    }
    sinks.push_back(std::move(one));
  }
  return sinks;
}

}  // namespace gateway
