#include "ledger/recent_intakes.h"

#include <algorithm>
#include <functional>
#include <utility>

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
  const std::uint64_t place = first_place_ + rows_.size();
  const std::size_t number = Number(key.source, key.external_id);
  const auto [newest, fresh] = newest_.try_emplace(number, place);
  rows_.push_back({{index, key}, number, fresh ? kNone : std::exchange(newest->second, place)});
  bytes_ += Bytes(rows_.back().intake);
}

void RecentIntakes::ForgetFrom(std::uint64_t index) {
  while (!rows_.empty() && rows_.back().intake.index >= index) {
    const Row& last = rows_.back();
    if (last.earlier == kNone || last.earlier < first_place_) {
      newest_.erase(last.number);
    } else {
      newest_[last.number] = last.earlier;
    }
    bytes_ -= Bytes(last.intake);
    rows_.pop_back();
  }
}

void RecentIntakes::Restart(std::uint64_t size) {
  rows_.clear();
  newest_.clear();
  bytes_ = 0;
  first_ = size;
}

void RecentIntakes::Trim() {
  while (rows_.size() > bounds_.rows_max || bytes_ > bounds_.bytes_max) {
    const Row& oldest = rows_.front();
    const auto newest = newest_.find(oldest.number);
    if (newest->second == first_place_) newest_.erase(newest);
    first_ = oldest.intake.index + 1;
    bytes_ -= Bytes(oldest.intake);
    rows_.pop_front();
    ++first_place_;
  }
}

std::vector<const KnownIntake*> RecentIntakes::Find(std::string_view source, std::string_view external_id,
                                                    std::uint64_t from) const {
  std::vector<const KnownIntake*> found;
  if (external_id.empty()) return found;
  const auto newest = newest_.find(Number(source, external_id));
  if (newest == newest_.end()) return found;
  for (std::uint64_t place = newest->second; place != kNone && place >= first_place_; place = At(place).earlier) {
    const KnownIntake& one = At(place).intake;
    if (one.index < from) break;
    // Two numbers may have one hash.
    if (one.key.source == source && one.key.external_id == external_id) found.push_back(&one);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace ledger
