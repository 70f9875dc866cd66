// Connections to the national system: one a call in flight, kept for the next call when the last one ended well, thrown
// away otherwise. Knows Thrift's transports and nothing of petitions. Threads: safe from any thread; each Lease belongs
// to one. Failure: Take answers kUnavailable with reason "unreachable", or "interrupted" after Interrupt.
#pragma once

#include <thrift/transport/TSSLSocket.h>
#include <thrift/transport/TSocket.h>

#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "NationalPetitionSystem.h"
#include "adapters/national/national_system.h"

namespace adapters {

class Connections {
 public:
  using Client = national_wire::NationalPetitionSystemClient;

  /// `tls` may be null.
  Connections(NationalOptions options, std::shared_ptr<apache::thrift::transport::TSSLSocketFactory> tls);
  ~Connections();

  struct Open;
  /// The right to use one connection for one call. Closed at its end unless Keep was called.
  class Lease {
   public:
    Lease(Connections& owner, std::unique_ptr<Open> open, bool fresh);
    ~Lease();
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    Client& client();
    bool fresh() const { return fresh_; }  ///< connected just now, not kept from an earlier call
    void Keep() { keep_ = true; }

   private:
    Connections* owner_;
    std::unique_ptr<Open> open_;
    bool fresh_, keep_ = false;
  };

  /// `kept`: may be one kept from an earlier call, if it still looks alive.
  petition::Result<Lease> Take(bool kept = true);
  void Interrupt();
  bool interrupted() const;

 private:
  petition::Result<std::unique_ptr<Open>> Connect();
  void GiveBack(std::unique_ptr<Open> open, bool keep);

  const NationalOptions options_;
  const std::shared_ptr<apache::thrift::transport::TSSLSocketFactory> tls_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  bool interrupted_ = false;
  std::vector<std::unique_ptr<Open>> idle_;
  std::list<int> watched_;  ///< descriptors of the connections in use, ours to shut down (never to be closed by Thrift)
};

}  // namespace adapters
