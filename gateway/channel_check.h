// Whether a matter is already in the petition channel: yes or unknown, and nothing else (some hotlines do not take what
// is there already). Sealed intakes never make a yes. Used by every door (HTTP, Thrift). Threads: safe from any thread.
// An answer leaks one bit: doors limit it by rate and check the caller's right (Call::kChannelCheck).
#pragma once

#include <string>

#include "petition/result.h"

namespace gateway {

class Hub;

/// Either an id number with the name that belongs to it, or a query code.
struct ChannelQuestion {
  std::string id_number, name, query_code;
};

/// True: yes; false: unknown. kInvalid ("question_incomplete") when neither pair is given.
petition::Result<bool> InChannel(Hub& hub, const ChannelQuestion& question);

}  // namespace gateway
