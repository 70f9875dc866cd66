// A Profile is what dedup keeps of a submission to compare it with others: its people as evidence, the facts of its
// matter as fields of their own, and its text reduced to what comparison needs. It is drawn once, at intake, and stored
// (sealed by the store) so that a decision never reads the ledger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "petition/identifiers.h"
#include "petition/result.h"
#include "petition/submission.h"
#include "petition/time.h"

namespace dedup {

/// What is known about an intake besides its submission.
struct Circumstances {
  std::string source;
  petition::Time registered_at{};
  bool sealed = false;
};

/// One person of a submission, in normal forms. Missing parts are empty and never evidence.
struct Person {
  enum class Role : std::uint8_t {
    kPetitioner,  ///< acts for themself, or is the one represented
    kAgent,       ///< acts for the petitioners
    kNamed,       ///< named in the text as the writer or the one written for
  };
  Role role = Role::kPetitioner;
  petition::PersonName::Kind name_kind = petition::PersonName::Kind::kMissing;
  petition::IdState id_state = petition::IdState::kMissing;
  char sex = 0;  ///< 'm', 'f' or 0: from the title or the id number
  std::string name, surname;
  std::string id;
  std::vector<std::string> phones;
  std::string account;
  std::u32string address;  ///< folded letters
};

/// A named thing: a road, an estate, a village, a school, a firm ... `name` is folded letters without generic prefixes
/// and numbers.
struct Named {
  enum class Kind : std::uint8_t { kOther, kRoad, kEstate, kVillage, kTown, kInstitution, kOrganisation, kRegion };
  enum class Source : std::uint8_t { kPlace, kAccused, kText, kAddress };
  Kind kind = Kind::kOther;
  Source source = Source::kPlace;
  std::u32string name;
};

/// A number with its unit, in thousandths.
struct Quantity {
  enum class Unit : std::uint8_t { kNone, kMoney, kPercent, kArea, kLength, kCount, kDuration, kMeasure };
  Unit unit = Unit::kNone;
  bool rough = false;  ///< 约, 多, 余, 几
  std::int64_t milli = 0;
};

/// A date the text speaks of; 0 = not said.
struct Day {
  std::int16_t year = 0;
  std::int8_t month = 0, day = 0;
  friend bool operator==(const Day&, const Day&) = default;
};

struct TopicHit {
  std::uint16_t topic = 0;
  std::uint8_t weight = 0;  ///< 1..7: how often and where
};

/// A part of an address: the building, unit, room, house number, phase of an estate or group of a village.
struct AddressPart {
  enum class Kind : std::uint8_t { kBuilding, kUnit, kRoom, kHouse, kPhase, kGroup, kRoute };
  Kind kind = Kind::kBuilding;
  bool from_place =
      false;  ///< stood in the place or title (what it is about), not only in the text or the petitioner's address
  bool from_address = false;
  std::string value;
};

/// What the text does, as bits.
enum TextActs : std::uint32_t {
  kActRefersBack = 1u << 0,    ///< speaks of an earlier submission of one's own
  kActQuotesAnswer = 1u << 1,  ///< speaks of an answer that was given
  kActAsksProgress = 1u << 2,
  kActAddsEvidence = 1u << 3,
  kActAgain = 1u << 4,  ///< 又, 再次, 仍未 ...
  kActDemands = 1u << 5,
  kActTitleAdds = 1u << 6,
  kActAboutHandling = 1u << 7,  ///< complains of how an earlier petition was handled
  kActOthersToo = 1u << 8,      ///< says that others reported it or suffer too
  kActSaysSolved = 1u << 9,     ///< speaks of a trouble that is over, and not of it come again
};

struct Profile {
  // Circumstances.
  std::string source, external_id, channel, purpose, division;
  petition::Time received_at{}, registered_at{};
  bool sealed = false, anonymous = false, accusation = false;
  std::uint32_t head_count = 0;
  std::string link_no, upstream_no, claimed_earlier;

  std::vector<Person> people;

  // The matter.
  std::vector<Named> named;
  std::vector<AddressPart> parts;
  std::vector<Quantity> quantities;
  std::vector<Day> days;
  std::vector<Day> earlier_days;   ///< days on which the text says something was handed in
  std::vector<std::string> codes;  ///< plate, contract, lot, order numbers
  std::vector<std::u32string> accused;
  std::vector<TopicHit> topics;
  std::uint32_t acts = 0;

  // The text: folded letters of title and content, cut to kTextLettersMax. The title is its first `title_letters`.
  std::uint16_t title_letters = 0;
  std::uint32_t full_letters = 0;
  std::u32string text;
  std::uint64_t content_hash = 0;  ///< of all letters of title and content
};

inline constexpr std::size_t kTextLettersMax = 640;

Profile Extract(const petition::Submission& submission, const Circumstances& circumstances);

/// Compact bytes with a version in front; Deserialize refuses what it does not know (kCorrupt).
std::string Serialize(const Profile& profile);
petition::Result<Profile> Deserialize(std::string_view bytes);

/// Keys to look candidates up by: identity and rare facts, in plain, each with its kind in front ("phone:...").
std::vector<std::string> CandidateKeys(const Profile& profile);

}  // namespace dedup
