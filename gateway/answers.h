// What a petitioner is told of their intake: what the handling unit did about it, and the answers given for the same
// matter to another intake. One answer goes to all: "replied" and "closed" on any intake of the same case, or of the
// case that leads its matter group, once this one had been received (an earlier answer was to other words). What others
// are told stays theirs: no number, no unit, no other event, and in the words of an answer every person of the other
// intake is masked, and so is every telephone and id number. Between sealed intakes only what the same person was
// answered is passed on; nothing over the seal. Pure reading; safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/hub.h"

namespace gateway {

struct Told {
  std::uint64_t entry = 0;  ///< ledger index
  std::string event;
  petition::Time at{};
  std::string text;     ///< "" when it has none, or none for a petitioner
  bool shared = false;  ///< given for the same matter to another intake
};

/// In ledger order.
petition::Result<std::vector<Told>> ToldTo(Hub& hub, std::uint64_t index);

}  // namespace gateway
