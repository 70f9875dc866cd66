#include "support/hub_process.h"

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace support {
namespace {

// The last word of what `add` prints is the key, shown this once.
std::string KeyOf(const Ran& ran) {
  if (ran.status != 0) return {};
  const auto at = ran.out.rfind("guiyi_");
  if (at == std::string::npos) return {};
  const auto end = ran.out.find_first_of(" \n\"\t", at);
  return ran.out.substr(at, end == std::string::npos ? end : end - at);
}

nlohmann::json ReadyLine(Process& process) {
  while (auto line = process.ReadLine()) {
    auto json = nlohmann::json::parse(*line, nullptr, false);
    if (json.is_object()) return json;
  }
  return nlohmann::json::object();
}

}  // namespace

Ran HubProcess::Command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), binary_);
  return Run(arguments, log_file());
}

std::string HubProcess::AddSource(const std::string& name, const std::string& channel) {
  return KeyOf(Command({"source", "add", name, "--channel", channel, "--data", folder_}));
}

std::string HubProcess::AddUser(const std::string& name, const std::string& role,
                                const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"user", "add", name, "--role", role, "--data", folder_};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return KeyOf(Command(arguments));
}

bool HubProcess::Start(const std::string& config) {
  std::vector<std::string> arguments = {binary_,  "serve",       "--data", folder_,
                                        "--http", "127.0.0.1:0", "--rpc",  "127.0.0.1:0"};
  if (!config.empty()) {
    const std::string file = folder_ + "/../config.yaml";
    std::ofstream(file) << config;
    arguments.insert(arguments.end(), {"--config", file});
  }
  process_ = Process::Start(arguments, log_file());
  const auto ready = ReadyLine(process_);
  http_ = ready.value("http", "");
  rpc_ = ready.value("rpc", "");
  return !http_.empty();
}

void HubProcess::KillNow() {
  process_.Signal(SIGKILL);
  process_.Wait();
}

int HubProcess::StopGently() {
  process_.Signal(SIGTERM);
  return process_.Wait();
}

bool NationalProcess::Start(const std::string& faults, const std::string& listen) {
  std::vector<std::string> arguments = {binary_, "national-sim", "--listen",   listen,
                                        "--db",  database_,      "--lifetime", "1200"};
  if (!faults.empty()) arguments.insert(arguments.end(), {"--faults", faults});
  process_ = Process::Start(arguments, database_ + ".log");
  address_ = ReadyLine(process_).value("national", "");
  return !address_.empty();
}

void NationalProcess::KillNow() {
  process_.Signal(SIGKILL);
  process_.Wait();
}

}  // namespace support
