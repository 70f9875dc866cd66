// A HubProcess is the real binary serving from a folder of its own: what end-to-end tests talk to. It can be killed and
// started again on the same folder. One thread.
#pragma once

#include <string>
#include <vector>

#include "support/process.h"

namespace support {

class HubProcess {
 public:
  /// `binary`: the guiyi program. Nothing is started yet.
  HubProcess(std::string binary, std::string folder) : binary_(std::move(binary)), folder_(std::move(folder)) {}

  /// Make a source or a user by the command line and answer its key ("" when the command failed).
  std::string AddSource(const std::string& name, const std::string& channel);
  std::string AddUser(const std::string& name, const std::string& role, const std::vector<std::string>& more = {});

  /// Starts `guiyi serve` and waits until it says that it is ready. `config`: text of a configuration file, may be
  /// empty.
  bool Start(const std::string& config = {});
  void KillNow();    ///< kill -9
  int StopGently();  ///< SIGTERM; the exit status

  const std::string& http() const { return http_; }
  const std::string& rpc() const { return rpc_; }
  const std::string& folder() const { return folder_; }
  std::string log_file() const { return folder_ + "/../hub.log"; }
  pid_t pid() const { return process_.pid(); }
  bool running() { return process_.running(); }
  Ran Command(std::vector<std::string> arguments) const;

 private:
  std::string binary_, folder_, http_, rpc_;
  Process process_;
};

/// The stand-in national system as a program of its own.
class NationalProcess {
 public:
  NationalProcess(std::string binary, std::string database)
      : binary_(std::move(binary)), database_(std::move(database)) {}
  bool Start(const std::string& faults = {}, const std::string& listen = "127.0.0.1:0");
  const std::string& address() const { return address_; }
  bool running() { return process_.running(); }
  void KillNow();

 private:
  std::string binary_, database_, address_;
  Process process_;
};

}  // namespace support
