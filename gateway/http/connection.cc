#include "gateway/http/connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/NetException.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <charconv>
#include <istream>
#include <streambuf>

#include "gateway/http/problem.h"
#include "gateway/http/wire_body.h"

namespace gateway::http {

namespace {

using Poco::Net::HTTPRequest;
using Clock = std::chrono::steady_clock;

std::string_view StatusWords(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 207:
      return "Multi-Status";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

/// The header of one request, byte by byte from the session and never more than its bound.
class HeaderBuf final : public std::streambuf {
 public:
  HeaderBuf(Session& session, std::size_t bytes_max) : session_(session), left_(bytes_max) {}
  bool too_large() const { return too_large_; }
  /// What came of the header so far.
  const std::string& seen() const { return seen_; }

 protected:
  int_type underflow() override {
    std::size_t n = 0;
    while (n < buffer_.size()) {
      if (left_ == 0) {
        too_large_ = true;
        break;
      }
      int c = session_.get();
      if (c < 0) break;
      seen_ += static_cast<char>(c);
      if (c == 0) c = 1;  // Poco lets NUL through; as a control character it is refused below
      --left_;
      buffer_[n++] = static_cast<char>(c);
      if (c == '\n') break;
    }
    if (n == 0) return traits_type::eof();
    setg(buffer_.data(), buffer_.data(), buffer_.data() + n);
    return traits_type::to_int_type(buffer_[0]);
  }

 private:
  Session& session_;
  std::size_t left_;
  bool too_large_ = false;
  std::string seen_;
  std::array<char, 512> buffer_{};
};

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Chinese unless another language is asked for before it.
Language LanguageOf(std::string_view accept) {
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    const auto item = Lower(Trimmed(accept.substr(0, comma)));
    if (item.starts_with("en")) return Language::kEnglish;
    if (item.starts_with("zh")) return Language::kChinese;
    if (comma == std::string_view::npos) break;
    accept.remove_prefix(comma + 1);
  }
  return Language::kChinese;
}

struct Framing {
  std::optional<std::uint64_t> length = 0;  ///< nullopt: chunked
  bool expects = false;
};

/// How long the body is. Two lengths, a length beside chunks, or anything but plain digits is refused: peers that read
/// such a header differently are how requests are smuggled.
petition::Result<Framing> FramingOf(const HTTPRequest& head) {
  Framing framing;
  int lengths = 0, encodings = 0;
  for (const auto& [name, value] : head) {
    const auto lower = Lower(name);
    if (lower == "content-length") {
      ++lengths;
      const auto digits = Trimmed(value);
      std::uint64_t length = 0;
      const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
      if (failure != std::errc{} || end != digits.data() + digits.size() || digits.empty()) {
        return petition::Invalid("request_malformed", "Content-Length must be a number");
      }
      framing.length = length;
    } else if (lower == "transfer-encoding") {
      ++encodings;
      if (Lower(Trimmed(value)) != "chunked")
        return petition::Invalid("request_malformed", "the only transfer encoding taken is chunked");
    } else if (lower == "expect") {
      if (Lower(Trimmed(value)) != "100-continue")
        return petition::Invalid("expectation_failed", "the only expectation met is 100-continue");
      framing.expects = true;
    } else if (HasControl(value) || HasControl(name) || name.find(' ') != std::string::npos) {
      return petition::Invalid("request_malformed", "a header holds a control character");
    }
  }
  if (lengths + encodings > 1) return petition::Invalid("request_malformed", "more than one length");
  if (encodings) framing.length = std::nullopt;
  return framing;
}

petition::Status FillRequest(const HTTPRequest& head, Request& request) {
  request.method = head.getMethod();
  if (request.method == "HEAD") request.method = "GET";
  std::string_view target = head.getURI();
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const auto slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (HasControl(target)) return petition::Invalid("target_invalid", "the path holds a control character");
  const auto question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) request.query = ParseQuery(target.substr(question + 1));
  request.authorization = head.get("Authorization", "");
  const std::string type = head.get("Content-Type", "");
  request.media_type = Lower(Trimmed(std::string_view(type).substr(0, type.find(';'))));
  if (head.getVersion() != "HTTP/1.1" && head.getVersion() != "HTTP/1.0") {
    return petition::Invalid("version_unsupported", "HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  if (head.getVersion() == "HTTP/1.1" && !head.has("Host"))
    return petition::Invalid("request_malformed", "HTTP/1.1 needs a Host header");
  return petition::Ok();
}

/// RFC 9110 date of this second; made once a second for each thread.
const std::string& DateNow() {
  thread_local std::time_t made_at = 0;
  thread_local std::string made;
  const auto now = std::time(nullptr);
  if (now != made_at) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 64> text{};
    made.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc));
    made_at = now;
  }
  return made;
}

