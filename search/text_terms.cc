#include "search/text_terms.h"

#include <algorithm>
#include <charconv>

#include "petition/text/fold.h"

namespace search {
namespace {

constexpr std::size_t kElementsMax = 20000;  // a field; what stands beyond in a longer one is not searched
constexpr std::size_t kElementBytesMax = 64;
constexpr std::size_t kDivisionLevels[] = {2, 4, 6, 9, 12};

int Number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string Digits(int value, std::size_t width) {
  std::string out = std::to_string(value);
  return std::string(width - std::min(width, out.size()), '0') + out;
}

}  // namespace

std::string TextTerms::Word(Field field, std::string_view element) const {
  std::string data(1, static_cast<char>(field));
  data += element.substr(0, kElementBytesMax);
  return TermBytes(key_.Hash(TermKind::kWord, scope_, data), kWordTermBytes);
}

std::string TextTerms::Pair(Field field, std::string_view first, std::string_view second) const {
  std::string data(1, static_cast<char>(field));
  data += first.substr(0, kElementBytesMax);
  data += '\n';  // stands in no element
  data += second.substr(0, kElementBytesMax);
  return TermBytes(key_.Hash(TermKind::kWord, scope_, data), kWordTermBytes);
}

std::string TextTerms::Exact(TermKind kind, std::string_view value) const {
  return TermBytes(key_.Hash(kind, scope_, value), kExactTermBytes);
}

std::string TextTerms::Normal(TermKind kind, std::string_view value) const {
  const std::u32string letters = petition::text::Letters(value);
  if (letters.empty()) return {};
  return Exact(kind, {reinterpret_cast<const char*>(letters.data()), letters.size() * sizeof(char32_t)});
}

void TextTerms::AddField(Field field, std::string_view text, std::uint32_t weight,
                         std::unordered_map<std::string, std::uint32_t>& terms) const {
  if (text.empty()) return;
  const std::vector<Element> elements = ElementsOfFolded(petition::text::Fold(text), kElementsMax);
  const auto add = [&](Field where) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      // Ideographs by themselves would double the postings and the time it takes to write them, and nobody looks for
      // one.
      if (!elements[i].ideograph) terms[Word(where, elements[i].text)] += weight;
      if (elements[i].joined) terms[Pair(where, elements[i - 1].text, elements[i].text)] += weight;
    }
  };
  add(Field::kAnywhere);
  if (field != Field::kAnywhere) add(field);
}

std::unordered_map<std::string, std::uint32_t> TextTerms::WordsOf(const TextDocument& document) const {
  std::unordered_map<std::string, std::uint32_t> terms;
  terms.reserve(1024);
  AddField(Field::kTitle, document.title, 3, terms);
  AddField(Field::kAnywhere, document.content, 1, terms);
  AddField(Field::kPlace, document.place, 2, terms);
  AddField(Field::kAccused, document.accused, 2, terms);
  return terms;
}

std::vector<std::string> TextTerms::FiltersOf(const TextDocument& document) const {
  std::vector<std::string> terms = {Every()};
  for (const std::string& number : document.numbers) terms.push_back(Number(number));
  for (const std::string& person : document.people) terms.push_back(Person(person));
  const std::string_view division = DivisionPrefix(document.division);
  for (const std::size_t level : kDivisionLevels) {
    if (level <= division.size()) terms.push_back(Exact(TermKind::kDivision, division.substr(0, level)));
  }
  if (!document.category.empty()) terms.push_back(Exact(TermKind::kCategory, document.category));
  if (!document.channel.empty()) terms.push_back(Exact(TermKind::kChannel, document.channel));
  if (!document.source.empty()) terms.push_back(Exact(TermKind::kSource, document.source));
  if (IsDay(document.day)) {
    for (const std::size_t length : {4, 6, 8}) {
      terms.push_back(Exact(TermKind::kDay, std::string_view(document.day).substr(0, length)));
    }
  }
  std::erase(terms, std::string());
  return terms;
}

std::string_view DivisionPrefix(std::string_view division) {
  const auto drop = [&](std::size_t length, std::size_t zeros) {
    if (division.size() == length && division.substr(length - zeros).find_first_not_of('0') == std::string_view::npos) {
      division.remove_suffix(zeros);
    }
  };
  drop(12, 3);
  drop(9, 3);
  drop(6, 2);
  drop(4, 2);
  drop(2, 2);
  return division;
}

bool IsDay(std::string_view day) {
  if (day.size() != 8 || day.find_first_not_of("0123456789") != std::string_view::npos) return false;
  const int month = Number(day.substr(4, 2)), of_month = Number(day.substr(6, 2));
  return month >= 1 && month <= 12 && of_month >= 1 && of_month <= 31;
}

std::vector<std::string> DaysBetween(std::string_view from, std::string_view to) {
  // Counts in days of years of 12 x 31: days that no calendar has match no document.
  const auto count = [](std::string_view day) {
    return Number(day.substr(0, 4)) * 372 + (Number(day.substr(4, 2)) - 1) * 31 + Number(day.substr(6, 2)) - 1;
  };
  std::vector<std::string> parts;
  const int last = count(to);
  for (int at = count(from); at <= last;) {
    const std::string year = Digits(at / 372, 4), month = Digits(at % 372 / 31 + 1, 2);
    if (at % 372 == 0 && at + 371 <= last) {
      parts.push_back(year);
      at += 372;
    } else if (at % 31 == 0 && at + 30 <= last) {
      parts.push_back(year + month);
      at += 31;
    } else {
      parts.push_back(year + month + Digits(at % 31 + 1, 2));
      ++at;
    }
  }
  return parts;
}

}  // namespace search
