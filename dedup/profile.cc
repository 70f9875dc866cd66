#include "dedup/profile.h"

#include <algorithm>
#include <set>

#include "dedup/acts.h"
#include "dedup/han.h"
#include "dedup/names.h"
#include "dedup/people.h"
#include "dedup/quantities.h"
#include "dedup/topics.h"
#include "petition/text/fold.h"

namespace dedup {
namespace {

constexpr std::size_t kFoldBytesMax =
    24 * 1024;  // what is read of a text for facts; longer ones are cut, their hash is of all
constexpr std::size_t kNamedMax = 20, kAddressesMax = 4;
constexpr std::size_t kKeysMax = 576, kFactKeysMax = 40, kMoreKeysMax = 64;

std::u32string FoldWide(std::string_view text, std::size_t bytes_max) {
  return ToWide(petition::text::Fold(petition::text::Truncate(text, bytes_max)));
}

void AddNames(std::vector<Named> names, Profile& profile) {
  for (auto& named : names) {
    if (profile.named.size() >= kNamedMax) return;
    const bool known = std::any_of(profile.named.begin(), profile.named.end(),
                                   [&](const Named& other) { return other.name == named.name; });
    if (!known) profile.named.push_back(std::move(named));
  }
}

void AddParts(const std::vector<AddressPart>& parts, bool from_place, bool from_address, Profile& profile) {
  for (auto part : parts) {
    part.from_place = from_place;
    part.from_address = from_address;
    const bool known = std::any_of(profile.parts.begin(), profile.parts.end(), [&](const AddressPart& other) {
      return other.kind == part.kind && other.value == part.value;
    });
    if (!known && profile.parts.size() < 24) profile.parts.push_back(std::move(part));
  }
}

void TakeNumbers(NumbersFound found, Profile& profile) {
  profile.quantities = std::move(found.quantities);
  profile.days = std::move(found.days);
  profile.earlier_days = std::move(found.earlier_days);
  profile.codes = std::move(found.codes);
}

void ReadPlaces(const petition::Submission& submission, const std::u32string& title, const std::u32string& content,
                Profile& profile) {
  const auto place = FoldWide(submission.place_text, petition::kFieldBytesMax);
  const auto accused = FoldWide(submission.accused, petition::kFieldBytesMax);
  AddNames(NamesOfPlace(place, Named::Source::kPlace), profile);
  AddNames(NamesOfAccused(accused, profile.accused), profile);
  AddNames(NamesOfText(title + U"\n" + content), profile);
  AddParts(ReadNumbers(place, profile.received_at, true).parts, true, false, profile);
  AddParts(ReadNumbers(accused, profile.received_at, true).parts, true, false, profile);
  AddParts(ReadNumbers(title, profile.received_at, false).parts, true, false, profile);
  auto numbers = ReadNumbers(title + U"\n" + content, profile.received_at, false);
  AddParts(numbers.parts, false, false, profile);
  TakeNumbers(std::move(numbers), profile);
  std::size_t addresses = 0;
  for (const auto& petitioner : submission.petitioners) {
    if (petitioner.role == "agent") continue;
    if (petitioner.address.empty()) continue;
    const auto address = FoldWide(petitioner.address, petition::kFieldBytesMax);
    // Others' names of places only widen the net; their buildings say which one a signer means who writes alone.
    if (addresses == 0) AddNames(NamesOfPlace(address, Named::Source::kAddress), profile);
    AddParts(ReadNumbers(address, profile.received_at, true).parts, false, true, profile);
    if (++addresses == kAddressesMax) break;
  }
}

void TakeText(const std::u32string& title, const std::u32string& content, Profile& profile) {
  const auto title_letters = LettersOf(title);
  auto letters = title_letters + LettersOf(content);
  profile.content_hash = HashOf(letters);
  profile.full_letters = static_cast<std::uint32_t>(letters.size());
  profile.title_letters = static_cast<std::uint16_t>(std::min<std::size_t>(title_letters.size(), kTextLettersMax / 4));
  if (letters.size() > kTextLettersMax)
    letters =
        letters.substr(0, kTextLettersMax - 120) + letters.substr(letters.size() - 120);  // demands stand at the end
  profile.text = std::move(letters);
}

std::string SoundKey(std::string_view kind, std::u32string_view name) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string key(kind);
  for (char16_t sound : Sounds(name))
    for (int shift = 12; shift >= 0; shift -= 4) key += kHex[(sound >> shift) & 15];
  return key;
}

// Keys in the order in which they matter, each once, as long as there is room.
class KeyList {
 public:
  void Add(std::string key, std::size_t most) {
    if (keys_.size() < most && known_.insert(key).second) keys_.push_back(std::move(key));
  }
  std::size_t size() const { return keys_.size(); }
  std::vector<std::string> Take() { return std::move(keys_); }

