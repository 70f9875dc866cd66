// The stored form of a Profile: a version byte, then fields in order; numbers as variable-length integers (7 bits a
// byte, low first, signed ones zigzag), strings and lists with their length in front, folded letters as letter_bytes.h
// has them. Reading checks every length against what is left and every enumeration against its range.
#include <limits>

#include "dedup/letter_bytes.h"
#include "dedup/profile.h"

namespace dedup {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kListMax = 4096;

class Writer {
 public:
  void Number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }
  void Signed(std::int64_t value) {
    Number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void Text(std::string_view text) {
    Number(text.size());
    out_ += text;
  }
  void Letters(std::u32string_view letters) {
    Number(letters.size());
    AppendLetters(letters, out_);
  }
  template <typename List, typename Each>
  void All(const List& list, Each each) {
    Number(list.size());
    for (const auto& item : list) each(item);
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t Number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return Fail();
      const auto byte = static_cast<unsigned char>(rest_[0]);
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Fail();
  }
  std::int64_t Signed() {
    const auto value = Number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::string Text() { return std::string(Bytes()); }
  std::u32string Letters() {
    auto letters = TakeLetters(Number(), rest_);
    if (!letters) Fail();
    return std::move(letters).value_or(U"");
  }
  template <typename Small>
  Small Within(std::uint64_t max) {
    const auto value = Number();
    if (value > max) Fail();
    return static_cast<Small>(value > max ? 0 : value);
  }
  template <typename Item, typename Each>
  std::vector<Item> All(Each each) {
    const auto count = Number();
    std::vector<Item> items;
    if (count > kListMax) Fail();
    for (std::uint64_t i = 0; i < count && ok_; ++i) items.push_back(each());
    return items;
  }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view Bytes() {
    const auto size = Number();
    if (size > rest_.size()) {
      Fail();
      return {};
    }
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  std::uint64_t Fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

void WritePerson(const Person& person, Writer& out) {
  out.Number(static_cast<std::uint64_t>(person.role));
  out.Number(static_cast<std::uint64_t>(person.name_kind));
  out.Number(static_cast<std::uint64_t>(person.id_state));
  out.Number(static_cast<unsigned char>(person.sex));
  out.Text(person.name);
  out.Text(person.surname);
  out.Text(person.id);
  out.All(person.phones, [&](const std::string& phone) { out.Text(phone); });
  out.Text(person.account);
  out.Letters(person.address);
}

Person ReadPerson(ByteReader& in) {
  Person person;
  person.role = in.Within<Person::Role>(2);
  person.name_kind = in.Within<petition::PersonName::Kind>(3);
  person.id_state = in.Within<petition::IdState>(4);
  person.sex = in.Within<char>(127);
  person.name = in.Text();
  person.surname = in.Text();
  person.id = in.Text();
  person.phones = in.All<std::string>([&] { return in.Text(); });
  person.account = in.Text();
  person.address = in.Letters();
  return person;
}

void WriteDay(const Day& day, Writer& out) {
  out.Signed(day.year);
  out.Number(static_cast<std::uint8_t>(day.month));
  out.Number(static_cast<std::uint8_t>(day.day));
}

Day ReadDay(ByteReader& in) {
  Day day;
  day.year = static_cast<std::int16_t>(in.Signed());
  day.month = in.Within<std::int8_t>(12);
  day.day = in.Within<std::int8_t>(31);
  return day;
}

void WriteMatter(const Profile& profile, Writer& out) {
  out.All(profile.named, [&](const Named& named) {
    out.Number(static_cast<std::uint64_t>(named.kind) * 8 + static_cast<std::uint64_t>(named.source));
    out.Letters(named.name);
  });
  out.All(profile.parts, [&](const AddressPart& part) {
    out.Number(static_cast<std::uint64_t>(part.kind) * 4 + (part.from_place ? 1 : 0) + (part.from_address ? 2 : 0));
    out.Text(part.value);
  });
  out.All(profile.quantities, [&](const Quantity& quantity) {
    out.Number(static_cast<std::uint64_t>(quantity.unit) * 2 + (quantity.rough ? 1 : 0));
    out.Signed(quantity.milli);
  });
  out.All(profile.days, [&](const Day& day) { WriteDay(day, out); });
  out.All(profile.earlier_days, [&](const Day& day) { WriteDay(day, out); });
  out.All(profile.codes, [&](const std::string& code) { out.Text(code); });
  out.All(profile.accused, [&](const std::u32string& accused) { out.Letters(accused); });
  out.All(profile.topics,
          [&](const TopicHit& hit) { out.Number(static_cast<std::uint64_t>(hit.topic) * 16 + hit.weight); });
}

void ReadMatter(ByteReader& in, Profile& profile) {
  profile.named = in.All<Named>([&] {
    const auto both = in.Within<unsigned>(7 * 8 + 3);
    return Named{static_cast<Named::Kind>(both / 8), static_cast<Named::Source>(both % 8 & 3), in.Letters()};
  });
  profile.parts = in.All<AddressPart>([&] {
    const auto both = in.Within<unsigned>(6 * 4 + 3);
    return AddressPart{static_cast<AddressPart::Kind>(both / 4), (both & 1) != 0, (both & 2) != 0, in.Text()};
  });
  profile.quantities = in.All<Quantity>([&] {
    const auto both = in.Within<unsigned>(7 * 2 + 1);
    return Quantity{static_cast<Quantity::Unit>(both / 2), both % 2 != 0, in.Signed()};
  });
  profile.days = in.All<Day>([&] { return ReadDay(in); });
  profile.earlier_days = in.All<Day>([&] { return ReadDay(in); });
  profile.codes = in.All<std::string>([&] { return in.Text(); });
  profile.accused = in.All<std::u32string>([&] { return in.Letters(); });
  profile.topics = in.All<TopicHit>([&] {
    const auto both = in.Within<unsigned>(4096 * 16);
    return TopicHit{static_cast<std::uint16_t>(both / 16), static_cast<std::uint8_t>(both % 16)};
  });
}

std::int64_t Millis(petition::Time time) { return time.time_since_epoch().count(); }

}  // namespace

std::string Serialize(const Profile& profile) {
  Writer out;
  out.Number(kVersion);
  for (const auto* text : {&profile.source, &profile.external_id, &profile.channel, &profile.purpose, &profile.division,
                           &profile.link_no, &profile.upstream_no, &profile.claimed_earlier})
    out.Text(*text);
  out.Signed(Millis(profile.received_at));
  out.Signed(Millis(profile.registered_at));
  out.Number((profile.sealed ? 1u : 0u) | (profile.anonymous ? 2u : 0u) | (profile.accusation ? 4u : 0u));
  out.Number(profile.head_count);
  out.All(profile.people, [&](const Person& person) { WritePerson(person, out); });
  WriteMatter(profile, out);
  out.Number(profile.acts);
  out.Number(profile.title_letters);
  out.Number(profile.full_letters);
  out.Number(profile.content_hash);
  out.Letters(profile.text);
  return out.Take();
}

petition::Result<Profile> Deserialize(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Number() != kVersion) return petition::Corrupt("a dedup profile of an unknown version");
  Profile profile;
  for (auto* text : {&profile.source, &profile.external_id, &profile.channel, &profile.purpose, &profile.division,
                     &profile.link_no, &profile.upstream_no, &profile.claimed_earlier})
    *text = in.Text();
  profile.received_at = petition::Time(std::chrono::milliseconds(in.Signed()));
  profile.registered_at = petition::Time(std::chrono::milliseconds(in.Signed()));
  const auto flags = in.Within<unsigned>(7);
  profile.sealed = (flags & 1) != 0;
  profile.anonymous = (flags & 2) != 0;
  profile.accusation = (flags & 4) != 0;
  profile.head_count = in.Within<std::uint32_t>(std::numeric_limits<std::uint32_t>::max());
  profile.people = in.All<Person>([&] { return ReadPerson(in); });
  ReadMatter(in, profile);
  profile.acts = in.Within<std::uint32_t>(std::numeric_limits<std::uint32_t>::max());
  profile.title_letters = in.Within<std::uint16_t>(kTextLettersMax);
  profile.full_letters = in.Within<std::uint32_t>(std::numeric_limits<std::uint32_t>::max());
  profile.content_hash = in.Number();
  profile.text = in.Letters();
  if (!in.done() || profile.text.size() > kTextLettersMax || profile.title_letters > profile.text.size())
    return petition::Corrupt("a dedup profile that can't be read");
  return profile;
}

}  // namespace dedup
