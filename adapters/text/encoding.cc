#include "adapters/text/encoding.h"

#include <unicode/ucnv.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <iterator>
#include <vector>

#include "petition/text/fold.h"

namespace adapters {
namespace {

/// Text of which this share of the bytes beyond ASCII reads as UTF-8 is damaged UTF-8 rather than GB18030, where such
/// sequences come about by chance only (about one byte in five).
constexpr double kUtf8ShareMax = 0.6;
// A few characters of GBK can look like UTF-8 by chance (the famous one is 联通), a whole file's can't.
constexpr std::uint64_t kSureBytes = 24;

petition::Error Undecodable(std::size_t at) {
  return petition::Invalid(
      "undecodable",
      "the bytes are not text in the encoding that was declared or found: at byte " + std::to_string(at + 1));
}

bool IsGbLead(unsigned char byte) { return byte >= 0x81 && byte <= 0xFE; }
bool IsGbTrail(unsigned char byte) { return byte >= 0x40 && byte <= 0xFE && byte != 0x7F; }
bool IsGbDigit(unsigned char byte) { return byte >= 0x30 && byte <= 0x39; }

}  // namespace

std::optional<Encoding> EncodingFromName(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == ' ') continue;
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (folded == "utf8" || folded == "utf8bom" || folded == "utf8sig") return Encoding::kUtf8;
  if (folded == "gb18030" || folded == "gbk" || folded == "gb2312" || folded == "cp936" || folded == "gb231280" ||
      folded == "windows936" || folded == "xgbk") {
    return Encoding::kGb18030;
  }
  if (folded == "big5" || folded == "cp950" || folded == "big5hkscs") return Encoding::kBig5;
  return std::nullopt;
}

std::string_view EncodingName(Encoding encoding) {
  return encoding == Encoding::kUtf8 ? "utf-8" : encoding == Encoding::kBig5 ? "big5" : "gb18030";
}

std::size_t CharacterBytes(Encoding encoding, unsigned char first, unsigned char second) {
  // In UTF-8 no byte of a longer character looks like a character of its own.
  if (encoding == Encoding::kUtf8 || !IsGbLead(first)) return 1;
  if (encoding == Encoding::kGb18030 && IsGbDigit(second)) return 4;
  return IsGbTrail(second) ? 2 : 1;
}

struct Decoder::Converter {
  UConverter* handle = nullptr;
  std::vector<UChar> wide;
  ~Converter() {
    if (handle != nullptr) ucnv_close(handle);
  }
};

