#include "gateway/oversight/alert_sender.h"

#include <curl/curl.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "ledger/durable_file.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kMovesToldMax = 2'000, kIdsShown = 50, kPlaceBytesMax = 64;
constexpr unsigned kDoublingsMax = 10;
constexpr long kAlertTimeoutSeconds = 20;

struct EndCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct EndCurlList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, EndCurl>;
using CurlList = std::unique_ptr<curl_slist, EndCurlList>;

std::size_t DropAnswer(char*, std::size_t size, std::size_t count, void*) { return size * count; }

struct MailUpload {
  std::string_view text;
};
std::size_t ReadMailUpload(char* into, std::size_t size, std::size_t count, void* of) {
  auto& upload = *static_cast<MailUpload*>(of);
  const std::size_t length = std::min(size * count, upload.text.size());
  std::memcpy(into, upload.text.data(), length);
  upload.text.remove_prefix(length);
  return length;
}

CurlHandle PreparedCurl(const std::string& url) {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)begun;
  CurlHandle curl(curl_easy_init());
  if (!curl) return curl;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kAlertTimeoutSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, DropAnswer);
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  return curl;
}

CurlList Appended(CurlList list, const std::string& text) {
  curl_slist* longer = curl_slist_append(list.get(), text.c_str());
  if (longer) {
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

bool PostWebhook(const AlertOptions& options, petition::Time at, const std::string& body) {
  const CurlHandle curl = PreparedCurl(options.webhook);
  if (!curl) return false;
  CurlList headers = Appended(nullptr, "Content-Type: application/json");
  headers = Appended(std::move(headers), "Guiyi-Signature: " + AlertSignature(options.webhook_secret, at, body));
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  if (curl_easy_perform(curl.get()) != CURLE_OK) return false;
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300;
}

bool SendMail(const AlertOptions& options, const std::string& mail) {
  const CurlHandle curl = PreparedCurl(options.mail_server);
  if (!curl) return false;
  CurlList to;
  for (const auto& address : options.mail_to) to = Appended(std::move(to), "<" + address + ">");
  MailUpload upload{mail};
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
  if (!options.mail_user.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));  // no password in the clear
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, options.mail_user.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, options.mail_password.c_str());
  }
  const std::string from = "<" + options.mail_from + ">";
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, ReadMailUpload);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, &upload);
  return curl_easy_perform(curl.get()) == CURLE_OK;
}

Json BySource(const std::vector<Alert>& alerts, bool began) {
  struct OfKind {
    std::uint64_t exceptions = 0, count = 0;
    Json ids = Json::array();
  };
  std::map<std::string, std::map<std::string, OfKind>> sources;
  for (const auto& alert : alerts) {
    if (alert.sealed || alert.began != began) continue;
    auto& kind = sources[alert.source][alert.kind];
    ++kind.exceptions;
    kind.count += alert.count;
    if (kind.ids.size() < kIdsShown) kind.ids.push_back(alert.finding);
  }
  Json list = Json::array();
  for (auto& [source, kinds] : sources) {
    Json shown = Json::array();
    for (auto& [name, kind] : kinds)
      shown.push_back(
          {{"kind", name}, {"exceptions", kind.exceptions}, {"count", kind.count}, {"ids", std::move(kind.ids)}});
    list.push_back({{"source", source}, {"kinds", std::move(shown)}});
  }
  return list;
}

}  // namespace

Json AlertBody(const std::vector<Alert>& alerts) {
  Json began = BySource(alerts, true), ended = BySource(alerts, false);
  if (began.empty() && ended.empty()) return nullptr;
  return {{"at", petition::FormatTime(alerts.front().at)}, {"began", std::move(began)}, {"ended", std::move(ended)}};
}

std::string AlertSignature(std::string_view secret, petition::Time at, std::string_view body) {
  const std::string seconds = std::to_string(at.time_since_epoch().count() / 1000);
  const std::string dated = seconds + "." + std::string(body);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(dated.data()), dated.size());
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_final(&state, mac);
  return "t=" + seconds + ",v1=" + ledger::Hex({reinterpret_cast<const char*>(mac), sizeof mac});
}

std::string AlertMail(const AlertOptions& options, petition::Time at, const Json& body) {
  std::string text;
  const auto add = [&text](const char* heading, const Json& sources) {
    if (sources.empty()) return;
    text += std::string(heading) + "\r\n";
    for (const auto& source : sources) {
      for (const auto& kind : source["kinds"]) {
        const auto name = source["source"].get<std::string>();
        text += "  " + (name.empty() ? "-" : name) + "  " + kind["kind"].get<std::string>() + "  " +
                std::to_string(kind["exceptions"].get<std::uint64_t>()) + " / " +
                std::to_string(kind["count"].get<std::uint64_t>()) + "\r\n";
      }
    }
  };
  add("新发现的异常 / exceptions that began (source, kind, exceptions / items):", body["began"]);
  add("已消除的异常 / exceptions that ended:", body["ended"]);
  std::string to;
  for (const auto& address : options.mail_to) to += (to.empty() ? "" : ", ") + address;
  return "From: " + options.mail_from + "\r\nTo: " + to +
         "\r\nSubject: Guiyi oversight\r\nX-Guiyi-At: " + petition::FormatTime(at) +
         "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
         text;
}

