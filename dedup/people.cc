#include "dedup/people.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "dedup/han.h"
#include "dedup/names.h"
#include "petition/text/fold.h"

namespace dedup {
namespace {

using Kind = petition::PersonName::Kind;
using View = std::u32string_view;
constexpr std::size_t kPeopleMax = 512;       // of a joint letter; each is found by the look-up keys of CandidateKeys
constexpr std::size_t kComparedWhole = 1024;  // pairs of people; beyond, only those with a value in common
constexpr std::size_t kFirstOnes = 16;        // ... and the first of each side
constexpr std::size_t kSurvivingDigits = 15;  // of an id number that went through a spreadsheet

struct Title {
  View word;
  char sex;
};
// Longest first.
constexpr std::array kTitles = {
    Title{U"老先生", 'm'}, Title{U"老师傅", 'm'}, Title{U"先生", 'm'}, Title{U"师傅", 'm'}, Title{U"大爷", 'm'},
    Title{U"大叔", 'm'},   Title{U"大伯", 'm'},   Title{U"爷爷", 'm'}, Title{U"叔叔", 'm'}, Title{U"大哥", 'm'},
    Title{U"女士", 'f'},   Title{U"小姐", 'f'},   Title{U"阿姨", 'f'}, Title{U"大妈", 'f'}, Title{U"大娘", 'f'},
    Title{U"奶奶", 'f'},   Title{U"大姐", 'f'},   Title{U"嫂子", 'f'}, Title{U"婆婆", 'f'}, Title{U"同学", 0},
    Title{U"同志", 0},     Title{U"老师", 0},     Title{U"医生", 0},   Title{U"老板", 0},   Title{U"经理", 0},
    Title{U"伯", 'm'},     Title{U"叔", 'm'},     Title{U"哥", 'm'},   Title{U"姐", 'f'},   Title{U"嫂", 'f'},
    Title{U"姨", 'f'},     Title{U"某某", 0},     Title{U"某", 0}};

char SexOfId(const std::string& id) {
  return id.size() == 18 && id[16] >= '0' && id[16] <= '9' ? ((id[16] - '0') % 2 == 1 ? 'm' : 'f') : char(0);
}

// Codes that old systems put where a name belongs: A00087964, UU008142, oAbC12...
bool LooksLikeAccount(std::string_view name) {
  std::size_t digits = 0;
  for (char c : name) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80 || c == ' ') return false;
    if (c >= '0' && c <= '9') ++digits;
  }
  return digits >= 3 && name.size() >= 5;
}

void SetName(std::string_view raw, Person& person) {
  const auto normal = petition::NormaliseName(raw);
  person.name_kind = normal.kind;
  person.name = normal.normal;
  person.surname = normal.surname;
  const auto wide = LettersOf(ToWide(petition::text::Fold(raw)));
  for (const auto& title : kTitles)
    if (wide.size() > title.word.size() && wide.size() <= title.word.size() + 2 && wide.ends_with(title.word)) {
      person.sex = title.sex;
      if (wide.size() == title.word.size() + 1 || title.word.size() >= 2) {
        person.name_kind = Kind::kPartial;
        person.surname = ToUtf8(View(wide).substr(0, wide.size() - title.word.size()));
        person.name = person.surname;
      }
      return;
    }
  if (wide.size() == 2 && (wide[0] == U'老' || wide[0] == U'小' || wide[0] == U'阿') && IsSurname(wide[1])) {
    person.name_kind = Kind::kPartial;
    person.surname = person.name = ToUtf8(View(wide).substr(1));
  } else if (wide.size() == 3 && wide[1] == U'某') {  // 吴某邦
    person.name_kind = Kind::kPartial;
    person.surname = ToUtf8(View(wide).substr(0, 1));
    person.name = person.surname + "*" + ToUtf8(View(wide).substr(2));
  }
  if (person.name_kind == Kind::kFull && person.surname.empty() && !wide.empty())
    person.surname = ToUtf8(View(wide).substr(0, 1));
}

bool Masked(std::string_view number) { return number.find('*') != std::string_view::npos; }

// Words in the field (身份证遗失, 待补) and a number that became 1.1E+17 are alike for many people and tell none of
// them.
bool TellsSomebody(const petition::Identifier& id) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  switch (id.state) {
    case petition::IdState::kMissing:
      return false;
    case petition::IdState::kValid:
      return true;
    case petition::IdState::kDamaged:
      return std::all_of(id.normal.begin(), id.normal.end(), [&](char c) { return is_digit(c) || c == 'X'; });
    case petition::IdState::kWrong:
    case petition::IdState::kOther:
      break;
  }
  const bool plain = std::all_of(id.normal.begin(), id.normal.end(), [&](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '(' || c == ')' || c == '-' || c == '*';
  });
  return plain && id.normal.size() >= 6 && std::count_if(id.normal.begin(), id.normal.end(), is_digit) >= 4;
}

