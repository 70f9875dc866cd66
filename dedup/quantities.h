// What the numbers of a folded Chinese text say: sums and counts with their units, days (days.h), address parts (7栋,
// 7号楼, 7#楼, 柒幢, 8-3-201) and codes. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dedup/profile.h"

namespace dedup {

/// What all numbers of a text are.
struct NumbersFound {
  std::vector<Quantity> quantities;
  std::vector<Day> days;
  std::vector<Day> earlier_days;
  std::vector<AddressPart> parts;
  std::vector<std::string> codes;
};

/// `received`: the day relative dates count from. `place`: the text is a place or address, where bare 8-3-201 is read
/// as building, unit, room.
NumbersFound ReadNumbers(std::u32string_view folded, petition::Time received, bool place);

}  // namespace dedup
