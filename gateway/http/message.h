// What a handler of the HTTP door sees: a Request that was matched, allowed and read, and the Answer it gives. No Poco
// type; plain data, used by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/access.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway::http {

enum class Language { kChinese, kEnglish };

/// The body of a request while it comes in.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Content-Length when there is one; nullopt: chunked.
  virtual std::optional<std::uint64_t> declared() const = 0;
  /// Fills at most `size` bytes; 0: the body is complete. kInvalid "body_incomplete" or "body_malformed" when it breaks
  /// off.
  virtual petition::Result<std::size_t> Read(char* into, std::size_t size) = 0;
  /// Nothing of it is left to be read.
  virtual bool done() const = 0;
  /// Its sender has shown a key, and may take their time.
  virtual void Trust() = 0;
};

struct Request {
  std::string method;                 ///< "GET", "POST", "PUT"; HEAD comes as GET
  std::string path;                   ///< as it came, without the query
  std::vector<std::string> captures;  ///< the {parts} of the pattern, decoded, in order
  std::vector<std::pair<std::string, std::string>> query;
  std::string authorization;  ///< never logged
  std::string cookies;        ///< never logged
  std::string csrf;           ///< X-CSRF-Token; never logged
  std::string encodings;      ///< Accept-Encoding
  std::string known_tag;      ///< If-None-Match
  std::string media_type;     ///< lower case, without parameters
  /// All fields of the header, names in lower case; only while the request is served.
  std::span<const std::pair<std::string, std::string>> headers;
  Language language = Language::kChinese;
  std::string peer;              ///< the caller's address, without port
  std::optional<Principal> who;  ///< set on routes that need a key
  std::string body;              ///< read whole, but on streaming routes
  BodyReader* stream = nullptr;  ///< the body of a streaming route

  /// First value of a query parameter; "" when absent.
  std::string_view Query(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return {};
  }
};

struct Answer {
  int status = 200;
  std::string media_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string problem;  ///< the stable code when this is a refusal; for metrics and tests
};

inline Answer JsonAnswer(const petition::Json& json, int status = 200) {
  Answer answer;
  answer.status = status;
  answer.body = petition::DumpJson(json);
  return answer;
}

using Handler = std::function<petition::Result<Answer>(Request&)>;

/// For calls that are answered without a thread that waits for them. `Post`, safe from any thread, has work done where
/// the call was begun; there the answer is given. No answer (nullopt): nothing was changed, the Handler has to run.
using Post = std::function<void(std::function<void()> work)>;
using Reply = std::function<void(std::optional<petition::Result<Answer>> answer)>;
/// Begins such a call. False: nothing was begun (the Handler has to run), and neither `post` nor `reply` is used.
using SoonHandler = std::function<bool(Request& request, Post post, Reply reply)>;

}  // namespace gateway::http