// Two numbers of one length that agree wherever both show a character.
bool AgreeWhereShown(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != '*' && b[i] != '*' && a[i] != b[i]) return false;
  return true;
}

// A masked id number that fits another: its last digits have to be shown, since the first are the county's.
bool MaskedIdFits(std::string_view a, std::string_view b) {
  constexpr std::size_t kTail = 4;
  if (a.size() < kSurvivingDigits || !AgreeWhereShown(a, b)) return false;
  return !Masked(a.substr(a.size() - kTail)) && !Masked(b.substr(b.size() - kTail));
}

void AddPhone(std::string_view raw, Person& person) {
  const auto phone = petition::NormalisePhone(raw);
  // 1.38E+10 is every phone of a spreadsheet's column.
  if (phone.state == petition::IdState::kMissing || phone.state == petition::IdState::kDamaged) return;
  if (phone.normal.size() < 7) return;
  if (std::find(person.phones.begin(), person.phones.end(), phone.normal) == person.phones.end() &&
      person.phones.size() < 4)
    person.phones.push_back(phone.normal);
}

Person FromPetitioner(const petition::Petitioner& petitioner) {
  Person person;
  person.role = petitioner.role == "agent" ? Person::Role::kAgent : Person::Role::kPetitioner;
  person.account = petitioner.account;
  if (LooksLikeAccount(petitioner.name)) {
    if (person.account.empty()) person.account = petitioner.name;
  } else {
    SetName(petitioner.name, person);
  }
  const auto id = petition::NormaliseResidentId(petitioner.id_number);
  if (TellsSomebody(id)) {
    person.id_state = id.state;
    person.id = id.normal;
  }
  AddPhone(petitioner.phone, person);
  AddPhone(petitioner.calling_number, person);
  person.address = LettersOf(ToWide(petition::text::Fold(petitioner.address))).substr(0, 48);
  if (id.state == petition::IdState::kValid)
    if (const char sex = SexOfId(person.id); sex != 0 && person.sex == 0) person.sex = sex;
  return person;
}

bool EndsName(View text, std::size_t at) {
  return at >= text.size() || !IsHan(text[at]) ||
         View(U"来反在系于说称因家住为的年今现等由代原是女男一曾要已对就及其与和").find(text[at]) != View::npos;
}

// A full name that starts at `at`: a family name and one or two characters.
View NameAt(View text, std::size_t at) {
  while (at < text.size() && (text[at] == U':' || text[at] == U' ' || text[at] == U'：')) ++at;
  if (at + 1 >= text.size() || !IsSurname(text[at])) return {};
  std::size_t length = 0;
  while (length < 3 && at + length < text.size() && IsHan(text[at + length])) ++length;
  if (length < 2) return {};
  if (length == 3 && !EndsName(text, at + 3) && EndsName(text, at + 2)) length = 2;
  if (length == 2 && !EndsName(text, at + 2)) return {};
  const auto name = text.substr(at, length);
  return name.find_first_of(U"的人家们厂是在女先某业村市区县公户工") == View::npos ? name : View{};
}

void AddNamed(View name, std::vector<Person>& people) {
  if (name.empty() || people.size() >= kPeopleMax) return;
  const auto text = ToUtf8(name);
  for (const auto& person : people)
    if (person.name == text) return;
  Person person;
  person.role = Person::Role::kNamed;
  person.name_kind = Kind::kFull;
  person.name = text;
  person.surname = ToUtf8(name.substr(0, 1));
  people.push_back(std::move(person));
}

void FindIntroduced(View text, std::vector<Person>& people) {
  static constexpr auto introductions = std::to_array<View>(
      {U"我叫",   U"本人叫", U"我是",   U"我名",   U"本人",   U"我系",   U"申诉人", U"投诉人", U"信访人",
       U"来访人", U"举报人", U"反映人", U"来件人", U"申请人", U"来电人", U"丈夫",   U"老公",   U"妻子",
       U"老婆",   U"父亲",   U"母亲",   U"儿子",   U"女儿",   U"代表",   U"其子",   U"其女"});
  for (View introduction : introductions)
    for (auto at = text.find(introduction); at != View::npos; at = text.find(introduction, at + 1)) {
      AddNamed(NameAt(text, at + introduction.size()), people);
      if (introduction == U"代表")  // 代表：赵海燕、薛东杰
        if (const auto next = text.substr(0, std::min(text.size(), at + 12)).find(U'、', at); next != View::npos)
          AddNamed(NameAt(text, next + 1), people);
    }
}

