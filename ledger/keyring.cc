#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <sstream>

#include "ledger/crypto.h"
#include "ledger/durable_file.h"

namespace ledger {
namespace {

using petition::Error;
using petition::Result;

Error Exposed() {
  return {petition::Code::kUnauthorized,
          "key_exposed",
          "a key file can be read by others than its owner: chmod 600",
          {},
          {}};
}

constexpr const char* kMasterFile = "master.key";
constexpr const char* kSealingFile = "sealing.keys";
constexpr std::size_t kKeyFileBytesMax = 1u << 20;

petition::Error Malformed(const char* file) {
  return petition::Invalid("key_malformed", std::string(file) + " holds something else than 64 hexadecimal digits");
}

/// One key a line.
Result<std::vector<Key>> ReadKeys(const std::filesystem::path& folder, const char* name) {
  struct stat info {};
  if (stat((folder / name).c_str(), &info) != 0)
    return petition::NotFound(std::string(name) + " is missing from the folder of keys");
  if ((info.st_mode & 077) != 0) return Exposed();
  GUIYI_TRY(const std::string text, FileSystem::Real().Read(folder / name, kKeyFileBytesMax));
  std::vector<Key> keys;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    const auto bytes = FromHex(line);
    Key key;
    if (!bytes.ok() || bytes->size() != key.size()) return Malformed(name);
    std::memcpy(key.data(), bytes->data(), key.size());
    keys.push_back(key);
  }
  if (keys.empty()) return Malformed(name);
  return keys;
}

Key DeriveFrom(const Key& secret, std::string_view purpose) {
  Key out;
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* const ctx = EVP_KDF_CTX_new(kdf);
  std::string info = "guiyi/" + std::string(purpose);
  std::string digest = "SHA256";
  Key key = secret;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end(),
  };
  const bool ok = ctx != nullptr && EVP_KDF_derive(ctx, out.data(), out.size(), params) == 1;
  EVP_KDF_CTX_free(ctx);
  EVP_KDF_free(kdf);
  OPENSSL_cleanse(key.data(), key.size());
  if (!ok) std::abort();
  return out;
}

}  // namespace

Result<KeyRing> KeyRing::Open(const std::filesystem::path& folder, bool create) {
  KeyRing ring;
  const std::filesystem::path master = folder / kMasterFile;
  FileSystem& files = FileSystem::Real();
  if (!files.Exists(master)) {
    // A signing key without its master key is half a backup, not a new beginning.
    if (files.Exists(folder / "ledger.key"))
      return petition::NotFound("the master key is missing while the ledger's key is there: restore it");
    if (!create) return petition::NotFound("the folder of keys has no master key");
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || chmod(folder.c_str(), 0700) != 0)
      return petition::Unavailable("the folder of keys can't be made", error.message());
    GUIYI_CHECK(WriteDurably(files, master, Hex(RandomBytes(32)) + "\n", true));
  }
  GUIYI_TRY(const auto masters, ReadKeys(folder, kMasterFile));
  if (masters.size() != 1) return Malformed(kMasterFile);
  ring.master_ = masters.front();
  if (files.Exists(folder / kSealingFile)) {
    GUIYI_TRY(ring.later_, ReadKeys(folder, kSealingFile));
  }
  return ring;
}

Key KeyRing::Derive(std::string_view purpose) const { return DeriveFrom(master_, purpose); }

std::vector<Key> KeyRing::Sealing(std::string_view purpose) const {
  std::vector<Key> keys;
  for (auto secret = later_.rbegin(); secret != later_.rend(); ++secret) keys.push_back(DeriveFrom(*secret, purpose));
  keys.push_back(Derive(purpose));
  return keys;
}

Result<KeyRing> KeyRing::Rotate(const std::filesystem::path& folder) {
  GUIYI_TRY(const KeyRing now, Open(folder, false));
  std::string lines;
  for (const Key& secret : now.later_) lines += Hex(AsBytes(secret)) + "\n";
  lines += Hex(RandomBytes(32)) + "\n";
  GUIYI_CHECK(WriteDurably(FileSystem::Real(), folder / kSealingFile, lines, true));
  return Open(folder, false);
}

}  // namespace ledger
