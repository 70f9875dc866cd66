// The Settings of a hub, as one YAML file says them (config/guiyi.yaml is the documented sample). Everything has a
// default; secrets are paths of files, never values. Plain data, no thread guarantee of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "config/outside_settings.h"
#include "petition/result.h"

namespace config {

/// A door's address and, when both files are given, its TLS.
struct DoorSettings {
  std::string listen;                      ///< HOST:PORT or [IPV6]:PORT; port 0: any free one; "": the door stays shut
  std::filesystem::path certificate_file;  ///< PEM, the chain
  std::filesystem::path private_key_file;
  std::size_t connections_max = 0;
};

struct HttpSettings : DoorSettings {
  std::filesystem::path access_log;  ///< "": none
};

struct RpcSettings : DoorSettings {
  std::filesystem::path client_ca_file;  ///< "": clients need no certificate of their own
};

/// The national system; without an address nothing is delivered.
struct NationalSettings {
  std::string address;  ///< HOST:PORT
  std::filesystem::path key_file;
  bool tls = false;
  std::filesystem::path ca_file, certificate_file, private_key_file;
  std::size_t connections = 4;
};

/// What oversight works by, and whom it tells.
struct OversightSettings {
  std::filesystem::path holidays;     ///< folder of NNNN.yaml besides those that come with the program; "": none
  std::filesystem::path clocks_file;  ///< "": the built-in table
  std::string webhook;                ///< http(s) URL; "": none
  std::filesystem::path webhook_secret_file;
  std::string mail_server;  ///< smtp://HOST:PORT; "": none
  std::string mail_from, mail_to;
  std::string mail_user;
  std::filesystem::path mail_password_file;
};

struct Settings {
  std::filesystem::path data = "data";
  std::string division = "439900";            ///< the hub's own, six digits
  std::filesystem::path names;                ///< what people call sources and divisions; "": codes are shown
  std::string origin = "guiyi.local/ledger";  ///< name of the ledger: its URL without scheme
  HttpSettings http;
  RpcSettings rpc;
  NationalSettings national;
  OversightSettings oversight;
  bool national_given = false;                    ///< there is a section `national`
  std::vector<DestinationSettings> destinations;  ///< further ones
  std::vector<CallbackSettings> callbacks;
  WitnessingSettings witnessing;
  std::filesystem::path model;         ///< "": the built-in one
  std::filesystem::path shadow_model;  ///< tried beside it; "": none
  std::uint64_t backlog_max = 1'000'000;
  std::uint64_t disk_free_min = 256u << 20;  ///< bytes
  std::size_t refusals_per_minute = 60;
  std::chrono::hours unnamed_attachments_for{24};

  Settings();
};

/// kInvalid ("config_invalid") names every wrong or unknown key with its line, in `message` and in `fields` (pointers
/// into the file); nothing of it is taken then. Relative paths are meant from the folder of the file.
petition::Result<Settings> LoadSettings(const std::filesystem::path& file);
/// The same of a text; `folder` stands for the file's.
petition::Result<Settings> ParseSettings(const std::string& text, const std::filesystem::path& folder);

}  // namespace config
