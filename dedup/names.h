// Names of places and organisations, drawn from the fields that hold them (place, accused, address) and from the two
// spots of free text where a name's borders are certain: quotation marks and ...公司. No gazetteer: a name is what is
// left of a place text when divisions, numbers and position words are cut away. Also the cores by which names are
// compared: 梧川市锦程物业服务有限公司 and 锦程物业 both come to 锦程. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dedup/profile.h"

namespace dedup {

/// Cuts a folded place text or address into named things.
std::vector<Named> NamesOfPlace(std::u32string_view folded, Named::Source source);
/// Firms and institutions of the accused field; persons named there go to `people`.
std::vector<Named> NamesOfAccused(std::u32string_view folded, std::vector<std::u32string>& people);
/// Names in quotation marks and before 公司 in folded text.
std::vector<Named> NamesOfText(std::u32string_view folded);

/// A name without what all of its kind share (小区, 路, 有限公司, 置业 ...); the whole name when nothing would be left.
std::u32string_view CoreOf(const Named& named);

/// Whether an accused is only a kind (物业, 开发商, 供电公司), which says nothing.
bool IsGeneric(std::u32string_view name);

/// Places in free text end with such a character or word; `length` letters before `end`. For candidate keys: windows
/// before 路, 村, 小区 ...
struct Anchor {
  std::size_t begin, end;
};
std::vector<Anchor> PlaceAnchors(std::u32string_view letters);

/// Whether a character is one with which a Chinese family name begins (the common four hundred).
bool IsSurname(char32_t c);

}  // namespace dedup
