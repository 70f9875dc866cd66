// A TLS client for tests over plain OpenSSL: it says which authority it trusts and how new a protocol it speaks.
// Blocking, one thread; a hung test fails after twenty seconds instead of hanging.
#pragma once

#include <string>
#include <string_view>

namespace support {

class TlsClient {
 public:
  /// `authority`: PEM file; `version_max`: TLS1_1_VERSION ..., 0: the newest.
  TlsClient(int port, const std::string& authority, int version_max = 0);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Both sides were content: this one with the certificate, the other with the protocol.
  bool connected() const { return connected_; }
  bool untrusted() const;       ///< the server's certificate is of no authority that is trusted here
  std::string version() const;  ///< "TLSv1.3"
  bool Send(std::string_view bytes);
  /// What comes until the other side closes or `marker` was seen.
  std::string ReadUntil(std::string_view marker);

 private:
  struct Impl;
  Impl* const impl_;
  bool connected_ = false;
};

}  // namespace support
