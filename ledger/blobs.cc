#include "ledger/blobs.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>

#include "ledger/aead.h"
#include "ledger/durable_file.h"

// A blob's file: "GYB1", key id[4], salt[32], then chunks of 64 KiB plain text, each AES-256-GCM with its tag behind
// it; only the last may be shorter.
//   key of the blob  = KeyedHash(Sealing("blob"), salt): no two blobs share one, so counters may serve as nonces
//   nonce of chunk i = salt[0..7) || uint32 big-endian i || 1 for the last chunk, else 0
//   authenticated    = "blob " || SHA-256 in hex: one blob can't stand in for another
// Cutting chunks off is noticed because the new last one is not marked as last; the marker is part of the nonce.
//
// incoming/*.tmp is being written; unnamed/NAME was put and is named by nobody yet; ab/NAME stays. A blob is moved from
// unnamed/ to its place, and that is synced, before the entry that names it is appended: so what lies in unnamed/ is
// named by no entry, whatever moment a crash or a clean-up chooses.

namespace ledger {
namespace {

using petition::Corrupt;
using petition::Invalid;
using petition::Result;
using petition::Status;

constexpr std::string_view kMagic = "GYB1";
constexpr std::size_t kChunkBytes = 64 << 10, kKeyIdBytes = 4, kSaltBytes = 32, kNoncePrefixBytes = 7;
constexpr std::size_t kHeaderBytes = 4 + kKeyIdBytes + kSaltBytes;
constexpr auto kAbandonedAfter = std::chrono::hours(24);

Key BlobKey(const Key& key, std::string_view salt) {
  Key out;
  const std::string bytes = KeyedHash(key, salt, out.size());
  std::memcpy(out.data(), bytes.data(), out.size());
  return out;
}

std::string KeyId(const Key& key) { return KeyedHash(key, "key id", 16).substr(0, kKeyIdBytes); }

std::string Nonce(std::string_view salt, std::uint32_t chunk, bool last) {
  std::string nonce(salt.substr(0, kNoncePrefixBytes));
  for (int shift = 24; shift >= 0; shift -= 8) nonce += static_cast<char>(chunk >> shift);
  nonce += last ? '\1' : '\0';
  return nonce;
}

bool IsDigest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

petition::Error WrongName() { return Invalid("digest_invalid", "not a SHA-256 in lower-case hexadecimal"); }

struct Target {
  std::string sha256_hex;
  std::filesystem::path temporary, waiting, kept;
};

class FileWriter final : public BlobStore::Writer {
 public:
  FileWriter(FileSystem& files, std::mutex& places, Target target, std::unique_ptr<FileSystem::File> file,
             const Key& key, std::string salt, std::uint64_t size_max)
      : files_(files),
        places_(places),
        target_(std::move(target)),
        file_(std::move(file)),
        key_(BlobKey(key, salt)),
        salt_(std::move(salt)),
        size_max_(size_max) {}

  ~FileWriter() override {
    file_.reset();
    if (!finished_) (void)files_.Remove(target_.temporary).ok();
  }

  Status Write(std::string_view chunk) override {
    if (failed_) return *failed_;
    if (chunk.size() > size_max_ - size_)
      return Fail(Invalid("too_large", "the attachment is larger than this hub takes"));
    size_ += chunk.size();
    digest_.Add(chunk);
    while (!chunk.empty()) {
      // A full buffer is written only when more follows, since the last chunk carries a mark.
      if (buffer_.size() == kChunkBytes) {
        if (Status written = WriteChunk(false); !written.ok()) return Fail(written.error());
      }
      const std::size_t part = std::min(chunk.size(), kChunkBytes - buffer_.size());
      buffer_ += chunk.substr(0, part);
      chunk.remove_prefix(part);
    }
    return petition::Ok();
  }

  Result<std::uint64_t> Finish() override {
    if (failed_) return *failed_;
    if (digest_.HexDigest() != target_.sha256_hex) {
      return Fail(Invalid("digest_mismatch", "the bytes are not those that were announced"));
    }
    if (Status stored = Store(); !stored.ok()) return Fail(stored.error());
    finished_ = true;
    return size_;
  }

 private:
  petition::Error Fail(petition::Error error) {
    failed_ = error;
    return error;
  }

  Status WriteChunk(bool last) {
    if (!last && chunk_ == ~std::uint32_t{0})
      return Invalid("too_large", "the attachment is larger than this hub takes");
    std::string sealed;
    aead::Encrypt(key_, Nonce(salt_, chunk_++, last), "blob " + target_.sha256_hex, buffer_, sealed);
    buffer_.clear();
    return file_->Write(sealed);
  }

