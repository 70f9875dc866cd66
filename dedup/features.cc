#include "dedup/features.h"

#include <algorithm>
#include <array>
#include <cmath>

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

constexpr std::size_t kRun = 7;  // letters in a row that chance does not repeat

// 1 + 0.4 log n, for how often a pair stands in a text.
double Often(std::size_t times) {
  static const auto known = [] {
    std::array<double, 16> values{};
    for (std::size_t n = 1; n < values.size(); ++n) values[n] = 1 + 0.4 * std::log(static_cast<double>(n));
    return values;
  }();
  return times < known.size() ? known[times] : 1 + 0.4 * std::log(static_cast<double>(times));
}

// Ascending. Pairs of the basic plane, nearly all of them, are sorted by their bytes: comparing costs several times as
// much, and every candidate's text is sorted.
void SortPairs(std::vector<std::uint64_t>& keys) {
  constexpr std::size_t kFew = 64;
  constexpr std::uint64_t kBeyond = 0xffff0000ffff0000;
  const bool basic = std::none_of(keys.begin(), keys.end(), [](std::uint64_t key) { return (key & kBeyond) != 0; });
  if (keys.size() < kFew || !basic) {
    std::sort(keys.begin(), keys.end());
    return;
  }
  std::vector<std::uint32_t> from(keys.size()), to(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    from[i] = static_cast<std::uint32_t>((keys[i] >> 16) | (keys[i] & 0xffff));
  for (const unsigned shift : {0u, 8u, 16u, 24u}) {
    std::array<std::uint32_t, 257> begin{};
    for (const std::uint32_t key : from) ++begin[((key >> shift) & 255) + 1];
    for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
    for (const std::uint32_t key : from) to[begin[(key >> shift) & 255]++] = key;
    from.swap(to);
  }
  for (std::size_t i = 0; i < keys.size(); ++i)
    keys[i] = (static_cast<std::uint64_t>(from[i] >> 16) << 32) | (from[i] & 0xffff);
}

std::vector<Prepared::Gram> GramsOf(View text, const RarityTable& rarity) {
  std::vector<std::uint64_t> keys;
  keys.reserve(text.size());
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    keys.push_back((static_cast<std::uint64_t>(text[i]) << 32) | text[i + 1]);
  SortPairs(keys);
  std::vector<Prepared::Gram> grams;
  grams.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size();) {
    std::size_t end = i;
    while (end < keys.size() && keys[end] == keys[i]) ++end;
    const double weight = rarity.Of(static_cast<char32_t>(keys[i] >> 32), static_cast<char32_t>(keys[i] & 0xffffffff));
    grams.push_back({keys[i], static_cast<float>(weight * Often(end - i))});
    i = end;
  }
  return grams;
}

double Norm(const std::vector<Prepared::Gram>& grams) {
  double sum = 0;
  for (const auto& gram : grams) sum += static_cast<double>(gram.weight) * gram.weight;
  return std::sqrt(sum);
}

struct Shared {
  double dot = 0, least = 0;
};
Shared Meet(const std::vector<Prepared::Gram>& a, const std::vector<Prepared::Gram>& b) {
  Shared shared;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (a[i].key < b[k].key)
      ++i;
    else if (b[k].key < a[i].key)
      ++k;
    else {
      shared.dot += static_cast<double>(a[i].weight) * b[k].weight;
      shared.least += std::min(a[i].weight, b[k].weight);
      ++i, ++k;
    }
  }
  return shared;
}

// Calls visit(at, hash) for each run of kRun letters; equal runs have equal hashes.
template <typename Visit>
void EachRun(View text, Visit visit) {
  constexpr std::uint64_t kBase = 0x100000001B3u;
  std::uint64_t first = 1, hash = 0;  // kBase to the power of kRun, for the letter that falls out
  for (std::size_t i = 0; i < kRun; ++i) first *= kBase;
  for (std::size_t i = 0; i < text.size(); ++i) {
    hash = hash * kBase + text[i] + 1;
    if (i >= kRun) hash -= first * (text[i - kRun] + 1);
    if (i + 1 >= kRun) visit(i + 1 - kRun, hash);
  }
}

