// How a later submission compares with an earlier one, as numbers that can be weighed and shown: each feature is one
// kind of evidence, 0 when nothing is known. Features are made so that evidence for a tie and evidence against it are
// different features; a missing field yields neither. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dedup/people.h"
#include "dedup/profile.h"

namespace dedup {

// Name, sign the weight may have (+1, -1, 0 = either), and what is believed of the weight before any pair is seen (for
// a matter: among the same people, among others). Fitting pulls towards that belief, so that evidence too rare in a
// training set still counts for what the field knows it to be.
#define DEDUP_MATTER_FEATURES(X)                                                                             \
  X(text_alike, 1, 3, 3)    /* cosine of character pairs, weighted by rarity */                              \
  X(text_within, 1, 1.5, 1) /* share of the shorter one's weight found in the longer */                      \
  X(text_copied, 0, 0, 0)   /* share of the shorter one standing in common runs of seven letters and more */ \
  X(text_equal, 1, 5, 1)    /* the same letters throughout */                                                \
  X(title_alike, 1, 1, 0.7)                                                                                  \
  X(topic_alike, 1, 2, 2)          /* the same kinds of trouble */                                           \
  X(topic_main, 1, 1, 1)           /* the main trouble of each is among the other's */                       \
  X(topic_differs, -1, -2, -2)     /* both speak clearly of trouble, of different kinds */                   \
  X(topic_added, -1, -1.5, -0.7)   /* the later one's main trouble is not in the earlier one at all */       \
  X(topic_kept, 1, 1, 0.5)         /* the earlier one's main trouble is among the later one's */             \
  X(thing_same, 1, 0.5, 1)         /* the same kind of thing: a lift, a pig farm, a fee */                   \
  X(thing_differs, -1, -0.7, -0.7) /* both speak of such things, of none in common */                        \
  X(topic_silent, 1, 0.8, 0)       /* the later one names no trouble of its own */                           \
  X(personal_trouble, -1, 0, -3)   /* each speaks of one person's own claim (a pension, an injury) */        \
  X(place_same, 1, 1, 3)           /* a named place in common, by rarity */                                  \
  X(place_sounds, 1, 0.7, 2)       /* the same by sound only */                                              \
  X(place_wider, 1, 0.3, 1)        /* only a town or village or road in common */                            \
  X(village_same, 1, 0.3, 1.2)     /* the same village, not only a road or town */                           \
  X(place_differs, -1, -1, -2)     /* named places of the same level differ */                               \
  X(region_differs, -1, -0.7, -2)                                                                            \
  X(region_same, 1, 0.2, 1.2)                                                                                \
  X(org_same, 1, 0.5, 1.5) /* a firm or institution in common, by rarity */                                  \
  X(org_differs, -1, -1.2, -1)                                                                               \
  X(building_same, 1, 0.4, 0.5)                                                                              \
  X(building_differs, -1, -0.7, -0.3)                                                                        \
  X(building_differs_alone, -1, -0.7, -4) /* ... and the trouble is one that belongs to one building */      \
  X(group_same, 1, 0.3, 0.5)                                                                                 \
  X(group_differs, -1, -0.5, -1)                                                                             \
  X(house_same, 1, 0.3, 0.7)                                                                                 \
  X(house_differs, -1, -0.3, -0.7)                                                                           \
  X(route_same, 1, 0.7, 2)                                                                                   \
  X(route_differs, -1, -1.2, -2)                                                                             \
  X(room_same, 1, 0.2, 0.3)                                                                                  \
  X(amount_same, 1, 1.2, 0.8)       /* sums of money and rare numbers in common, by rarity */                \
  X(amount_differs, -1, -0.4, -0.3) /* both name sums, none in common */                                     \
  X(number_same, 1, 0.5, 0.5)       /* other numbers with their units */                                     \
  X(day_same, 1, 0.7, 0.7)          /* a day both speak of */                                                \
  X(year_differs, -1, -1.5, -1)                                                                              \
  X(code_same, 1, 2, 2)                                                                                      \
  X(accused_same, 1, 0.7, 2.5) /* the person complained of */                                                \
  X(accused_differs, -1, -1, -2)                                                                             \
  X(name_in_text, 1, 0, 1.5)       /* a person of one stands in the text of the other */                     \
  X(refers_back, 1, 0.8, 0)        /* the later one speaks of an earlier one */                              \
  X(refers_here, 1, 1.2, 0)        /* ... and names the same place, firm or building */                      \
  X(again, 1, 0.6, 0)              /* again, still, once more, about the same place, firm or building */     \
  X(refers_to_day, 1, 2.5, 0)      /* ... of the very day the earlier one came in */                         \
  X(quotes_answer, 1, 1, 0)        /* speaks of an answer, and the earlier case was answered */              \
  X(asks_or_adds, 1, 1, 0)         /* asks how it stands or hands in evidence, in few words */               \
  X(solved_before, -1, -1.5, -0.7) /* speaks of a trouble that is over, and not of it come again */          \
  X(about_handling, -1, -1.5, -0.5)                                                                          \
  X(copied_elsewhere, -1, -1.5, -2.5) /* copied wording, other place, firm or building */                    \
  X(near_in_time, 1, 0.3, 1)                                                                                 \
  X(far_in_time, -1, -0.5, -1)                                                                               \
  X(says_little, 0, 0.3, 0.3) /* the shorter text is very short */                                           \
  X(same_channel, 0, -1, -1)                                                                                 \
  X(number_linked, 1, 3, 2) /* the source's own numbers tie them */

#define DEDUP_PEOPLE_FEATURES(X)                                                                        \
  X(id_same, 1, 6)                                                                                      \
  X(id_damaged_same, 1, 4)                                                                              \
  X(id_differs, -1, -4)                                                                                 \
  X(phone_same, 1, 3)                                                                                   \
  X(phone_near, 1, 1.5)                                                                                 \
  X(phone_differs, -1, -0.7)                                                                            \
  X(phone_same_name_differs, -1, -3)                                                                    \
  X(name_same, 1, 3) /* by rarity */                                                                    \
  X(name_sounds, 1, 2)                                                                                  \
  X(name_near, 1, 1)                                                                                    \
  X(name_fits, 1, 0.5) /* by rarity of the family name */                                               \
  X(name_fits_by_sound, 1, 0)                                                                           \
  X(name_fits_lives_there, 1, 1) /* ... and lives at the place that the other one speaks of */          \
  X(name_differs, -1, -2.5)                                                                             \
  X(name_same_phone_same, 1, 1)                                                                         \
  X(name_fits_phone_near, 1, 1.5)                                                                       \
  X(account_same, 1, 3.5)                                                                               \
  X(account_differs, -1, -1.2) /* of one source */                                                      \
  X(address_same, 1, 2)                                                                                 \
  X(sex_differs, -1, -1.5)                                                                              \
  X(agent_only, -1, -1.5)                                                                               \
  X(introduced, 1, 0)                                                                                   \
  X(self_refers, 1, 1) /* speaks of an earlier submission of one's own, and nothing tells them apart */ \
  X(anonymous_same_accused, 1, 1)                                                                       \
  X(room_same_person, 1, 1.5) /* the same flat */                                                       \
  X(nothing_known, 0, -0.5)

#define DEDUP_ENUM(name, ...) k_##name,
enum MatterFeature : std::size_t { DEDUP_MATTER_FEATURES(DEDUP_ENUM) kMatterFeatures };
enum PeopleFeature : std::size_t { DEDUP_PEOPLE_FEATURES(DEDUP_ENUM) kPeopleFeatures };
#undef DEDUP_ENUM

using MatterVector = std::array<double, kMatterFeatures>;
using PeopleVector = std::array<double, kPeopleFeatures>;
std::string_view MatterFeatureName(std::size_t feature);
std::string_view PeopleFeatureName(std::size_t feature);
int MatterFeatureSign(std::size_t feature);
int PeopleFeatureSign(std::size_t feature);
double MatterFeaturePrior(std::size_t feature, bool same_people);
double PeopleFeaturePrior(std::size_t feature);

/// How much a pair of characters says, 0..1; 1 for those the table does not know. Asked for each pair of each text that
/// is compared: open addressing, at most half full, small enough to stay near the processor. Pairs beyond the basic
/// plane, of which a table has hardly any, lie apart.
class RarityTable {
 public:
  void Set(char32_t a, char32_t b, double weight) {
    if (!IsBasic(a, b)) {
      beyond_[{a, b}] = static_cast<float>(weight);
      return;
    }
    if (2 * (size_ + 1) > slots_.size()) Grow();
    Slot& slot = slots_[Find(KeyOf(a, b))];
    if (slot.key == kNone) ++size_;
    slot = {KeyOf(a, b), static_cast<float>(weight)};
  }
  double Of(char32_t a, char32_t b) const {
    if (!IsBasic(a, b)) {
      const auto found = beyond_.find({a, b});
      return found == beyond_.end() ? 1.0 : found->second;
    }
    return OfBasic(KeyOf(a, b));
  }
  /// Of a pair of the basic plane, the first letter in the upper half.
  double OfBasic(std::uint32_t key) const {
    if (slots_.empty()) return 1.0;
    const Slot& slot = slots_[Find(key)];
    return slot.key == kNone ? 1.0 : slot.weight;
  }
  std::size_t size() const { return size_ + beyond_.size(); }

