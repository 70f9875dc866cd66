// A Door behind a real HTTP server on loopback, with a small stand-in for the ledger: what tests of doors and clients
// that nobody here wrote talk to. Starts in the constructor, stops in the destructor.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/door.h"

namespace adapters::door_test {

/// Knows records by their external id, as the ledger does by source and id.
class LedgerStandIn {
 public:
  Settled Take(const Record& record);
  std::vector<Record> records() const;  ///< all that were taken, resends too
  std::size_t registered() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Record> records_;
  std::map<std::string, std::string> numbers_;
};

class DoorHost {
 public:
  /// Calls at `route` and below it go to the door; `key` is the source's own.
  DoorHost(Door& door, std::string route, std::string key, LedgerStandIn& ledger);
  ~DoorHost();
  std::string address() const;  ///< "127.0.0.1:12345"

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

/// One call without a socket, through the same steps.
DoorAnswer Through(Door& door, const DoorCall& call, bool bearer_ok, LedgerStandIn& ledger);

/// A call as a form or a body.
DoorCall Post(std::string path, std::string body, std::string content_type);
DoorCall Get(std::string path, std::vector<std::pair<std::string, std::string>> query = {});
extern const petition::Time kNow;  ///< 2025-03-04 10:12 at +08:00

/// A folder of a test's own.
std::string FreshFolder();

}  // namespace adapters::door_test
