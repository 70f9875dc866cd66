// A GatherStore keeps messages that only together make a submission (several WeChat messages until the sender confirms,
// the parts of a long SMS) from the moment their senders are told "received" until the ledger has the whole. A SQLite
// file in a folder of its own, made at the first call; texts lie in it encrypted (the key in a file beside it) and are
// deleted once the ledger has them, message numbers stay a while so that one sent again is known. Threads: safe from
// any thread; a door and a feed may use the same folder at once. Durable on return (synchronous=FULL).
//
// Pieces of a group (one sender, one long message) stand in its open set. Closing a set ends it: later pieces begin a
// new one. A closed set is handed on again and again until Settle: the ledger knows it by its name.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"
#include "petition/time.h"

namespace adapters {

struct Piece {
  std::string key;  ///< the message's own number, unique in the whole store
  petition::Time at{};
  std::string bytes;
};

struct GatheredSet {
  std::string name;  ///< the same each time: made of group and first key, tells nothing about the sender
  std::string group;
  std::vector<Piece> pieces;  ///< in order of arrival
};

struct GatherOptions {
  std::filesystem::path folder;
  std::size_t pieces_max = 200;         ///< of one set; beyond: kInvalid "too_many_pieces"
  std::size_t bytes_max = 4u << 20;     ///< of one set
  std::size_t open_sets_max = 100'000;  ///< beyond: kPushback
};

class GatherStore {
 public:
  static std::unique_ptr<GatherStore> Make(const GatherOptions& options);
  virtual ~GatherStore() = default;

  /// False when a piece of that key came before, in whatever set.
  virtual petition::Result<bool> Add(std::string_view group, const Piece& piece) = 0;
  /// How many pieces the group's open set has.
  virtual petition::Result<std::size_t> OpenPieces(std::string_view group) = 0;
  struct Closing {
    std::optional<GatheredSet> set;  ///< nullopt: there is nothing open, or what this key closed is settled
    bool known = false;              ///< this key came before
  };
  /// Ends the group's open set because of message `key`, which is no piece itself, and answers it; the same key again
  /// answers the same set, until it is settled.
  virtual petition::Result<Closing> Close(std::string_view group, std::string_view key, petition::Time at) = 0;
  /// Ends the open sets whose last piece came before `quiet_since`, and answers up to `limit` sets that are closed
  /// since before `closed_before` and not settled, the oldest first.
  virtual petition::Result<std::vector<GatheredSet>> Due(petition::Time quiet_since, petition::Time closed_before,
                                                         petition::Time now, std::size_t limit) = 0;
  /// The ledger has it. An unknown name is fine.
  virtual petition::Status Settle(std::string_view name) = 0;
  /// Forgets the numbers of messages settled before `before`.
  virtual petition::Status Forget(petition::Time before) = 0;
};

}  // namespace adapters
