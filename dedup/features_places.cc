// Whether two matters lie at one place: names of places and firms, and the building, group, house or route.
#include <algorithm>
#include <string>

#include "dedup/features_parts.h"
#include "dedup/han.h"
#include "dedup/names.h"
#include "dedup/topics.h"

namespace dedup {
namespace {

using View = std::u32string_view;

int LevelOf(Named::Kind kind) {
  switch (kind) {
    case Named::Kind::kRegion:
      return 0;
    case Named::Kind::kTown:
      return 1;
    case Named::Kind::kVillage:
      return 2;
    case Named::Kind::kRoad:
      return 2;
    default:
      return 3;
  }
}

// 0: not found; 1: by letters; 0.8: by sound; whether `named` of one side is known to the other side.
double FoundIn(const Named& named, const Prepared& other) {
  const View core = CoreOf(named);
  if (core.size() < 2) return 0;
  const auto holds = [&](View part) {
    return Contains(other.places, part) || (other.MayHold(part) && Contains(other.profile.text, part));
  };
  if (holds(named.name)) return 1;
  const bool short_core = core.size() == 2;
  if (holds(core)) return core.size() == named.name.size() ? 1 : short_core ? 0.6 : 0.9;
  const auto sounds = Sounds(core);
  const auto full = Sounds(named.name);
  const auto sounded = [&](const std::u16string& part) {
    return other.MaySound(part) && other.sounds.find(part) != std::u16string::npos;
  };
  if (other.place_sounds.find(full) != std::u16string::npos || sounded(full)) return 0.8;
  if (other.place_sounds.find(sounds) != std::u16string::npos) return short_core ? 0.5 : 0.8;
  if (!short_core && sounded(sounds)) return 0.75;
  return 0;
}

// Letters that tell two names of one pattern apart (大湾村, 小湾村; 东门, 西门; 一小, 二小).
bool TellsApart(char32_t a, char32_t b) {
  static constexpr std::u32string_view kSets[] = {
      U"大小中", U"东西南北中", U"上下中", U"前后", U"新老旧", U"左右", U"内外", U"一二三四五六七八九十0123456789",
      U"高低",   U"公母"};
  if (a == b) return false;
  for (View set : kSets)
    if (set.find(a) != View::npos && set.find(b) != View::npos) return true;
  return false;
}

// What is left of a name without the words that say what kind of place it is: 铁路新村 and 铁新村, 茶亭村老砖厂 and
// 茶亭老砖厂.
std::u32string Skeleton(View name) {
  std::u32string out;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (i == 0 || View(U"村路街巷镇乡县区市道").find(name[i]) == View::npos) out += name[i];
  return out;
}

// 建北 of 建设北: the letters of a short form stand in the long one in order, from its first to its last.
bool ShortFormOf(View small, View large) {
  if (small.size() < 2 || small.size() >= large.size() || large.size() - small.size() > 2) return false;
  if (small.front() != large.front() || small.back() != large.back()) return false;
  std::size_t at = 0;
  for (char32_t c : large)
    if (at < small.size() && small[at] == c) ++at;
  return at == small.size();
}

View SchoolWord(View name) {
  static constexpr View kWords[] = {U"小学", U"中学", U"幼儿园", U"大学", U"学院", U"卫生院", U"医院", U"学校"};
  for (View word : kWords)
    if (name.ends_with(word)) return word;
  return {};
}

// A name misheard in one syllable (云栖湾, 云溪湾), in its short form, or known by its first two (顺达木业,
// 顺答木材厂): too little to tie, enough not to tell apart.
double NearlyFoundIn(const Named& named, const Prepared& other) {
  const View my_core = CoreOf(named);
  const auto mine = Sounds(my_core);
  if (mine.size() < 2) return 0;
  double best = 0;
  for (const auto& candidate : other.profile.named) {
    if (candidate.kind == Named::Kind::kRegion || LevelOf(candidate.kind) != LevelOf(named.kind) ||
        candidate.source == Named::Source::kAddress)
      continue;
    if (SchoolWord(named.name) != SchoolWord(candidate.name)) continue;  // a primary and a middle school of one place
    const View their_core = CoreOf(candidate);
    const auto theirs = Sounds(their_core);
    const auto my_bones = Skeleton(named.name), their_bones = Skeleton(candidate.name);
    if (my_bones.size() >= 2 && (my_bones == their_bones)) best = std::max(best, 0.8);
    if (ShortFormOf(my_core, their_core) || ShortFormOf(their_core, my_core)) best = std::max(best, 0.6);
    if (mine.size() >= 3 && mine.size() == theirs.size()) {
      std::size_t differ = 0;
      bool meant = false;
      for (std::size_t i = 0; i < mine.size(); ++i) {
        if (mine[i] == theirs[i]) continue;
        ++differ;
        meant = meant || TellsApart(my_core[i], their_core[i]);
      }
      if (differ == 1 && !meant) best = std::max(best, 0.35);
    }
    if (theirs.size() >= 2 && (mine.size() >= 3 || theirs.size() >= 3) && mine.substr(0, 2) == theirs.substr(0, 2))
      best = std::max(best, 0.35);
  }
  return best;
}

double NameRarity(const Named& named, const KeyRarity& rarity) {
  static constexpr char kHex[] = "0123456789abcdef";
  const View core = CoreOf(named);
  std::string key = "named:";
  for (char16_t sound : Sounds(
           core.substr(core.size() > 4 && named.source == Named::Source::kAccused ? core.size() - 4 : 0).substr(0, 4)))
    for (int shift = 12; shift >= 0; shift -= 4) key += kHex[(sound >> shift) & 15];
  return rarity(key);
}

struct NameSums {
  double org = 0, fine = 0, sound = 0, wide = 0, village = 0;
  bool org_open = false, fine_open[4] = {false, false, false, false};
  bool fine_met[4] = {false, false, false, false};
  bool roads_open[2] = {false, false}, roads_met = false;  ///< by side
  bool place_open[2] = {false, false},
       place_met[2] = {false, false};  ///< roads and villages of the place field, by side
  bool named_only = false;
};

void LookUpNames(const Prepared& a, const Prepared& b, const KeyRarity& rarity, int side, bool copied, NameSums& sums) {
  for (const auto& named : a.profile.named) {
    if (named.kind == Named::Kind::kRegion) continue;
    double found = FoundIn(named, b);
    if (found == 0 && !copied) found = NearlyFoundIn(named, b);
    const bool org = named.kind == Named::Kind::kOrganisation || named.source == Named::Source::kAccused;
    const double trust = named.source == Named::Source::kAddress ? 0.6
                         : named.source == Named::Source::kText  ? 0.9
                                                                 : 1.0;
    const int level = LevelOf(named.kind);
    if (found == 0) {
      if (named.source == Named::Source::kText || named.source == Named::Source::kAddress) continue;
      if (org)
        sums.org_open = true;
      else
        sums.fine_open[level] = true;
      if (!org && named.kind == Named::Kind::kRoad) sums.roads_open[side] = true;
      if (!org && level == 2 && named.source == Named::Source::kPlace) sums.place_open[side] = true;
      continue;
    }
    const double weight = found * trust * NameRarity(named, rarity);
    const bool other_place = b.place_sounds.find(Sounds(CoreOf(named))) != std::u16string::npos;
    if (org) {
      sums.org = std::max(sums.org, weight);
    } else if (level == 3) {
      sums.fine = std::max(sums.fine, weight);
      if (found < 0.85) sums.sound = std::max(sums.sound, weight);
      sums.fine_met[3] = true;
    } else {
      sums.wide = std::max(sums.wide, weight * (level == 2 ? 1 : 0.5));
      if (named.kind == Named::Kind::kVillage) sums.village = std::max(sums.village, weight);
      if (named.source != Named::Source::kAddress) sums.fine_met[level] = true;
      if (named.kind == Named::Kind::kRoad && named.source == Named::Source::kPlace) sums.roads_met = true;
      if (level == 2 && named.source == Named::Source::kPlace && other_place) sums.place_met[side] = true;
    }
  }
}

bool HasPlaceAt(const Profile& profile, int level, bool organisations) {
  for (const auto& named : profile.named) {
    if (named.source != Named::Source::kPlace && named.source != Named::Source::kAccused) continue;
    const bool org = named.kind == Named::Kind::kOrganisation || named.source == Named::Source::kAccused;
    if (org != organisations || named.kind == Named::Kind::kRegion) continue;
    if (organisations || LevelOf(named.kind) == level) return true;
  }
  return false;
}

// Values of one kind of address part; those the matter is about before those of the petitioner's own address.
struct PartSet {
  std::vector<std::string_view> values;
  bool from_address = false, from_place = false;
};
PartSet PartsOf(const Profile& profile, AddressPart::Kind kind) {
  PartSet place, text, address;
  for (const auto& part : profile.parts) {
    if (part.kind != kind) continue;
    (part.from_place ? place : part.from_address ? address : text).values.push_back(part.value);
  }
  address.from_address = true;
  place.from_place = true;
  if (!place.values.empty()) return place;
  return !text.values.empty() ? text : address;
}

// Whether it is spoken of: that the petitioner lives there is no mention of it.
bool Mentions(const Profile& profile, AddressPart::Kind kind, std::string_view value) {
  return std::any_of(profile.parts.begin(), profile.parts.end(), [&](const AddressPart& part) {
    return part.kind == kind && !part.from_address && part.value == value;
  });
}

void Split(double compared, double& same, double& differs) {
  same = std::max(0.0, compared);
  differs = std::max(0.0, -compared);
}

}  // namespace

namespace parts {

void CompareNamed(const Prepared& a, const Prepared& b, const KeyRarity& rarity, MatterVector& v, MatterNotes* notes) {
  NameSums sums;
  const bool copied = v[k_text_copied] > 0.35;  // in a copied text a changed name is meant
  LookUpNames(a, b, rarity, 0, copied, sums);
  LookUpNames(b, a, rarity, 1, copied, sums);
  sums.named_only = (sums.place_open[0] || sums.place_open[1]) && !sums.place_met[0] && !sums.place_met[1];
  v[k_place_same] = sums.fine;
  v[k_place_sounds] = sums.fine > sums.sound ? 0 : sums.sound;
  v[k_place_wider] = sums.wide;
  v[k_village_same] = sums.village;
  v[k_org_same] = sums.org;
  if (notes != nullptr) notes->place_by_sound = v[k_place_sounds] > 0;
  const auto differ = [&](int level) {
    return sums.fine_open[level] && !sums.fine_met[level] && HasPlaceAt(a.profile, level, false) &&
           HasPlaceAt(b.profile, level, false);
  };
  // Two crossings of one road are two places: each names a road that the other does not.
  if (sums.roads_open[0] && sums.roads_open[1] && sums.roads_met)
    v[k_place_differs] = 1;
  else if (differ(3))
    v[k_place_differs] = 1;
  else if (differ(2) && !sums.fine_met[3])
    v[k_place_differs] = 0.8;
  else if (!sums.fine_met[3] && sums.named_only && HasPlaceAt(a.profile, 2, false) && HasPlaceAt(b.profile, 2, false))
    v[k_place_differs] = 0.6;  // one speaks of the other's place in passing, but stands for its own
  else if (differ(1) && !sums.fine_met[3] && !sums.fine_met[2])
    v[k_place_differs] = 0.8;
  if (sums.org == 0 && HasPlaceAt(a.profile, 0, true) && HasPlaceAt(b.profile, 0, true)) v[k_org_differs] = 1;
  const auto &x = a.profile.division, &y = b.profile.division;
  if (x.size() >= 6 && y.size() >= 6) {
    const bool city = x.substr(4, 2) == "00" || y.substr(4, 2) == "00";
    if (x.substr(0, 6) == y.substr(0, 6))
      v[k_region_same] = 1;
    else if (!city || x.substr(0, 4) != y.substr(0, 4))
      v[k_region_differs] = 1;
  }
}

double CompareParts(const Profile& a, const Profile& b, AddressPart::Kind kind) {
  const auto x = PartsOf(a, kind), y = PartsOf(b, kind);
  if (x.values.empty() || y.values.empty()) return 0;
  const auto meet = [](const PartSet& one, const PartSet& two) {
    return std::any_of(one.values.begin(), one.values.end(), [&](auto value) {
      return std::find(two.values.begin(), two.values.end(), value) != two.values.end();
    });
  };
  if (meet(x, y)) return 1;
  if (x.from_place && y.from_place)
    return -1;  // each says where it is: that one also mentions the other's is no meeting
  // One that says where it is and mentions the other's in passing neither meets it nor stands elsewhere for sure.
  for (auto value : x.values)
    if (Mentions(b, kind, value)) return y.from_place ? 0 : 1;
  for (auto value : y.values)
    if (Mentions(a, kind, value)) return x.from_place ? 0 : 1;
  return x.from_address && y.from_address ? -0.5 : -1;
}

void ComparePartsOfAddress(const Profile& a, const Profile& b, MatterVector& v) {
  using Kind = AddressPart::Kind;
  Split(CompareParts(a, b, Kind::kBuilding), v[k_building_same], v[k_building_differs]);
  Split(CompareParts(a, b, Kind::kGroup), v[k_group_same], v[k_group_differs]);
  Split(CompareParts(a, b, Kind::kHouse), v[k_house_same], v[k_house_differs]);
  Split(CompareParts(a, b, Kind::kRoute), v[k_route_same], v[k_route_differs]);
  v[k_room_same] = std::max(0.0, CompareParts(a, b, Kind::kRoom));
  const auto *main_a = MainTopic(a), *main_b = MainTopic(b);
  const bool alone =
      (main_a != nullptr && IsOfOneBuilding(main_a->topic)) || (main_b != nullptr && IsOfOneBuilding(main_b->topic));
  const double unit = CompareParts(a, b, Kind::kUnit);
  if (alone)
    v[k_building_differs_alone] = std::max(v[k_building_differs], v[k_building_same] > 0 ? 0 : std::max(0.0, -unit));
}

}  // namespace parts
}  // namespace dedup