// Share of `small` that stands in runs of kRun letters found in `large`.
double CopiedShare(View small, View large) {
  if (small.size() < kRun || large.size() < kRun) return small == large && !small.empty() ? 1 : 0;
  // Open addressing, at most half full; a text has at most kTextLettersMax letters.
  std::array<std::uint64_t, 2048> slots{};
  static_assert(kTextLettersMax * 2 <= 2048);
  const auto find = [&](std::uint64_t hash) {
    std::size_t at = static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15u) >> 53);
    while (slots[at] != 0 && slots[at] != hash) at = (at + 1) % slots.size();
    return at;
  };
  EachRun(large, [&](std::size_t, std::uint64_t hash) { slots[find(hash)] = hash; });
  std::size_t covered = 0, upto = 0;
  EachRun(small, [&](std::size_t i, std::uint64_t hash) {
    if (hash == 0 || slots[find(hash)] != hash) return;
    covered += i + kRun - std::max(upto, i);
    upto = i + kRun;
  });
  return static_cast<double>(covered) / static_cast<double>(small.size());
}

void CompareText(const Prepared& a, const Prepared& b, MatterVector& v) {
  if (a.grams_norm > 0 && b.grams_norm > 0) {
    const auto shared = Meet(a.grams, b.grams);
    v[k_text_alike] = shared.dot / (a.grams_norm * b.grams_norm);
    v[k_text_within] = shared.least / std::max(8.0, std::min(a.grams_sum, b.grams_sum));
  }
  if (a.title_norm > 0 && b.title_norm > 0)
    v[k_title_alike] = Meet(a.title_grams, b.title_grams).dot / (a.title_norm * b.title_norm);
  const View x = a.profile.text, y = b.profile.text;
  v[k_text_copied] = x.size() <= y.size() ? CopiedShare(x, y) : CopiedShare(y, x);
  v[k_text_equal] = a.profile.content_hash == b.profile.content_hash && a.profile.full_letters > 0 ? 1 : 0;
  const double least = static_cast<double>(std::min(a.profile.full_letters, b.profile.full_letters));
  v[k_says_little] = least < 60 ? 1 - least / 60 : 0;
}

const TopicHit* HitOf(const Profile& profile, std::uint16_t topic) {
  for (const auto& hit : profile.topics)
    if (hit.topic == topic) return &hit;
  return nullptr;
}

// The strongest topic that is not a weak one.
const TopicHit* MainTopic(const Profile& profile) {
  for (const auto& hit : profile.topics)
    if (TopicWeight(hit.topic) >= 1) return &hit;
  return nullptr;
}

// The hit of the topic itself, or of its nearest kin, with how much of it counts.
struct Met {
  const TopicHit* hit = nullptr;
  double share = 0;
};
Met MeetingOf(const Profile& profile, std::uint16_t topic) {
  if (const auto* same = HitOf(profile, topic)) return {same, 1};
  for (const auto& hit : profile.topics)
    if (TopicsAkin(hit.topic, topic)) return {&hit, 0.5};
  return {};
}

void CompareTopics(const Prepared& later, const Prepared& earlier, MatterVector& v, MatterNotes* notes) {
  const Profile &a = later.profile, &b = earlier.profile;
  double sum_a = 0, sum_b = 0, shared = 0;
  for (const auto& hit : a.topics) sum_a += hit.weight * TopicWeight(hit.topic);
  for (const auto& hit : b.topics) sum_b += hit.weight * TopicWeight(hit.topic);
  for (const auto& hit : a.topics)
    if (const auto met = MeetingOf(b, hit.topic); met.hit != nullptr) {
      shared += met.share * std::sqrt(static_cast<double>(hit.weight) * met.hit->weight) * TopicWeight(hit.topic);
      if (notes != nullptr && met.share == 1 && TopicWeight(hit.topic) >= 1) notes->topics.push_back(hit.topic);
    }
  if (sum_a > 0 && sum_b > 0) v[k_topic_alike] = std::min(1.0, shared / std::sqrt(sum_a * sum_b));
  const auto *main_a = MainTopic(a), *main_b = MainTopic(b);
  if (main_a == nullptr) v[k_topic_silent] = 1;
  if (main_a == nullptr || main_b == nullptr) return;
  const double a_in_b = MeetingOf(b, main_a->topic).share, b_in_a = MeetingOf(a, main_b->topic).share;
  v[k_topic_main] = 0.5 * a_in_b + 0.5 * b_in_a;
  const double clear = std::min({1.0, main_a->weight / 4.0, main_b->weight / 4.0});
  if (a_in_b == 0 && b_in_a == 0) v[k_topic_differs] = clear * (1 - v[k_topic_alike]);
  // What the later one puts into its title, or mainly speaks of, and the earlier one never mentions.
  if (a_in_b < 1) v[k_topic_added] = (1 - a_in_b) * std::min(1.0, main_a->weight / 6.0);
  for (const auto& hit : later.title_topics)
    if (TopicWeight(hit.topic) >= 1 && hit.weight >= 2 && MeetingOf(b, hit.topic).hit == nullptr)
      v[k_topic_added] = std::max(v[k_topic_added], 0.7);
  if (IsOfOnePerson(main_a->topic) && IsOfOnePerson(main_b->topic)) v[k_personal_trouble] = 1;
}

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
  static constexpr std::u32string_view kSets[] = {U"大小中", U"东西南北中", U"上下中", U"前后", U"新老旧", U"左右", U"内外", U"一二三四五六七八九十0123456789", U"高低", U"公母"};
  if (a == b) return false;
  for (View set : kSets)
    if (set.find(a) != View::npos && set.find(b) != View::npos) return true;
  return false;
}

