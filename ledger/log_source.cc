#include "ledger/log_source.h"

#include <curl/curl.h>

#include <mutex>

#include "ledger/durable_file.h"

namespace ledger {
namespace {

using petition::Result;

constexpr int kTries = 3;
constexpr long kConnectSecondsMax = 10, kFetchSecondsMax = 60;

class FolderSource final : public LogSource {
 public:
  explicit FolderSource(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<std::string> Fetch(std::string_view path, std::size_t bytes_max) override {
    return FileSystem::Real().Read(folder_ / path, bytes_max);
  }

 private:
  const std::filesystem::path folder_;
};

class HttpSource final : public LogSource {
 public:
  HttpSource(CURL* handle, std::string url) : handle_(handle), url_(std::move(url)) {
    curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT, kConnectSecondsMax);
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT, kFetchSecondsMax);
    curl_easy_setopt(handle_, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(handle_, CURLOPT_USERAGENT, "guiyi-ledger-verify");
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &HttpSource::Receive);
    curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  }
  ~HttpSource() override { curl_easy_cleanup(handle_); }

  Result<std::string> Fetch(std::string_view path, std::size_t bytes_max) override {
    const std::string url = url_ + "/" + std::string(path);
    std::string why;
    for (int tried = 0; tried < kTries; ++tried) {
      body_.clear();
      bytes_max_ = bytes_max;
      too_large_ = false;
      curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
      const CURLcode code = curl_easy_perform(handle_);
      if (too_large_) return petition::Corrupt("the log's server sent more than a file of a log can hold");
      long status = 0;
      curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
      if (code == CURLE_OK && status == 200) return std::move(body_);
      if (code == CURLE_OK && (status == 404 || status == 410))
        return petition::NotFound("the log's server has no such file");
      why = code != CURLE_OK ? curl_easy_strerror(code) : "status " + std::to_string(status);
      if (code == CURLE_OK && status < 500 && status != 429) break;
    }
    return petition::Unavailable("the log's server does not answer", why);
  }

 private:
  static std::size_t Receive(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto* const source = static_cast<HttpSource*>(self);
    if (source->body_.size() + size * count > source->bytes_max_) {
      source->too_large_ = true;
      return 0;
    }
    source->body_.append(bytes, size * count);
    return size * count;
  }

  CURL* const handle_;
  const std::string url_;
  std::string body_;
  std::size_t bytes_max_ = 0;
  bool too_large_ = false;
};

}  // namespace

Result<std::unique_ptr<LogSource>> OpenFolderSource(const std::filesystem::path& folder) {
  FileSystem& files = FileSystem::Real();
  for (const std::filesystem::path& candidate : {folder / "tiles", folder}) {
    if (files.Exists(candidate / "checkpoint"))
      return std::unique_ptr<LogSource>(std::make_unique<FolderSource>(candidate));
  }
  return petition::NotFound("the folder holds no published log: no file named checkpoint");
}

Result<std::unique_ptr<LogSource>> OpenHttpSource(std::string url) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return petition::Invalid("url_invalid", "the URL is neither http:// nor https://");
  while (url.ends_with('/')) url.pop_back();
  CURL* const handle = curl_easy_init();
  if (handle == nullptr) return petition::Internal("libcurl is not available");
  return std::unique_ptr<LogSource>(std::make_unique<HttpSource>(handle, std::move(url)));
}

}  // namespace ledger
