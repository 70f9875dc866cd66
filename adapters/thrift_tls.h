// TLS for the Thrift clients and servers of the hub: one place that says which protocol versions, whose certificates
// and how peers are checked. Threads: the factory is safe to make sockets from several threads. Failure: files that
// can't be read or don't fit one another are kUnavailable at once.
#pragma once

#include <thrift/transport/TSSLSocket.h>

#include <memory>
#include <string>

#include "petition/result.h"

namespace adapters {

struct TlsFiles {
  std::string certificate;  ///< PEM: ours with its chain; a client may have none
  std::string key;          ///< PEM: its private key
  std::string
      authorities;  ///< PEM: who may have signed the peer's certificate; a server without them asks clients for none
  bool empty() const { return certificate.empty() && key.empty() && authorities.empty(); }
};

enum class TlsSide { kClient, kServer };

/// TLS 1.2 or later. A client always checks the server's chain and host name; a server checks clients when
/// `authorities` is given.
petition::Result<std::shared_ptr<apache::thrift::transport::TSSLSocketFactory>> MakeTlsFactory(const TlsFiles& files,
                                                                                               TlsSide side);

/// Thrift reports to stderr on its own account, with the peer's address and more: silenced once for the process.
void SilenceThrift();

}  // namespace adapters
