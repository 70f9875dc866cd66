#include "gateway/http/door.h"

#include <exception>

#include "gateway/http/problem.h"
#include "gateway/refusals.h"
#include "ledger/crypto.h"

namespace gateway::http {

using petition::Code;
using petition::Error;
using petition::Ok;
using petition::Result;
using petition::Status;

namespace {

/// "Bearer KEY", the scheme in any case; "" when it is something else.
std::string_view BearerKey(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != kScheme[i]) return {};
  }
  auto key = authorization.substr(kScheme.size());
  while (key.starts_with(' ')) key.remove_prefix(1);
  while (key.ends_with(' ')) key.remove_suffix(1);
  return key;
}

bool IsJson(std::string_view type) { return type == "application/json" || type == "text/json"; }
bool IsRows(std::string_view type) {
  return type == "application/jsonl" || type == "application/x-ndjson" || type == "application/ndjson" ||
         type == "application/json-lines";
}

Status CheckMediaType(const Route& route, const std::string& type) {
  switch (route.body) {
    case Body::kNone:
    case Body::kAny:
    case Body::kStream:
      return Ok();
    case Body::kJson:
      if (IsJson(type)) return Ok();
      return WrongMediaType("application/json");
    case Body::kRows:
      if (IsJson(type) || IsRows(type)) return Ok();
      return WrongMediaType("application/json or application/jsonl");
    case Body::kForm:
      if (type == "application/x-www-form-urlencoded") return Ok();
      return WrongMediaType("application/x-www-form-urlencoded");
    case Body::kUpload:
      if (type == "application/x-www-form-urlencoded" || type == "multipart/form-data") return Ok();
      return WrongMediaType("application/x-www-form-urlencoded or multipart/form-data");
  }
  return WrongMediaType("of another type");
}

Error Crowded() {
  return {Code::kPushback, "crowded", "too many large requests at the moment: come back in a few seconds", {}, {}};
}

petition::Json Where(const Error& error, const Request& request) {
  auto where = WhereOf(error);
  if (request.who && request.who->role != Role::kSource) where["role"] = RoleName(request.who->role);
  return where;
}

/// The header of a request that can't be read, without what would give access to anything here or elsewhere.
std::string WithoutSecrets(std::string_view head) {
  std::string kept;
  while (!head.empty()) {
    const auto end = std::min(head.find('\n'), head.size() - 1) + 1;
    const auto line = head.substr(0, end);
    std::string name(line.substr(0, line.find(':')));
    for (auto& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const bool secret = name == "authorization" || name == "proxy-authorization" || name == "cookie";
    kept += secret ? name + ": *\r\n" : WithoutKeys(line);
    head.remove_prefix(end);
  }
  return kept;
}

}  // namespace

Status ReadBody(BodyReader& body, std::uint64_t bytes_max, std::string& into) {
  into.clear();
  if (const auto declared = body.declared()) into.reserve(static_cast<std::size_t>(std::min(*declared, bytes_max)));
  constexpr std::uint64_t kStep = 64u << 10;
  const auto declared = body.declared();
  while (true) {
    const auto had = into.size();
    if (declared && had == *declared) return Ok();
    // Never more than one byte beyond the bound: enough to see that there is more.
    const auto want = std::min(declared ? *declared - had : kStep, bytes_max - had + 1);
    into.resize(had + static_cast<std::size_t>(want));
    auto got = body.Read(into.data() + had, static_cast<std::size_t>(want));
    into.resize(had + (got.ok() ? *got : 0));
    if (!got.ok()) return std::move(got).error();
    if (*got == 0) return Ok();
    if (into.size() > bytes_max) return TooLarge(bytes_max);
  }
}

/// The body of a streaming route on its way to the handler, with what a refusal keeps of it: the bytes while they are
/// few, else their hash.
class Door::KeptBody final : public BodyReader {
 public:
  KeptBody(BodyReader& body, bool keeps_bytes) : body_(body), keeps_bytes_(keeps_bytes) {}

  std::optional<std::uint64_t> declared() const override { return body_.declared(); }
  bool done() const override { return body_.done(); }
  void Trust() override { body_.Trust(); }
  Result<std::size_t> Read(char* into, std::size_t size) override {
    auto got = body_.Read(into, size);
    if (!got.ok() || *got == 0) return got;
    const std::string_view piece(into, *got);
    digest_.Add(piece);
    size_ += piece.size();
    if (size_ > kRefusedRawMax) keeps_bytes_ = false;
    if (keeps_bytes_) {
      bytes_ += piece;
    } else {
      bytes_ = {};
    }
    return got;
  }

  /// What the handler left of a small one.
  void ReadOn() {
    std::string piece(64u << 10, '\0');
    while (size_ <= kRefusedRawMax) {
      const auto got = Read(piece.data(), piece.size());
      if (!got.ok() || *got == 0) return;
    }
  }
  void Describe(Refusal& refusal) {
    refusal.raw_size = size_;
    if (bytes_.size() < size_) refusal.raw_sha256 = digest_.HexDigest();
    refusal.raw = std::move(bytes_);
  }

