#include "gateway/http/request_head.h"

#include <algorithm>
#include <charconv>

#include "gateway/http/route.h"

namespace gateway::http {

using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kMethodMax = 32;

petition::Error Malformed(const char* what) { return petition::Invalid("request_malformed", what); }

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

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

/// Takes one line without its CRLF off the front; nullopt when it ends in anything else.
std::optional<std::string_view> TakeLine(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos || end == 0 || bytes[end - 1] != '\r') return std::nullopt;
  const auto line = bytes.substr(0, end - 1);
  bytes.remove_prefix(end + 1);
  return line;
}

/// "METHOD SP target SP HTTP/1.x", one blank each.
Status TakeRequestLine(std::string_view line, RequestHead& head) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Malformed("not a request line");
  const auto method = line.substr(0, first), target = line.substr(first + 1, last - first - 1),
             version = line.substr(last + 1);
  if (method.empty() || method.size() > kMethodMax || !std::all_of(method.begin(), method.end(), IsTokenChar))
    return Malformed("the method is none");
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7]))
    return Malformed("not a version of HTTP");
  if (version[5] != '1' || version[7] > '1')
    return petition::Invalid("version_unsupported", "HTTP/1.0 and HTTP/1.1 are spoken here");
  // Bytes beyond ASCII have to be percent-encoded.
  const auto fits = [](char c) { return !IsControl(c) && c != ' ' && static_cast<unsigned char>(c) < 0x80; };
  if (target.empty() || !std::all_of(target.begin(), target.end(), fits))
    return petition::Invalid("target_invalid", "the path holds a blank, a control character or one beyond ASCII");
  head.method = std::string(method);
  head.target = std::string(target);
  head.minor = version[7] - '0';
  return petition::Ok();
}

Status TakeField(std::string_view line, RequestHead& head) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  // A line that begins with a blank (a folded one) or has a blank before its colon has no name of token characters.
  if (colon == std::string_view::npos || name.empty() || !std::all_of(name.begin(), name.end(), IsTokenChar))
    return Malformed("a line of the header is no field");
  const auto value = Trimmed(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), [](char c) { return IsControl(c) && c != '\t'; }))
    return Malformed("a field holds a control character");
  head.fields.emplace_back(Lower(name), std::string(value));
  return petition::Ok();
}

/// How long the body is. Two lengths, a length beside chunks, or anything but plain digits is refused.
Status FindLength(RequestHead& head) {
  int lengths = 0, encodings = 0, hosts = 0;
  for (const auto& [name, value] : head.fields) {
    if (name == "content-length") {
      ++lengths;
      std::uint64_t length = 0;
      const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (failure != std::errc{} || end != value.data() + value.size())
        return Malformed("Content-Length must be a number");
      head.length = length;
    } else if (name == "transfer-encoding") {
      ++encodings;
      if (Lower(value) != "chunked") return Malformed("the only transfer encoding taken is chunked");
    } else if (name == "expect") {
      if (Lower(value) != "100-continue")
        return petition::Invalid("expectation_failed", "the only expectation met is 100-continue");
      head.expects_continue = true;
    } else if (name == "host") {
      ++hosts;
    }
  }
  if (lengths + encodings > 1) return Malformed("more than one length");
  if (encodings > 0 && head.minor == 0) return Malformed("HTTP/1.0 knows no chunks");
  if (hosts > 1 || (hosts == 0 && head.minor == 1)) return Malformed("HTTP/1.1 needs one Host header");
  if (encodings > 0) head.length = std::nullopt;
  return petition::Ok();
}

}  // namespace

bool IsTokenChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

std::string_view RequestHead::Field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

bool RequestHead::KeepsConnection() const {
  bool keeps = minor == 1;
  for (const auto& [name, value] : fields) {
    if (name != "connection") continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      const auto token = Lower(Trimmed(rest.substr(0, comma)));
      if (token == "close") return false;
      if (token == "keep-alive") keeps = true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return keeps;
}

Result<RequestHead> ParseHead(std::string_view bytes, std::size_t fields_max) {
  RequestHead head;
  const auto first = TakeLine(bytes);
  if (!first) return Malformed("a line does not end in CR LF");
  GUIYI_CHECK(TakeRequestLine(*first, head));
  while (true) {
    const auto line = TakeLine(bytes);
    if (!line) return Malformed("a line does not end in CR LF");
    if (line->empty()) break;
    if (head.fields.size() == fields_max)
      return petition::Invalid("headers_too_large", "the header has too many fields");
    GUIYI_CHECK(TakeField(*line, head));
  }
  GUIYI_CHECK(FindLength(head));
  return head;
}

void FillRequest(const RequestHead& head, Request& request) {
  request.method = head.method == "HEAD" ? "GET" : head.method;
  std::string_view target = head.target;
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const auto slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  const auto question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) request.query = ParseQuery(target.substr(question + 1));
  request.authorization = std::string(head.Field("authorization"));
  request.cookies = std::string(head.Field("cookie"));
  request.csrf = std::string(head.Field("x-csrf-token"));
  request.encodings = std::string(head.Field("accept-encoding"));
  request.known_tag = std::string(head.Field("if-none-match"));
  const auto type = head.Field("content-type");
  request.media_type = Lower(Trimmed(type.substr(0, type.find(';'))));
  request.headers = head.fields;
  request.language = LanguageOf(head.Field("accept-language"));
}

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

}  // namespace gateway::http
