// What features.cc is put together from: texts and topics (features_text.cc), names of places and firms and parts of
// addresses (features_places.cc). Internal to the evidence; features.h says what each piece of it means. Pure
// functions.
#pragma once

#include <string_view>
#include <vector>

#include "dedup/features.h"

namespace dedup::parts {

/// Distinct pairs of neighbouring characters, ascending, weighed by rarity and how often they stand.
std::vector<Prepared::Gram> GramsOf(std::u32string_view text, const RarityTable& rarity);
double Norm(const std::vector<Prepared::Gram>& grams);
void CompareText(const Later& later, const Prepared& earlier, MatterVector& v);

/// The strongest topic that is not a weak one; null when there is none.
const TopicHit* MainTopic(const Profile& profile);
void CompareTopics(const Prepared& later, const Prepared& earlier, MatterVector& v, MatterNotes* notes);

void CompareNamed(const Prepared& a, const Prepared& b, const KeyRarity& rarity, MatterVector& v, MatterNotes* notes);
/// +1 the same, -1 different, 0 not known.
double CompareParts(const Profile& a, const Profile& b, AddressPart::Kind kind);
void ComparePartsOfAddress(const Profile& a, const Profile& b, MatterVector& v);

}  // namespace dedup::parts
