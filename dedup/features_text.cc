// How alike two texts are, by pairs of characters and by runs copied; and which trouble they speak of.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "dedup/features_parts.h"
#include "dedup/han.h"
#include "dedup/topics.h"

namespace dedup {
namespace {

using View = std::u32string_view;

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

// Calls visit(key, times) for each run of equal keys.
template <typename Key, typename Visit>
void EachDistinct(const Key* keys, std::size_t count, Visit visit) {
  for (std::size_t i = 0; i < count;) {
    std::size_t end = i + 1;
    while (end < count && keys[end] == keys[i]) ++end;
    visit(keys[i], end - i);
    i = end;
  }
}

// Pairs of a text of the basic plane, nearly every text, sorted by their bytes: comparing costs several times as much,
// and every candidate's text is sorted.
std::vector<Prepared::Gram> GramsOfBasic(View text, const RarityTable& rarity) {
  const std::size_t count = text.size() - 1;
  std::array<std::uint32_t, kTextLettersMax> one, other;
  std::uint32_t *from = one.data(), *to = other.data();
  std::array<std::array<std::uint32_t, 256>, 4> begin{};
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t key = (static_cast<std::uint32_t>(text[i]) << 16) | text[i + 1];
    from[i] = key;
    for (unsigned byte = 0; byte < 4; ++byte) ++begin[byte][(key >> (8 * byte)) & 255];
  }
  for (auto& counts : begin) {
    std::uint32_t sum = 0;
    for (std::uint32_t& at : counts) at = std::exchange(sum, sum + at);
  }
  for (unsigned byte = 0; byte < 4; ++byte) {
    for (std::size_t i = 0; i < count; ++i) to[begin[byte][(from[i] >> (8 * byte)) & 255]++] = from[i];
    std::swap(from, to);
  }
  std::vector<Prepared::Gram> grams;
  grams.reserve(count);
  EachDistinct(from, count, [&](std::uint32_t key, std::size_t times) {
    const double weight = rarity.OfBasic(key) * (times == 1 ? 1 : Often(times));
    grams.push_back({key, static_cast<float>(weight)});
  });
  return grams;
}

struct Shared {
  double dot = 0, least = 0;
};
Shared Meet(const std::vector<Prepared::Gram>& a, const std::vector<Prepared::Gram>& b) {
  Shared shared;
  // Which of two keys is the lower one nobody can foretell: both step by what they compare to, without a branch.
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const std::uint32_t x = a[i].key, y = b[k].key;
    if (x == y) {
      shared.dot += static_cast<double>(a[i].weight) * b[k].weight;
      shared.least += std::min(a[i].weight, b[k].weight);
    }
    i += x <= y ? 1 : 0;
    k += y <= x ? 1 : 0;
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

std::size_t TableSize(std::size_t count) {
  std::size_t size = 64;
  while (size < 2 * count) size *= 2;
  return size;
}

const TopicHit* HitOf(const Profile& profile, std::uint16_t topic) {
  for (const auto& hit : profile.topics)
    if (hit.topic == topic) return &hit;
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

}  // namespace

/// Reads and fills the tables of a Later.
class LaterText {
 public:
  static void LayOut(Later& later) {
    const Prepared& of = later.prepared;
    later.grams_.assign(TableSize(of.grams.size()), {0, 0});
    for (const auto& gram : of.grams) {
      later.grams_[PlaceOf(later, gram.key)] = gram;
      const std::size_t bit = SeenBit(gram.key);
      later.seen_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    later.runs_.assign(TableSize(of.profile.text.size()), 0);
    later.run_at_.reserve(of.profile.text.size());
    EachRun(of.profile.text, [&](std::size_t, std::uint64_t hash) {
      const std::size_t at = PlaceOf(later, hash);
      later.runs_[at] = hash;
      later.run_at_.push_back(hash == 0 ? kNoRun : static_cast<std::uint32_t>(at));
    });
  }

  static Shared Meet(const Later& later, const Prepared& earlier) {
    Shared shared;
    // Most pairs are not shared, and which nobody can foretell: those that may be are picked without a branch.
    std::array<const Prepared::Gram*, 128> picked;
    const Prepared::Gram* const end = earlier.grams.data() + earlier.grams.size();
    for (const Prepared::Gram* next = earlier.grams.data(); next != end;) {
      std::size_t count = 0;
      const std::ptrdiff_t some = std::min<std::ptrdiff_t>(picked.size(), end - next);
      for (const Prepared::Gram* const stop = next + some; next != stop; ++next) {
        picked[count] = next;
        const std::size_t bit = SeenBit(next->key);
        count += later.seen_[bit / 64] >> (bit % 64) & 1;
      }
      for (std::size_t i = 0; i < count; ++i) {
        const Prepared::Gram& gram = *picked[i];
        const float weight = later.grams_[PlaceOf(later, gram.key)].weight;  // 0 where there is none: adds nothing
        shared.dot += static_cast<double>(weight) * gram.weight;
        shared.least += std::min(weight, gram.weight);
      }
    }
    return shared;
  }

  /// Share of the shorter one that stands in runs of kRun letters found in the longer one.
  static double CopiedShare(const Later& later, const Prepared& earlier) {
    const View x = later.prepared.profile.text, y = earlier.profile.text;
    if (std::min(x.size(), y.size()) < kRun) return x == y && !x.empty() ? 1 : 0;
    if (!later.prepared.MayShareRun(earlier, kRun)) return 0;
    std::size_t covered = 0, upto = 0;
    const auto cover = [&](std::size_t from) {
      covered += from + kRun - std::max(upto, from);
      upto = from + kRun;
    };
    const auto known = [&](std::uint64_t hash, std::size_t at) { return hash != 0 && later.runs_[at] == hash; };
    if (y.size() < x.size()) {
      EachRun(y, [&](std::size_t from, std::uint64_t hash) {
        if (known(hash, PlaceOf(later, hash))) cover(from);
      });
      return static_cast<double>(covered) / static_cast<double>(y.size());
    }
    std::vector<bool> met(later.runs_.size());
    EachRun(y, [&](std::size_t, std::uint64_t hash) {
      const std::size_t at = PlaceOf(later, hash);
      if (known(hash, at)) met[at] = true;
    });
    for (std::size_t from = 0; from < later.run_at_.size(); ++from)
      if (later.run_at_[from] != kNoRun && met[later.run_at_[from]]) cover(from);
    return static_cast<double>(covered) / static_cast<double>(x.size());
  }

 private:
  static constexpr std::uint32_t kNoRun = ~std::uint32_t{0};

  static std::size_t SeenBit(std::uint32_t key) { return (key * 2654435761u) >> 19; }  // 13 bits
  static std::size_t PlaceOf(const Later& later, std::uint32_t key) {
    const std::size_t mask = later.grams_.size() - 1;
    std::size_t at = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 40) & mask;
    while (later.grams_[at].weight != 0 && later.grams_[at].key != key) at = (at + 1) & mask;
    return at;
  }
  static std::size_t PlaceOf(const Later& later, std::uint64_t hash) {
    const std::size_t mask = later.runs_.size() - 1;
    std::size_t at = static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15u) >> 40) & mask;
    while (later.runs_[at] != 0 && later.runs_[at] != hash) at = (at + 1) & mask;
    return at;
  }
};

