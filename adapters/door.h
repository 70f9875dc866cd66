// A Door is a protocol by which outside systems push submissions to us (SOAP, WeChat, SMS callbacks, Open311 ...). It
// knows the protocol: how a call shows whose it is, how its body is read, how the answer looks. It knows nothing of
// sockets, the ledger or other sources: the gateway's HTTP server routes calls to it, puts what it decodes on the
// ledger, and only then lets it answer. Threads: all calls from several threads at once; state between calls (WeChat's
// gathering of several messages) is the implementation's, durable, and guarded by it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/record.h"
#include "petition/result.h"
#include "petition/time.h"

namespace adapters {

/// One HTTP call. Sizes are bounded by the server before it comes here.
struct DoorCall {
  std::string method;  ///< "GET", "POST"
  std::string path;    ///< what follows the door's own path: "", "/requests.json"; decoded
  std::vector<std::pair<std::string, std::string>> query;    ///< decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  petition::Time at{};

  std::string Header(std::string_view name) const;  ///< "" when absent
  std::string Query(std::string_view name) const;   ///< the first of that name; "" when absent
};

struct DoorAnswer {
  int status = 200;
  std::string media_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// What a call brings.
struct DoorDecoded {
  std::vector<Record> records;  ///< may be empty (an echo test, a reading call)
  /// When there are none: a stable word why ("gathering", "echo", "read").
  std::string note;
};

class Door {
 public:
  virtual ~Door() = default;
  virtual std::string_view kind() const = 0;  ///< "soap", "wechat" ...: the name in the registry and in refusals

  /// Whether the call shows that it is this door's source's: signature, token, key. `bearer_ok`: it carried the
  /// source's own key of the hub. kUnauthorized otherwise; the gateway records the refusal.
  virtual petition::Status Verify(const DoorCall& call, bool bearer_ok) const = 0;
  /// An error is the whole body's (kInvalid): the gateway refuses it as one.
  virtual petition::Result<DoorDecoded> Decode(const DoorCall& call) = 0;
  /// After everything decoded is on the ledger; one `settled` for each record, in order.
  virtual DoorAnswer Reply(const DoorCall& call, const DoorDecoded& decoded, std::span<const Settled> settled) = 0;
  /// The protocol's own form of "no": SOAP faults, Open311 error lists. An empty body: the gateway answers a problem of
  /// its own form.
  virtual DoorAnswer Refuse(const DoorCall& call, const petition::Error& error) const = 0;
  /// Reads one refused record again, from what the ledger kept of it, by the mapping this door has now.
  virtual petition::Result<Record> Reread(const Refused& refused) const = 0;
};

}  // namespace adapters
