#include <algorithm>

#include "dedup/case_book_impl.h"

namespace dedup {
namespace {

constexpr std::size_t kYoungMax = 32'768;
constexpr std::size_t kListedMax = 64;  // members and cases of a group

}  // namespace

KnownCases::KnownCases(StateFile& file) {
  file.Writer()->OnWrite([this](std::string_view table, std::int64_t row) {
    // A case's row has its lead's number. Whatever changes a case writes it, and whatever changes a group writes those
    // of all its cases.
    const auto index = static_cast<std::uint64_t>(row);
    if (table == "cases" && index < alone_.size()) alone_[index] = false;
    for (Generation* generation : {&young_, &old_}) {
      if (table == "cases") generation->facts.erase(index);
      if (table == "intakes") generation->leads.erase(index);
    }
    if (table.empty()) Forget();
  });
}

const CaseFacts* KnownCases::Generation::Find(std::uint64_t index) const {
  const auto lead = leads.find(index);
  if (lead == leads.end()) return nullptr;
  const auto found = facts.find(lead->second);
  return found == facts.end() ? nullptr : &found->second;
}

std::optional<CaseFacts> KnownCases::Find(std::uint64_t index) {
  if (index < alone_.size() && alone_[index]) return CaseFacts{index, std::nullopt, {index}, {index}, std::nullopt};
  if (const CaseFacts* facts = young_.Find(index)) return *facts;
  const CaseFacts* facts = old_.Find(index);
  if (facts == nullptr) return std::nullopt;
  const CaseFacts found = *facts;
  Keep(index, found);
  return found;
}

void KnownCases::Keep(std::uint64_t index, const CaseFacts& facts) {
  if (facts.members.size() + facts.group_cases_first.size() > kListedMax) return;
  if (facts.lead == index && facts.members.size() == 1 && !facts.group && !facts.closed_at) return KeepAlone(index);
  if (std::max(young_.leads.size(), young_.facts.size()) >= kYoungMax) old_ = std::exchange(young_, {});
  young_.leads[index] = facts.lead;
  young_.facts.insert_or_assign(facts.lead, facts);
}

void KnownCases::KeepAlone(std::uint64_t index) {
  if (index >= alone_.size()) alone_.resize(index + 1);
  alone_[index] = true;
}

void KnownCases::Forget() {
  alone_ = {};
  young_ = {};
  old_ = {};
}

}  // namespace dedup
