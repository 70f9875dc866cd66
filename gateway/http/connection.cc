#include "gateway/http/connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <sys/socket.h>

#include <array>

#include "gateway/http/render.h"
#include "gateway/http/request_head.h"
#include "gateway/http/wire_body.h"

namespace gateway::http {

namespace {

using Clock = std::chrono::steady_clock;

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

}  // namespace

void Wire::Count(const Door::Served& served, std::chrono::steady_clock::time_point begun) const {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  metrics.Count(served.route, served.answer.status, took);
  if (!access_log) return;
  const auto& table = door.routes().table();
  const bool known = served.route < table.size();
  access_log(known ? std::string_view(table[served.route].method) : std::string_view("-"),
             known ? std::string_view(table[served.route].pattern) : std::string_view("-"), served.answer.status,
             took.count(), served.who);
}

void Conversation::Send(std::string_view bytes) {
  line_.deadline_ms = Lines::NowMs() + wire_.limits.send_time.count();
  while (!bytes.empty()) {
    const auto piece = std::min<std::size_t>(bytes.size(), 1u << 20);
    const int sent = session_.socket().sendBytes(bytes.data(), static_cast<int>(piece));
    if (sent <= 0) throw Poco::Net::NetException("connection closed");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent == static_cast<int>(1u << 20)) line_.deadline_ms = Lines::NowMs() + wire_.limits.send_time.count();
  }
}

void Conversation::Linger() {
  line_.deadline_ms = Lines::NowMs() + 1000;
  session_.socket().shutdownSend();
  std::array<char, 16u << 10> scratch{};
  for (std::size_t drained = 0; drained < (4u << 20);) {
    const std::size_t n = session_.Read(scratch.data(), scratch.size());
    if (n == 0) return;
    drained += n;
  }
}

bool Conversation::ServeOne() {
  line_.idle = true;
  if (wire_.lines.stopping() || !line_.BeginWaiting()) return false;
  // Waiting for the first byte is idleness; from it on the header's time runs.
  if (!session_.Await()) return false;
  line_.idle = false;
  line_.deadline_ms = Lines::NowMs() + wire_.limits.header_time.count();
  const auto begun = Clock::now();

  const auto read = ReadHead(session_, wire_.limits.header_bytes_max);
  if (!line_.EndWaiting()) return false;  // its place was given to somebody else
  const auto head = ParseRead(read, line_, wire_.limits.header_fields_max);
  line_.deadline_ms = 0;  // from here on the door's own bounds hold
  Request request;
  request.peer = peer_;
  Door::Served served;
  WireBody body(session_, line_, wire_.limits, head.ok() ? head->length : 0, head.ok() && head->expects_continue);
  if (head.ok()) {
    FillRequest(*head, request);
    served = wire_.door.Serve(request, body);
  } else {
    served.answer = wire_.door.Unreadable(head.error(), read.bytes, request.language);
  }
  const bool keep = head.ok() && head->KeepsConnection() && !wire_.lines.stopping() && body.Drain();
  if (!line_.EndWaiting()) return false;
  // Counted before the answer leaves, so that whoever has it finds it counted.
  wire_.Count(served, begun);
  Send(Render(served.answer, head.ok() && head->method == "HEAD", keep));
  if (!keep) {
    if (!body.done() || !head.ok()) Linger();
    return false;
  }
  line_.deadline_ms = Lines::NowMs() + wire_.limits.keep_alive_time.count();
  return true;
}

}  // namespace gateway::http