std::string Render(const Answer& answer, bool head_only, bool keep) {
  std::string bytes;
  bytes.reserve(320 + (head_only ? 0 : answer.body.size()));
  std::array<char, 24> digits{};
  const auto number = [&](std::uint64_t value) {
    return std::string_view(
        digits.data(), static_cast<std::size_t>(std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr -
                                                digits.data()));
  };
  bytes.append("HTTP/1.1 ")
      .append(number(static_cast<std::uint64_t>(answer.status)))
      .append(1, ' ')
      .append(StatusWords(answer.status))
      .append("\r\n");
  bytes.append("Date: ").append(DateNow()).append("\r\nServer: guiyi\r\n");
  if (answer.status != 204 && answer.status != 304) {
    bytes.append("Content-Type: ")
        .append(answer.media_type)
        .append("\r\nContent-Length: ")
        .append(number(answer.body.size()))
        .append("\r\n");
  }
  bool cached = false;
  for (const auto& [name, value] : answer.headers) {
    bytes.append(name).append(": ").append(value).append("\r\n");
    cached = cached || name == "Cache-Control";
  }
  if (!cached) bytes.append("Cache-Control: no-store\r\n");
  bytes.append("X-Content-Type-Options: nosniff\r\n");
  bytes.append(keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  if (!head_only && answer.status != 204 && answer.status != 304) bytes += answer.body;
  return bytes;
}

}  // namespace

std::int64_t Lines::NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

std::shared_ptr<Line> Lines::Enter(const Poco::Net::StreamSocket& socket) {
  auto line = std::make_shared<Line>(socket);
  std::lock_guard lock(mutex_);
  if (stopping_) return nullptr;
  lines_.insert(line);
  return line;
}

void Lines::Leave(const std::shared_ptr<Line>& line) {
  std::lock_guard lock(mutex_);
  lines_.erase(line);
  if (lines_.empty()) gone_.notify_all();
}

// Plain shutdown(2) on the descriptor: it wakes a thread blocked in recv, and unlike TLS shutdown it may be called
// beside that thread.
void Lines::Cut(Line& line) {
  line.cut = true;
  ::shutdown(line.socket.impl()->sockfd(), SHUT_RDWR);
}

void Lines::Sweep() {
  const auto now = NowMs();
  std::lock_guard lock(mutex_);
  for (const auto& line : lines_) {
    const auto deadline = line->deadline_ms.load();
    // Only the reading side is ended first, so that a request that came too slowly can still be told so.
    if (deadline == 0 || now < deadline) continue;
    if (line->cut.exchange(true) || line->idle) {
      Cut(*line);
    } else {
      ::shutdown(line->socket.impl()->sockfd(), SHUT_RD);
      line->deadline_ms = now + 2000;
    }
  }
}

void Lines::EndAll(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (const auto& line : lines_) {
    if (line->idle) Cut(*line);
  }
  if (!gone_.wait_for(lock, grace, [&] { return lines_.empty(); })) {
    for (const auto& line : lines_) Cut(*line);
    gone_.wait(lock, [&] { return lines_.empty(); });
  }
}

std::size_t Lines::size() const {
  std::lock_guard lock(mutex_);
  return lines_.size();
}

void Connection::run() {
  const auto line = wire_.lines.Enter(socket());
  if (!line) return;
  struct Leaving {
    Lines& lines;
    const std::shared_ptr<Line>& line;
    ~Leaving() { lines.Leave(line); }
  } leaving{wire_.lines, line};
  try {
    peer_ = socket().peerAddress().host().toString();
    socket().setNoDelay(true);
    const Poco::Timespan backstop(
        std::chrono::microseconds(wire_.limits.keep_alive_time + wire_.limits.body_time).count());
    socket().setReceiveTimeout(backstop);
    socket().setSendTimeout(Poco::Timespan(std::chrono::microseconds(wire_.limits.send_time).count()));
    Session session(socket());
    line->deadline_ms = Lines::NowMs() + wire_.limits.header_time.count();
    while (ServeOne(session, *line)) {
    }
  } catch (const Poco::Exception&) {
    // The other side went away or broke TLS: nobody is left to be told.
  } catch (const std::exception&) {
  }
}

