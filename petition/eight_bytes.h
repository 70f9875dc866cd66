// Eight bytes of a text looked at together, to pass quickly over what needs no care. An answer of "none" is always
// true; "some" may be wrong of the bytes behind the first that is one.
#pragma once

#include <cstdint>
#include <cstring>

namespace petition {

class EightBytes {
 public:
  explicit EightBytes(const char* at) { std::memcpy(&bytes_, at, sizeof bytes_); }
  bool AllAscii() const { return (bytes_ & kHighs) == 0; }
  /// `limit` up to 0x80.
  bool SomeBelow(unsigned char limit) const { return ((bytes_ - kOnes * limit) & ~bytes_ & kHighs) != 0; }
  bool SomeEqual(unsigned char byte) const {
    const std::uint64_t zero_where_equal = bytes_ ^ (kOnes * byte);
    return ((zero_where_equal - kOnes) & ~zero_where_equal & kHighs) != 0;
  }

 private:
  static constexpr std::uint64_t kOnes = 0x0101010101010101u, kHighs = 0x8080808080808080u;
  std::uint64_t bytes_;
};

}  // namespace petition
