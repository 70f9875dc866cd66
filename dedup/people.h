// People as evidence: who stands in a submission, and how likely two submissions have somebody in common. Evidence by
// strength (domain rule): id number, id + name, mobile + name, mobile alone, name + address, name alone; a missing part
// is no evidence, a placeholder is missing. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dedup/profile.h"

namespace dedup {

/// Everybody of a submission: its petitioners, agents, and those the text introduces (本人谭国梁, 我老公伍建邦,
/// 我是罗大勇).
std::vector<Person> FindPeople(const petition::Submission& submission, std::u32string_view folded_text);

/// How two names compare.
enum class NameMatch : std::uint8_t {
  kUnknown,      ///< one of them is missing
  kSame,         ///< both in full, equal
  kSounds,       ///< both in full, same sound (覃/谭 and other family names that clerks mix up included)
  kNear,         ///< both in full, one character differs
  kFits,         ///< a partial one (王先生, 王*峰) fits the other
  kFitsBySound,  ///< it fits by sound only
  kDiffers,
};
NameMatch CompareNames(const Person& a, const Person& b);
/// Whether two family names are the same or taken for one another (凌/林, 覃/谭/秦, 苗/缪).
bool SurnamesSound(std::u32string_view a, std::u32string_view b);

enum class PhoneMatch : std::uint8_t { kUnknown, kSame, kNear, kDiffers };
/// kNear: one digit wrong or missing.
PhoneMatch ComparePhones(std::string_view a, std::string_view b);

/// What two people share, strongest comparison of all pairs; each field is evidence of its own.
struct PeopleEvidence {
  bool id_same = false, id_damaged_same = false, id_differs = false;
  PhoneMatch phone = PhoneMatch::kUnknown;
  NameMatch name = NameMatch::kUnknown;
  bool account_same = false;
  bool address_same = false;  ///< the same flat or house
  bool sex_differs = false;
  bool through_agent = false;    ///< the one in common is an agent on either side
  bool agent_only = false;       ///< only agents meet, and the persons represented differ
  bool introduced = false;       ///< met through a name the text introduces
  int met = -1, met_other = -1;  ///< indices of the two
};
/// Evidence of the pair of people (of `later` and `earlier`) that speaks most for one person.
PeopleEvidence ComparePeople(const Profile& later, const Profile& earlier);

}  // namespace dedup
