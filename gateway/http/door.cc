#include "gateway/http/door.h"

#include <exception>

#include "gateway/http/problem.h"

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
  }
  return WrongMediaType("of another type");
}

Error Crowded() {
  return {Code::kPushback, "crowded", "too many large requests at the moment: come back in a few seconds", {}, {}};
}

/// Whether an error means that the attempt was turned away for what it is. Overload and our own faults are not: the
/// caller is asked to come again.
bool IsRefusal(const Error& error) {
  return error.code == Code::kInvalid || error.code == Code::kUnauthorized || error.code == Code::kConflict ||
         error.code == Code::kNotFound;
}

petition::Json Where(const Error& error, const Request& request) {
  petition::Json where = petition::Json::object();
  if (!error.fields.empty()) {
    auto& fields = where["fields"] = petition::Json::array();
    for (const auto& field : error.fields) {
      fields.push_back({{"pointer", field.pointer}, {"code", field.code}});
      if (fields.size() == 50) break;
    }
  }
  if (request.who && request.who->role != Role::kSource) where["role"] = RoleName(request.who->role);
  return where;
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
      return Ok();
    case Access::kLimited:
      if (!anonymous_.Take(CallerOf(request.peer))) return RateLimited();
      return Ok();
    case Access::kKey:
      break;
  }
  const auto key = BearerKey(request.authorization);
  if (key.empty()) return Unauthorized();
  auto who = parts_.authenticate(key);
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
  const auto bytes_max = route.body == Body::kStream ? limits_.stream_bytes_max
                         : route.body == Body::kForm ? limits_.form_bytes_max
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

Answer Door::Refused(const Error& error, Request& request, BodyReader& body, const Route& route, Lease& lease) {
  if (!route.intake || !IsRefusal(error)) return ProblemAnswer(error, request.language);
  Refusal refusal;
  refusal.door = "http";
  if (request.who) refusal.source = request.who->source;
  refusal.reason = error.Reason();
  refusal.media_type = request.media_type;
  refusal.where = Where(error, request);
  const auto declared = body.declared();
  if (request.body.empty() && route.body != Body::kStream && (!declared || *declared <= kRefusedRawMax) &&
      lease.Take(declared.value_or(kRefusedRawMax), limits_.bodies_bytes_max)) {
    // Turned away before its bytes were read (no key, wrong type): what it said is still kept. How that reading ends
    // changes nothing.
    [[maybe_unused]] const auto read = ReadBody(body, kRefusedRawMax, request.body);
  }
  refusal.raw_size = std::max<std::uint64_t>(request.body.size(), declared.value_or(0));
  refusal.raw = std::move(request.body);
  const auto recorded = parts_.refuse(refusal);
  if (!recorded.ok()) {
    parts_.log("http: a refusal could not be recorded: " + recorded.error().Reason());
    return ProblemAnswer({Code::kUnavailable, {}, "nothing can be recorded at the moment: send it again later", {}, {}},
                         request.language);
  }
  return ProblemAnswer(error, request.language,
                       *recorded == ledger::kNoIndex ? std::nullopt : std::optional(*recorded));
}

Result<Answer> Door::Run(Request& request, BodyReader& body, Served& served, Lease& lease) {
  GUIYI_TRY(auto match, routes_.Find(request.method, request.path));
  if (!match.route) {
    if (match.allow.empty()) return Error{Code::kNotFound, "no_such_route", "there is no such call", {}, {}};
    auto answer =
        ProblemAnswer(petition::Invalid("method_not_allowed", "this call does not take this method"), request.language);
    answer.headers.emplace_back("Allow", match.allow);
    return answer;
  }
  served.route = match.index;
  const auto& route = *match.route;
  request.captures = std::move(match.captures);
  auto passed = Identify(request, route);
  if (request.who) served.who = request.who->name;
  if (passed.ok()) passed = TakeBody(request, body, route, lease);
  if (!passed.ok()) return Refused(passed.error(), request, body, route, lease);
  auto answer = route.handler(request);
  if (!answer.ok()) {
    if (!answer.error().detail.empty() &&
        (answer.error().code == Code::kInternal || answer.error().code == Code::kCorrupt)) {
      parts_.log("http: " + route.method + " " + route.pattern + ": " + answer.error().detail);
    }
    return Refused(answer.error(), request, body, route, lease);
  }
  return answer;
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
