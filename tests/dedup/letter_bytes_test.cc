#include "dedup/letter_bytes.h"

#include <gtest/gtest.h>

#include <random>

namespace dedup {
namespace {

std::string BytesOf(std::u32string_view letters) {
  std::string bytes;
  AppendLetters(letters, bytes);
  return bytes;
}

TEST(LetterBytesTest, EveryLetterComesBack) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    const std::string bytes = BytesOf({&c, 1}) + "x";
    std::string_view rest = bytes;
    ASSERT_EQ(TakeLetters(1, rest), std::u32string(1, c)) << "U+" << std::hex << static_cast<std::uint32_t>(c);
    ASSERT_EQ(rest, "x");
  }
}

TEST(LetterBytesTest, TakesOneByteForWhatIsCommonAndTwoForOtherIdeographs) {
  EXPECT_EQ(BytesOf(U"3号楼的水").size(), 5u);
  EXPECT_EQ(BytesOf(U"鄞州7a").size(), 2u + 2 + 1 + 1);
  EXPECT_EQ(BytesOf(U"\U00020bb7").size(), 3u);
  // Stored bytes stay readable: the order of the short ones is fixed.
  EXPECT_EQ(BytesOf(U"0az的月鄞"), std::string("\x00\x0a\x23\x24\x7f\xc3\x1e", 7));
}

TEST(LetterBytesTest, CutOrForeignBytesAreRefused) {
  const std::string bytes = BytesOf(U"鄞州7号\U00020bb7");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view rest = std::string_view(bytes).substr(0, size);
    EXPECT_FALSE(TakeLetters(5, rest)) << size;
  }
  for (const std::string_view foreign : {"\xd2\x01", "\xdf\xff", "\xf1\x01\x01", "\xff\xff\xff"}) {
    std::string_view rest = foreign;
    EXPECT_FALSE(TakeLetters(1, rest));
  }
  std::string_view rest = bytes;
  EXPECT_FALSE(TakeLetters(std::size_t{1} << 62, rest)) << "more letters than bytes";
}

TEST(LetterBytesTest, WhatIsReadOfAnyBytesIsWithinThem) {
  std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same bytes each time
  for (int round = 0; round < 5000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    std::string_view rest = bytes;
    const std::size_t count = random() % 20;
    if (const auto letters = TakeLetters(count, rest)) {
      ASSERT_EQ(letters->size(), count);
      std::string_view again = rest;
      const std::string shortest = BytesOf(*letters);
      ASSERT_LE(shortest.size(), bytes.size() - again.size());
    }
  }
}

}  // namespace
}  // namespace dedup