 private:
  BodyReader& body_;
  bool keeps_bytes_;
  std::uint64_t size_ = 0;
  std::string bytes_;
  ledger::RunningSha256 digest_;
};

bool Door::Lease::Take(std::uint64_t bytes, std::uint64_t bytes_max) {
  if (held_.fetch_add(bytes) + bytes > bytes_max) {
    held_ -= bytes;
    return false;
  }
  mine_ += bytes;
  return true;
}

Door::Door(Routes routes, DoorParts parts, DoorLimits limits, RateLimit& anonymous)
    : routes_(std::move(routes)), parts_(std::move(parts)), limits_(limits), anonymous_(anonymous) {}

Status Door::Identify(Request& request, const Route& route) {
  switch (route.access) {
    case Access::kAnyone:
    case Access::kDoor:
      return Ok();
    case Access::kLimited:
      if (!anonymous_.Take(CallerOf(request.peer))) return RateLimited();
      return Ok();
    case Access::kKey:
      break;
  }
  const auto key = BearerKey(request.authorization);
  const bool by_cookie = request.authorization.empty() && !request.cookies.empty() && parts_.signed_in;
  if (key.empty() && !by_cookie) return Unauthorized();
  auto who = by_cookie ? parts_.signed_in(request) : parts_.authenticate(key);
  if (!who.ok()) {
    auto error = std::move(who).error();
    if (error.code == Code::kUnauthorized && error.reason.empty()) error.reason = "key_unknown";
    return error;
  }
  request.who = std::move(who).value();
  // The one place where roles are held against calls. A route without a rule is refused to everybody.
  if (!route.call || !Allowed(request.who->role, *route.call)) return Forbidden();
  return Ok();
}

Status Door::TakeBody(Request& request, BodyReader& body, const Route& route, Lease& lease) {
  if (route.body == Body::kNone) return Ok();
  const auto bytes_max = route.body == Body::kStream   ? limits_.stream_bytes_max
                         : route.body == Body::kForm   ? limits_.form_bytes_max
                         : route.body == Body::kUpload ? limits_.upload_bytes_max
                                                       : limits_.body_bytes_max;
  if (const auto declared = body.declared(); declared && *declared > bytes_max) return TooLarge(bytes_max);
  GUIYI_CHECK(CheckMediaType(route, request.media_type));
  if (route.body == Body::kStream) {
    request.stream = &body;
    return Ok();
  }
  if (!lease.Take(body.declared().value_or(bytes_max), limits_.bodies_bytes_max)) return Crowded();
  return ReadBody(body, bytes_max, request.body);
}

Answer Door::Refused(const Error& error, Request& request, BodyReader& body, Lease& lease, KeptBody* kept) {
  if (!IsRefusal(error)) return ProblemAnswer(error, request.language);
  Refusal refusal;
  refusal.door = "http";
  if (request.who) {
    refusal.source = request.who->source;
    if (request.who->name != refusal.source) refusal.by = request.who->name;
  }
  refusal.reason = error.Reason();
  refusal.media_type = request.media_type;
  refusal.where = Where(error, request);
  const auto declared = body.declared();
  // Turned away before all of it was read (no key, wrong type): what it said is still kept, of a stranger's up to the
  // bound. How that reading ends changes nothing.
  if (kept) {
    kept->ReadOn();
    kept->Describe(refusal);
  } else {
    const auto most = request.who ? limits_.body_bytes_max : kRefusedRawMax;
    if (request.body.empty() && (!declared || *declared <= most) &&
        lease.Take(declared.value_or(most), limits_.bodies_bytes_max)) {
      [[maybe_unused]] const auto read = ReadBody(body, most, request.body);
    }
    refusal.raw = std::move(request.body);
    refusal.raw_size = refusal.raw.size();
  }
  refusal.raw_size = std::max(refusal.raw_size, declared.value_or(0));
  refusal.truncated = !body.done();
  return Recorded(error, refusal, request.language);
}

Answer Door::Recorded(const Error& error, const Refusal& refusal, Language language) {
  const auto recorded = parts_.refuse(refusal);
  if (!recorded.ok()) {
    parts_.log("http: a refusal could not be recorded: " + recorded.error().Reason());
    return ProblemAnswer({Code::kUnavailable, {}, "nothing can be recorded at the moment: send it again later", {}, {}},
                         language);
  }
  return ProblemAnswer(error, language, *recorded == ledger::kNoIndex ? std::nullopt : std::optional(*recorded));
}

Answer Door::Unreadable(const Error& error, std::string_view head, Language language) {
  // What only asked has handed nothing in.
  if (head.starts_with("GET ") || head.starts_with("HEAD ")) return ProblemAnswer(error, language);
  Refusal refusal;
  refusal.door = "http";
  refusal.reason = error.Reason();
  refusal.media_type = "message/http";
  refusal.raw = WithoutSecrets(head);
  refusal.truncated = true;
  return Recorded(error, refusal, language);
}