 private:
  std::vector<std::string> keys_;
  std::set<std::string> known_;
};

bool IsMaskedNumber(std::string_view number) { return number.find('*') != std::string_view::npos; }

// What finds this person, the surest first. IsMaskedNumber numbers are shared by too many.
std::vector<std::string> KeysOf(const Person& person) {
  std::vector<std::string> keys;
  if (!person.id.empty() && !IsMaskedNumber(person.id)) keys.push_back("id:" + person.id);
  for (const auto& phone : person.phones)
    if (!IsMaskedNumber(phone)) keys.push_back("phone:" + phone);
  if (!person.account.empty()) keys.push_back("account:" + person.account);
  if (person.name_kind == petition::PersonName::Kind::kFull && !person.name.empty())
    keys.push_back(SoundKey("name:", ToWide(person.name)));
  for (const auto& phone : person.phones)
    if (phone.size() >= 10 && !IsMaskedNumber(phone)) {  // one digit wrong or missing leaves the head or the tail whole
      keys.push_back("phone-head:" + phone.substr(0, 8));
      keys.push_back("phone-tail:" + phone.substr(phone.size() - 5));
    }
  return keys;
}

void AddFactKeys(const Profile& profile, KeyList& keys, std::size_t most) {
  for (const auto& accused : profile.accused) keys.Add(SoundKey("name:", accused), most);
  for (const auto& code : profile.codes) keys.Add("code:" + code, most);
  for (const auto& quantity : profile.quantities)
    if (quantity.milli >= 1'000'000 && quantity.milli % 1'000'000'000 != 0)
      keys.Add("amount:" + std::to_string(quantity.milli), most);
  for (const auto& named : profile.named) {
    if (named.kind == Named::Kind::kRegion) continue;
    const auto core = CoreOf(named);
    if (core.size() < 2) continue;
    const auto short_core =
        core.substr(core.size() > 4 && named.source == Named::Source::kAccused ? core.size() - 4 : 0);
    keys.Add(SoundKey("named:", short_core.substr(0, 4)), most);
    if (core.size() > 2) keys.Add(SoundKey("named:", core.substr(0, 2)), most);
    // Short and popular forms keep some two neighbouring letters (货场路, 北货场桥洞).
    for (std::size_t i = 1; i + 2 <= std::min<std::size_t>(core.size(), 6); ++i)
      keys.Add(SoundKey("named:", core.substr(i, 2)), most);
    if (core.size() > 6) keys.Add(SoundKey("named:", core.substr(core.size() - 2)), most);
  }
  for (const auto& anchor : PlaceAnchors(profile.text))
    keys.Add(SoundKey("named:", std::u32string_view(profile.text).substr(anchor.begin, 2)), most);
}

}  // namespace

Profile Extract(const petition::Submission& submission, const Circumstances& circumstances) {
  Profile profile;
  profile.source = circumstances.source;
  profile.registered_at = circumstances.registered_at;
  profile.received_at = submission.received_at.value_or(circumstances.registered_at);
  profile.sealed = circumstances.sealed;
  profile.external_id = submission.external_id;
  profile.channel = submission.channel;
  profile.purpose = submission.purpose;
  profile.division = petition::NormaliseDivision(submission.division);
  profile.anonymous = submission.anonymous;
  profile.head_count = submission.head_count;
  profile.link_no = submission.link_no;
  profile.upstream_no = submission.upstream_no;
  profile.claimed_earlier =
      submission.claims.repeat_of.empty() ? submission.claims.merged_into : submission.claims.repeat_of;

  const auto title = FoldWide(submission.title, 2048);
  const auto content = ToWide(
      petition::text::StripOpeners(petition::text::Fold(petition::text::Truncate(submission.content, kFoldBytesMax))));
  TakeText(title, content, profile);
  profile.people = FindPeople(submission, title + U"\n" + content);
  ReadPlaces(submission, title, content, profile);
  profile.accusation = submission.purpose == "检举控告" || (submission.purpose == "举报" && !profile.accused.empty());
  const auto category = LettersOf(FoldWide(submission.category, 256));
  profile.topics = FindTopics(profile.text, profile.title_letters, category);
  profile.acts = FindActs(title, content);
  return profile;
}

std::vector<std::string> CandidateKeys(const Profile& profile) {
  KeyList keys;
  if (!profile.link_no.empty()) keys.Add("link:" + profile.link_no, kKeysMax);
  if (!profile.upstream_no.empty()) keys.Add("upstream:" + profile.upstream_no, kKeysMax);
  // Each signer of a joint letter may write alone the next day: the surest key of everybody comes first.
  std::vector<std::vector<std::string>> people;
  for (const auto& person : profile.people) people.push_back(KeysOf(person));
  for (const auto& of : people)
    if (!of.empty()) keys.Add(of.front(), kKeysMax);
  AddFactKeys(profile, keys, std::min(kKeysMax, keys.size() + kFactKeysMax));
  const std::size_t most = std::min(kKeysMax, keys.size() + kMoreKeysMax);
  for (const auto& of : people)
    for (const auto& key : of) keys.Add(key, most);
  return keys.Take();
}

}  // namespace dedup
