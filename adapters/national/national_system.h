// The national petition system as a Destination: a Thrift client of NationalPetitionSystem (framed, binary, TLS when
// configured), with its field mapping apart (field_mapping.h).
//
// Threads: safe from any thread; one connection a call in flight, kept open for the next one. Interrupt ends calls in
// flight and is final (a call that is still connecting ends with its connect timeout). Nothing is durable here.
// Failure, by when it happens: not connected, key refused or the other side says it is down: kDeferred, nothing has
// been sent. Failed while sending: kTransient, since an incomplete frame is never acted on. Failed after sending:
// kUnknown. Otherwise what the other side answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/destination.h"

namespace adapters {

struct NationalOptions {
  std::string name = "national";  ///< what the ledger calls this destination
  std::string host = "127.0.0.1";
  int port = 0;
  std::string key;  ///< the Credential of every call
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds send_timeout{10'000};
  std::chrono::milliseconds receive_timeout{15'000};
  std::uint32_t frame_max = 16u << 20;
  bool tls = false;
  std::string ca_file, certificate_file,
      key_file;  ///< ca_file is needed with tls; the other two when the national side asks for a client's certificate
};

/// Connects with the first call. kUnavailable when the TLS files cannot be used.
petition::Result<std::unique_ptr<Destination>> MakeNationalSystem(NationalOptions options);

}  // namespace adapters
