#include "adapters/files/file_bytes.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "ledger/crypto.h"

namespace adapters {
namespace {

constexpr std::size_t kWindow = 256u << 10;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

petition::Result<int> OpenRegular(const std::filesystem::path& file) {
  const int handle = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (handle < 0) return petition::NotFound("the file " + file.filename().string() + " can't be opened");
  struct stat status {};
  if (fstat(handle, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(handle);
    return petition::Invalid("not_a_file", file.filename().string() + " is not a file");
  }
  return handle;
}

}  // namespace

petition::Result<ScannedFile> ScanFile(const std::filesystem::path& file, std::optional<Encoding> declared,
                                       std::optional<Encoding> fallback,
                                       const std::function<void(std::uint64_t)>& progress) {
  GUIYI_TRY(const int handle, OpenRegular(file));
  const std::unique_ptr<const int, void (*)(const int*)> closing(&handle, [](const int* h) { close(*h); });
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!hash || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1) return petition::Internal("SHA-256");
  ScannedFile found;
  EncodingProbe probe;
  std::string head, window(kWindow, '\0');
  while (true) {
    const ssize_t got = read(handle, window.data(), window.size());
    if (got < 0) return petition::Unavailable("the file can't be read");
    if (got == 0) break;
    const std::string_view part(window.data(), static_cast<std::size_t>(got));
    if (head.size() < 4) head += part.substr(0, 4 - head.size());
    EVP_DigestUpdate(hash.get(), part.data(), part.size());
    probe.Feed(part);
    found.size += part.size();
    if (progress) progress(found.size);
  }
  ledger::Hash digest{};
  if (EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr) != 1) return petition::Internal("SHA-256");
  found.sha256 = ledger::Hex(ledger::AsBytes(digest));
  const bool mark = head.starts_with(kUtf8Mark);
  if (mark) found.begin = kUtf8Mark.size();
  if (declared) {
    if (mark && *declared != Encoding::kUtf8) {
      return petition::Invalid("encoding_differs",
                               "the file begins with the mark of UTF-8, not with what was declared");
    }
    // Both other encodings would read UTF-8 without a complaint, as other characters.
    if (*declared != Encoding::kUtf8 && probe.SurelyUtf8()) {
      return petition::Invalid("encoding_differs", "the file is UTF-8 throughout, not what was declared");
    }
    found.encoding = *declared;
    return found;
  }
  if (mark) return found;
  const auto finding = probe.Conclude();
  const bool wide = head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
  if (wide || (finding == EncodingProbe::Finding::kUnclear && !fallback)) {
    return petition::Invalid(
        "encoding_unclear",
        "the file is neither UTF-8 nor GB18030 throughout; declare one with --encoding, rows that do "
        "not decode are then refused one by one");
  }
  found.encoding = finding == EncodingProbe::Finding::kUtf8      ? Encoding::kUtf8
                   : finding == EncodingProbe::Finding::kGb18030 ? Encoding::kGb18030
                                                                 : *fallback;
  return found;
}

petition::Result<FileBytes> FileBytes::Open(const std::filesystem::path& file) {
  GUIYI_TRY(const int handle, OpenRegular(file));
  return FileBytes(handle);
}

FileBytes::FileBytes(FileBytes&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      base_(other.base_),
      at_(other.at_),
      failed_(other.failed_),
      window_(std::move(other.window_)) {}

FileBytes::~FileBytes() {
  if (file_ >= 0) close(file_);
}

int FileBytes::Refill() {
  base_ += window_.size();
  at_ = 0;
  window_.resize(kWindow);
  const ssize_t got = pread(file_, window_.data(), window_.size(), static_cast<off_t>(base_));
  window_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  failed_ = got < 0;
  if (failed_) return -2;
  return got == 0 ? -1 : static_cast<unsigned char>(window_[at_++]);
}

int FileBytes::Peek() {
  const int byte = Get();
  if (byte >= 0) --at_;
  return byte;
}

std::string_view FileBytes::Window() {
  if (at_ >= window_.size() && Refill() >= 0) --at_;
  return std::string_view(window_).substr(at_);
}

void FileBytes::Seek(std::uint64_t offset) {
  if (offset >= base_ && offset <= base_ + window_.size()) {
    at_ = static_cast<std::size_t>(offset - base_);
    return;
  }
  window_.clear();
  base_ = offset;
  at_ = 0;
}

}  // namespace adapters