bool Full(const Person& person) { return person.name_kind == Kind::kFull && !person.name.empty(); }
bool Partial(const Person& person) { return person.name_kind == Kind::kPartial && !person.surname.empty(); }

bool FitsMask(View mask, View full) {
  if (mask.size() < 2) return !full.empty() && !mask.empty() && full[0] == mask[0];
  if (mask.size() != full.size())
    return !mask.empty() && mask[0] == full[0] && mask.find(U'*') != View::npos && mask.back() == full.back();
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i] != U'*' && mask[i] != full[i]) return false;
  return true;
}

NameMatch CompareFull(View a, View b) {
  if (a == b) return NameMatch::kSame;
  if (a.size() != b.size() || a.size() < 2) return NameMatch::kDiffers;
  std::size_t other = 0, other_sound = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    ++other;
    const bool sounds = i == 0 ? SurnamesSound(a.substr(0, 1), b.substr(0, 1)) : Sound(a[i]) == Sound(b[i]);
    if (!sounds) ++other_sound;
  }
  if (other_sound == 0) return NameMatch::kSounds;
  return other_sound == 1 && other == 1 && a.size() >= 3 ? NameMatch::kNear : NameMatch::kDiffers;
}

bool SameAddress(View a, View b) {
  if (a.size() < 6 || b.size() < 6) return false;
  // The same down to the number: the shorter one is the tail of the other, and tells a number.
  const View small = a.size() <= b.size() ? a : b, large = a.size() <= b.size() ? b : a;
  if (std::count_if(small.begin(), small.end(), IsDigit) < 1) return false;
  return large.ends_with(small) || large.starts_with(small) || Contains(large, small);
}

int Strength(const PeopleEvidence& e) {
  int strength = 0;
  if (e.id_same) strength += 100;
  if (e.id_damaged_same) strength += 60;
  if (e.id_differs) strength -= 60;
  if (e.phone == PhoneMatch::kSame) strength += 40;
  if (e.phone == PhoneMatch::kNear) strength += 12;
  switch (e.name) {
    case NameMatch::kSame:
      strength += 45;
      break;
    case NameMatch::kSounds:
      strength += 30;
      break;
    case NameMatch::kNear:
      strength += 12;
      break;
    case NameMatch::kFits:
      strength += 12;
      break;
    case NameMatch::kFitsBySound:
      strength += 8;
      break;
    case NameMatch::kDiffers:
      strength -= 30;
      break;
    case NameMatch::kUnknown:
      break;
  }
  if (e.account_same) strength += 35;
  if (e.address_same) strength += 20;
  if (e.sex_differs) strength -= 15;
  if (e.agent_only) strength -= 5;
  return strength;
}

PeopleEvidence ComparePair(const Person& a, const Person& b) {
  PeopleEvidence e;
  const auto usable = [](const Person& p) { return !p.id.empty() && p.id_state != petition::IdState::kMissing; };
  if (usable(a) && usable(b)) {
    const bool damaged = a.id_state == petition::IdState::kDamaged || b.id_state == petition::IdState::kDamaged;
    if (Masked(a.id) || Masked(b.id)) {
      e.id_damaged_same = MaskedIdFits(a.id, b.id);
    } else if (a.id == b.id) {
      e.id_same = a.id_state == petition::IdState::kValid || a.id_state == petition::IdState::kOther;
      e.id_damaged_same = !e.id_same;
    } else if (damaged && a.id.size() == b.id.size() &&
               a.id.substr(0, kSurvivingDigits) == b.id.substr(0, kSurvivingDigits)) {
      e.id_damaged_same = true;
    } else {
      e.id_differs = a.id_state == petition::IdState::kValid && b.id_state == petition::IdState::kValid;
    }
  }
  for (const auto& x : a.phones)
    for (const auto& y : b.phones) {
      const auto match = ComparePhones(x, y);
      if (e.phone == PhoneMatch::kUnknown || match < e.phone) e.phone = match;
    }
  e.name = CompareNames(a, b);
  e.account_same = !a.account.empty() && a.account == b.account;
  e.address_same = SameAddress(a.address, b.address);
  e.sex_differs = a.sex != 0 && b.sex != 0 && a.sex != b.sex;
  e.through_agent = a.role == Person::Role::kAgent || b.role == Person::Role::kAgent;
  e.introduced = a.role == Person::Role::kNamed || b.role == Person::Role::kNamed;
  return e;
}