namespace {

class WebhookChannel final : public AlertChannel {
 public:
  explicit WebhookChannel(const AlertOptions& options) : options_(options) {}
  std::string_view name() const override { return "webhook"; }
  bool Deliver(petition::Time at, const Json& body) override {
    return PostWebhook(options_, at, petition::CanonicalJson(body));
  }

 private:
  const AlertOptions options_;
};

class MailChannel final : public AlertChannel {
 public:
  explicit MailChannel(const AlertOptions& options) : options_(options) {}
  std::string_view name() const override { return "mail"; }
  bool Deliver(petition::Time at, const Json& body) override {
    return SendMail(options_, AlertMail(options_, at, body));
  }

 private:
  const AlertOptions options_;
};

Result<std::uint64_t> ReadPlace(const std::filesystem::path& file, std::uint64_t first) {
  auto& files = ledger::FileSystem::Real();
  const auto text = files.Read(file, kPlaceBytesMax);
  if (!text.ok() && text.error().code == petition::Code::kNotFound) {
    GUIYI_CHECK(ledger::WriteDurably(files, file, std::to_string(first) + "\n"));
    return first;
  }
  if (!text.ok()) return text.error();
  std::uint64_t place = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), place);
  if (read.ec != std::errc() || std::string_view(read.ptr, text->data() + text->size()) != "\n")
    return petition::Corrupt(file.string() + " holds no place of the ledger");
  return place;
}

}  // namespace

std::vector<std::unique_ptr<AlertChannel>> AlertChannelsOf(const AlertOptions& options) {
  std::vector<std::unique_ptr<AlertChannel>> channels;
  if (!options.webhook.empty()) channels.push_back(std::make_unique<WebhookChannel>(options));
  if (!options.mail_server.empty()) channels.push_back(std::make_unique<MailChannel>(options));
  return channels;
}

Result<std::unique_ptr<AlertSender>> AlertSender::Open(const AlertOptions& options,
                                                       std::vector<std::unique_ptr<AlertChannel>> channels,
                                                       const Findings& findings, const std::filesystem::path& folder,
                                                       std::uint64_t first, const petition::Clock& clock) {
  std::unique_ptr<AlertSender> sender(new AlertSender(options, findings, clock));
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(folder);
  if (!channels.empty()) std::filesystem::create_directories(absolute, failed);
  if (failed) return petition::Unavailable("can't make " + absolute.string(), failed.message());
  for (auto& channel : channels) {
    Place place;
    place.file = absolute / channel->name();
    GUIYI_TRY(place.next, ReadPlace(place.file, first));
    place.channel = std::move(channel);
    sender->places_.push_back(std::move(place));
  }
  return sender;
}

AlertSender::~AlertSender() { Stop(); }

void AlertSender::Start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  if (thread_.joinable() || places_.empty()) return;
  thread_ = std::thread([this] {
    for (;;) {
      (void)Step();  // what failed is tried again at a later turn
      std::unique_lock waiting(mutex_);
      if (wake_.wait_for(waiting, look_every_, [this] { return stopping_; })) return;
    }
  });
}

void AlertSender::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

/// All that it was not told, as one message; false when there was nothing, or it was not taken.
Result<bool> AlertSender::Tell(Place& place) {
  GUIYI_TRY(const auto moves, findings_.Moves(place.next, kMovesToldMax));
  if (moves.empty()) return false;
  const auto now = clock_.Now();
  std::vector<Alert> alerts;
  for (const auto& move : moves) {
    const FindingRow& row = move.row;
    alerts.push_back({move.began, row.kind, row.source, row.day, row.id, row.count, row.sealed, now});
  }
  const Json body = AlertBody(alerts);
  if (!body.is_null() && !place.channel->Deliver(now, body)) {
    ++failures_;
    const auto wait = retry_ * (1u << std::min(place.failed++, kDoublingsMax));
    place.not_before = now + std::min<std::chrono::seconds>(wait, retry_max_);
    return false;
  }
  place.failed = 0;
  place.not_before = {};
  place.next = moves.back().entry + 1;
  GUIYI_CHECK(ledger::WriteDurably(ledger::FileSystem::Real(), place.file, std::to_string(place.next) + "\n"));
  if (!body.is_null()) ++sent_;
  return !body.is_null();
}

Result<std::size_t> AlertSender::Step() {
  std::size_t told = 0;
  std::optional<petition::Error> failed;
  for (auto& place : places_) {
    if (clock_.Now() < place.not_before) continue;
    const auto taken = Tell(place);
    if (!taken.ok()) failed = taken.error();  // the other channel is told all the same
    told += taken.ok() && *taken ? 1 : 0;
  }
  if (failed) return *failed;
  return told;
}

}  // namespace gateway
