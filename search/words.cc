#include "search/words.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <set>

#include "petition/text/fold.h"

namespace search {
namespace {

// How far one character takes us: the code point at `at`, stepping over it. Broken bytes are U+FFFD, one at a time.
UChar32 NextPoint(std::string_view text, std::size_t& at) {
  // ICU's offsets are 32 bits wide.
  const auto rest = static_cast<std::int32_t>(std::min<std::size_t>(text.size() - at, 8));
  std::int32_t step = 0;
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(text.data() + at, step, rest, c);
  at += static_cast<std::size_t>(step);
  return c;
}

bool StandsForItself(UChar32 c) {
  return u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) || (c >= 0x3040 && c <= 0x30FF) || (c >= 0xAC00 && c <= 0xD7A3);
}

class ElementMaker {
 public:
  explicit ElementMaker(std::size_t elements_max) : elements_max_(elements_max) {}

  bool Full() const { return elements_.size() >= elements_max_; }

  // One folded character that came from text[begin, end).
  void Take(UChar32 c, std::string_view bytes, std::size_t begin, std::size_t end) {
    if (u_isUWhiteSpace(c)) {
      in_run_ = false;
    } else if (StandsForItself(c)) {
      Start(bytes, true, begin, end);
      in_run_ = false;
    } else if (u_isalnum(c) || u_charType(c) == U_NON_SPACING_MARK) {
      if (in_run_) {
        elements_.back().text += bytes;
        elements_.back().end = end;
      } else {
        Start(bytes, false, begin, end);
        in_run_ = true;
      }
    } else {
      in_run_ = false;
      joined_ = false;
    }
  }
  std::vector<Element> Done() {
    if (elements_.size() > elements_max_) elements_.resize(elements_max_);
    return std::move(elements_);
  }

 private:
  void Start(std::string_view bytes, bool ideograph, std::size_t begin, std::size_t end) {
    elements_.push_back({std::string(bytes), ideograph, joined_, begin, end});
    joined_ = true;
  }

  const std::size_t elements_max_;
  std::vector<Element> elements_;
  bool in_run_ = false;
  bool joined_ = false;
};

// Where dictionary words begin in folded text, as byte offsets.
std::set<std::size_t> WordStarts(std::string_view folded) {
  thread_local std::unique_ptr<icu::BreakIterator> words = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<icu::BreakIterator>(
        icu::BreakIterator::createWordInstance(icu::Locale::getChinese(), status));
  }();
  std::set<std::size_t> starts = {0};
  if (!words) return starts;
  const auto text =
      icu::UnicodeString::fromUTF8(icu::StringPiece(folded.data(), static_cast<std::int32_t>(folded.size())));
  words->setText(text);
  std::int32_t unit = 0;
  std::size_t byte = 0;
  for (std::int32_t boundary = words->first(); boundary != icu::BreakIterator::DONE; boundary = words->next()) {
    while (unit < boundary && byte < folded.size()) unit += U16_LENGTH(NextPoint(folded, byte));
    starts.insert(byte);
  }
  return starts;
}

struct Piece {
  Chain chain;
  bool ideograph, joined;
  bool Single() const { return chain.size() == 1; }
};

// An ideograph alone among other pieces (的, 在) is not asked for.
Clause ClauseOf(std::vector<Piece> pieces) {
  Clause clause;
  const auto lone = [](const Piece& piece) { return piece.Single() && piece.ideograph; };
  clause.too_short = !pieces.empty() && std::all_of(pieces.begin(), pieces.end(), lone);
  for (Piece& piece : pieces) {
    if (clause.too_short || !lone(piece)) clause.chains.push_back(std::move(piece.chain));
  }
  return clause;
}

// A phrase: everything that stands together, in a row.
Clause ClauseOfPhrase(const std::vector<Element>& elements) {
  std::vector<Piece> pieces;
  for (const Element& element : elements) {
    if (pieces.empty() || !element.joined) pieces.push_back({{}, element.ideograph, false});
    pieces.back().chain.push_back(element.text);
  }
  return ClauseOf(std::move(pieces));
}

