#include "dedup/case_book_impl.h"

namespace dedup {
namespace {

constexpr std::size_t kLoneCasesMax = 32'768;

}  // namespace

LoneCases::LoneCases(StateFile& file) {
  file.Writer()->OnWrite([this](std::string_view table, std::int64_t row) {
    // A case's row has its lead's number, and whoever is alone in a case leads it.
    if (table == "cases" || table == "intakes") facts_.erase(static_cast<std::uint64_t>(row));
    if (table.empty()) facts_.clear();
  });
}

const CaseFacts* LoneCases::Find(std::uint64_t index) const {
  const auto found = facts_.find(index);
  return found == facts_.end() ? nullptr : &found->second;
}

void LoneCases::Keep(std::uint64_t index, const CaseFacts& facts) {
  if (facts_.size() >= kLoneCasesMax) facts_.clear();
  facts_.emplace(index, facts);
}

}  // namespace dedup
