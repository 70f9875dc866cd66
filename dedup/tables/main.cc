// Makes the generated tables of dedup/ at build time: `syllables OUT` writes, for each character U+4E00..U+9FFF, the
// number of its syllable without tone, sounds that typists mix up folded together (zh/z, ch/c, sh/s, -ng/-n); `text IN
// OUT` writes a file as C++ string literals. Readings come from ICU (Unicode's Unihan data).
#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string FoldSound(std::string s) {
  if (s.size() > 2 && s[1] == 'h' && (s[0] == 'z' || s[0] == 'c' || s[0] == 's')) s.erase(1, 1);
  if (s.size() > 2 && s.ends_with("ng")) s.pop_back();
  return s;
}

int Syllables(const char* out_path) {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<icu::Transliterator> latin(
      icu::Transliterator::createInstance("Han-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, error));
  if (U_FAILURE(error)) return 1;
  icu::UnicodeString all;
  for (UChar32 c = 0x4e00; c <= 0x9fff; ++c) all.append(c).append(static_cast<UChar>('\n'));
  latin->transliterate(all);
  std::string text;
  all.toUTF8String(text);
  // Numbered in the order of their spelling: the numbers stand in stored keys and must not change with the order of
  // characters.
  std::vector<std::string> sounds;
  std::map<std::string, int> numbers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto sound = FoldSound(line.substr(0, line.find(' ')));
    if (sound.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos) sound.clear();
    if (!sound.empty()) numbers.emplace(sound, 0);
    sounds.push_back(std::move(sound));
  }
  int next = 0;
  for (auto& [sound, number] : numbers) number = ++next;
  std::ofstream out(out_path);
  for (std::size_t i = 0; i < sounds.size(); ++i)
    out << (sounds[i].empty() ? 0 : numbers[sounds[i]]) << (i % 32 == 31 ? ",\n" : ",");
  return out.good() ? 0 : 1;
}

int Text(const char* in_path, const char* out_path) {
  std::ifstream in(in_path, std::ios::binary);
  if (!in) return 1;
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  std::ofstream out(out_path);
  // Numbers, not string literals: no limit on the length of a literal, no escaping.
  for (std::size_t i = 0; i < text.size(); ++i)
    out << static_cast<int>(static_cast<unsigned char>(text[i])) << (i % 40 == 39 ? ",\n" : ",");
  return out.good() ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string what = count > 1 ? arguments[1] : "";
  if (what == "syllables" && count == 3) return Syllables(arguments[2]);
  if (what == "text" && count == 4) return Text(arguments[2], arguments[3]);
  std::cerr << "usage: dedup_tables syllables OUT | text IN OUT\n";
  return 2;
}
