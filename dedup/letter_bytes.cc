#include "dedup/letter_bytes.h"

#include <array>
#include <cstdint>

namespace dedup {
namespace {

// The number of a letter here is its byte. Part of what is stored: another order is another version of profiles.
constexpr std::u32string_view kShort =
    U"0123456789abcdefghijklmnopqrstuvwxyz"
    U"的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于下自年过发后作里用道行家事"
    U"成方区路市街镇村县小号业工房水车管楼请求反映部门处理居民公日没天电收建费保三月";
static_assert(kShort.size() == 128);

constexpr char32_t kHanFirst = 0x4e00, kHanEnd = 0xa000;
constexpr unsigned kHanLead = 0x80;     // 0x80..0xd1, then the low byte
constexpr unsigned kOthersLead = 0xe0;  // with bits 16 to 20, then two bytes more
static_assert(kHanLead + (kHanEnd - kHanFirst) / 256 <= kOthersLead);

constexpr std::uint8_t kNotShort = 0xff;

/// The short byte of each letter below kHanEnd.
const std::array<std::uint8_t, kHanEnd>& ShortOf() {
  static const auto table = [] {
    std::array<std::uint8_t, kHanEnd> made;
    made.fill(kNotShort);
    for (std::size_t i = 0; i < kShort.size(); ++i) made[kShort[i]] = static_cast<std::uint8_t>(i);
    return made;
  }();
  return table;
}

}  // namespace

void AppendLetters(std::u32string_view letters, std::string& bytes) {
  const auto& short_of = ShortOf();
  for (const char32_t c : letters) {
    if (c < kHanEnd && short_of[c] != kNotShort) {
      bytes += static_cast<char>(short_of[c]);
    } else if (c >= kHanFirst && c < kHanEnd) {
      bytes += static_cast<char>(kHanLead + (c - kHanFirst) / 256);
      bytes += static_cast<char>((c - kHanFirst) % 256);
    } else {
      bytes += static_cast<char>(kOthersLead + (c >> 16 & 0x1f));
      bytes += static_cast<char>(c >> 8 & 0xff);
      bytes += static_cast<char>(c & 0xff);
    }
  }
}

std::optional<std::u32string> TakeLetters(std::size_t count, std::string_view& bytes) {
  if (count > bytes.size()) return std::nullopt;
  std::u32string letters(count, U'\0');
  std::size_t at = 0;
  const auto byte = [&](std::size_t further) { return static_cast<unsigned char>(bytes[at + further]); };
  for (char32_t& c : letters) {
    if (at >= bytes.size()) return std::nullopt;
    const unsigned lead = byte(0);
    const std::size_t size = lead < kHanLead ? 1 : lead < kOthersLead ? 2 : 3;
    if (bytes.size() - at < size) return std::nullopt;
    if (size == 1) {
      c = kShort[lead];
    } else if (size == 2) {
      c = kHanFirst + (lead - kHanLead) * 256 + byte(1);
      if (c >= kHanEnd) return std::nullopt;
    } else {
      c = (lead - kOthersLead) << 16 | static_cast<unsigned>(byte(1)) << 8 | byte(2);
      if (c > 0x10ffff) return std::nullopt;
    }
    at += size;
  }
  bytes.remove_prefix(at);
  return letters;
}

}  // namespace dedup
