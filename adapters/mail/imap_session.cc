#include "adapters/mail/imap_session.h"

#include <curl/curl.h>
#include <poll.h>

#include <charconv>
#include <mutex>

namespace adapters::mail {
namespace {

using petition::Unavailable;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kLineBytesMax = 16u << 20;  // the numbers of two million mails
constexpr std::size_t kLiteralsMax = 8;

void StartCurlLibrary() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct EndCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

// The size of a literal that a line announces at its end: "... {1234}".
std::optional<std::size_t> LiteralSize(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  auto digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.ends_with('+')) digits.remove_suffix(1);
  std::size_t size = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return size;
}

}  // namespace

struct ImapSession::Connection {
  std::unique_ptr<CURL, EndCurl> curl{curl_easy_init()};
  curl_socket_t socket = CURL_SOCKET_BAD;
  std::chrono::seconds timeout{30};
  std::size_t literal_max = 0;
  std::string buffer;
  std::size_t read = 0;  // bytes of the buffer that are taken

  petition::Status Wait(short what, SteadyTime until) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wait{socket, what, 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0)
      return Unavailable("the mail server does not answer in time");
    return petition::Ok();
  }

  petition::Status Send(std::string_view bytes) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    while (!bytes.empty()) {
      std::size_t sent = 0;
      const CURLcode code = curl_easy_send(curl.get(), bytes.data(), bytes.size(), &sent);
      if (code == CURLE_AGAIN) {
        GUIYI_CHECK(Wait(POLLOUT, until));
      } else if (code != CURLE_OK) {
        return Unavailable("the connection to the mail server broke", curl_easy_strerror(code));
      }
      bytes.remove_prefix(sent);
    }
    return petition::Ok();
  }

  petition::Status Fill(SteadyTime until) {
    if (read > (1u << 20)) {
      buffer.erase(0, read);
      read = 0;
    }
    for (;;) {
      char chunk[16384];
      std::size_t got = 0;
      const CURLcode code = curl_easy_recv(curl.get(), chunk, sizeof chunk, &got);
      if (code == CURLE_AGAIN) {
        GUIYI_CHECK(Wait(POLLIN, until));
        continue;
      }
      if (code != CURLE_OK || got == 0)
        return Unavailable("the mail server closed the connection", curl_easy_strerror(code));
      buffer.append(chunk, got);
      return petition::Ok();
    }
  }

  petition::Result<std::string> Line(SteadyTime until) {
    std::size_t looked = read;
    for (;;) {
      const std::size_t end = buffer.find("\r\n", looked);
      if (end != std::string::npos) {
        std::string line = buffer.substr(read, end - read);
        read = end + 2;
        return line;
      }
      if (buffer.size() - read > kLineBytesMax)
        return petition::Invalid("imap_line_too_long", "the mail server sends an endless line");
      const std::size_t taken = read;
      looked = buffer.empty() ? 0 : buffer.size() - (buffer.back() == '\r' ? 1 : 0);
      GUIYI_CHECK(Fill(until));
      looked -= taken - read;  // what was taken may have been dropped from the front
    }
  }

  petition::Result<std::string> Exactly(std::size_t bytes) {
    // Time for each stretch of it: a large mail over a slow line may take long.
    while (buffer.size() - read < bytes) GUIYI_CHECK(Fill(std::chrono::steady_clock::now() + timeout));
    std::string out = buffer.substr(read, bytes);
    read += bytes;
    return out;
  }
};

petition::Result<std::string> ImapQuoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E)
      return petition::Invalid("imap_text",
                               "user, password and folder of a mailbox are ASCII (folders in modified UTF-7)");
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

ImapSession::ImapSession(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
ImapSession::~ImapSession() = default;

petition::Result<std::unique_ptr<ImapSession>> ImapSession::Open(const ImapOptions& options) {
  StartCurlLibrary();
  auto connection = std::make_unique<Connection>();
  CURL* curl = connection->curl.get();
  if (curl == nullptr) return petition::Internal("libcurl does not start");
  connection->timeout = options.timeout;
  connection->literal_max = options.limits.mail_bytes + 4096;
  GUIYI_CHECK(ImapQuoted(options.user).ok() ? petition::Ok() : petition::Status(ImapQuoted(options.user).error()));
  const std::string host = options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
  const bool from_the_start = options.security == ImapSecurity::kTls;
  const std::string url = (from_the_start ? "imaps://" : "imap://") + host + ":" + std::to_string(options.port) + "/";
  const bool tls = options.security != ImapSecurity::kNone;
  const auto seconds = static_cast<long>(options.timeout.count());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  // All or nothing: a server that offers no STARTTLS (or somebody between who strikes the offer out) gets no password.
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(curl, CURLOPT_USERNAME, options.user.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, options.password.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, seconds);
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 3 * seconds);
  if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
  switch (const CURLcode code = curl_easy_perform(curl)) {
    case CURLE_OK:
      break;
    case CURLE_LOGIN_DENIED:
      return petition::Error{
          petition::Code::kUnauthorized, "login_refused", "the mail server does not let us in", {}, {}};
    case CURLE_USE_SSL_FAILED:
      return Unavailable("the mail server offers no STARTTLS", curl_easy_strerror(code));
    case CURLE_PEER_FAILED_VERIFICATION:
      return Unavailable("the mail server's certificate is not one of the authority's", curl_easy_strerror(code));
    default:
      return Unavailable("the mail server can't be reached", curl_easy_strerror(code));
  }
  if (curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &connection->socket) != CURLE_OK)
    return Unavailable("the mail server can't be reached", "no socket");
  return std::unique_ptr<ImapSession>(new ImapSession(std::move(connection)));
}

petition::Result<ImapLine> ImapSession::ReadLine() {
  ImapLine line;
  const auto until = std::chrono::steady_clock::now() + connection_->timeout;
  for (;;) {
    GUIYI_TRY(std::string text, connection_->Line(until));
    const auto size = LiteralSize(text);
    if (!size) {
      line.text += text;
      return line;
    }
    if (*size > connection_->literal_max || line.literals.size() == kLiteralsMax)
      return petition::Invalid("imap_literal_too_large", "the mail server sends more than was asked for");
    line.text += text.substr(0, text.rfind('{')) + "{}";
    GUIYI_TRY(line.literals.emplace_back(), connection_->Exactly(*size));
    if (line.text.size() > kLineBytesMax)
      return petition::Invalid("imap_line_too_long", "the mail server sends an endless line");
  }
}

petition::Status ImapSession::Run(std::string_view command,
                                  const std::function<petition::Status(const ImapLine&)>& each) {
  const std::string tag = "g" + std::to_string(++tag_);
  GUIYI_CHECK(connection_->Send(tag + " " + std::string(command) + "\r\n"));
  for (;;) {
    GUIYI_TRY(const auto line, ReadLine());
    if (line.text.starts_with("* BYE")) return Unavailable("the mail server says good-bye");
    if (line.text.starts_with("* ")) {
      GUIYI_CHECK(each(line));
    } else if (line.text.starts_with(tag + " OK")) {
      return petition::Ok();
    } else if (line.text.starts_with(tag + " ")) {
      return petition::Invalid("imap_refused", "the mail server refuses a command");
    }
  }
}

}  // namespace adapters::mail