// A run typed without blanks: dictionary words, each in a row. Neighbouring single elements (names and numbers that no
// dictionary knows: 3号楼, 锦澜湾) stay together.
Clause ClauseOfRun(const std::string& folded) {
  const std::vector<Element> elements = ElementsOfFolded(folded, kQueryBytesMax);
  const std::set<std::size_t> starts = WordStarts(folded);
  std::vector<Piece> words;
  for (const Element& element : elements) {
    if (words.empty() || !element.joined || starts.contains(element.begin)) {
      words.push_back({{element.text}, element.ideograph, element.joined});
    } else {
      words.back().chain.push_back(element.text);
    }
  }
  std::vector<Piece> pieces;
  bool singles = false;  // the last piece is made of single elements
  for (Piece& word : words) {
    if (singles && word.joined && word.Single()) {
      pieces.back().chain.push_back(std::move(word.chain.front()));
    } else {
      singles = word.Single();
      pieces.push_back(std::move(word));
    }
  }
  return ClauseOf(std::move(pieces));
}

bool IsQuote(UChar32 c) {
  return c == '"' || c == 0xFF02 || (c >= 0x201C && c <= 0x201F) || (c >= 0x300C && c <= 0x300F);
}
bool IsMinus(UChar32 c) { return c == '-' || c == 0xFF0D || c == 0x2212; }

}  // namespace

std::vector<Element> ElementsOfFolded(std::string_view folded, std::size_t elements_max) {
  ElementMaker maker(elements_max);
  for (std::size_t at = 0; at < folded.size() && !maker.Full();) {
    const std::size_t begin = at;
    const UChar32 c = NextPoint(folded, at);
    maker.Take(c, folded.substr(begin, at - begin), begin, at);
  }
  return maker.Done();
}

std::vector<Element> ElementsWithOffsets(std::string_view text, std::size_t elements_max) {
  ElementMaker maker(elements_max);
  for (std::size_t at = 0; at < text.size() && !maker.Full();) {
    const std::size_t begin = at;
    const UChar32 c = NextPoint(text, at);
    if (u_isUWhiteSpace(c)) {
      maker.Take(c, {}, begin, at);
      continue;
    }
    const std::string folded = petition::text::Fold(text.substr(begin, at - begin));
    for (std::size_t in = 0; in < folded.size();) {
      const std::size_t from = in;
      const UChar32 point = NextPoint(folded, in);
      maker.Take(point, std::string_view(folded).substr(from, in - from), begin, at);
    }
  }
  return maker.Done();
}

std::vector<Clause> ParseWords(std::string_view words) {
  std::vector<Clause> clauses;
  std::size_t at = 0;
  while (at < words.size() && clauses.size() < kClausesMax) {
    std::size_t next = at;
    UChar32 c = NextPoint(words, next);
    if (u_isUWhiteSpace(c)) {
      at = next;
      continue;
    }
    const bool excluded = IsMinus(c);
    if (excluded) {
      at = next;
      if (at == words.size()) break;
      c = NextPoint(words, next);
    }
    const bool phrase = IsQuote(c);
    const std::size_t begin = phrase ? next : at;
    std::size_t end = begin;
    for (at = begin; at < words.size(); at = next) {
      next = at;
      const UChar32 inside = NextPoint(words, next);
      end = at;
      if (phrase ? IsQuote(inside) : u_isUWhiteSpace(inside) || IsQuote(inside)) break;
      end = next;
    }
    if (phrase && at < words.size()) at = next;  // past the closing quote
    const std::string folded = petition::text::Fold(words.substr(begin, end - begin));
    Clause clause = phrase ? ClauseOfPhrase(ElementsOfFolded(folded, kQueryBytesMax)) : ClauseOfRun(folded);
    clause.excluded = excluded;
    if (!clause.chains.empty()) clauses.push_back(std::move(clause));
  }
  return clauses;
}

}  // namespace search
