#include "adapters/outgoing.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <mutex>

namespace adapters {
namespace {

constexpr long kConnectMillisMax = 5'000;
constexpr std::chrono::seconds kRetryAfterMax{24 * 3600};

struct Receiving {
  std::string body;
  std::size_t bytes_max;
  bool too_large = false;
};

std::size_t Receive(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& receiving = *static_cast<Receiving*>(into);
  if (receiving.body.size() + size * count > receiving.bytes_max) {
    receiving.too_large = true;
    return 0;
  }
  receiving.body.append(bytes, size * count);
  return size * count;
}

int Progress(void* stopped, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stopped)->load() ? 1 : 0;
}

std::chrono::seconds RetryAfter(CURL* handle) {
  curl_off_t seconds = 0;
  if (curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0) return {};
  return std::min(std::chrono::seconds(seconds), kRetryAfterMax);
}

}  // namespace

bool IsHttpUrl(const std::string& url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || url.size() > 2000) return false;
  const std::string host = url.substr(scheme, url.find('/', scheme) - scheme);
  if (host.empty() || host.find('@') != std::string::npos) return false;
  return std::none_of(url.begin(), url.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

petition::Result<OutgoingAnswer> Call(const OutgoingCall& call) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
  if (!handle) return petition::Internal("libcurl is not available");
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
  const auto add = [&headers](const std::string& line) {
    if (auto* longer = curl_slist_append(headers.get(), line.c_str())) {
      (void)headers.release();
      headers.reset(longer);
    }
  };
  add("Expect:");
  if (call.method != "GET") add("Content-Type: " + call.media_type);
  for (const auto& [name, value] : call.headers) add(name + ": " + value);
  Receiving receiving{{}, call.answer_bytes_max};
  CURL* const curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMillisMax);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(call.time_max.count()));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "guiyi");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
  if (!call.authorities.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, call.authorities.c_str());
  if (call.stopped != nullptr) {
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(call.stopped));
  }
  if (call.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call.body.data());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  if (receiving.too_large) return petition::Unavailable("the answer is too large", "answer too large");
  if (code != CURLE_OK) return petition::Unavailable("no answer came", curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return OutgoingAnswer{static_cast<int>(status), std::move(receiving.body), RetryAfter(curl)};
}

}  // namespace adapters
