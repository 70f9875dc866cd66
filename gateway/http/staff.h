// The Staff of the HTTP door: people who signed in with name and password, told from their session's cookie. Machines
// show keys; a request that shows one is never looked at for a cookie. Threads: safe from any thread. Lives in the
// Desk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/access.h"
#include "gateway/http/message.h"
#include "gateway/passwords.h"
#include "gateway/registry.h"
#include "gateway/sessions.h"
#include "gateway/sign_in_guard.h"

namespace gateway::http {

class Staff {
 public:
  /// `tls`: the cookie is sent back over TLS only.
  Staff(Registry& registry, std::unique_ptr<Passwords> passwords, const petition::Clock& clock, bool tls);

  Registry& registry() { return registry_; }
  Passwords& passwords() { return *passwords_; }
  Sessions& sessions() { return sessions_; }
  SignInGuard& names() { return names_; }
  SignInGuard& addresses() { return addresses_; }

  /// Somebody whose session the request's cookie is of, with everything they may do.
  struct Present {
    Sessions::Session session;
    Principal principal;
  };
  /// kUnauthorized "session_ended" when there is none (any more).
  petition::Result<Present> Find(const Request& request);
  /// The same for a call: what changes something must show the session's second token (kUnauthorized "csrf_missing"),
  /// and personal data is unmasked only where the request asks for it (`?personal=show`), so that a screen shows nobody
  /// more than its reader opened.
  petition::Result<Principal> Identify(const Request& request);
  /// The user of that name as a principal; none: unknown or disabled.
  std::optional<Principal> PrincipalOf(std::string_view name) const;

  std::string CookieFor(const std::string& token) const;  ///< value of Set-Cookie; "" takes it away
  static std::string TokenOf(std::string_view cookies);   ///< "" when there is none

 private:
  Registry& registry_;
  const std::unique_ptr<Passwords> passwords_;
  const bool tls_;
  Sessions sessions_;
  SignInGuard names_, addresses_;
};

}  // namespace gateway::http
