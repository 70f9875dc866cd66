// Character encodings of files that old systems export: what a file is written in, and its bytes as UTF-8. Strict: what
// does not decode is an error, never a replacement character. A Decoder belongs to one thread; the rest are pure
// functions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace adapters {

enum class Encoding { kUtf8, kGb18030, kBig5 };
/// "utf-8", "gb18030", "big5"; GBK and GB2312 are parts of GB18030 and read as such. Case, hyphens and blanks do not
/// matter. Big5 is never guessed: GB18030 swallows it without an error.
std::optional<Encoding> EncodingFromName(std::string_view name);
std::string_view EncodingName(Encoding encoding);

/// How many bytes the character at the front has, by its first two bytes; 1 for what is none.
std::size_t CharacterBytes(Encoding encoding, unsigned char first, unsigned char second);

class Decoder {
 public:
  explicit Decoder(Encoding encoding);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;
  Encoding encoding() const { return encoding_; }
  /// kInvalid ("undecodable", with the byte, counted from 1) when a byte sequence is none of the encoding.
  petition::Result<std::string> Decode(std::string_view bytes);

 private:
  struct Converter;
  std::size_t FirstBad(std::string_view bytes) const;
  Encoding encoding_;
  std::unique_ptr<Converter> converter_;
};

/// Tells UTF-8 from GB18030 while the bytes of a file pass by. GB18030 takes nearly anything without complaint, so it
/// is believed only of bytes that are not UTF-8 with a few flaws.
class EncodingProbe {
 public:
  void Feed(std::string_view bytes);
  enum class Finding { kUtf8, kGb18030, kUnclear };
  Finding Conclude() const;
  /// UTF-8 without a flaw, and enough of it: whoever declares GBK or Big5 for this is mistaken.
  bool SurelyUtf8() const;

 private:
  void FeedUtf8(unsigned char byte);
  void FeedGb(unsigned char byte);

  // UTF-8: bytes still to come of a character, and what the next one may be.
  int utf8_left_ = 0;
  unsigned char utf8_low_ = 0x80, utf8_high_ = 0xBF;
  std::uint64_t utf8_run_ = 0;                  ///< bytes of the character so far
  std::uint64_t utf8_good_ = 0, utf8_bad_ = 0;  ///< bytes beyond ASCII
  // GB18030: which byte of a character comes next.
  int gb_state_ = 0;
  bool gb_bad_ = false;
};

}  // namespace adapters