// Which people of two joint letters are worth comparing: those with an identity value in common, and the first ones.
std::vector<std::pair<std::size_t, std::size_t>> PairsToCompare(const std::vector<Person>& later,
                                                                const std::vector<Person>& earlier) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  const bool whole = later.size() * earlier.size() <= kComparedWhole;
  const std::size_t first_later = whole ? later.size() : std::min(later.size(), kFirstOnes);
  const std::size_t first_earlier = whole ? earlier.size() : std::min(earlier.size(), kFirstOnes);
  for (std::size_t i = 0; i < first_later; ++i)
    for (std::size_t k = 0; k < first_earlier; ++k) pairs.emplace_back(i, k);
  if (whole) return pairs;
  const auto values = [](const Person& person) {
    std::vector<std::string_view> of(person.phones.begin(), person.phones.end());
    for (const std::string* value : {&person.id, &person.account, &person.name})
      if (!value->empty()) of.push_back(*value);
    return of;
  };
  std::unordered_multimap<std::string_view, std::size_t> holders;
  for (std::size_t k = 0; k < earlier.size(); ++k)
    for (const auto value : values(earlier[k])) holders.emplace(value, k);
  std::set<std::pair<std::size_t, std::size_t>> meeting;
  for (std::size_t i = 0; i < later.size(); ++i)
    for (const auto value : values(later[i])) {
      const auto [begin, end] = holders.equal_range(value);
      for (auto holder = begin; holder != end && meeting.size() < kComparedWhole; ++holder)
        meeting.emplace(i, holder->second);
    }
  for (const auto& [i, k] : meeting)
    if (i >= first_later || k >= first_earlier) pairs.emplace_back(i, k);
  return pairs;
}

// One clerk writes for many: whether the persons behind two agents are told to be others.
bool OthersBehind(const Profile& later, const Profile& earlier) {
  bool behind_differs = false, behind_fits = false;
  for (const auto& [i, k] : PairsToCompare(later.people, earlier.people)) {
    const auto &p = later.people[i], &q = earlier.people[k];
    if (p.role != Person::Role::kPetitioner || q.role != Person::Role::kPetitioner) continue;
    const auto match = ComparePair(p, q);
    if (match.id_differs || match.name == NameMatch::kDiffers) behind_differs = true;
    if (match.id_same || match.name == NameMatch::kSame || match.name == NameMatch::kSounds) behind_fits = true;
  }
  return behind_differs && !behind_fits;
}

}  // namespace

std::vector<Person> FindPeople(const petition::Submission& submission, View folded_text) {
  std::vector<Person> people;
  for (const auto& petitioner : submission.petitioners) {
    if (people.size() >= kPeopleMax) break;
    people.push_back(FromPetitioner(petitioner));
  }
  FindIntroduced(folded_text, people);
  return people;
}

bool SurnamesSound(View a, View b) {
  if (a.empty() || b.empty()) return false;
  if (a == b) return true;
  if (a.size() != b.size()) return false;
  // Family names read otherwise than the character usually is, by one that sounds like it.
  const auto usual = [](char32_t c) -> char32_t {
    static constexpr std::array<std::array<char32_t, 2>, 34> kReadings = {
        {{U'覃', U'秦'}, {U'单', U'善'}, {U'仇', U'求'}, {U'曾', U'增'}, {U'查', U'渣'}, {U'区', U'欧'}, {U'解', U'谢'},
         {U'乐', U'岳'}, {U'盖', U'葛'}, {U'尉', U'玉'}, {U'缪', U'苗'}, {U'翟', U'宅'}, {U'朴', U'瓢'}, {U'任', U'人'},
         {U'华', U'话'}, {U'纪', U'己'}, {U'卜', U'补'}, {U'员', U'运'}, {U'隗', U'葵'}, {U'逄', U'旁'}, {U'晁', U'潮'},
         {U'佘', U'蛇'}, {U'召', U'邵'}, {U'冼', U'显'}, {U'洗', U'显'}, {U'盛', U'圣'}, {U'燕', U'烟'}, {U'种', U'虫'},
         {U'谌', U'陈'}, {U'宁', U'凝'}, {U'应', U'英'}, {U'牟', U'木'}, {U'柏', U'百'}, {U'薄', U'博'}}};
    for (const auto& [name, reading] : kReadings)
      if (name == c) return reading;
    return c;
  };
  // Written alike, and taken for one another in handwriting and at the keyboard.
  const auto shaped_alike = [](char32_t x, char32_t y) {
    static constexpr std::array<std::array<char32_t, 2>, 12> kShapes = {{{U'覃', U'谭'},
                                                                         {U'肖', U'萧'},
                                                                         {U'付', U'傅'},
                                                                         {U'阎', U'闫'},
                                                                         {U'邱', U'丘'},
                                                                         {U'代', U'戴'},
                                                                         {U'候', U'侯'},
                                                                         {U'于', U'於'},
                                                                         {U'兰', U'蓝'},
                                                                         {U'沈', U'沉'},
                                                                         {U'佘', U'余'},
                                                                         {U'冼', U'洗'}}};
    return std::any_of(kShapes.begin(), kShapes.end(), [&](const auto& pair) {
      return (pair[0] == x && pair[1] == y) || (pair[0] == y && pair[1] == x);
    });
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::array<std::uint16_t, 2> x = {Sound(a[i]), Sound(usual(a[i]))}, y = {Sound(b[i]), Sound(usual(b[i]))};
    if (x[0] != y[0] && x[0] != y[1] && x[1] != y[0] && x[1] != y[1] && !shaped_alike(a[i], b[i])) return false;
  }
  return true;
}

