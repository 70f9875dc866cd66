#include "adapters/webhook/webhook.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <atomic>

#include "adapters/outgoing.h"
#include "ledger/crypto.h"

namespace adapters {
namespace {

using petition::Json;

constexpr std::size_t kSecretBytesMin = 16;

Json ToJson(const SourceNotice& notice) {
  return {{"seq", notice.seq},      {"intakeNo", notice.intake_no}, {"externalId", notice.external_id},
          {"kind", notice.kind},    {"event", notice.event},        {"word", notice.word},
          {"state", notice.state},  {"text", notice.text},          {"at", petition::FormatTime(notice.at)},
          {"detail", notice.detail}};
}

class Webhook final : public StateSink {
 public:
  Webhook(WebhookOptions options, const petition::Clock& clock) : options_(std::move(options)), clock_(clock) {}
  std::string_view kind() const override { return "webhook"; }
  void Interrupt() override { stopped_.store(true); }

  Told Tell(std::span<const SourceNotice> notices) override {
    Json list = Json::array();
    for (const auto& notice : notices) list.push_back(ToJson(notice));
    OutgoingCall call;
    call.url = options_.url;
    call.media_type = "application/json";
    call.body = petition::DumpJson({{"source", options_.source}, {"notices", std::move(list)}});
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clock_.Now().time_since_epoch()).count();
    const std::string timestamp = std::to_string(seconds);
    call.headers = {{"Guiyi-Timestamp", timestamp},
                    {"Guiyi-Signature", WebhookSignature(options_.secret, timestamp, call.body)}};
    call.time_max = options_.time_max;
    call.authorities = options_.authorities;
    call.stopped = &stopped_;
    const auto answer = Call(call);
    if (!answer.ok()) return {Told::Outcome::kLater, "unreachable", {}};
    return Judge(*answer);
  }

 private:
  static Told Judge(const OutgoingAnswer& answer) {
    using Outcome = Told::Outcome;
    const std::string reason = "status_" + std::to_string(answer.status);
    if (answer.status >= 200 && answer.status < 300) return {Outcome::kTaken, "", {}};
    if (answer.status == 410) return {Outcome::kGone, reason, {}};
    const bool later = answer.status == 429 || answer.status == 408 || answer.status >= 500;
    return {later ? Outcome::kLater : Outcome::kRefused, reason, answer.retry_after};
  }

  const WebhookOptions options_;
  const petition::Clock& clock_;
  std::atomic<bool> stopped_{false};
};

}  // namespace

std::string WebhookSignature(std::string_view secret, std::string_view timestamp, std::string_view body) {
  const std::string message = std::string(timestamp) + "." + std::string(body);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac, &length) == nullptr)
    std::abort();  // an unsigned call must never be made
  return "v1=" + ledger::Hex({reinterpret_cast<const char*>(mac), length});
}

petition::Result<std::unique_ptr<StateSink>> MakeWebhook(WebhookOptions options, const petition::Clock& clock) {
  if (!IsHttpUrl(options.url)) return petition::Invalid("callback_url", "a callback's url is http:// or https://");
  if (options.secret.size() < kSecretBytesMin)
    return petition::Invalid("callback_secret", "a callback's secret has at least 16 bytes");
  return std::unique_ptr<StateSink>(std::make_unique<Webhook>(std::move(options), clock));
}

}  // namespace adapters
