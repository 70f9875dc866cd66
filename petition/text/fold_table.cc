#include "petition/text/fold_table.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <memory>
#include <utility>

namespace petition::text {
namespace {

// Variants that ICU's Traditional-Simplified table leaves alone but that people and old systems write.
constexpr std::pair<char32_t, char32_t> kMoreVariants[] = {
    {U'峯', U'峰'}, {U'邨', U'村'}, {U'塩', U'盐'}, {U'隣', U'邻'}, {U'閤', U'合'}, {U'祇', U'只'}, {U'镟', U'旋'},
    {U'曡', U'叠'}, {U'叄', U'叁'}, {U'叅', U'叁'}, {U'鎻', U'锁'}, {U'髙', U'高'}, {U'吳', U'吴'}, {U'呉', U'吴'},
    {U'戸', U'户'}, {U'戶', U'户'}, {U'氷', U'冰'}, {U'収', U'收'}, {U'証', U'证'}, {U'囯', U'国'}, {U'国', U'国'},
};

// Punctuation that is typed in many ways.
constexpr std::pair<char32_t, char32_t> kPunctuation[] = {
    {U'“', U'"'},  {U'”', U'"'},  {U'„', U'"'},  {U'‟', U'"'},  {U'「', U'"'}, {U'」', U'"'}, {U'『', U'"'},
    {U'』', U'"'}, {U'〝', U'"'}, {U'〞', U'"'}, {U'«', U'"'},  {U'»', U'"'},  {U'‘', U'\''}, {U'’', U'\''},
    {U'‚', U'\''}, {U'‛', U'\''}, {U'`', U'\''}, {U'´', U'\''}, {U'〔', U'['}, {U'〕', U']'}, {U'【', U'['},
    {U'】', U']'}, {U'〖', U'['}, {U'〗', U']'}, {U'—', U'-'},  {U'–', U'-'},  {U'―', U'-'},  {U'‐', U'-'},
    {U'‑', U'-'},  {U'‒', U'-'},  {U'−', U'-'},  {U'─', U'-'},  {U'〜', U'~'}, {U'∼', U'~'},  {U'•', U'·'},
    {U'・', U'·'}, {U'‧', U'·'},  {U'∙', U'·'},  {U'⋅', U'·'},  {U'●', U'·'},  {U'㆐', U'-'}, {U'￣', U'~'},
};

const icu::Normalizer2* Nfkc() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFKCInstance(status);
  return U_SUCCESS(status) ? normalizer : nullptr;
}

// One pass of the transliterator over all Han characters, one a line, so that no rule sees a neighbour.
void LearnSimplified(std::vector<char32_t>& simplified) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::Transliterator> hans(
      icu::Transliterator::createInstance("Hant-Hans", UTRANS_FORWARD, status));
  if (U_SUCCESS(status) && hans) {
    icu::UnicodeString text;
    for (UChar32 c = 0x3400; c < 0xA000; ++c) text.append(c).append(u'\n');
    hans->transliterate(text);
    std::int32_t at = 0;
    for (UChar32 c = 0x3400; c < 0xA000; ++c) {
      const std::int32_t end = text.indexOf(u'\n', at);
      if (end - at == 1) simplified[static_cast<std::size_t>(c)] = text.charAt(at);
      at = end + 1;
    }
  }
  for (const auto& [from, to] : kMoreVariants) simplified[from] = to;
}

}  // namespace

const FoldTable& FoldTable::Get() {
  static const FoldTable table;
  return table;
}

char32_t FoldTable::FoldOne(char32_t c) const {
  if (c < kBmp) c = simplified_[c];
  return static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
}

FoldTable::FoldTable() : entries_(kBmp), simplified_(kBmp) {
  for (char32_t c = 0; c < kBmp; ++c) simplified_[c] = c;
  LearnSimplified(simplified_);
  for (const auto& [from, to] : kPunctuation) simplified_[from] = to;

  const icu::Normalizer2* nfkc = Nfkc();
  for (char32_t c = 0; c < kBmp; ++c) {
    const auto point = static_cast<UChar32>(c);
    auto set = [&](Kind kind, std::uint32_t value = 0) { entries_[c] = kind << 24 | value; };
    if (c == U'\n' || c == U'\r' || c == 0x85 || c == 0x2028 || c == 0x2029 || c == 0x0B || c == 0x0C) {
      set(kNewline);
    } else if (u_isUWhiteSpace(point)) {
      set(kSpace);
    } else if (u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || u_iscntrl(point) ||
               u_charType(point) == U_SURROGATE) {
      set(kDrop);
    } else if (nfkc != nullptr && !nfkc->hasBoundaryBefore(point)) {
      set(kCombines);
    } else {
      icu::UnicodeString normal(point);
      if (icu::UnicodeString ignored; nfkc != nullptr && nfkc->getDecomposition(point, ignored)) {
        UErrorCode status = U_ZERO_ERROR;
        normal = nfkc->normalize(icu::UnicodeString(point), status);
      }
      std::u32string folded;
      for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
        folded += FoldOne(static_cast<char32_t>(normal.char32At(i)));
      }
      if (folded.size() == 1) {
        set(kOne, folded[0]);
      } else {
        set(kSeveral, static_cast<std::uint32_t>(several_.size()));
        several_.push_back(std::move(folded));
      }
    }
  }
  for (char32_t c = 0; c < kBmp; ++c) {
    if (u_isalnum(static_cast<UChar32>(c)) || u_charType(static_cast<UChar32>(c)) == U_LETTER_NUMBER) {
      entries_[c] |= kLetterBit;
    }
  }
}

std::u32string FoldTable::Several(char32_t c) const {
  if (c < kBmp) return several_[entries_[c] & 0x1FFFFF];
  const auto point = static_cast<UChar32>(c);
  if (c > 0x10FFFF || u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return {};
  std::u32string folded;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = Nfkc();
  icu::UnicodeString normal(point);
  if (nfkc != nullptr) normal = nfkc->normalize(icu::UnicodeString(point), status);
  for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
    folded += FoldOne(static_cast<char32_t>(normal.char32At(i)));
  }
  return folded;
}

bool FoldTable::IsLetter(char32_t c) const {
  return c < kBmp ? (entries_[c] & kLetterBit) != 0 : u_isalnum(static_cast<UChar32>(c)) != 0;
}

}  // namespace petition::text
