// What the tests of the indexes share: a folder of their own, keys, and random petition-like texts.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

#include "ledger/crypto.h"

namespace search {

class IndexFolder {
 public:
  IndexFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "guiyi-search-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  ~IndexFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline ledger::Key TestKey(std::uint8_t fill = 7) {
  ledger::Key key;
  key.fill(fill);
  return key;
}

inline std::string Utf8(char32_t c) {
  return {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
          static_cast<char>(0x80 | (c & 0x3F))};
}

/// `letters` ideographs out of the first `alphabet` of the common block.
inline std::string RandomText(std::mt19937& random, std::size_t letters, std::uint32_t alphabet) {
  std::string text;
  for (std::size_t i = 0; i < letters; ++i) text += Utf8(static_cast<char32_t>(0x4E00 + random() % alphabet));
  return text;
}

}  // namespace search
