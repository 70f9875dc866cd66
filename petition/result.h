// A Result is either a value or an Error from one closed list of codes. It is how every call that can fail answers;
// exceptions of libraries stop in the source file that includes the library. Values are plain data: copyable, no thread
// guarantee of their own.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace petition {

/// The closed list. One table in gateway/ maps it to HTTP, Thrift and metric labels.
enum class Code {
  kInvalid,       ///< the caller's input is wrong; sending it again will fail again
  kUnauthorized,  ///< who is calling is unknown, or has no right to this
  kNotFound,
  kConflict,     ///< contradicts what is stored
  kPushback,     ///< too much at the moment: come back after a while
  kUnavailable,  ///< something we need (disk, peer) is not there now
  kCorrupt,      ///< stored data is not what was written
  kInternal,     ///< our own bug
};

/// "invalid", "unauthorized", "not_found" ...
std::string_view CodeName(Code code);

/// One wrong field of an input. `pointer` is an RFC 6901 JSON pointer; `message` never repeats the field's value.
struct FieldError {
  std::string pointer;
  std::string code;
  std::string message;
};

/// Why a call failed. Neither text carries words of a petition or personal data.
struct Error {
  Code code = Code::kInternal;
  std::string
      reason;  ///< stable machine-readable word for the caller, e.g. "content_missing"; CodeName(code) when empty
  std::string message;  ///< for the caller
  std::string detail;   ///< for our own log
  std::vector<FieldError> fields;

  /// `reason`, or the code's name when there is none.
  std::string Reason() const { return reason.empty() ? std::string(CodeName(code)) : reason; }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}      // NOLINT(google-explicit-constructor): `return value;`
  Result(Error error) : held_(std::move(error)) {}  // NOLINT(google-explicit-constructor): `return error;`

  bool ok() const { return std::holds_alternative<T>(held_); }
  explicit operator bool() const { return ok(); }

  const T& value() const& {
    assert(ok());
    return std::get<T>(held_);
  }
  T& value() & {
    assert(ok());
    return std::get<T>(held_);
  }
  T&& value() && {
    assert(ok());
    return std::get<T>(std::move(held_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const Error& error() const& {
    assert(!ok());
    return std::get<Error>(held_);
  }
  Error&& error() && {
    assert(!ok());
    return std::get<Error>(std::move(held_));
  }

 private:
  std::variant<T, Error> held_;
};

/// The value of a call that has none.
struct Done {};
using Status = Result<Done>;
inline Status Ok() { return Done{}; }

/// Short ways to make an Error.
inline Error Invalid(std::string reason, std::string message) {
  return {Code::kInvalid, std::move(reason), std::move(message), {}, {}};
}
inline Error NotFound(std::string message) { return {Code::kNotFound, {}, std::move(message), {}, {}}; }
inline Error Conflict(std::string reason, std::string message) {
  return {Code::kConflict, std::move(reason), std::move(message), {}, {}};
}
inline Error Unavailable(std::string message, std::string detail = {}) {
  return {Code::kUnavailable, {}, std::move(message), std::move(detail), {}};
}
inline Error Corrupt(std::string detail) {
  return {Code::kCorrupt, {}, "stored data is damaged", std::move(detail), {}};
}
inline Error Internal(std::string detail) { return {Code::kInternal, {}, "internal error", std::move(detail), {}}; }

}  // namespace petition

#define GUIYI_CONCAT_INNER(a, b) a##b
#define GUIYI_CONCAT(a, b) GUIYI_CONCAT_INNER(a, b)
/// GUIYI_TRY(auto x, Call()): x is the value, or the surrounding function returns the error.
#define GUIYI_TRY(declaration, expression) GUIYI_TRY_INNER(GUIYI_CONCAT(result_, __LINE__), declaration, expression)
#define GUIYI_TRY_INNER(result, declaration, expression) \
  auto result = (expression);                            \
  if (!result.ok()) return std::move(result).error();    \
  declaration = std::move(result).value()
/// GUIYI_CHECK(Call()): the surrounding function returns the error of a call without a value.
#define GUIYI_CHECK(expression)                                                           \
  do {                                                                                    \
    if (auto checked_ = (expression); !checked_.ok()) return std::move(checked_).error(); \
  } while (false)
