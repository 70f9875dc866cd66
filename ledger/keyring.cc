#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>

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

Result<Key> ReadMaster(const std::filesystem::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return petition::NotFound("the master key is missing");
  if ((info.st_mode & 077) != 0) return Exposed();
  GUIYI_TRY(std::string text, FileSystem::Real().Read(file, 4096));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  const auto bytes = FromHex(text);
  Key key;
  if (!bytes.ok() || bytes->size() != key.size())
    return petition::Invalid("key_malformed", "the master key is not 64 hexadecimal digits");
  std::memcpy(key.data(), bytes->data(), key.size());
  return key;
}

}  // namespace

Result<KeyRing> KeyRing::Open(const std::filesystem::path& folder, bool create) {
  KeyRing ring;
  const std::filesystem::path master = folder / "master.key";
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
  GUIYI_TRY(ring.master_, ReadMaster(master));
  return ring;
}

Key KeyRing::Derive(std::string_view purpose) const {
  Key out;
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* const ctx = EVP_KDF_CTX_new(kdf);
  std::string info = "guiyi/" + std::string(purpose);
  std::string digest = "SHA256";
  Key master = master_;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, master.data(), master.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end(),
  };
  const bool ok = ctx != nullptr && EVP_KDF_derive(ctx, out.data(), out.size(), params) == 1;
  EVP_KDF_CTX_free(ctx);
  EVP_KDF_free(kdf);
  OPENSSL_cleanse(master.data(), master.size());
  if (!ok) std::abort();
  return out;
}

}  // namespace ledger