 private:
  struct Slot {
    std::uint32_t key = kNone;
    float weight = 1;
  };
  static constexpr std::uint32_t kNone = 0;  // no text has the pair of two NULs
  static bool IsBasic(char32_t a, char32_t b) { return a <= 0xffff && b <= 0xffff && (a | b) != 0; }
  static std::uint32_t KeyOf(char32_t a, char32_t b) { return (static_cast<std::uint32_t>(a) << 16) | b; }
  std::size_t Find(std::uint32_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 32) & mask;
    while (slots_[at].key != kNone && slots_[at].key != key) at = (at + 1) & mask;
    return at;
  }
  void Grow() {
    std::vector<Slot> before(slots_.empty() ? 1024 : slots_.size() * 2);
    before.swap(slots_);
    for (const Slot& slot : before)
      if (slot.key != kNone) slots_[Find(slot.key)] = slot;
  }

  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;     // of slots_
  std::map<std::pair<char32_t, char32_t>, float> beyond_;
};

/// How rare a candidate key is, 0 (in every document) .. 1 (in one or two): log-frequency from the ledger.
using KeyRarity = std::function<double(std::string_view key)>;

/// A profile made ready for comparing.
class Prepared {
 public:
  /// What an earlier one is never asked for (kEarlier) is not drawn.
  enum class Side { kAny, kEarlier };
  Prepared(Profile profile, const RarityTable& rarity, Side side = Side::kAny);
  struct Gram {
    std::uint32_t key;  ///< KeyOf its two letters
    float weight;
  };
  /// Letters beyond the basic plane, some rare names', take one of the 2,048 places that no letter of the basic plane
  /// has.
  static std::uint32_t KeyOf(char32_t a, char32_t b) { return Narrow(a) << 16 | Narrow(b); }

