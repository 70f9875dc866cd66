#include "dedup/features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "dedup/features_parts.h"
#include "dedup/han.h"
#include "dedup/names.h"
#include "dedup/topics.h"

namespace dedup {
namespace {

using View = std::u32string_view;

#define DEDUP_NAME(name, ...) #name,
#define DEDUP_SIGN(name, sign, ...) sign,
#define DEDUP_PRIOR_SAME(name, sign, same, other) same,
#define DEDUP_PRIOR_OTHER(name, sign, same, other) other,
#define DEDUP_PRIOR(name, sign, prior) prior,
constexpr std::string_view kMatterNames[] = {DEDUP_MATTER_FEATURES(DEDUP_NAME)};
constexpr int kMatterSigns[] = {DEDUP_MATTER_FEATURES(DEDUP_SIGN)};
constexpr std::string_view kPeopleNames[] = {DEDUP_PEOPLE_FEATURES(DEDUP_NAME)};
constexpr int kPeopleSigns[] = {DEDUP_PEOPLE_FEATURES(DEDUP_SIGN)};
constexpr double kPriorSame[] = {DEDUP_MATTER_FEATURES(DEDUP_PRIOR_SAME)};
constexpr double kPriorOther[] = {DEDUP_MATTER_FEATURES(DEDUP_PRIOR_OTHER)};
constexpr double kPriorPeople[] = {DEDUP_PEOPLE_FEATURES(DEDUP_PRIOR)};
#undef DEDUP_NAME
#undef DEDUP_PRIOR
#undef DEDUP_PRIOR_SAME
#undef DEDUP_PRIOR_OTHER
#undef DEDUP_SIGN

double AmountRarity(const Quantity& quantity) {
  std::int64_t value = std::abs(quantity.milli);
  while (value != 0 && value % 10 == 0) value /= 10;
  const int digits = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4;
  return quantity.unit == Quantity::Unit::kMoney || quantity.unit == Quantity::Unit::kNone
             ? 0.25 * digits + (std::abs(quantity.milli) >= 1'000'000 ? 0.25 : 0)
             : 0.18 * digits;
}

bool SameQuantity(const Quantity& a, const Quantity& b) {
  const bool comparable = a.unit == b.unit || a.unit == Quantity::Unit::kNone || b.unit == Quantity::Unit::kNone;
  if (!comparable) return false;
  if (a.milli == b.milli) return true;
  // 约4.6万 and 45967元
  if (a.unit != Quantity::Unit::kMoney || b.unit != Quantity::Unit::kMoney || std::min(a.milli, b.milli) < 3'000'000)
    return false;
  return std::abs(a.milli - b.milli) * 50 <= std::max(a.milli, b.milli) &&
         (a.milli % 1'000'000 == 0 || b.milli % 1'000'000 == 0);
}

// Trouble of another year is other trouble. A month or day tells it better than a year alone (of a purchase, of moving
// in); and what lies many years apart is more often two stages of one long story than the same thing twice.
double OtherYear(const Profile& a, const Profile& b) {
  constexpr int kYearNearly = 8, kLongStory = 36;  // months
  struct Times {
    std::vector<int> months, years;
  };
  const auto of_the_trouble = [](const Profile& profile) {
    Times times;
    for (const auto& day : profile.days) {
      if (day.year == 0 ||
          std::find(profile.earlier_days.begin(), profile.earlier_days.end(), day) != profile.earlier_days.end())
        continue;
      times.years.push_back(day.year);
      if (day.month != 0) times.months.push_back(day.year * 12 + day.month);
    }
    return times;
  };
  const auto apart = [](const std::vector<int>& x, const std::vector<int>& y) {
    int least = std::numeric_limits<int>::max();
    for (int one : x)
      for (int other : y) least = std::min(least, std::abs(one - other));
    return least;
  };
  const auto x = of_the_trouble(a), y = of_the_trouble(b);
  if (x.years.empty() || y.years.empty()) return 0;
  if (x.months.empty() || y.months.empty()) return apart(x.years, y.years) > 0 ? 0.5 : 0;
  const int months = apart(x.months, y.months);
  return months < kYearNearly ? 0 : months <= kLongStory ? 1 : 0.5;
}

void CompareNumbers(const Profile& a, const Profile& b, MatterVector& v) {
  double amounts = 0, numbers = 0;
  const auto names_sum = [](const Profile& profile) {
    return std::any_of(profile.quantities.begin(), profile.quantities.end(), [](const Quantity& quantity) {
      return quantity.unit == Quantity::Unit::kMoney && quantity.milli >= 500'000;
    });
  };
  for (const auto& x : a.quantities)
    for (const auto& y : b.quantities) {
      if (!SameQuantity(x, y)) continue;
      const bool exact = x.milli == y.milli;
      const bool money =
          (x.unit == Quantity::Unit::kMoney || y.unit == Quantity::Unit::kMoney) || std::abs(x.milli) >= 1'000'000;
      if (money)
        amounts += std::min(1.0, AmountRarity(x) * (exact ? 1 : 0.5));
      else if (std::abs(x.milli) > 2000)
        numbers += AmountRarity(x);
    }
  v[k_amount_same] = std::min(1.5, amounts);
  if (amounts == 0 && names_sum(a) && names_sum(b)) v[k_amount_differs] = 1;
  v[k_number_same] = std::min(1.5, numbers);
  double days = 0;
  for (const auto& x : a.days)
    for (const auto& y : b.days)
      if (x.month != 0 && x == y) days += x.day != 0 ? 1 : 0.4;
  v[k_day_same] = std::min(1.5, days);
  v[k_year_differs] = OtherYear(a, b);
  for (const auto& code : a.codes)
    if (std::find(b.codes.begin(), b.codes.end(), code) != b.codes.end()) v[k_code_same] = 1;
}

void CompareAccused(const Prepared& a, const Prepared& b, MatterVector& v) {
  const auto &x = a.profile.accused, &y = b.profile.accused;
  if (x.empty() && y.empty()) return;
  const auto known = [](View name, const Prepared& other) {
    for (const auto& accused : other.profile.accused)
      if (Sounds(accused) == Sounds(name)) return true;
    return Contains(other.profile.text, name) || other.sounds.find(Sounds(name)) != std::u16string::npos;
  };
  bool same = false;
  for (const auto& name : x) same = same || known(name, b);
  for (const auto& name : y) same = same || known(name, a);
  if (same)
    v[k_accused_same] = 1;
  else if (!x.empty() && !y.empty())
    v[k_accused_differs] = 1;
}

void CompareNamesInText(const Prepared& a, const Prepared& b, MatterVector& v) {
  const auto names = [](const Prepared& from, const Prepared& in) {
    for (const auto& person : from.profile.people) {
      if (person.name_kind != petition::PersonName::Kind::kFull || person.role != Person::Role::kPetitioner) continue;
      const auto name = ToWide(person.name);
      if (name.size() >= 2 && in.MayHold(name) && Contains(in.profile.text, name)) return true;
    }
    return false;
  };
  if (names(a, b) || names(b, a)) v[k_name_in_text] = 1;
}

bool SameDay(const Day& day, petition::Time time) {
  for (int shift : {0, -1, 1}) {
    const std::chrono::year_month_day date(
        std::chrono::floor<std::chrono::days>(time + std::chrono::hours(8) + std::chrono::days(shift)));
    if (static_cast<unsigned>(date.month()) == static_cast<unsigned>(day.month) &&
        static_cast<unsigned>(date.day()) == static_cast<unsigned>(day.day) &&
        (day.year == 0 || static_cast<int>(date.year()) == day.year))
      return true;
  }
  return false;
}

void CompareActs(const Profile& a, const Profile& b, bool earlier_closed, MatterVector& v) {
  if (a.acts & kActRefersBack) v[k_refers_back] = 1;
  for (const auto& day : a.earlier_days)
    if (day.day != 0 && SameDay(day, b.received_at)) v[k_refers_to_day] = 1;
  if ((a.acts & kActQuotesAnswer) && earlier_closed) v[k_quotes_answer] = 1;
  const double brief = a.full_letters < 150 ? 1 : a.full_letters < 300 ? 0.5 : 0;
  if (a.acts & (kActAsksProgress | kActTitleAdds)) v[k_asks_or_adds] = brief;
  if (a.acts & kActAboutHandling) v[k_about_handling] = 1;
  if (a.acts & kActSaysSolved) v[k_solved_before] = 1;
  const double days = std::abs(std::chrono::duration<double, std::ratio<86400>>(a.received_at - b.received_at).count());
  v[k_near_in_time] = days < 30 ? 1 - days / 30 : 0;
  v[k_far_in_time] = days > 90 ? std::min(1.0, std::log(days / 90) / std::log(20.0)) : 0;
  v[k_same_channel] = !a.source.empty() && a.source == b.source ? 0.5 : 0;
  const bool linked = (!a.link_no.empty() && a.link_no == b.link_no) ||
                      (!a.upstream_no.empty() && (a.upstream_no == b.upstream_no || a.upstream_no == b.external_id)) ||
                      (!b.upstream_no.empty() && b.upstream_no == a.external_id) ||
                      (!a.claimed_earlier.empty() && a.claimed_earlier == b.external_id);
  v[k_number_linked] = linked ? 1 : 0;
}

// One clerk or agent writing the same form for different people.
bool SameClerkForOthers(const Profile& a, const Profile& b) {
  const auto agent_of = [](const Profile& profile) -> const Person* {
    for (const auto& person : profile.people)
      if (person.role == Person::Role::kAgent) return &person;
    return nullptr;
  };
  const auto *x = agent_of(a), *y = agent_of(b);
  if (x == nullptr || y == nullptr) return false;
  const auto names = CompareNames(*x, *y);
  if (names != NameMatch::kSame && names != NameMatch::kSounds && (x->phones.empty() || x->phones != y->phones))
    return false;
  for (const auto& p : a.people)
    for (const auto& q : b.people)
      if (p.role == Person::Role::kPetitioner && q.role == Person::Role::kPetitioner &&
          CompareNames(p, q) != NameMatch::kDiffers)
        return false;
  return true;
}

// A desk's telephone and a mobile in one's pocket are both one's own.
constexpr double kOtherKindOfPhone = 0.4;
bool OneHasAMobileOnly(const Person& a, const Person& b) {
  const auto mobiles = [](const Person& person) {
    return std::count_if(person.phones.begin(), person.phones.end(),
                         [](const std::string& phone) { return phone.size() == 11 && phone[0] == '1'; });
  };
  const auto all = [](const Person& person) { return static_cast<std::ptrdiff_t>(person.phones.size()); };
  return (mobiles(a) == all(a) && mobiles(b) == 0) || (mobiles(b) == all(b) && mobiles(a) == 0);
}

// A family name alone says the less, the more people bear it.
double SurnameRarity(const Person& person) {
  const auto surname = ToWide(person.surname);
  if (surname.size() != 1) return 1;
  if (View(U"王李张刘陈").find(surname[0]) != View::npos) return 0.7;
  return View(U"杨黄赵吴周徐孙马朱胡郭何林高罗").find(surname[0]) != View::npos ? 0.85 : 1;
}

// Whether a person's address lies at a place that the other submission is about.
bool LivesThere(const Person& person, const Profile& other) {
  if (person.address.empty()) return false;
  return std::any_of(other.named.begin(), other.named.end(), [&](const Named& named) {
    return named.source == Named::Source::kPlace && named.kind != Named::Kind::kRegion &&
           named.kind != Named::Kind::kTown && CoreOf(named).size() >= 2 && Contains(person.address, CoreOf(named));
  });
}

}  // namespace

std::string_view MatterFeatureName(std::size_t feature) {
  return feature < kMatterFeatures ? kMatterNames[feature] : std::string_view();
}
std::string_view PeopleFeatureName(std::size_t feature) {
  return feature < kPeopleFeatures ? kPeopleNames[feature] : std::string_view();
}
int MatterFeatureSign(std::size_t feature) { return feature < kMatterFeatures ? kMatterSigns[feature] : 0; }
int PeopleFeatureSign(std::size_t feature) { return feature < kPeopleFeatures ? kPeopleSigns[feature] : 0; }

double MatterFeaturePrior(std::size_t feature, bool same_people) {
  return feature < kMatterFeatures ? (same_people ? kPriorSame : kPriorOther)[feature] : 0;
}
double PeopleFeaturePrior(std::size_t feature) { return feature < kPeopleFeatures ? kPriorPeople[feature] : 0; }

Prepared::Prepared(Profile of, const RarityTable& rarity, Side side) : profile(std::move(of)) {
  grams = parts::GramsOf(profile.text, rarity);
  title_grams = parts::GramsOf(View(profile.text).substr(0, profile.title_letters), rarity);
  grams_norm = parts::Norm(grams);
  title_norm = parts::Norm(title_grams);
  for (const auto& gram : grams) grams_sum += gram.weight;
  if (side != Side::kEarlier) title_topics = FindTopics(View(profile.text).substr(0, profile.title_letters), 0, {});
  sounds = Sounds(profile.text);
  for (const auto& named : profile.named) {
    if (named.kind == Named::Kind::kRegion) continue;
    places += named.name;
    places += U' ';
  }
  place_sounds = Sounds(places);
  for (std::size_t i = 0; i + 1 < sounds.size(); ++i) {
    const std::size_t bit = SoundBit(sounds[i], sounds[i + 1]);
    sound_pairs_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

bool Prepared::MayHold(std::u32string_view part) const {
  if (part.size() < 2) return true;
  const std::uint32_t key = KeyOf(part[0], part[1]);
  const auto at = std::lower_bound(grams.begin(), grams.end(), key,
                                   [](const Gram& gram, std::uint32_t wanted) { return gram.key < wanted; });
  return at != grams.end() && at->key == key;
}

// Letters that are the same sound the same, so that a run of letters is one of sounds, too.
bool Prepared::MayShareRun(const Prepared& other, std::size_t letters) const {
  std::size_t known = 0;
  for (std::size_t i = 0; i + 1 < other.sounds.size(); ++i) {
    const std::size_t bit = SoundBit(other.sounds[i], other.sounds[i + 1]);
    known = (sound_pairs_[bit / 64] >> (bit % 64) & 1) != 0 ? known + 1 : 0;
    if (known + 1 >= letters) return true;
  }
  return false;
}

MatterVector CompareMatter(const Later& laid_out, const Prepared& earlier, const KeyRarity& rarity, bool earlier_closed,
                           MatterNotes* notes) {
  const Prepared& later = laid_out.prepared;
  MatterVector v{};
  parts::CompareText(laid_out, earlier, v);
  parts::CompareTopics(later, earlier, v, notes);
  parts::CompareNamed(later, earlier, rarity, v, notes);
  parts::ComparePartsOfAddress(later.profile, earlier.profile, v);
  CompareNumbers(later.profile, earlier.profile, v);
  CompareAccused(later, earlier, v);
  CompareNamesInText(later, earlier, v);
  CompareActs(later.profile, earlier.profile, earlier_closed, v);
  // A copied text about another place is another matter; about another building only where the trouble is one of a
  // building.
  v[k_copied_elsewhere] =
      v[k_text_copied] * std::max({v[k_place_differs], v[k_building_differs_alone], v[k_group_differs],
                                   v[k_house_differs] * (1 - v[k_place_same]), v[k_region_differs],
                                   v[k_accused_differs], 0.7 * v[k_year_differs], 0.7 * v[k_org_differs]});
  // What speaks of before, at the very place.
  const double here = std::max({v[k_place_same], v[k_place_sounds], v[k_org_same], 0.7 * v[k_place_wider],
                                v[k_village_same], 0.7 * v[k_building_same], v[k_accused_same], v[k_route_same]});
  if (v[k_place_differs] == 0 && here >= 0.3) {
    v[k_refers_here] = v[k_refers_back];
    if (later.profile.acts & kActAgain) v[k_again] = 1;
  }
  if (SameClerkForOthers(later.profile, earlier.profile))
    v[k_copied_elsewhere] = std::max(v[k_copied_elsewhere], v[k_text_copied]);
  // Handed in again almost word for word, with nothing changed that tells matters apart.
  const double lengths = static_cast<double>(std::min(later.profile.full_letters, earlier.profile.full_letters)) /
                         static_cast<double>(std::max({later.profile.full_letters, earlier.profile.full_letters, 1u}));
  const bool unchanged = v[k_copied_elsewhere] == 0 && v[k_place_differs] == 0 && v[k_building_differs] == 0 &&
                         v[k_topic_added] == 0 && v[k_topic_differs] == 0 && v[k_thing_differs] == 0 &&
                         v[k_amount_differs] == 0 && v[k_org_differs] == 0;
  if (v[k_text_equal] == 0 && v[k_text_copied] > 0.55 && lengths > 0.6 && unchanged) v[k_text_equal] = 0.7;
  // Said again whole: no copy with something else put in.
  if (v[k_text_equal] > 0 && v[k_copied_elsewhere] == 0) v[k_text_copied] = 0;
  return v;
}

PeopleVector DescribePeople(const Profile& later, const Profile& earlier, const PeopleEvidence& e,
                            const KeyRarity& rarity) {
  PeopleVector v{};
  const bool met = e.met >= 0;
  const auto flag = [](bool on) { return on ? 1.0 : 0.0; };
  const Person* const one = met ? &later.people[static_cast<std::size_t>(e.met)] : nullptr;
  const Person* const other = met ? &earlier.people[static_cast<std::size_t>(e.met_other)] : nullptr;
  const double weak = e.introduced ? 0.8 : 1.0;
  v[k_id_same] = flag(e.id_same);
  v[k_id_damaged_same] = flag(e.id_damaged_same);
  v[k_id_differs] = flag(e.id_differs);
  v[k_phone_same] = flag(met && e.phone == PhoneMatch::kSame);
  v[k_phone_near] = flag(met && e.phone == PhoneMatch::kNear);
  if (met && e.phone == PhoneMatch::kDiffers)
    v[k_phone_differs] = OneHasAMobileOnly(*one, *other) ? kOtherKindOfPhone : 1;
  const double name_rarity = met && e.name == NameMatch::kSame ? [&] {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string key = "name:";
    for (char16_t sound : Sounds(ToWide(one->name)))
      for (int shift = 12; shift >= 0; shift -= 4) key += kHex[(sound >> shift) & 15];
    return rarity(key);
  }() : 0.0;
  v[k_name_same] = name_rarity * weak;
  v[k_name_sounds] = flag(met && e.name == NameMatch::kSounds);
  v[k_name_near] = flag(met && e.name == NameMatch::kNear);
  v[k_name_fits] = met && e.name == NameMatch::kFits ? SurnameRarity(*one) : 0;
  v[k_name_fits_by_sound] = flag(met && e.name == NameMatch::kFitsBySound);
  if (met && (e.name == NameMatch::kFits || e.name == NameMatch::kFitsBySound))
    v[k_name_fits_lives_there] = flag(LivesThere(*one, earlier) || LivesThere(*other, later));
  v[k_name_differs] = flag(met && e.name == NameMatch::kDiffers);
  v[k_phone_same_name_differs] = v[k_phone_same] * v[k_name_differs];
  v[k_name_same_phone_same] =
      flag(v[k_phone_same] > 0 && (e.name == NameMatch::kSame || e.name == NameMatch::kFits ||
                                   e.name == NameMatch::kSounds || e.name == NameMatch::kFitsBySound));
  v[k_name_fits_phone_near] =
      flag(v[k_phone_near] > 0 && (e.name == NameMatch::kSame || e.name == NameMatch::kFits ||
                                   e.name == NameMatch::kSounds || e.name == NameMatch::kFitsBySound));
  v[k_account_same] = flag(e.account_same);
  v[k_account_differs] = flag(met && !e.account_same && !one->account.empty() && !other->account.empty() &&
                              later.source == earlier.source);
  v[k_address_same] = flag(e.address_same);
  v[k_sex_differs] = flag(e.sex_differs);
  v[k_agent_only] = flag(e.agent_only);
  v[k_introduced] = flag(met && e.introduced);
  const bool apart = v[k_id_differs] > 0 || v[k_name_differs] > 0 || v[k_sex_differs] > 0 || v[k_account_differs] > 0;
  v[k_self_refers] = flag((later.acts & (kActRefersBack)) != 0 && !apart);
  const bool nobody_later = std::all_of(later.people.begin(), later.people.end(), [](const Person& p) {
    return p.name.empty() && p.phones.empty() && p.id.empty() && p.account.empty();
  });
  const bool nobody_earlier = std::all_of(earlier.people.begin(), earlier.people.end(), [](const Person& p) {
    return p.name.empty() && p.phones.empty() && p.id.empty() && p.account.empty();
  });
  bool accused_same = false;
  for (const auto& x : later.accused)
    for (const auto& y : earlier.accused) accused_same = accused_same || Sounds(x) == Sounds(y);
  v[k_anonymous_same_accused] = flag(nobody_later && nobody_earlier && accused_same);
  if (parts::CompareParts(later, earlier, AddressPart::Kind::kRoom) > 0 &&
      parts::CompareParts(later, earlier, AddressPart::Kind::kBuilding) >= 0)
    v[k_room_same_person] = 1;
  const bool any = std::any_of(v.begin(), v.end(), [](double x) { return x != 0; });
  v[k_nothing_known] = flag(!any);
  return v;
}

}  // namespace dedup
