#include "adapters/thrift_tls.h"

#include <openssl/ssl.h>
#include <signal.h>
#include <thrift/TOutput.h>

#include <mutex>

namespace adapters {
namespace {

using apache::thrift::transport::TSSLSocketFactory;

class TlsFactory final : public TSSLSocketFactory {
 public:
  void RefuseOldVersions() { SSL_CTX_set_min_proto_version(ctx_->get(), TLS1_2_VERSION); }
};

// OpenSSL writes without MSG_NOSIGNAL: a peer that has gone would end the process.
void IgnoreSigpipe() {
  struct sigaction current {};
  if (sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
}

}  // namespace

petition::Result<std::shared_ptr<TSSLSocketFactory>> MakeTlsFactory(const TlsFiles& files, TlsSide side) {
  // OpenSSL 1.1 and later initialise themselves; Thrift's own clean-up would take it away from the rest of the process.
  static std::once_flag once;
  std::call_once(once, [] {
    TSSLSocketFactory::setManualOpenSSLInitialization(true);
    IgnoreSigpipe();
  });
  try {
    auto factory = std::make_shared<TlsFactory>();
    factory->RefuseOldVersions();
    factory->server(side == TlsSide::kServer);
    if (!files.authorities.empty()) factory->loadTrustedCertificates(files.authorities.c_str());
    if (!files.certificate.empty()) factory->loadCertificate(files.certificate.c_str());
    if (!files.key.empty()) factory->loadPrivateKey(files.key.c_str());
    factory->authenticate(side == TlsSide::kClient || !files.authorities.empty());
    return std::static_pointer_cast<TSSLSocketFactory>(std::move(factory));
  } catch (const std::exception& e) {
    return petition::Unavailable("the TLS certificate, key or authorities file cannot be used", e.what());
  }
}

void SilenceThrift() {
  static std::once_flag once;
  std::call_once(once, [] { apache::thrift::GlobalOutput.setOutputFunction([](const char*) {}); });
}

}  // namespace adapters