  Status Store() {
    GUIYI_CHECK(WriteChunk(true));
    GUIYI_CHECK(file_->Sync());
    file_.reset();
    const std::lock_guard lock(places_);
    // Put again while it stays already: it goes on staying. Else its waiting begins, or begins anew.
    const auto& place = files_.Exists(target_.kept) ? target_.kept : target_.waiting;
    GUIYI_TRY(const auto folder, files_.OpenFolder(place.parent_path()));
    GUIYI_CHECK(files_.Rename(target_.temporary, place));
    return folder->Sync();
  }

  FileSystem& files_;
  std::mutex& places_;
  const Target target_;
  std::unique_ptr<FileSystem::File> file_;
  const Key key_;
  const std::string salt_;
  const std::uint64_t size_max_;
  RunningSha256 digest_;
  std::string buffer_;
  std::uint64_t size_ = 0;
  std::uint32_t chunk_ = 0;
  bool finished_ = false;
  std::optional<petition::Error> failed_;
};

class FileReader final : public BlobStore::Reader {
 public:
  FileReader(std::unique_ptr<FileSystem::Source> source, std::string sha256_hex, const Key& key, std::string salt,
             std::string first)
      : source_(std::move(source)),
        sha256_hex_(std::move(sha256_hex)),
        key_(BlobKey(key, salt)),
        salt_(std::move(salt)),
        ahead_(std::move(first)) {}

  Result<std::string> Next() override {
    if (ended_) return std::string();
    std::string sealed = std::move(ahead_);
    ahead_.clear();
    if (sealed.size() == kChunkBytes + aead::kTagBytes) {
      GUIYI_TRY(ahead_, source_->Read(kChunkBytes + aead::kTagBytes));
    }
    const bool last = ahead_.empty();
    std::string plain;
    if (!aead::Decrypt(key_, Nonce(salt_, chunk_++, last), "blob " + sha256_hex_, sealed, plain)) {
      return Corrupt("a stored attachment was changed or cut");
    }
    digest_.Add(plain);
    if (last) {
      ended_ = true;
      if (digest_.HexDigest() != sha256_hex_) return Corrupt("a stored attachment is not the one named");
    }
    return plain;
  }

 private:
  std::unique_ptr<FileSystem::Source> source_;
  const std::string sha256_hex_;
  const Key key_;
  const std::string salt_;
  RunningSha256 digest_;
  std::string ahead_;  // the next chunk as stored; empty: the one before was the last
  std::uint32_t chunk_ = 0;
  bool ended_ = false;
};

class FileBlobStore final : public BlobStore {
 public:
  FileBlobStore(std::filesystem::path folder, const KeyRing& keys, std::uint64_t size_max, FileSystem& files)
      : folder_(std::filesystem::absolute(folder)),
        name_key_(keys.Derive("blob name")),
        keys_(keys.Sealing("blob")),
        size_max_(size_max),
        files_(files) {}

  Status Prepare() {
    GUIYI_CHECK(MakeFoldersDurably(files_, folder_.root_path(), folder_ / "incoming"));
    GUIYI_CHECK(MakeFoldersDurably(files_, folder_, folder_ / "unnamed"));
    std::error_code error;
    // What a crash left half-written. Young ones may belong to a put of this moment.
    const auto limit = std::filesystem::file_time_type::clock::now() - kAbandonedAfter;
    for (const auto& left : std::filesystem::directory_iterator(folder_ / "incoming", error)) {
      if (left.last_write_time(error) < limit && !error) std::filesystem::remove(left.path(), error);
    }
    return SyncNames();
  }

  // An earlier process may have been killed between giving a blob its name and making that durable. Here a blob that
  // exists may be named by a receipt, so its name must not go with the next power loss.
  Status SyncNames() {
    std::vector<std::filesystem::path> folders{folder_};
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
      if (at->is_directory(error)) folders.push_back(at->path());
    }
    for (const auto& path : folders) {
      GUIYI_TRY(const auto folder, files_.OpenFolder(path));
      GUIYI_CHECK(folder->Sync());
    }
    return petition::Ok();
  }

  Result<std::unique_ptr<Writer>> Put(std::string_view sha256_hex) override {
    if (!IsDigest(sha256_hex)) return WrongName();
    Target target{std::string(sha256_hex), folder_ / "incoming" / (Hex(RandomBytes(16)) + ".tmp"),
                  WaitingOf(sha256_hex), FileOf(sha256_hex)};
    GUIYI_TRY(auto file, files_.Create(target.temporary, true));
    std::string salt = RandomBytes(kSaltBytes);
    const Status headed = file->Write(std::string(kMagic) + KeyId(keys_.front()) + salt);
    if (!headed.ok()) {
      (void)files_.Remove(target.temporary).ok();
      return headed.error();
    }
    return std::unique_ptr<Writer>(std::make_unique<FileWriter>(files_, places_, std::move(target), std::move(file),
                                                                keys_.front(), std::move(salt), size_max_));
  }

