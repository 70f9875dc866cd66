// Topics: what kinds of trouble a text speaks of, by a hand-made table of the words people use for each (电梯, 客梯,
// 轿厢 ... are one topic). It lets two texts that share no wording be recognised as the same kind of trouble, and two
// that share all their wording but not their trouble be told apart. The table is general knowledge of petitions, laid
// out after the usual subject catalogues; it names no place, person or firm. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dedup/profile.h"

namespace dedup {

/// Topics of letters (title and content run together); `title_letters` of them are the title and count double.
/// Strongest first, at most kTopicsMax kinds of trouble and kThingsMax things.
inline constexpr std::size_t kTopicsMax = 14, kThingsMax = 8;
std::vector<TopicHit> FindTopics(std::u32string_view letters, std::size_t title_letters, std::u32string_view category);

std::size_t TopicCount();
/// The topic's Chinese name, for reasons.
std::string_view TopicName(std::uint16_t topic);
/// Whether trouble of this kind belongs to one building, stairwell or flat (a lift, a leak), not to a whole estate (a
/// certificate, a fee).
bool IsOfOneBuilding(std::uint16_t topic);
/// Whether it is one person's own claim (a pension, an injury, a family register): strangers rarely share it.
bool IsOfOnePerson(std::uint16_t topic);
/// Whether two topics are sides of one kind of trouble (noise and dust of a building site): each counts for half.
bool TopicsAkin(std::uint16_t a, std::uint16_t b);
/// Whether it is a thing that trouble is about (a lift, a pig farm, a fee), no kind of trouble itself.
bool IsThing(std::uint16_t topic);
/// How much it says that two texts share the topic: 0 for things, low for those found in every second petition
/// (投诉处理态度, 退款), about 1 for the rest.
double TopicWeight(std::uint16_t topic);

}  // namespace dedup