Decoder::Decoder(Encoding encoding) : encoding_(encoding) {
  if (encoding == Encoding::kUtf8) return;
  converter_ = std::make_unique<Converter>();
  UErrorCode status = U_ZERO_ERROR;
  converter_->handle = ucnv_open(encoding == Encoding::kBig5 ? "windows-950" : "gb18030", &status);
  if (U_SUCCESS(status))
    ucnv_setToUCallBack(converter_->handle, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  if (U_FAILURE(status)) converter_->handle = nullptr;
}

Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

/// Of bytes that do not decode: where the first sequence stands that is none.
std::size_t Decoder::FirstBad(std::string_view bytes) const {
  if (encoding_ == Encoding::kUtf8) {
    std::int32_t at = 0;
    const auto size = static_cast<std::int32_t>(std::min<std::size_t>(bytes.size(), INT32_MAX));
    while (at < size) {
      const std::int32_t begin = at;
      UChar32 c = 0;
      U8_NEXT(reinterpret_cast<const std::uint8_t*>(bytes.data()), at, size, c);
      if (c < 0) return static_cast<std::size_t>(begin);
    }
    return bytes.size();
  }
  ucnv_resetToUnicode(converter_->handle);
  const char* from = bytes.data();
  UChar piece[512];
  UErrorCode status = U_ZERO_ERROR;
  do {
    status = U_ZERO_ERROR;
    UChar* to = piece;
    ucnv_toUnicode(converter_->handle, &to, piece + std::size(piece), &from, bytes.data() + bytes.size(), nullptr, true,
                   &status);
  } while (status == U_BUFFER_OVERFLOW_ERROR);
  char bad[32];
  auto length = static_cast<std::int8_t>(sizeof bad);
  UErrorCode ignored = U_ZERO_ERROR;
  ucnv_getInvalidChars(converter_->handle, bad, &length, &ignored);
  ucnv_resetToUnicode(converter_->handle);
  const auto read = static_cast<std::size_t>(from - bytes.data());
  return read - std::min(read, U_SUCCESS(ignored) && length > 0 ? static_cast<std::size_t>(length) : 0u);
}

petition::Result<std::string> Decoder::Decode(std::string_view bytes) {
  if (encoding_ == Encoding::kUtf8) {
    if (!petition::text::IsValidUtf8(bytes)) return Undecodable(FirstBad(bytes));
    return std::string(bytes);
  }
  if (converter_->handle == nullptr) return petition::Internal("ICU lacks a converter");
  // A byte never becomes more than one UTF-16 unit, a unit never more than three bytes of UTF-8.
  converter_->wide.resize(bytes.size() + 1);
  UErrorCode status = U_ZERO_ERROR;
  const int32_t units =
      ucnv_toUChars(converter_->handle, converter_->wide.data(), static_cast<int32_t>(converter_->wide.size()),
                    bytes.data(), static_cast<int32_t>(bytes.size()), &status);
  if (U_FAILURE(status)) return Undecodable(FirstBad(bytes));
  std::string text(static_cast<std::size_t>(units) * 3, '\0');
  int32_t length = 0;
  u_strToUTF8(text.data(), static_cast<int32_t>(text.size()), &length, converter_->wide.data(), units, &status);
  if (U_FAILURE(status)) return Undecodable(FirstBad(bytes));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

void EncodingProbe::FeedUtf8(unsigned char byte) {
  if (utf8_left_ > 0) {
    if (byte >= utf8_low_ && byte <= utf8_high_) {
      utf8_low_ = 0x80, utf8_high_ = 0xBF;
      ++utf8_run_;
      if (--utf8_left_ == 0) utf8_good_ += utf8_run_;
      return;
    }
    utf8_bad_ += utf8_run_;
    utf8_left_ = 0;
  }
  if (byte < 0x80) return;
  utf8_run_ = 1;
  utf8_low_ = 0x80, utf8_high_ = 0xBF;
  if (byte >= 0xC2 && byte <= 0xDF) {
    utf8_left_ = 1;
  } else if (byte >= 0xE0 && byte <= 0xEF) {
    utf8_left_ = 2;
    if (byte == 0xE0) utf8_low_ = 0xA0;
    if (byte == 0xED) utf8_high_ = 0x9F;
  } else if (byte >= 0xF0 && byte <= 0xF4) {
    utf8_left_ = 3;
    if (byte == 0xF0) utf8_low_ = 0x90;
    if (byte == 0xF4) utf8_high_ = 0x8F;
  } else {
    ++utf8_bad_;
  }
}

void EncodingProbe::FeedGb(unsigned char byte) {
  switch (gb_state_) {
    case 0:
      if (IsGbLead(byte)) gb_state_ = 1;
      if (byte == 0x80 || byte == 0xFF) gb_bad_ = true;
      break;
    case 1:
      if (IsGbDigit(byte)) {
        gb_state_ = 2;
      } else {
        gb_bad_ = gb_bad_ || !IsGbTrail(byte);
        gb_state_ = 0;
      }
      break;
    case 2:
      gb_bad_ = gb_bad_ || !IsGbLead(byte);
      gb_state_ = 3;
      break;
    default:
      gb_bad_ = gb_bad_ || !IsGbDigit(byte);
      gb_state_ = 0;
  }
}

void EncodingProbe::Feed(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    // Runs of ASCII say nothing where no character is open: eight at a time.
    while (utf8_left_ == 0 && (gb_bad_ || gb_state_ == 0) && bytes.size() - i >= sizeof(std::uint64_t)) {
      std::uint64_t eight;
      std::memcpy(&eight, bytes.data() + i, sizeof eight);
      if ((eight & 0x8080808080808080u) != 0) break;
      i += sizeof eight;
    }
    // Whole characters of three bytes as they stand in nearly all of UTF-8, once it can be nothing else.
    while (utf8_left_ == 0 && gb_bad_ && bytes.size() - i >= 3 && bytes[i] >= '\xE1' && bytes[i] <= '\xEC' &&
           (bytes[i + 1] & 0xC0) == 0x80 && (bytes[i + 2] & 0xC0) == 0x80) {
      i += 3;
      utf8_good_ += 3;
    }
    if (i >= bytes.size()) return;
    const auto byte = static_cast<unsigned char>(bytes[i]);
    FeedUtf8(byte);
    if (!gb_bad_) FeedGb(byte);
  }
}

bool EncodingProbe::SurelyUtf8() const { return utf8_good_ >= kSureBytes && utf8_bad_ == 0 && utf8_left_ == 0; }

EncodingProbe::Finding EncodingProbe::Conclude() const {
  const std::uint64_t bad = utf8_bad_ + (utf8_left_ > 0 ? utf8_run_ : 0);
  if (bad == 0) return Finding::kUtf8;
  const bool gb = !gb_bad_ && gb_state_ == 0;
  const double share = static_cast<double>(utf8_good_) / static_cast<double>(utf8_good_ + bad);
  return gb && share < kUtf8ShareMax ? Finding::kGb18030 : Finding::kUnclear;
}

}  // namespace adapters
