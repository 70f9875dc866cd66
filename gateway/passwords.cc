#include "gateway/passwords.h"

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <sodium.h>

#include <array>
#include <chrono>
#include <mutex>
#include <semaphore>

#include "gateway/sqlite_file.h"
#include "ledger/crypto.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Status;
using namespace Poco::Data::Keywords;

constexpr const char* kPasswordsFile = "registry.db";
constexpr std::size_t kPasswordLettersMin = 10, kPasswordBytesMax = 256;
constexpr std::ptrdiff_t kHashedAtOnce = 2;
/// Callers who wait longer are told to come back, so that a flood of attempts holds no more than a few threads.
constexpr std::chrono::seconds kTurnWait{2};

constexpr const char* kPasswordsSchema[] = {
    "CREATE TABLE IF NOT EXISTS passwords (name TEXT PRIMARY KEY, hash TEXT NOT NULL, set_at INTEGER NOT NULL) "
    "WITHOUT ROWID",
    // Those of the registry, which may not have been opened yet.
    "CREATE TABLE IF NOT EXISTS changes (id INTEGER PRIMARY KEY, record TEXT NOT NULL, recorded INTEGER NOT NULL)",
};

petition::Error TooManyAtOnce() {
  return {petition::Code::kPushback, "crowded", "too many attempts at the moment: come back in a few seconds", {}, {}};
}

petition::Error WrongPassword() {
  return {petition::Code::kUnauthorized, "sign_in_failed", "no user has this name and password", {}, {}};
}

std::size_t LettersOf(std::string_view text) {
  std::size_t letters = 0;
  for (const char c : text) letters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return letters;
}

class SqlitePasswords final : public Passwords {
 public:
  SqlitePasswords(Poco::Data::Session session, const petition::Clock& clock)
      : clock_(clock), session_(std::move(session)) {}

  Status Start() {
    if (sodium_init() < 0) return petition::Internal("libsodium could not be initialised");
    {
      // Made once a process: it takes as long as somebody's sign-in.
      static std::mutex making;
      static std::string made;
      const std::lock_guard lock(making);
      if (made.empty()) {
        GUIYI_TRY(made, Hash(MakePassword()));
      }
      nobodys_ = made;
    }
    const std::lock_guard lock(mutex_);
    return sqlite::InTransaction(session_, kPasswordsFile, [&] {
      for (const char* statement : kPasswordsSchema) session_ << statement, now;
      return petition::Ok();
    });
  }

  Status Set(std::string_view user, std::string_view password) override;
  Status Check(std::string_view user, std::string_view password) const override;
  std::optional<petition::Time> SetAt(std::string_view user) const override;

 private:
  struct Row {
    std::string hash;
    std::int64_t set_at = 0;
  };

  petition::Result<std::string> Hash(std::string_view password) const {
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (!turns_.try_acquire_for(kTurnWait)) return TooManyAtOnce();
    const int failed =
        crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
    turns_.release();
    if (failed) return petition::Unavailable("there is not enough memory for a password at the moment");
    return std::string(hash.data());
  }
  petition::Result<std::optional<Row>> Read(std::string_view user) const;

  const petition::Clock& clock_;
  std::string nobodys_;  ///< constant after Start: what unknown users are held against
  mutable std::counting_semaphore<kHashedAtOnce> turns_{kHashedAtOnce};
  mutable std::mutex mutex_;  ///< guards the session; never held while something is hashed
  mutable Poco::Data::Session session_;
};

petition::Result<std::optional<SqlitePasswords::Row>> SqlitePasswords::Read(std::string_view user) const {
  std::vector<std::string> hashes;
  std::vector<Poco::Int64> times;
  std::string bound(user);
  const std::lock_guard lock(mutex_);
  try {
    session_ << "SELECT hash, set_at FROM passwords WHERE name = $1", use(bound), into(hashes), into(times), now;
  } catch (...) {
    return sqlite::CaughtError(kPasswordsFile);
  }
  if (hashes.empty()) return std::optional<Row>();
  return std::optional(Row{hashes[0], times[0]});
}

Status SqlitePasswords::Set(std::string_view user, std::string_view password) {
  if (LettersOf(password) < kPasswordLettersMin) {
    return petition::Invalid("password_short", "a password has at least 10 characters");
  }
  if (password.size() > kPasswordBytesMax)
    return petition::Invalid("password_long", "a password has at most 256 bytes");
  GUIYI_TRY(auto hash, Hash(password));
  std::string name(user);
  auto set_at = static_cast<Poco::Int64>(clock_.Now().time_since_epoch().count());
  const std::lock_guard lock(mutex_);
  return sqlite::InTransaction(session_, kPasswordsFile, [&]() -> Status {
    Poco::Int64 known = 0, id = 0;
    session_ << "SELECT count(*) FROM users WHERE name = $1", use(name), into(known), now;
    if (known == 0) return petition::NotFound("there is no user of this name");
    session_ << "INSERT OR REPLACE INTO passwords (name, hash, set_at) VALUES ($1, $2, $3)", use(name), use(hash),
        use(set_at), now;
    session_ << "SELECT coalesce(max(id), 0) + 1 FROM changes", into(id), now;
    std::string record = petition::CanonicalJson({{"kind", "config"},
                                                  {"v", 1},
                                                  {"change", id},
                                                  {"what", "password_set"},
                                                  {"name", name},
                                                  {"at", petition::FormatTime(clock_.Now())},
                                                  {"digest", ledger::Hex(ledger::AsBytes(ledger::Sha256(hash)))}});
    session_ << "INSERT INTO changes (id, record, recorded) VALUES ($1, $2, 0)", use(id), use(record), now;
    return petition::Ok();
  });
}

Status SqlitePasswords::Check(std::string_view user, std::string_view password) const {
  if (password.size() > kPasswordBytesMax) return WrongPassword();
  GUIYI_TRY(const auto row, Read(user));
  const std::string& hash = row ? row->hash : nobodys_;
  if (!turns_.try_acquire_for(kTurnWait)) return TooManyAtOnce();
  const bool fits = crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  turns_.release();
  if (!fits || !row) return WrongPassword();
  return petition::Ok();
}

std::optional<petition::Time> SqlitePasswords::SetAt(std::string_view user) const {
  const auto row = Read(user);
  if (!row.ok() || !*row) return std::nullopt;
  return petition::Time{std::chrono::milliseconds{(*row)->set_at}};
}

}  // namespace

petition::Result<std::unique_ptr<Passwords>> Passwords::Open(const std::filesystem::path& folder,
                                                             const petition::Clock& clock) {
  GUIYI_TRY(auto session, sqlite::Open(folder / "registry.db"));
  auto passwords = std::make_unique<SqlitePasswords>(std::move(session), clock);
  GUIYI_CHECK(passwords->Start());
  return std::unique_ptr<Passwords>(std::move(passwords));
}

std::string MakePassword() {
  constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz23456789";
  std::string password;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i > 0 && i % 4 == 0) password += '-';
    password += kLetters[randombytes_uniform(kLetters.size())];
  }
  return password;
}

}  // namespace gateway
