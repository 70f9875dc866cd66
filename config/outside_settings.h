// Settings of what the hub itself turns to: further destinations, sources' callbacks, witnesses. Plain data.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace config {

class Section;

/// One outside system that registrations are passed on to, beside or instead of the national one.
struct DestinationSettings {
  std::string name;                ///< "province": stands on the ledger, never to be changed
  std::string kind = "thrift";     ///< thrift | exchange_db
  std::string address;             ///< of thrift: HOST:PORT
  std::filesystem::path key_file;  ///< of thrift
  bool tls = false;
  std::filesystem::path ca_file, certificate_file, private_key_file;
  std::string database = "sqlite";        ///< of exchange_db: sqlite | postgresql
  std::filesystem::path connection_file;  ///< of exchange_db: holds the connection string, which may name a password
  std::size_t connections = 4;
  std::filesystem::path codes_file;    ///< JSON, hub's codes to theirs; "": theirs are the hub's
  std::vector<std::string> channels;   ///< only intakes of these; empty: all
  std::vector<std::string> divisions;  ///< only of these divisions; empty: all
  std::uint64_t sends_per_second = 0;  ///< 0: no limit
  std::uint64_t attempts_max = 12;
  std::uint64_t backoff_max_seconds = 600;
  std::uint64_t fetch_every_seconds = 2;
  std::string owner = "admin";
};

/// Where a source is told what happened to its intakes.
struct CallbackSettings {
  std::string source;
  std::string url;
  std::filesystem::path secret_file;  ///< what the calls are signed with
  std::filesystem::path ca_file;
  std::filesystem::path words_file;  ///< JSON: the hub's states and events in the source's own words
};

struct WitnessSettings {
  std::string url, vkey;
};

struct WitnessingSettings {
  std::vector<WitnessSettings> witnesses;
  std::size_t quorum = 1;
  std::uint64_t late_after_seconds = 300;
};

// For settings.cc. `destinations` and `callbacks` are keys of the root, `witnesses` of the section `ledger`.
void ReadDestinations(Section& root, std::vector<DestinationSettings>& destinations,
                      const std::filesystem::path& folder);
void ReadCallbacks(Section& root, std::vector<CallbackSettings>& callbacks, const std::filesystem::path& folder);
void ReadWitnesses(Section& ledger, WitnessingSettings& witnessing);

/// HOST:PORT or [IPV6]:PORT.
bool IsAddress(const std::string& text, bool port_zero);

}  // namespace config
