// An RpcServer is the hub's Thrift door (petition_exchange.thrift): framed transport, binary protocol, TLS when
// configured, a thread a connection up to a bound. Hostile bytes are refused in bounded memory and recorded. The IDL is
// the interface's documentation. Threads: Start makes its threads; all calls safe from any thread. Stop lets calls in
// progress end (they are durable or not, never half), closes every connection and returns when no thread is left.
// Failure: kUnavailable when the address is taken or the TLS files can't be used.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "petition/result.h"

namespace gateway {

class Hub;

struct RpcOptions {
  std::string host = "127.0.0.1";
  int port = 0;                                     ///< 0: any free one
  std::size_t connections_max = 64;                 ///< more wait until one ends
  std::uint32_t frame_max = 9u << 20;               ///< bytes of one message
  std::size_t memory_max = 64u << 20;               ///< bytes of all messages above 64 KiB together
  std::chrono::milliseconds frame_time{30'000};     ///< for a message to come completely
  std::chrono::milliseconds send_time{30'000};      ///< for an answer to be taken
  std::chrono::milliseconds stranger_idle{10'000};  ///< between calls, until a valid key was shown
  std::chrono::milliseconds known_idle{300'000};
  std::string certificate_file, key_file,
      client_ca_file;  ///< TLS when the first two are given; the third: clients need a certificate
};

class RpcServer {
 public:
  static petition::Result<std::unique_ptr<RpcServer>> Start(RpcOptions options, Hub& hub);
  ~RpcServer();  ///< stops
  int port() const;
  void Stop();

 private:
  struct Impl;
  explicit RpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