void Connection::Send(std::string_view bytes, Line& line) {
  line.deadline_ms = Lines::NowMs() + wire_.limits.send_time.count();
  while (!bytes.empty()) {
    const auto piece = std::min<std::size_t>(bytes.size(), 1u << 20);
    const int sent = socket().sendBytes(bytes.data(), static_cast<int>(piece));
    if (sent <= 0) throw Poco::Net::NetException("connection closed");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent == static_cast<int>(1u << 20)) line.deadline_ms = Lines::NowMs() + wire_.limits.send_time.count();
  }
}

void Connection::Linger(Session& session, Line& line) {
  line.deadline_ms = Lines::NowMs() + 1000;
  socket().shutdownSend();
  std::array<char, 16u << 10> scratch{};
  for (std::size_t drained = 0; drained < (4u << 20);) {
    const int n = session.read(scratch.data(), scratch.size());
    if (n <= 0) return;
    drained += static_cast<std::size_t>(n);
  }
}

bool Connection::ServeOne(Session& session, Line& line) {
  HeaderBuf buffer(session, wire_.limits.header_bytes_max);
  std::istream stream(&buffer);
  HTTPRequest head;
  head.setFieldLimit(wire_.limits.header_fields_max);

  line.idle = true;
  if (wire_.lines.stopping()) return false;
  // Waiting for the first byte is idleness; from it on the header's time runs.
  if (session.buffered() == 0 && stream.peek() == std::char_traits<char>::eof()) return false;
  line.idle = false;
  line.deadline_ms = Lines::NowMs() + wire_.limits.header_time.count();
  const auto begun = Clock::now();

  Request request;
  request.peer = peer_;
  Door::Served served;
  std::optional<petition::Error> bad;
  Framing framing;
  try {
    head.read(stream);
  } catch (const Poco::Net::NoMessageException&) {
    return false;
  } catch (const Poco::Exception&) {
    bad = petition::Invalid("request_malformed", "not an HTTP request");
  }
  if (buffer.too_large() || (bad && head.size() >= static_cast<std::size_t>(wire_.limits.header_fields_max))) {
    bad = petition::Invalid("headers_too_large", "the header is too large or has too many fields");
  } else if (line.cut) {
    bad = petition::Invalid("timeout", "the request took too long to arrive");
  } else if (!bad && !stream.good()) {
    bad = petition::Invalid("request_incomplete", "the request broke off inside its header");
  }
  request.language = LanguageOf(head.get("Accept-Language", ""));
  if (!bad) {
    auto framed = FramingOf(head);
    if (framed.ok()) {
      framing = *framed;
      if (auto filled = FillRequest(head, request); !filled.ok()) bad = filled.error();
    } else {
      bad = framed.error();
    }
  }
  line.deadline_ms = 0;  // from here on the door's own bounds hold
  WireBody body(session, line, wire_.limits, framing.length, framing.expects);
  if (bad) {
    served.answer = wire_.door.Unreadable(*bad, buffer.seen(), request.language);
  } else {
    served = wire_.door.Serve(request, body);
  }
  const bool wants = head.getVersion() == "HTTP/1.1" ? !head.hasToken("Connection", "close")
                                                     : head.hasToken("Connection", "keep-alive");
  const bool keep = !bad && wants && !wire_.lines.stopping() && body.Drain();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
  // Counted before the answer leaves, so that whoever has it finds it counted.
  wire_.metrics.Count(served.route, served.answer.status, took);
  Send(Render(served.answer, head.getMethod() == "HEAD", keep), line);
  if (wire_.access_log) {
    const auto& table = wire_.door.routes().table();
    const std::string_view route =
        served.route < table.size() ? std::string_view(table[served.route].pattern) : std::string_view("-");
    wire_.access_log(served.route < table.size() ? std::string_view(table[served.route].method) : std::string_view("-"),
                     route, served.answer.status, took.count(), served.who);
  }
  if (!keep) {
    if (!body.done() || bad) Linger(session, line);
    return false;
  }
  line.deadline_ms = Lines::NowMs() + wire_.limits.keep_alive_time.count();
  return true;
}

}  // namespace gateway::http
