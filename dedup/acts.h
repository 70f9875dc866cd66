// What a text does besides telling its matter: refers to an earlier submission, quotes an answer, asks how it stands,
// hands in evidence. Pure function.
#pragma once

#include <cstdint>
#include <string_view>

namespace dedup {

/// Bits of TextActs for folded title and content.
std::uint32_t FindActs(std::u32string_view title, std::u32string_view content);

}  // namespace dedup