Later::Later(const Prepared& of) : prepared(of) { LaterText::LayOut(*this); }

namespace parts {

std::vector<Prepared::Gram> GramsOf(View text, const RarityTable& rarity) {
  constexpr std::size_t kFew = 64;
  const auto basic = [](char32_t letter) { return letter != 0 && letter <= 0xffff; };
  if (text.size() > kFew && text.size() <= kTextLettersMax && std::all_of(text.begin(), text.end(), basic))
    return GramsOfBasic(text, rarity);
  std::vector<Prepared::Gram> pairs;
  pairs.reserve(text.size());
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    pairs.push_back({Prepared::KeyOf(text[i], text[i + 1]), static_cast<float>(rarity.Of(text[i], text[i + 1]))});
  std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  std::vector<Prepared::Gram> grams;
  grams.reserve(pairs.size());
  for (std::size_t i = 0, end = 0; i < pairs.size(); i = end) {
    while (end < pairs.size() && pairs[end].key == pairs[i].key) ++end;
    grams.push_back({pairs[i].key, static_cast<float>(pairs[i].weight * Often(end - i))});
  }
  return grams;
}

double Norm(const std::vector<Prepared::Gram>& grams) {
  double sum = 0;
  for (const auto& gram : grams) sum += static_cast<double>(gram.weight) * gram.weight;
  return std::sqrt(sum);
}

void CompareText(const Later& later, const Prepared& b, MatterVector& v) {
  const Prepared& a = later.prepared;
  if (a.grams_norm > 0 && b.grams_norm > 0) {
    const auto shared = LaterText::Meet(later, b);
    v[k_text_alike] = shared.dot / (a.grams_norm * b.grams_norm);
    v[k_text_within] = shared.least / std::max(8.0, std::min(a.grams_sum, b.grams_sum));
  }
  if (a.title_norm > 0 && b.title_norm > 0)
    v[k_title_alike] = Meet(a.title_grams, b.title_grams).dot / (a.title_norm * b.title_norm);
  v[k_text_copied] = LaterText::CopiedShare(later, b);
  v[k_text_equal] = a.profile.content_hash == b.profile.content_hash && a.profile.full_letters > 0 ? 1 : 0;
  const double least = static_cast<double>(std::min(a.profile.full_letters, b.profile.full_letters));
  v[k_says_little] = least < 60 ? 1 - least / 60 : 0;
}

// One thing in common of several is enough: a text names whatever stands around.
void CompareThings(const Profile& a, const Profile& b, MatterVector& v) {
  double in_a = 0, in_b = 0, shared = 0;
  for (const auto& hit : a.topics) {
    if (!IsThing(hit.topic)) continue;
    in_a = std::max<double>(in_a, hit.weight);
    if (const auto* met = HitOf(b, hit.topic); met != nullptr)
      shared = std::max<double>(shared, std::min(hit.weight, met->weight));
  }
  for (const auto& hit : b.topics)
    if (IsThing(hit.topic)) in_b = std::max<double>(in_b, hit.weight);
  v[k_thing_same] = std::min(1.0, shared / 4);
  if (shared == 0) v[k_thing_differs] = std::min({1.0, in_a / 4, in_b / 4});
}

const TopicHit* MainTopic(const Profile& profile) {
  for (const auto& hit : profile.topics)
    if (TopicWeight(hit.topic) >= 1) return &hit;
  return nullptr;
}

void CompareTopics(const Prepared& later, const Prepared& earlier, MatterVector& v, MatterNotes* notes) {
  const Profile &a = later.profile, &b = earlier.profile;
  double sum_a = 0, sum_b = 0, shared = 0;
  for (const auto& hit : a.topics) sum_a += hit.weight * TopicWeight(hit.topic);
  for (const auto& hit : b.topics) sum_b += hit.weight * TopicWeight(hit.topic);
  for (const auto& hit : a.topics)
    if (const auto met = MeetingOf(b, hit.topic); met.hit != nullptr && !IsThing(hit.topic)) {
      shared += met.share * std::sqrt(static_cast<double>(hit.weight) * met.hit->weight) * TopicWeight(hit.topic);
      if (notes != nullptr && met.share == 1 && TopicWeight(hit.topic) >= 1) notes->topics.push_back(hit.topic);
    }
  if (sum_a > 0 && sum_b > 0) v[k_topic_alike] = std::min(1.0, shared / std::sqrt(sum_a * sum_b));
  CompareThings(a, b, v);
  const auto *main_a = MainTopic(a), *main_b = MainTopic(b);
  if (main_a == nullptr) v[k_topic_silent] = 1;
  if (main_a == nullptr || main_b == nullptr) return;
  const double a_in_b = MeetingOf(b, main_a->topic).share, b_in_a = MeetingOf(a, main_b->topic).share;
  v[k_topic_main] = 0.5 * a_in_b + 0.5 * b_in_a;
  // Kept in passing (the 班组 of an injury at work) is hardly kept.
  if (const auto kept = MeetingOf(a, main_b->topic); kept.hit != nullptr)
    v[k_topic_kept] = kept.share * std::min(1.0, 2.0 * kept.hit->weight / main_a->weight);
  const double clear = std::min({1.0, main_a->weight / 4.0, main_b->weight / 4.0});
  if (a_in_b == 0 && b_in_a == 0) v[k_topic_differs] = clear * (1 - v[k_topic_alike]);
  // What the later one puts into its title, or mainly speaks of, and the earlier one never mentions.
  for (const auto& hit : a.topics) {
    if (TopicWeight(hit.topic) < 1 || hit.weight < 4 || 2 * hit.weight < main_a->weight) continue;
    const double new_part = (1 - MeetingOf(b, hit.topic).share) * std::min(1.0, hit.weight / 6.0);
    v[k_topic_added] = std::max(v[k_topic_added], new_part * std::min(1.0, 1.25 * hit.weight / main_a->weight));
  }
  for (const auto& hit : later.title_topics)
    if (TopicWeight(hit.topic) >= 1 && hit.weight >= 2 && MeetingOf(b, hit.topic).hit == nullptr)
      v[k_topic_added] = std::max(v[k_topic_added], 0.7);
  if (IsOfOnePerson(main_a->topic) && IsOfOnePerson(main_b->topic)) v[k_personal_trouble] = 1;
}

}  // namespace parts
}  // namespace dedup
