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

std::string_view HashAt(std::string_view bytes, std::size_t at) { return bytes.substr(at * kHashBytes, kHashBytes); }

// Big-endian with the kind in front: bytes sort as the hashes do.
bool IsResidentId(std::string_view hash) {
  return static_cast<Kind>(static_cast<unsigned char>(hash[0]) >> 5) == Kind::kResidentId;
}
bool HasResidentId(std::string_view sorted) { return !sorted.empty() && IsResidentId(sorted); }

/// The place of the first hash that is not below; few steps when it is near, few too when it is far.
std::size_t Gallop(std::string_view sorted, std::size_t from, std::string_view hash) {
  const std::size_t count = sorted.size() / kHashBytes;
  std::size_t step = 1, low = from;
  while (low + step < count && HashAt(sorted, low + step) < hash) low += step, step *= 2;
  std::size_t high = std::min(count, low + step + 1);
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (HashAt(sorted, middle) < hash) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
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
  const bool ids_decide = HasResidentId(a) && HasResidentId(b);
  if (a.size() > b.size()) std::swap(a, b);
  for (std::size_t i = 0, k = 0; i < a.size() / kHashBytes; ++i) {
    const std::string_view hash = HashAt(a, i);
    if (ids_decide && !IsResidentId(hash)) return false;
    k = Gallop(b, k, hash);
    if (k == b.size() / kHashBytes) return false;
    if (HashAt(b, k) == hash) return true;
  }
  return false;
}

}  // namespace gateway
