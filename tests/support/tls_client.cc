#include "support/tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>

namespace support {

struct TlsClient::Impl {
  int socket = -1;
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
};

TlsClient::TlsClient(int port, const std::string& authority, int version_max) : impl_(new Impl) {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a peer that may have gone
  impl_->context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(impl_->context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_load_verify_locations(impl_->context, authority.c_str(), nullptr);
  if (version_max != 0) {
    // OpenSSL itself would not speak the old ones any more.
    SSL_CTX_set_security_level(impl_->context, 0);
    SSL_CTX_set_min_proto_version(impl_->context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(impl_->context, version_max);
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  impl_->socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{20, 0};
  ::setsockopt(impl_->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(impl_->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(impl_->socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return;
  impl_->ssl = SSL_new(impl_->context);
  SSL_set_fd(impl_->ssl, impl_->socket);
  connected_ = SSL_connect(impl_->ssl) == 1;
}

TlsClient::~TlsClient() {
  if (connected_) SSL_shutdown(impl_->ssl);
  SSL_free(impl_->ssl);
  SSL_CTX_free(impl_->context);
  ::close(impl_->socket);
  delete impl_;
}

bool TlsClient::untrusted() const { return impl_->ssl && SSL_get_verify_result(impl_->ssl) != X509_V_OK; }

std::string TlsClient::version() const { return impl_->ssl ? SSL_get_version(impl_->ssl) : ""; }

bool TlsClient::Send(std::string_view bytes) {
  return connected_ && SSL_write(impl_->ssl, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

std::string TlsClient::ReadUntil(std::string_view marker) {
  std::string all;
  char piece[4096];
  while (connected_ && all.find(marker) == std::string::npos) {
    const int got = SSL_read(impl_->ssl, piece, sizeof piece);
    if (got <= 0) break;
    all.append(piece, static_cast<std::size_t>(got));
  }
  return all;
}

}  // namespace support