  const Profile profile;
  std::vector<Gram> grams, title_grams;  ///< distinct character pairs, ascending
  double grams_norm = 0, grams_sum = 0, title_norm = 0;
  std::vector<TopicHit> title_topics;  ///< empty for kEarlier
  std::u16string sounds;               ///< of the text
  std::u32string places;               ///< all named things, for look-ups by name
  std::u16string place_sounds;

  /// False: those sounds stand nowhere in the text. True: they may; looking them up in all of it costs more.
  bool MaySound(std::u16string_view part) const {
    if (part.size() < 2) return true;
    const std::size_t bit = SoundBit(part[0], part[1]);
    return (sound_pairs_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  /// The same for letters.
  bool MayHold(std::u32string_view part) const;
  /// False: no run of so many letters stands in both texts. True: one may.
  bool MayShareRun(const Prepared& other, std::size_t letters) const;

 private:
  static std::uint32_t Narrow(char32_t letter) {
    return letter <= 0xffff ? letter : 0xd800 + ((static_cast<std::uint32_t>(letter) * 2654435761u) >> 21);
  }
  static std::size_t SoundBit(char16_t a, char16_t b) {
    return ((static_cast<std::uint32_t>(a) << 16 | b) * 2654435761u) >> 20;  // 12 bits
  }
  std::array<std::uint64_t, 64> sound_pairs_{};  // which pairs of neighbours the text has, by hash
};

/// A later one laid out for being held against many: the pairs and runs of its text in look-up tables. It refers to
/// `of`, which must live as long.
class Later {
 public:
  explicit Later(const Prepared& of);
  const Prepared& prepared;

 private:
  friend class LaterText;                  // features_text.cc
  std::array<std::uint64_t, 128> seen_{};  // which pairs there are, by hash
  std::vector<Prepared::Gram> grams_;      // open addressing, a power of two, at most half full; weight 0: nothing
  std::vector<std::uint64_t> runs_;        // the same, of hashes; 0: nothing
  std::vector<std::uint32_t> run_at_;      // for each letter that a run begins at, where in runs_ it is
};

/// What a comparison found, besides numbers: words for the reasons.
struct MatterNotes {
  std::vector<std::uint16_t> topics;  ///< shared
  bool place_by_sound = false;
};

MatterVector CompareMatter(const Later& later, const Prepared& earlier, const KeyRarity& rarity, bool earlier_closed,
                           MatterNotes* notes = nullptr);
PeopleVector DescribePeople(const Profile& later, const Profile& earlier, const PeopleEvidence& evidence,
                            const KeyRarity& rarity);

}  // namespace dedup
