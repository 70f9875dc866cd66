#include "petition/base64.h"

#include <array>
#include <cstdint>

namespace petition {
namespace {

constexpr std::string_view kBase64Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto kValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64Characters.size(); ++i) {
    values[static_cast<unsigned char>(kBase64Characters[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j <= bytes.size() ? kBase64Characters[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  int taken = 0;    // characters of the current group of four
  int padding = 0;  // '=' seen
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    if (c == '=') {
      if (taken < 2 || ++padding > 2) return std::nullopt;
    } else if (padding != 0 || kValues[static_cast<unsigned char>(c)] < 0) {
      return std::nullopt;
    }
    group = group << 6 | (c == '=' ? 0U : static_cast<std::uint32_t>(kValues[static_cast<unsigned char>(c)]));
    if (++taken < 4) continue;
    if (padding > 0 && (group & (padding == 1 ? 0xFFU : 0xFFFFU)) != 0)
      return std::nullopt;  // bits that stand for nothing
    for (int i = 0; i < 3 - padding; ++i) out += static_cast<char>(group >> (16 - 8 * i) & 0xFF);
    group = 0;
    taken = 0;
    if (padding > 0) {
      padding = 3;  // nothing but line ends may follow
    }
  }
  if (taken != 0) return std::nullopt;
  return out;
}

}  // namespace petition
