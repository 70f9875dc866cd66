// The bytes of a file on their way into an import: scanned once to know the file again (its digest) and what it is
// written in, then read through a window of fixed size from any place. One thread. Nothing is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/text/encoding.h"
#include "petition/result.h"

namespace adapters {

struct ScannedFile {
  std::string sha256;  ///< hex, of all bytes
  std::uint64_t size = 0;
  std::uint64_t begin = 0;  ///< where the text begins: after a byte order mark
  Encoding encoding = Encoding::kUtf8;
};

/// Declared encoding first, then a byte order mark, then strict UTF-8, then strict GB18030. kInvalid
/// ("encoding_unclear") when it can't be told and there is no `fallback`; kNotFound; `progress` hears the bytes read so
/// far.
petition::Result<ScannedFile> ScanFile(const std::filesystem::path& file, std::optional<Encoding> declared,
                                       std::optional<Encoding> fallback,
                                       const std::function<void(std::uint64_t)>& progress = {});

class FileBytes {
 public:
  static petition::Result<FileBytes> Open(const std::filesystem::path& file);
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&&) = delete;
  ~FileBytes();

  /// The next byte, or -1 at the end; -2 when the disk does not answer.
  int Get() { return at_ < window_.size() ? static_cast<unsigned char>(window_[at_++]) : Refill(); }
  /// What the next Get will give.
  int Peek();
  /// The bytes that can be taken without reading again; empty at the end (or when failed()).
  std::string_view Window();
  void Skip(std::size_t bytes) { at_ += bytes; }  ///< of the window
  bool failed() const { return failed_; }
  std::uint64_t offset() const { return base_ + at_; }
  void Seek(std::uint64_t offset);

 private:
  explicit FileBytes(int file) : file_(file) {}
  int Refill();

  int file_ = -1;
  std::uint64_t base_ = 0;  ///< offset of the window
  std::size_t at_ = 0;
  bool failed_ = false;
  std::string window_;
};

}  // namespace adapters
