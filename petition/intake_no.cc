#include <charconv>

#include "petition/digits.h"
#include "petition/identifiers.h"

namespace petition {
namespace {

constexpr std::string_view kCheckCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::size_t kDivisionWidth = 6, kDayWidth = 8, kSerialWidthMin = 6, kSerialWidthMax = 20;

}  // namespace

std::optional<char> Mod3736Check(std::string_view text) {
  // ISO 7064 hybrid system: P(1) = 36; S = P + a; P(next) = 2 * (S mod 36, or 36 when 0) mod 37; the check makes the
  // last S congruent to 1.
  std::size_t p = 36;
  for (const char c : text) {
    const std::size_t value = kCheckCharacters.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    std::size_t s = (p + value) % 36;
    if (s == 0) s = 36;
    p = s * 2 % 37;
  }
  return kCheckCharacters[(37 - p) % 36];
}

std::string MakeIntakeNo(std::string_view division6, std::string_view day, std::uint64_t serial) {
  std::string digits = std::to_string(serial);
  if (digits.size() < kSerialWidthMin) digits.insert(0, kSerialWidthMin - digits.size(), '0');
  const std::string bare = std::string(division6) + std::string(day) + digits;
  std::string out;
  out.append(division6).append("-").append(day).append("-").append(digits).append("-");
  out += Mod3736Check(bare).value_or('?');  // '?' only when the caller gave no digits
  return out;
}

std::optional<IntakeNo> ParseIntakeNo(std::string_view text) {
  if (text.size() > 200) return std::nullopt;
  std::string bare;
  for (const char c : TypedForm(text)) {
    if (c != '-') bare += c;
  }
  constexpr std::size_t head = kDivisionWidth + kDayWidth;
  if (bare.size() < head + kSerialWidthMin + 1 || bare.size() > head + kSerialWidthMax + 1) return std::nullopt;
  const char check = bare.back();
  bare.pop_back();
  if (!AllDigits(bare) || Mod3736Check(bare) != check) return std::nullopt;

  IntakeNo out;
  out.division = bare.substr(0, kDivisionWidth);
  out.day = bare.substr(kDivisionWidth, kDayWidth);
  const std::string_view serial = std::string_view(bare).substr(head);
  const auto [end, error] = std::from_chars(serial.data(), serial.data() + serial.size(), out.serial);
  if (error != std::errc{} || !IsDay(out.day)) return std::nullopt;
  out.text = MakeIntakeNo(out.division, out.day, out.serial);
  // Serials longer than six digits have no leading zeros: one number, one text.
  if (out.text.size() != bare.size() + 4) return std::nullopt;
  return out;
}

}  // namespace petition