  Result<std::unique_ptr<Reader>> Get(std::string_view sha256_hex) const override {
    if (!IsDigest(sha256_hex)) return WrongName();
    // In the order in which it moves, so that it is not missed while it does.
    auto source = files_.Open(WaitingOf(sha256_hex));
    if (!source.ok()) source = files_.Open(FileOf(sha256_hex));
    if (!source.ok()) {
      return source.error().code == petition::Code::kNotFound ? petition::NotFound("no such attachment")
                                                              : source.error();
    }
    GUIYI_TRY(const std::string header, (*source)->Read(kHeaderBytes));
    if (header.size() != kHeaderBytes || !header.starts_with(kMagic))
      return Corrupt("a stored attachment has no header");
    const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& one) {
      return header.compare(kMagic.size(), kKeyIdBytes, KeyId(one)) == 0;
    });
    if (key == keys_.end()) return Corrupt("a stored attachment was sealed by another key");
    GUIYI_TRY(std::string first, (*source)->Read(kChunkBytes + aead::kTagBytes));
    return std::unique_ptr<Reader>(std::make_unique<FileReader>(std::move(*source), std::string(sha256_hex), *key,
                                                                header.substr(kMagic.size() + kKeyIdBytes),
                                                                std::move(first)));
  }

  bool Exists(std::string_view sha256_hex) const override {
    return IsDigest(sha256_hex) && (files_.Exists(WaitingOf(sha256_hex)) || files_.Exists(FileOf(sha256_hex)));
  }

  Result<bool> Keep(std::string_view sha256_hex) override {
    if (!IsDigest(sha256_hex)) return false;
    const auto waiting = WaitingOf(sha256_hex), kept = FileOf(sha256_hex);
    // Held until it is synced: whoever finds it in its place may rely on that.
    const std::lock_guard lock(places_);
    if (!files_.Exists(waiting)) return files_.Exists(kept);
    GUIYI_CHECK(MakeFoldersDurably(files_, folder_, kept.parent_path()));
    GUIYI_TRY(const auto folder, files_.OpenFolder(kept.parent_path()));
    GUIYI_CHECK(files_.Rename(waiting, kept));
    if (const Status synced = folder->Sync(); !synced.ok()) {
      (void)files_.Rename(kept, waiting).ok();  // nobody may take it for kept
      return synced.error();
    }
    return true;
  }

  std::size_t RemoveUnnamed(std::chrono::seconds age, std::size_t count_max) override {
    const auto limit = std::filesystem::file_time_type::clock::now() - age;
    std::size_t removed = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder_ / "unnamed", error), end; !error && at != end;
         at.increment(error)) {
      const std::lock_guard lock(places_);  // one put again this moment is young again
      std::error_code gone;
      const auto written = at->last_write_time(gone);
      if (gone || written > limit || !files_.Remove(at->path()).ok()) continue;
      if (++removed == count_max) break;
    }
    return removed;
  }

 private:
  // The digest itself would tell whoever sees the folder which known document was handed in.
  std::string NameOf(std::string_view sha256_hex) const { return Hex(KeyedHash(name_key_, sha256_hex, 32)); }
  std::filesystem::path FileOf(std::string_view sha256_hex) const {
    const std::string name = NameOf(sha256_hex);
    return folder_ / name.substr(0, 2) / name;
  }
  std::filesystem::path WaitingOf(std::string_view sha256_hex) const {
    return folder_ / "unnamed" / NameOf(sha256_hex);
  }

  const std::filesystem::path folder_;
  const Key name_key_;
  const std::vector<Key> keys_;  // the newest first
  const std::uint64_t size_max_;
  FileSystem& files_;
  std::mutex places_;  // held while a blob changes its place
};

}  // namespace

Result<std::unique_ptr<BlobStore>> BlobStore::Open(const std::filesystem::path& folder, const KeyRing& keys,
                                                   std::uint64_t size_max, FileSystem* files) {
  auto store = std::make_unique<FileBlobStore>(folder, keys, size_max, files != nullptr ? *files : FileSystem::Real());
  GUIYI_CHECK(store->Prepare());
  return std::unique_ptr<BlobStore>(std::move(store));
}

}  // namespace ledger