Answer Door::NoSuchCall(const Error& error, const std::string& allow, Request& request, BodyReader& body,
                        Lease& lease) {
  Answer answer;
  if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    // A system that is set up wrongly hands things in all the same; with a key it is known whose it is.
    if (auto who = parts_.authenticate(BearerKey(request.authorization)); who.ok()) {
      request.who = std::move(who).value();
      body.Trust();
    }
    answer = Refused(error, request, body, lease, nullptr);
  } else {
    answer = ProblemAnswer(error, request.language);
  }
  if (!allow.empty()) answer.headers.emplace_back("Allow", allow);
  return answer;
}

Result<Answer> Door::Run(Request& request, BodyReader& body, Served& served, Lease& lease) {
  auto found = routes_.Find(request.method, request.path);
  if (!found.ok()) return NoSuchCall(found.error(), {}, request, body, lease);
  auto& match = *found;
  if (!match.route) {
    const auto error = match.allow.empty()
                           ? Error{Code::kNotFound, "no_such_route", "there is no such call", {}, {}}
                           : petition::Invalid("method_not_allowed", "this call does not take this method");
    return NoSuchCall(error, match.allow, request, body, lease);
  }
  served.route = match.index;
  const auto& route = *match.route;
  request.captures = std::move(match.captures);
  const auto refused = [&](const Error& error, KeptBody* kept) {
    return route.hands_in ? Refused(error, request, body, lease, kept) : ProblemAnswer(error, request.language);
  };
  auto passed = Identify(request, route);
  if (request.who) {
    served.who = request.who->name;
    body.Trust();
  }
  if (passed.ok()) passed = TakeBody(request, body, route, lease);
  if (!passed.ok()) return refused(passed.error(), nullptr);
  std::optional<KeptBody> kept;
  if (request.stream && route.hands_in) {
    kept.emplace(body, lease.Take(kRefusedRawMax, limits_.bodies_bytes_max));
    request.stream = &*kept;
  }
  auto answer = route.handler(request);
  if (!answer.ok()) {
    if (!answer.error().detail.empty() &&
        (answer.error().code == Code::kInternal || answer.error().code == Code::kCorrupt)) {
      parts_.log("http: " + route.method + " " + route.pattern + ": " + answer.error().detail);
    }
    return refused(answer.error(), kept ? &*kept : nullptr);
  }
  return answer;
}

bool Door::MayServeSoon(std::string_view method, std::string_view target) const {
  const auto* const route = routes_.FindPlain(method, target.substr(0, target.find('?')));
  return route != nullptr && route->soon;
}

bool Door::ServeSoon(Request& request, std::string_view body, const Post& post,
                     std::function<void(std::optional<Served>)> done) {
  try {
    return BeginSoon(request, body, post, done);
  } catch (const std::exception&) {
    return false;  // it will fail again where it is answered
  }
}

bool Door::BeginSoon(Request& request, std::string_view body, const Post& post,
                     std::function<void(std::optional<Served>)>& done) {
  auto found = routes_.Find(request.method, request.path);
  if (!found.ok() || found->route == nullptr || !found->route->soon) return false;
  // Who comes by cookie is looked up in a table of sessions, which may wait.
  if (request.authorization.empty() && !request.cookies.empty()) return false;
  const Route& route = *found->route;
  auto lease = std::make_shared<Lease>(held_);
  if (!Identify(request, route).ok() || !CheckMediaType(route, request.media_type).ok() ||
      body.size() > limits_.body_bytes_max || !lease->Take(body.size(), limits_.bodies_bytes_max)) {
    return false;
  }
  request.captures = std::move(found->captures);
  request.body = body;
  return route.soon(request, post,
                    [lease = std::move(lease), done = std::move(done), place = found->index,
                     who = request.who ? request.who->name : std::string(),
                     language = request.language](std::optional<Result<Answer>> answer) {
                      if (!answer || (!answer->ok() && IsRefusal(answer->error()))) return done(std::nullopt);
                      Served served{{}, place, who};
                      served.answer = answer->ok() ? std::move(**answer) : ProblemAnswer(answer->error(), language);
                      done(std::move(served));
                    });
}

Door::Served Door::Serve(Request& request, BodyReader& body) {
  Served served;
  Lease lease(held_);
  const auto fail = [&](std::string_view what) {
    parts_.log(std::string("http: a handler failed: ").append(what));
    served.answer = ProblemAnswer(petition::Internal({}), request.language);
  };
  try {
    auto answer = Run(request, body, served, lease);
    served.answer = answer.ok() ? std::move(answer).value() : ProblemAnswer(answer.error(), request.language);
  } catch (const std::bad_alloc&) {
    fail("out of memory");
  } catch (const std::exception& error) {
    // Only the kind: texts of exceptions may quote what they choked on.
    fail(typeid(error).name());
  } catch (...) {
    fail("unknown exception");
  }
  return served;
}

}  // namespace gateway::http
