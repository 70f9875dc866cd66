#include "gateway/http/connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <charconv>

#include "gateway/http/problem.h"
#include "gateway/http/request_head.h"
#include "gateway/http/wire_body.h"

namespace gateway::http {

namespace {

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

/// What came of the head of one request, up to its empty line and never more than its bound.
struct ReadBytes {
  std::string bytes;
  bool complete = false, too_large = false, foreign = false;
};

/// The next byte; -1 when the connection ended, in whatever way.
int Next(Session& session) {
  try {
    return session.Get();
  } catch (const Poco::Exception&) {
    return -1;
  }
}

/// Another protocol shows with its first byte: then only what has come with it is taken, since its sender may wait for
/// us to speak.
ReadBytes ReadHead(Session& session, std::size_t bytes_max) {
  ReadBytes head;
  std::size_t line = 0;  // where the last line begins
  for (std::size_t taken = 0; taken < bytes_max; ++taken) {
    const int c = Next(session);
    if (c < 0) return head;
    head.bytes += static_cast<char>(c);
    if (head.bytes == "\r\n") head.bytes.clear();  // an empty line before the request, as some clients send
    if (head.bytes.size() == 1 && c != '\r' && !IsTokenChar(static_cast<char>(c))) {
      while (session.buffered() > 0 && head.bytes.size() < bytes_max) head.bytes += static_cast<char>(Next(session));
      head.foreign = true;
      return head;
    }
    if (head.bytes.empty() || c != '\n') continue;
    const auto length = head.bytes.size() - line;
    line = head.bytes.size();
    head.complete = length == 1 || (length == 2 && head.bytes[line - 2] == '\r');
    if (head.complete) return head;
  }
  head.too_large = true;
  return head;
}

petition::Result<RequestHead> ParseRead(const ReadBytes& read, const Line& line, int fields_max) {
  if (read.too_large) return petition::Invalid("headers_too_large", "the header is too large");
  if (read.complete) return ParseHead(read.bytes, static_cast<std::size_t>(fields_max));
  if (read.foreign) return petition::Invalid("request_malformed", "not an HTTP request");
  if (line.cut) return petition::Invalid("timeout", "the request took too long to arrive");
  return petition::Invalid("request_incomplete", "the request broke off inside its header");
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

Line::Line(const Poco::Net::StreamSocket& its_socket) : socket(its_socket), waiting_since_ms(Lines::NowMs()) {}

bool Line::BeginWaiting() {
  std::int64_t busy = 0;
  return waiting_since_ms.compare_exchange_strong(busy, Lines::NowMs()) || busy > 0;
}

bool Line::EndWaiting() {
  auto since = waiting_since_ms.load();
  return since == 0 || (since > 0 && waiting_since_ms.compare_exchange_strong(since, 0));
}

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

bool Lines::MakeRoom(std::chrono::milliseconds after) {
  std::lock_guard lock(mutex_);
  Line* longest = nullptr;
  std::int64_t since = NowMs() - after.count() + 1;
  for (const auto& line : lines_) {
    const auto waiting = line->waiting_since_ms.load();
    if (waiting > 0 && waiting < since) {
      since = waiting;
      longest = line.get();
    }
  }
  if (!longest || !longest->waiting_since_ms.compare_exchange_strong(since, Line::kGivenAway)) return false;
  Cut(*longest);
  return true;
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
  line.idle = true;
  if (wire_.lines.stopping() || !line.BeginWaiting()) return false;
  // Waiting for the first byte is idleness; from it on the header's time runs.
  if (!session.Await()) return false;
  line.idle = false;
  line.deadline_ms = Lines::NowMs() + wire_.limits.header_time.count();
  const auto begun = Clock::now();

  const auto read = ReadHead(session, wire_.limits.header_bytes_max);
  if (!line.EndWaiting()) return false;  // its place was given to somebody else
  const auto head = ParseRead(read, line, wire_.limits.header_fields_max);
  line.deadline_ms = 0;  // from here on the door's own bounds hold
  Request request;
  request.peer = peer_;
  Door::Served served;
  WireBody body(session, line, wire_.limits, head.ok() ? head->length : 0, head.ok() && head->expects_continue);
  if (head.ok()) {
    FillRequest(*head, request);
    served = wire_.door.Serve(request, body);
  } else {
    served.answer = wire_.door.Unreadable(head.error(), read.bytes, request.language);
  }
  const bool keep = head.ok() && head->KeepsConnection() && !wire_.lines.stopping() && body.Drain();
  if (!line.EndWaiting()) return false;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
  // Counted before the answer leaves, so that whoever has it finds it counted.
  wire_.metrics.Count(served.route, served.answer.status, took);
  Send(Render(served.answer, head.ok() && head->method == "HEAD", keep), line);
  if (wire_.access_log) {
    const auto& table = wire_.door.routes().table();
    const std::string_view route =
        served.route < table.size() ? std::string_view(table[served.route].pattern) : std::string_view("-");
    wire_.access_log(served.route < table.size() ? std::string_view(table[served.route].method) : std::string_view("-"),
                     route, served.answer.status, took.count(), served.who);
  }
  if (!keep) {
    if (!body.done() || !head.ok()) Linger(session, line);
    return false;
  }
  line.deadline_ms = Lines::NowMs() + wire_.limits.keep_alive_time.count();
  return true;
}

}  // namespace gateway::http