NameMatch CompareNames(const Person& a, const Person& b) {
  if (Full(a) && Full(b)) return CompareFull(ToWide(a.name), ToWide(b.name));
  const bool part = (Partial(a) && (Full(b) || Partial(b))) || (Full(a) && Partial(b));
  if (!part) return NameMatch::kUnknown;
  const auto x = ToWide(a.name), y = ToWide(b.name);
  if (Partial(a) && x.size() > 1 && Full(b)) return FitsMask(x, y) ? NameMatch::kFits : NameMatch::kDiffers;
  if (Partial(b) && y.size() > 1 && Full(a)) return FitsMask(y, x) ? NameMatch::kFits : NameMatch::kDiffers;
  if (a.surname == b.surname) return NameMatch::kFits;
  return SurnamesSound(ToWide(a.surname), ToWide(b.surname)) ? NameMatch::kFitsBySound : NameMatch::kDiffers;
}

PhoneMatch ComparePhones(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return PhoneMatch::kUnknown;
  // Ten thousand phones look like 138****1234: it can fit, but never be the same.
  if (Masked(a) || Masked(b)) return AgreeWhereShown(a, b) ? PhoneMatch::kNear : PhoneMatch::kDiffers;
  if (a == b) return PhoneMatch::kSame;
  if (a.size() < 10 || b.size() < 10) return PhoneMatch::kDiffers;
  const std::string_view small = a.size() <= b.size() ? a : b, large = a.size() <= b.size() ? b : a;
  std::size_t front = 0, back = 0;
  while (front < small.size() && small[front] == large[front]) ++front;
  while (back < small.size() - front && small[small.size() - 1 - back] == large[large.size() - 1 - back]) ++back;
  if (large.size() == small.size() && front + back + 1 == small.size()) return PhoneMatch::kNear;
  if (large.size() == small.size() + 1 && front + back == small.size()) return PhoneMatch::kNear;
  if (large.size() == small.size() && front + back + 2 == small.size() && small[front] == large[front + 1] &&
      small[front + 1] == large[front])
    return PhoneMatch::kNear;
  return PhoneMatch::kDiffers;
}

PeopleEvidence ComparePeople(const Profile& later, const Profile& earlier) {
  PeopleEvidence best;
  int best_strength = -1000;
  for (const auto& [i, k] : PairsToCompare(later.people, earlier.people)) {
    const auto &a = later.people[i], &b = earlier.people[k];
    auto e = ComparePair(a, b);
    if (e.introduced && e.name != NameMatch::kSame && e.name != NameMatch::kSounds) continue;
    // An agent is evidence of the matter's people only when no different person stands behind: an agent of two
    // strangers joins nobody.
    if (e.through_agent && (a.role == Person::Role::kAgent) != (b.role == Person::Role::kAgent)) {
      e.agent_only = true;  // agent here, petitioner there (a clerk who also writes for herself): weak
    } else if (e.through_agent && OthersBehind(later, earlier)) {
      continue;
    }
    const int strength = Strength(e) - (e.introduced ? 3 : 0);
    if (strength > best_strength) {
      best_strength = strength;
      best = e;
      best.met = static_cast<int>(i);
      best.met_other = static_cast<int>(k);
    }
  }
  return best;
}

}  // namespace dedup
