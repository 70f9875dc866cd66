#include "gateway/http/render.h"

#include <array>
#include <charconv>
#include <ctime>

namespace gateway::http {

namespace {

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

}  // namespace

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

}  // namespace gateway::http
