#include "adapters/mapping/dates.h"

#include <array>
#include <charconv>
#include <chrono>

#include "adapters/mapping/values.h"
#include "petition/time.h"

namespace adapters {
namespace {

constexpr std::string_view kLetters = "yMdHhmsa";

struct DateParts {
  int year = -1, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  bool twelve = false;
  std::optional<bool> afternoon;
};

std::optional<bool> TakeHalf(std::string_view text, std::size_t& at) {
  struct Word {
    std::string_view text;
    bool afternoon;
  };
  constexpr std::array kWords = {Word{"上午", false}, Word{"下午", true}, Word{"凌晨", false}, Word{"早上", false},
                                 Word{"中午", true},  Word{"晚上", true}, Word{"AM", false},   Word{"PM", true},
                                 Word{"am", false},   Word{"pm", true}};
  for (const Word& word : kWords) {
    if (!text.substr(at).starts_with(word.text)) continue;
    at += word.text.size();
    return word.afternoon;
  }
  return std::nullopt;
}

/// One field of the pattern: `run` letters want as many digits, single ones (M, d, H ...) one or two.
bool TakeNumber(std::string_view text, std::size_t& at, std::size_t run, int& into) {
  const std::size_t least = run == 1 ? 1 : run, most = run == 1 ? 2 : run;
  std::size_t size = 0;
  while (size < most && at + size < text.size() && text[at + size] >= '0' && text[at + size] <= '9') ++size;
  if (size < least) return false;
  std::from_chars(text.data() + at, text.data() + at + size, into);
  at += size;
  return true;
}

bool TakeField(char letter, std::size_t run, std::string_view text, std::size_t& at, DateParts& parts) {
  switch (letter) {
    case 'y':
      if (!TakeNumber(text, at, run, parts.year)) return false;
      if (run == 2) parts.year += 2000;
      return true;
    case 'M':
      return TakeNumber(text, at, run, parts.month);
    case 'd':
      return TakeNumber(text, at, run, parts.day);
    case 'h':
      parts.twelve = true;
      [[fallthrough]];
    case 'H':
      return TakeNumber(text, at, run, parts.hour);
    case 'm':
      return TakeNumber(text, at, run, parts.minute);
    case 's':
      return TakeNumber(text, at, run, parts.second);
    default:
      parts.afternoon = TakeHalf(text, at);
      return parts.afternoon.has_value();
  }
}

std::string ToText(const DateParts& parts) {
  char text[48];
  std::snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02d", parts.year, parts.month, parts.day, parts.hour,
                parts.minute, parts.second);
  return TimeFromCell(text);  // checks the ranges
}

std::optional<ReadDate> Finish(DateParts parts) {
  if (parts.year < 0) return std::nullopt;
  ReadDate read;
  if (parts.twelve) {
    if (parts.hour < 1 || parts.hour > 12) return std::nullopt;
    read.half_unknown = !parts.afternoon;
    if (read.half_unknown) {
      parts.hour = parts.minute = parts.second = 0;
    } else {
      parts.hour = parts.hour % 12 + (*parts.afternoon ? 12 : 0);
    }
  }
  read.time = ToText(parts);
  if (read.time.empty()) return std::nullopt;
  return read;
}

std::optional<ReadDate> FromEpoch(std::string_view text, std::int64_t unit_ms) {
  std::int64_t count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  constexpr std::int64_t kMost = 7'000'000'000'000;  // in the year 2191
  if (failed != std::errc() || end != text.data() + text.size() || count < 0 || count > kMost / unit_ms) {
    return std::nullopt;
  }
  return ReadDate{petition::FormatTime(petition::Time{std::chrono::milliseconds{count * unit_ms}})};
}

}  // namespace

bool IsDateForm(std::string_view form) {
  if (form == "auto" || form == "serial" || form == "epoch" || form == "epoch_ms") return true;
  return form.find("yy") != std::string_view::npos && form.find('M') != std::string_view::npos &&
         form.find('d') != std::string_view::npos && form.size() <= 64;
}

std::optional<ReadDate> DateByForm(std::string_view text, std::string_view form) {
  if (form == "epoch") return FromEpoch(text, 1000);
  if (form == "epoch_ms") return FromEpoch(text, 1);
  if (form == "auto" || form == "serial") {
    if (form == "serial" && text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
    std::string time = TimeFromCell(text);
    if (time.empty()) return std::nullopt;
    return ReadDate{std::move(time)};
  }
  DateParts parts;
  std::size_t at = 0;
  for (std::size_t i = 0; i < form.size();) {
    if (kLetters.find(form[i]) == std::string_view::npos) {
      if (at >= text.size() || text[at++] != form[i++]) return std::nullopt;
      continue;
    }
    std::size_t run = 1;
    while (i + run < form.size() && form[i + run] == form[i]) ++run;
    if (!TakeField(form[i], run, text, at, parts)) return std::nullopt;
    i += run;
  }
  return at == text.size() ? Finish(parts) : std::nullopt;
}

}  // namespace adapters
