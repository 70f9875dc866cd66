// The Routes of the HTTP door: one table that says for each path and method who may call it, what body it takes and
// what runs. Matching is strict: no path traversal, no NUL bytes, no wildcard but the last part of the tile paths.
// Constant after construction; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/access.h"
#include "gateway/http/message.h"

namespace gateway::http {

/// How a caller shows who it is.
enum class Access {
  kAnyone,   ///< public: health, the transparency log, the page
  kLimited,  ///< anyone, limited by rate for each address
  kDoor,     ///< an outside system: the adapter of its protocol tells whether the call is its source's
  kKey,      ///< a bearer key whose role has a rule for `call`
};

enum class Body {
  kNone,    ///< ignored
  kJson,    ///< application/json
  kRows,    ///< application/json or JSONL
  kForm,    ///< application/x-www-form-urlencoded
  kUpload,  ///< the same, or multipart/form-data
  kAny,     ///< any type
  kStream,  ///< any type; the handler reads it
};

struct Route {
  std::string method;   ///< "GET", "POST", "PUT"
  std::string pattern;  ///< "/api/v1/intakes/{intakeNo}"; "{rest...}" at the end takes what remains
  Access access = Access::kKey;
  std::optional<Call> call;  ///< with kKey: the rule that is asked; none: refused
  Body body = Body::kNone;
  bool hands_in = false;  ///< something is handed in, reported or decided: what is refused goes on the ledger
  Handler handler;
  SoonHandler soon = {};  ///< what `handler` does, for the requests that it need not wait for; may be none
};

class Routes {
 public:
  explicit Routes(std::vector<Route> table);

  struct Match {
    const Route* route = nullptr;  ///< nullptr: no such path (`allow` empty) or no such method
    std::size_t index = 0;         ///< place in the table
    std::vector<std::string> captures;
    std::string allow;  ///< the methods the path takes, for 405
  };
  /// `path` as it came, percent-encoded. Answers kInvalid "target_invalid" for bad escapes and control characters.
  petition::Result<Match> Find(std::string_view method, std::string_view path) const;

  /// The route of a path without parts, as it stands in the table; nullptr: there is none.
  const Route* FindPlain(std::string_view method, std::string_view path) const;

  const std::vector<Route>& table() const { return table_; }

 private:
  struct Pattern {
    std::vector<std::string> parts;  ///< "{}" takes one part that is not empty
    bool rest = false;               ///< the last one takes all that remains
  };
  static Pattern Split(const std::string& pattern);
  static bool Fits(const Pattern& pattern, const std::vector<std::string>& parts, std::vector<std::string>& captures);

  const std::vector<Route> table_;
  std::vector<Pattern> patterns_;
  std::unordered_map<std::string, std::size_t> plain_;  ///< "POST /api/v1/intakes" -> place, for paths without parts
};

/// Percent-decoding; nullopt for a bad escape or a control character in the result. `plus`: "+" is a blank (queries,
/// forms).
std::optional<std::string> PercentDecode(std::string_view text, bool plus = false);
/// "a=1&b=2" decoded in order; unreadable pairs are left out.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view text);

}  // namespace gateway::http
