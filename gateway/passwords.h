// Passwords of staff: what a person shows to sign in at the console, kept as Argon2id beside the users in
// `registry.db`. Machines use keys, people may use both. Setting one is a change that the ledger records (who for,
// never the password or its hash). Threads: safe from any thread; at most two are hashed at one time, since each takes
// 64 MiB. Durable: when Set answered. Failure: kInvalid for what is too short or too long, kNotFound for an unknown
// user, kUnauthorized ("sign_in_failed") for a wrong password and for a user without one, alike and equally slow.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

class Passwords {
 public:
  virtual ~Passwords() = default;
  static petition::Result<std::unique_ptr<Passwords>> Open(const std::filesystem::path& folder,
                                                           const petition::Clock& clock);

  virtual petition::Status Set(std::string_view user, std::string_view password) = 0;
  /// kUnauthorized unless it is this user's.
  virtual petition::Status Check(std::string_view user, std::string_view password) const = 0;
  /// When the user's was set last; none: there is none. A session that is older has ended.
  virtual std::optional<petition::Time> SetAt(std::string_view user) const = 0;
};

/// A new one that can be read aloud: four groups of four letters and digits, without those that look alike (79 bits).
std::string MakePassword();

}  // namespace gateway
