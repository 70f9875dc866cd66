#include "gateway/commands/hub_call.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/URI.h>

#include <fstream>

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

constexpr long kHubCallSeconds = 120;
constexpr std::size_t kHubAnswerBytesMax = 64u << 20, kHubBodyBytesMax = 8u << 20;

petition::Error HubSilent(const char* detail) { return petition::Unavailable("the hub does not answer", detail); }

petition::Error ProblemOf(int status, const Json& problem) {
  auto error = status >= 500 || status == 429 ? petition::Unavailable("") : petition::Invalid("", "");
  if (status == 401 || status == 403) error.code = petition::Code::kUnauthorized;
  if (status == 404) error.code = petition::Code::kNotFound;
  const bool object = problem.is_object();
  error.reason = object ? problem.value("code", "") : "";
  error.message = object ? problem.value("detail", "") : "";
  if (error.message.empty()) error.message = "the hub answered " + std::to_string(status);
  if (!object || !problem.contains("errors") || !problem["errors"].is_array()) return error;
  for (const Json& field : problem["errors"])
    if (field.is_object())
      error.fields.push_back({field.value("pointer", ""), field.value("code", ""), field.value("message", "")});
  return error;
}

}  // namespace

struct HubCall::Impl {
  std::unique_ptr<Poco::Net::HTTPClientSession> session;
  std::string prefix, key;
};

Result<std::string> ReadKeyFile(const std::string& file) {
  std::ifstream in(file);
  std::string key;
  std::getline(in, key);
  while (!key.empty() && (key.back() == '\r' || key.back() == ' ')) key.pop_back();
  if (key.empty()) return petition::Invalid("key_file_invalid", "the key file can't be read or is empty");
  return key;
}

HubCall::HubCall(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HubCall::~HubCall() = default;

Result<std::unique_ptr<HubCall>> HubCall::Open(const std::string& url, std::string key) {
  try {
    const Poco::URI uri(url);
    const bool tls = uri.getScheme() == "https";
    if ((!tls && uri.getScheme() != "http") || uri.getHost().empty() || !uri.getQuery().empty())
      return petition::Invalid("url_invalid", "the address must read http://HOST:PORT or https://HOST:PORT");
    auto impl = std::make_unique<Impl>();
    if (tls) {
      const Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", "", "",
                                                                   Poco::Net::Context::VERIFY_STRICT, 9, true));
      impl->session = std::make_unique<Poco::Net::HTTPSClientSession>(uri.getHost(), uri.getPort(), context);
    } else {
      impl->session = std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort());
    }
    impl->session->setTimeout(Poco::Timespan(kHubCallSeconds, 0));
    impl->prefix = uri.getPath();
    while (!impl->prefix.empty() && impl->prefix.back() == '/') impl->prefix.pop_back();
    impl->key = std::move(key);
    return std::unique_ptr<HubCall>(new HubCall(std::move(impl)));
  } catch (const Poco::Exception&) {
    return petition::Invalid("url_invalid", "the address can't be used");
  }
}

std::string HubCall::Escaped(const std::string& text) {
  std::string escaped;
  Poco::URI::encode(text, "&=+?#%/", escaped);
  return escaped;
}

Result<Json> HubCall::Post(const std::string& path, const Json& body) const {
  const std::string text = petition::DumpJson(body);
  if (text.size() > kHubBodyBytesMax)
    return petition::Invalid("too_large", "the register is larger than one call takes (8 MiB)");
  try {
    Poco::Net::HTTPRequest request("POST", impl_->prefix + path, Poco::Net::HTTPMessage::HTTP_1_1);
    request.setContentType("application/json");
    request.setContentLength64(static_cast<Poco::Int64>(text.size()));
    request.set("Authorization", "Bearer " + impl_->key);
    impl_->session->sendRequest(request).write(text.data(), static_cast<std::streamsize>(text.size()));
    Poco::Net::HTTPResponse response;
    std::istream& in = impl_->session->receiveResponse(response);
    std::string answer;
    char chunk[65536];
    while (in.read(chunk, sizeof chunk), in.gcount() > 0) {
      answer.append(chunk, static_cast<std::size_t>(in.gcount()));
      if (answer.size() > kHubAnswerBytesMax) return HubSilent("answer too large");
    }
    const auto json = petition::ParseJson(answer);
    const int status = static_cast<int>(response.getStatus());
    if (status != 200 && status != 201) return ProblemOf(status, json.ok() ? *json : Json());
    if (!json.ok()) return HubSilent("an answer that is no JSON");
    return *json;
  } catch (const Poco::Exception& error) {
    return HubSilent(error.name());
  } catch (const std::exception& error) {
    return HubSilent(error.what());
  }
}

}  // namespace gateway