// What is left of a name without the words that say what kind of place it is: 铁路新村 and 铁新村, 茶亭村老砖厂 and 茶亭老砖厂.
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

// A name misheard in one syllable (云栖湾, 云溪湾), in its short form, or known by its first two (顺达木业, 顺答木材厂): too
// little to tie, enough not to tell apart.
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

bool AnyPart(const Profile& profile, AddressPart::Kind kind, std::string_view value) {
  return std::any_of(profile.parts.begin(), profile.parts.end(),
                     [&](const AddressPart& part) { return part.kind == kind && part.value == value; });
}

// +1 the same, -1 different, 0 not known.
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
    if (AnyPart(b, kind, value)) return y.from_place ? 0 : 1;
  for (auto value : y.values)
    if (AnyPart(a, kind, value)) return x.from_place ? 0 : 1;
  return x.from_address && y.from_address ? -0.5 : -1;
}

void Split(double compared, double& same, double& differs) {
  same = std::max(0.0, compared);
  differs = std::max(0.0, -compared);
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
  std::vector<int> years_a, years_b;
  const auto of_the_trouble = [](const Profile& profile, const Day& day) {
    return day.year != 0 && std::find(profile.earlier_days.begin(), profile.earlier_days.end(), day) ==
                                profile.earlier_days.end();
  };
  for (const auto& x : a.days) {
    if (of_the_trouble(a, x)) years_a.push_back(x.year);
    for (const auto& y : b.days)
      if (x.month != 0 && x == y) days += x.day != 0 ? 1 : 0.4;
  }
  for (const auto& y : b.days)
    if (of_the_trouble(b, y)) years_b.push_back(y.year);
  v[k_day_same] = std::min(1.5, days);
  if (!years_a.empty() && !years_b.empty()) {
    // Trouble of another year is other trouble; a month or day tells it better than a year alone (of a purchase).
    const auto timed = [&](const Profile& profile) {
      std::vector<int> years;
      for (const auto& day : profile.days)
        if (of_the_trouble(profile, day) && day.month != 0) years.push_back(day.year);
      return years;
    };
    const auto timed_a = timed(a), timed_b = timed(b);
    const bool both_timed = !timed_a.empty() && !timed_b.empty();
    if (both_timed) years_a = timed_a, years_b = timed_b;
    std::sort(years_a.begin(), years_a.end());
    std::sort(years_b.begin(), years_b.end());
    std::vector<int> both;
    std::set_intersection(years_a.begin(), years_a.end(), years_b.begin(), years_b.end(), std::back_inserter(both));
    if (both.empty()) v[k_year_differs] = both_timed ? 1 : 0.5;
  }
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
      if (name.size() >= 2 && Contains(in.profile.text, name)) return true;
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

Prepared::Prepared(Profile of, const RarityTable& rarity) : profile(std::move(of)) {
  grams = GramsOf(profile.text, rarity);
  title_grams = GramsOf(View(profile.text).substr(0, profile.title_letters), rarity);
  grams_norm = Norm(grams);
  title_norm = Norm(title_grams);
  for (const auto& gram : grams) grams_sum += gram.weight;
  title_topics = FindTopics(View(profile.text).substr(0, profile.title_letters), 0, {});
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
  const std::uint64_t key = (static_cast<std::uint64_t>(part[0]) << 32) | part[1];
  const auto at = std::lower_bound(grams.begin(), grams.end(), key,
                                   [](const Gram& gram, std::uint64_t wanted) { return gram.key < wanted; });
  return at != grams.end() && at->key == key;
}

MatterVector CompareMatter(const Prepared& later, const Prepared& earlier, const KeyRarity& rarity, bool earlier_closed,
                           MatterNotes* notes) {
  MatterVector v{};
  CompareText(later, earlier, v);
  CompareTopics(later, earlier, v, notes);
  CompareNamed(later, earlier, rarity, v, notes);
  ComparePartsOfAddress(later.profile, earlier.profile, v);
  CompareNumbers(later.profile, earlier.profile, v);
  CompareAccused(later, earlier, v);
  CompareNamesInText(later, earlier, v);
  CompareActs(later.profile, earlier.profile, earlier_closed, v);
  // A copied text about another place is another matter; about another building only where the trouble is one of a
  // building.
  v[k_copied_elsewhere] =
      v[k_text_copied] * std::max({v[k_place_differs], v[k_building_differs_alone], v[k_group_differs],
                                   v[k_house_differs] * (1 - v[k_place_same]), v[k_region_differs],
                                   v[k_accused_differs], 0.7 * v[k_year_differs]});
  // What speaks of before, at the very place.
  const double here = std::max({v[k_place_same], v[k_place_sounds], v[k_org_same], 0.7 * v[k_place_wider], v[k_village_same],
                                0.7 * v[k_building_same], v[k_accused_same], v[k_route_same]});
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
                         v[k_topic_added] == 0 && v[k_org_differs] == 0;
  if (v[k_text_equal] == 0 && v[k_text_copied] > 0.7 && lengths > 0.6 && unchanged) v[k_text_equal] = 0.7;
  // Said again whole: no copy with something else put in.
  if (v[k_text_equal] > 0 && v[k_copied_elsewhere] == 0) v[k_text_copied] = 0;
  return v;
}

PeopleVector DescribePeople(const Profile& later, const Profile& earlier, const PeopleEvidence& e,
                            const KeyRarity& rarity) {
  PeopleVector v{};
  const bool met = e.met >= 0;
  const auto flag = [](bool on) { return on ? 1.0 : 0.0; };
  const double weak = e.introduced ? 0.8 : 1.0;
  v[k_id_same] = flag(e.id_same);
  v[k_id_damaged_same] = flag(e.id_damaged_same);
  v[k_id_differs] = flag(e.id_differs);
  v[k_phone_same] = flag(met && e.phone == PhoneMatch::kSame);
  v[k_phone_near] = flag(met && e.phone == PhoneMatch::kNear);
  v[k_phone_differs] = flag(met && e.phone == PhoneMatch::kDiffers);
  const double name_rarity = met && e.name == NameMatch::kSame ? [&] {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string key = "name:";
    for (char16_t sound : Sounds(ToWide(later.people[static_cast<std::size_t>(e.met)].name)))
      for (int shift = 12; shift >= 0; shift -= 4) key += kHex[(sound >> shift) & 15];
    return rarity(key);
  }() : 0.0;
  v[k_name_same] = name_rarity * weak;
  v[k_name_sounds] = flag(met && e.name == NameMatch::kSounds);
  v[k_name_near] = flag(met && e.name == NameMatch::kNear);
  v[k_name_fits] = flag(met && e.name == NameMatch::kFits);
  v[k_name_fits_by_sound] = flag(met && e.name == NameMatch::kFitsBySound);
  v[k_name_differs] = flag(met && e.name == NameMatch::kDiffers);
  v[k_phone_same_name_differs] = v[k_phone_same] * v[k_name_differs];
  v[k_name_same_phone_same] =
      flag(v[k_phone_same] > 0 && (e.name == NameMatch::kSame || e.name == NameMatch::kFits ||
                                   e.name == NameMatch::kSounds || e.name == NameMatch::kFitsBySound));
  v[k_name_fits_phone_near] =
      flag(v[k_phone_near] > 0 && (e.name == NameMatch::kSame || e.name == NameMatch::kFits ||
                                   e.name == NameMatch::kSounds || e.name == NameMatch::kFitsBySound));
  v[k_account_same] = flag(e.account_same);
  v[k_address_same] = flag(e.address_same);
  v[k_sex_differs] = flag(e.sex_differs);
  v[k_agent_only] = flag(e.agent_only);
  v[k_introduced] = flag(met && e.introduced);
  const bool apart = v[k_id_differs] > 0 || v[k_name_differs] > 0 || v[k_sex_differs] > 0;
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
  if (CompareParts(later, earlier, AddressPart::Kind::kRoom) > 0 &&
      CompareParts(later, earlier, AddressPart::Kind::kBuilding) >= 0)
    v[k_room_same_person] = 1;
  const bool any = std::any_of(v.begin(), v.end(), [](double x) { return x != 0; });
  v[k_nothing_known] = flag(!any);
  return v;
}

}  // namespace dedup
