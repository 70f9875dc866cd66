// A real hub with its HTTP door on loopback, in a folder of its own, with sources and one user for each role: what the
// tests of the calls share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gateway/http/http_server.h"
#include "gateway/hub.h"
#include "http_client.h"

namespace gateway::http_test {

class HttpHubTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Options of the hub and of the door, changed by a test before its SetUp.
  HubOptions hub_options_;
  HttpOptions options_;
  /// Ends hub and door and begins them anew on the same folder.
  void Restart();

  std::string address() const { return server_->address(); }
  const std::string& KeyOf(const std::string& name) const { return keys_.at(name); }
  /// A user of that role with these rights and divisions; answers the name under which KeyOf finds the key.
  std::string AddUser(const std::string& name, Role role, bool personal = false, bool sealed = false,
                      std::vector<std::string> divisions = {}, std::string source = {});

  /// One request on a connection of its own. `who` "" shows no key.
  Reply Get(const std::string& who, const std::string& target) { return Call(who, "GET", target, {}, {}); }
  Reply Post(const std::string& who, const std::string& target, const petition::Json& json) {
    return Call(who, "POST", target, json.dump(), "application/json");
  }
  Reply Call(const std::string& who, const std::string& method, const std::string& target, std::string_view body,
             const std::string& media_type);

  /// Registers and waits for the verdict; the receipt.
  petition::Json Register(const std::string& source, const petition::Json& submission);
  std::string NumberOf(const petition::Json& receipt) const { return receipt.value("intakeNo", std::string()); }
  std::string CaseOf(const petition::Json& receipt) const;
  /// Waits until everything on the ledger is folded.
  void Settle();
  /// Waits until the last one registered is found by words: the full-text index is committed now and then.
  void WaitSearchable();
  /// Entries of a kind on the ledger.
  std::size_t Count(ledger::Kind kind);

  void OpenHub();
  void Serve();

  petition::SystemClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<HttpServer> server_;
  std::map<std::string, std::string> keys_;
  std::optional<std::uint64_t> last_registered_;  // a ledger index; the very first is 0
};

/// A submission about a lift that does not run; `person` tells petitioners apart.
petition::Json Lift(const std::string& external_id, int person = 1);
/// One about unpaid wages.
petition::Json Wages(const std::string& external_id, int person = 2);
/// An accusation against an official: sealed.
petition::Json Accusation(const std::string& external_id, int person = 3);

}  // namespace gateway::http_test
