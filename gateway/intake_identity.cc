#include "gateway/intake_identity.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "petition/identifiers.h"
#include "petition/text/fold.h"

namespace gateway {
namespace {

enum class Kind : std::uint64_t { kResidentId = 0, kOtherId = 1, kPhone = 2, kAccount = 3, kName = 4, kAccused = 5 };

constexpr unsigned kKindShift = 61;
constexpr std::uint64_t kHashMask = (std::uint64_t{1} << kKindShift) - 1;
constexpr std::size_t kPeopleMax = 4096;  ///< hashes kept of one submission; a joint letter has at most 2,000 signers
constexpr std::size_t kHashBytes = 8;

Kind KindOf(std::uint64_t tagged) { return static_cast<Kind>(tagged >> kKindShift); }

class Collector {
 public:
  explicit Collector(const ledger::Key& key) : key_(key) {}

  void Add(Kind kind, std::string_view normal) {
    if (normal.empty()) return;
    hashes_.push_back(static_cast<std::uint64_t>(kind) << kKindShift | (ledger::KeyedHash64(key_, normal) & kHashMask));
  }
  bool empty() const { return hashes_.empty(); }

  std::string Bytes() {
    std::sort(hashes_.begin(), hashes_.end());
    hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
    if (hashes_.size() > kPeopleMax) hashes_.resize(kPeopleMax);
    std::string bytes;
    bytes.reserve(hashes_.size() * kHashBytes);
    for (const std::uint64_t hash : hashes_) {
      for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(hash >> shift);
    }
    return bytes;
  }

 private:
  const ledger::Key& key_;
  std::vector<std::uint64_t> hashes_;
};

/// Some sources put the login into the field of the name: letters and digits of ASCII with a number among them.
bool IsAccountCode(std::string_view name) {
  std::size_t digits = 0;
  for (const char c : name) {
    if (c >= '0' && c <= '9') {
      ++digits;
    } else if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '_' && c != '-') {
      return false;
    }
  }
  return digits >= 3;
}

void AddPerson(Collector& people, const petition::Petitioner& person) {
  using petition::IdState;
  const petition::Identifier id = petition::NormaliseResidentId(person.id_number);
  if (id.state == IdState::kValid) people.Add(Kind::kResidentId, id.normal);
  // Wrong by a digit or another document: the same characters again are still the same person. A damaged number (digits
  // rounded away by a spreadsheet) is shared by many.
  if ((id.state == IdState::kWrong || id.state == IdState::kOther) && id.normal.size() >= 6) {
    people.Add(Kind::kOtherId, id.normal);
  }
  for (const std::string* number : {&person.phone, &person.calling_number}) {
    const petition::Identifier phone = petition::NormalisePhone(*number);
    if (phone.state == IdState::kValid) people.Add(Kind::kPhone, phone.normal);
  }
  people.Add(Kind::kAccount, person.account);
  if (IsAccountCode(person.name)) {
    people.Add(Kind::kAccount, person.name);
  } else if (const auto name = petition::NormaliseName(person.name); name.kind == petition::PersonName::Kind::kFull) {
    people.Add(Kind::kName, name.normal);
  }
}

std::vector<std::uint64_t> Unpack(std::string_view bytes) {
  std::vector<std::uint64_t> hashes(bytes.size() / kHashBytes);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    for (std::size_t k = 0; k < kHashBytes; ++k) {
      hashes[i] = hashes[i] << 8 | static_cast<unsigned char>(bytes[i * kHashBytes + k]);
    }
  }
  return hashes;
}

bool HasResidentId(const std::vector<std::uint64_t>& sorted) {
  return !sorted.empty() && KindOf(sorted.front()) == Kind::kResidentId;
}

}  // namespace

std::string ContentHash(const ledger::Key& key, const petition::Submission& submission) {
  return ledger::KeyedHash(key, petition::CanonicalContent(submission), 16);
}

std::string PeopleHashes(const ledger::Key& key, const petition::Submission& submission) {
  Collector people(key);
  for (const auto& person : submission.petitioners) {
    if (person.role != "agent") AddPerson(people, person);
  }
  if (people.empty()) {
    for (const auto& person : submission.petitioners) AddPerson(people, person);
  }
  if (people.empty()) people.Add(Kind::kAccused, petition::text::Fold(submission.accused));
  return people.Bytes();
}

bool PersonInCommon(std::string_view a, std::string_view b) {
  const std::vector<std::uint64_t> left = Unpack(a), right = Unpack(b);
  std::vector<std::uint64_t> common;
  std::set_intersection(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(common));
  if (HasResidentId(left) && HasResidentId(right)) return HasResidentId(common);
  return !common.empty();
}

}  // namespace gateway
