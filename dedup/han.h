// Small tools for Han text held as UTF-32: conversion, classes of characters, searching. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dedup {

std::u32string ToWide(std::string_view utf8);
std::string ToUtf8(std::u32string_view wide);

inline bool IsHan(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2fa1f);
}
inline bool IsDigit(char32_t c) { return c >= U'0' && c <= U'9'; }
inline bool IsLatin(char32_t c) { return c >= U'a' && c <= U'z'; }

/// Only ideographs, digits and Latin letters of folded text.
std::u32string LettersOf(std::u32string_view folded);

inline bool Contains(std::u32string_view text, std::u32string_view part) {
  return !part.empty() && text.find(part) != std::u32string_view::npos;
}
/// Whether `part` stands in the text from `at` (at most its size) on.
inline bool StandsAt(std::u32string_view text, std::size_t at, std::u32string_view part) {
  return text.substr(at).starts_with(part);
}
bool ContainsAny(std::u32string_view text, const std::vector<std::u32string_view>& parts);

/// How a character sounds: a small number equal for homophones (tones dropped; zh/z, ch/c, sh/s, -ng/-n folded); other
/// letters stand for themselves.
std::uint16_t Sound(char32_t c);
std::u16string Sounds(std::u32string_view text);

std::uint64_t HashOf(std::u32string_view text);
std::uint64_t HashOf(std::string_view bytes);

}  // namespace dedup
