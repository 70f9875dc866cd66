// The demo: sample sources and one user for each role, with their keys and passwords, and a feed that posts the
// fictional petitions of an invented city through the HTTP door as those sources would. Threads: Feed has one of its
// own between its making and its end. Durable: the keys, in `keys/demo-access.json` (readable by the owner only), so
// that a second start shows the same ones.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/passwords.h"
#include "gateway/registry.h"
#include "petition/result.h"

namespace gateway {

struct DemoAccess {
  struct Sign {
    std::string name, role, key, password;
  };
  std::vector<Sign> users;                     ///< one a role
  std::map<std::string, std::string> sources;  ///< name -> key
};

/// Makes what is missing. kConflict when a name of the demo exists but its key is not known.
petition::Result<DemoAccess> PrepareDemo(Registry& registry, Passwords& passwords, const std::filesystem::path& data);

/// What to look at and the keys to use, for a person at a terminal.
std::string DemoGuide(const DemoAccess& access, const std::string& http_address, const std::string& rpc_address);

/// Posts the petitions in their order: the first ones at once, the others a second apart, closing cases where the
/// sample does.
class DemoFeed {
 public:
  DemoFeed(std::string http_address, std::map<std::string, std::string> source_keys);
  ~DemoFeed();
  std::size_t posted() const { return posted_.load(); }

 private:
  void Run();
  bool Pause(std::chrono::milliseconds time);

  const std::string address_;
  const std::map<std::string, std::string> keys_;
  std::atomic<std::size_t> posted_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
