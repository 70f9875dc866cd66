#include "gateway/http/staff.h"

#include <algorithm>

#include "ledger/crypto.h"

namespace gateway::http {

namespace {

constexpr std::string_view kCookie = "guiyi_session=";
/// Many people of one office share an address.
constexpr SignInGuard::Options kAddresses{.free_tries = 20};

petition::Error Ended() {
  return {petition::Code::kUnauthorized, "session_ended", "the session has ended: sign in again", {}, {}};
}

}  // namespace

Staff::Staff(Registry& registry, std::unique_ptr<Passwords> passwords, const petition::Clock& clock, bool tls)
    : registry_(registry),
      passwords_(std::move(passwords)),
      tls_(tls),
      sessions_({}, clock),
      names_({}, clock),
      addresses_(kAddresses, clock) {}

std::optional<Principal> Staff::PrincipalOf(std::string_view name) const {
  for (const auto& user : registry_.Users()) {
    if (user.name != name || user.disabled) continue;
    return Principal{user.role, user.name, user.source, user.divisions, user.sealed, user.personal};
  }
  return std::nullopt;
}

petition::Result<Staff::Present> Staff::Find(const Request& request) {
  const auto token = TokenOf(request.cookies);
  auto session = token.empty() ? std::nullopt : sessions_.Find(token);
  if (!session) return Ended();
  auto principal = PrincipalOf(session->user);
  if (!principal || passwords_->SetAt(session->user) != session->password_set_at) {
    sessions_.Close(token);
    return Ended();
  }
  return Present{std::move(*session), std::move(*principal)};
}

petition::Result<Principal> Staff::Identify(const Request& request) {
  GUIYI_TRY(auto present, Find(request));
  if (request.method != "GET" && !ledger::ConstantTimeEqual(request.csrf, present.session.csrf)) {
    return petition::Error{
        petition::Code::kUnauthorized, "csrf_missing", "X-CSRF-Token must hold the session's token", {}, {}};
  }
  present.principal.personal = present.principal.personal && request.Query("personal") == "show";
  return std::move(present.principal);
}

std::string Staff::CookieFor(const std::string& token) const {
  std::string cookie = std::string(kCookie) + token + "; Path=/; HttpOnly; SameSite=Strict";
  if (tls_) cookie += "; Secure";
  if (token.empty()) cookie += "; Max-Age=0";
  return cookie;
}

std::string Staff::TokenOf(std::string_view cookies) {
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    auto one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(kCookie)) return std::string(one.substr(kCookie.size(), 128));
  }
  return {};
}

}  // namespace gateway::http
