#include "ledger/recent_intakes.h"

#include <algorithm>
#include <functional>

namespace ledger {

std::size_t RecentIntakes::Bytes(const KnownIntake& intake) {
  const IntakeKey& key = intake.key;
  return sizeof intake + key.source.size() + key.external_id.size() + key.content.size() + key.people.size();
}

std::size_t RecentIntakes::Number(std::string_view source, std::string_view external_id) {
  const std::hash<std::string_view> hash;
  return hash(source) * 31 + hash(external_id);
}

void RecentIntakes::Add(std::uint64_t index, const IntakeKey& key) {
  if (key.external_id.empty()) return;
  const KnownIntake& added = rows_.emplace_back(KnownIntake{index, key});
  by_number_[Number(key.source, key.external_id)].push_back(&added);
  bytes_ += Bytes(added);
}

void RecentIntakes::ForgetFrom(std::uint64_t index) {
  while (!rows_.empty() && rows_.back().index >= index) {
    const auto number = by_number_.find(Number(rows_.back().key.source, rows_.back().key.external_id));
    number->second.pop_back();
    if (number->second.empty()) by_number_.erase(number);
    bytes_ -= Bytes(rows_.back());
    rows_.pop_back();
  }
}

void RecentIntakes::Restart(std::uint64_t size) {
  rows_.clear();
  by_number_.clear();
  bytes_ = 0;
  first_ = size;
}

void RecentIntakes::Trim() {
  while (rows_.size() > bounds_.rows_max || bytes_ > bounds_.bytes_max) {
    const auto number = by_number_.find(Number(rows_.front().key.source, rows_.front().key.external_id));
    number->second.pop_front();
    if (number->second.empty()) by_number_.erase(number);
    first_ = rows_.front().index + 1;
    bytes_ -= Bytes(rows_.front());
    rows_.pop_front();
  }
}

std::vector<const KnownIntake*> RecentIntakes::Find(std::string_view source, std::string_view external_id,
                                                    std::uint64_t from) const {
  std::vector<const KnownIntake*> found;
  const auto number = by_number_.find(Number(source, external_id));
  if (external_id.empty() || number == by_number_.end()) return found;
  const auto begin = std::lower_bound(number->second.begin(), number->second.end(), from,
                                      [](const KnownIntake* one, std::uint64_t index) { return one->index < index; });
  // Two numbers may have one hash.
  std::copy_if(begin, number->second.end(), std::back_inserter(found), [&](const KnownIntake* one) {
    return one->key.source == source && one->key.external_id == external_id;
  });
  return found;
}

}  // namespace ledger
