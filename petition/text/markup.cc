#include "petition/text/markup.h"

#include <algorithm>
#include <array>

namespace petition::text {
namespace {

using namespace std::string_view_literals;

struct Named {
  std::string_view name;
  std::int32_t point;
};
constexpr Named kEntities[] = {
    {"amp", '&'},     {"lt", '<'},      {"gt", '>'},        {"quot", '"'},     {"apos", '\''},    {"nbsp", ' '},
    {"ensp", ' '},    {"emsp", ' '},    {"thinsp", ' '},    {"mdash", 0x2014}, {"ndash", 0x2013}, {"hellip", 0x2026},
    {"middot", 0xB7}, {"bull", 0x2022}, {"ldquo", 0x201C},  {"rdquo", 0x201D}, {"lsquo", 0x2018}, {"rsquo", 0x2019},
    {"laquo", 0xAB},  {"raquo", 0xBB},  {"times", 0xD7},    {"divide", 0xF7},  {"deg", 0xB0},     {"plusmn", 0xB1},
    {"yen", 0xA5},    {"euro", 0x20AC}, {"permil", 0x2030}, {"sup2", 0xB2},    {"sup3", 0xB3},    {"frac12", 0xBD},
    {"copy", 0xA9},   {"reg", 0xAE},    {"trade", 0x2122},  {"sect", 0xA7},    {"rarr", 0x2192},  {"larr", 0x2190},
    {"le", 0x2264},   {"ge", 0x2265},   {"zwnj", 0x200C},   {"zwj", 0x200D},   {"shy", 0xAD},     {"hearts", 0x2665},
};
constexpr std::size_t kEntityNameMax = 8;

std::size_t ReadNumeric(std::string_view text, std::int32_t& point) {  // text begins with "#"
  const bool hex = text.size() > 1 && (text[1] == 'x' || text[1] == 'X');
  std::size_t i = hex ? 2 : 1;
  const std::size_t first = i;
  std::int32_t value = 0;
  for (; i < text.size() && i - first < 8; ++i) {
    const char c = text[i];
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (hex && (c | 32) >= 'a' && (c | 32) <= 'f') digit = (c | 32) - 'a' + 10;
    if (digit < 0) break;
    value = std::min(value * (hex ? 16 : 10) + digit, 0x110000);
  }
  if (i == first) return 0;
  if (i < text.size() && text[i] == ';') ++i;
  point = value > 0x10FFFF || (value >= 0xD800 && value < 0xE000) || value == 0 ? 0xFFFD : value;
  return i;
}

std::size_t ReadNamed(std::string_view text, std::int32_t& point) {
  const std::size_t end = text.substr(0, kEntityNameMax + 1).find(';');
  if (end == std::string_view::npos) return 0;
  for (const Named& entity : kEntities) {
    if (entity.name == text.substr(0, end)) {
      point = entity.point;
      return end + 1;
    }
  }
  return 0;
}

bool IsIdeograph(char32_t c) {
  return (c >= 0x3400 && c < 0xA000) || (c >= 0xF900 && c < 0xFB00) || (c >= 0x20000 && c < 0x40000);
}
bool IsAsciiLetter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
bool IsToneVowel(char32_t c) {
  return c >= 0x80 && c < 0x2000 &&
         std::u32string_view(U"āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ").find(c) != std::u32string_view::npos;
}

// An end mark and where it was last found: asked again for an earlier start it answers from memory, which keeps a pass
// linear.
class EndMark {
 public:
  explicit EndMark(std::u32string_view mark) : mark_(mark) {}
  /// The position after the first mark at or after `from`; 0 when there is none.
  std::size_t After(std::u32string_view text, std::size_t from) {
    if (!looked_ || (at_ != std::u32string_view::npos && at_ < from)) {
      at_ = text.find(mark_, from);
      looked_ = true;
    }
    return at_ == std::u32string_view::npos ? 0 : at_ + mark_.size();
  }

 private:
  std::u32string_view mark_;
  bool looked_ = false;
  std::size_t at_ = 0;
};

// One pass over folded text.
class Stripper {
 public:
  explicit Stripper(std::u32string& text) : text_(text) {}

  void Run() {
    std::size_t out = 0;
    for (std::size_t i = 0; i < text_.size();) {
      const char32_t c = text_[i];
      if (c == U'<') {
        char32_t instead = 0;
        if (const std::size_t end = TagEnd(i, instead); end != 0) {
          if (instead != 0) text_[out++] = instead;
          i = end;
          continue;
        }
      } else if ((c == U'(' || c == U'[') && out > 0 && IsIdeograph(text_[out - 1])) {
        if (const std::size_t end = PinyinEnd(i); end != 0) {
          i = end;
          continue;
        }
      }
      text_[out++] = c;
      ++i;
    }
    text_.resize(out);
  }

 private:
  static constexpr std::size_t kTagMax = 4096;  // a longer "tag" is text with a stray '<'
  static constexpr std::size_t kPinyinMax = 40;

  // The position after a tag, comment or script that begins at i; 0 when it is no tag.
  std::size_t TagEnd(std::size_t i, char32_t& instead) {
    const std::u32string_view rest = std::u32string_view(text_).substr(i);
    if (rest.starts_with(U"<!--")) return comment_.After(text_, i + 4);
    const bool closing = rest.size() > 1 && rest[1] == U'/';
    std::size_t n = closing ? 2 : 1;
    if (n >= rest.size() || !(IsAsciiLetter(rest[n]) || (!closing && (rest[n] == U'!' || rest[n] == U'?')))) return 0;
    std::string name;
    for (; n < rest.size() && name.size() < 12 && (IsAsciiLetter(rest[n]) || (rest[n] >= U'0' && rest[n] <= U'9'));
         ++n) {
      name += static_cast<char>(rest[n] | 32);
    }
    const std::size_t after_name = i + n;
    if (name.empty() || !IsTagName(name)) {
      if (rest[1] != U'!' && rest[1] != U'?') return 0;
    }
    const std::size_t end = tag_.After(text_, after_name);
    if (end == 0 || end - i > kTagMax) return 0;
    if (!closing && name == "script") return OrElse(script_.After(text_, end), end);
    if (!closing && name == "style") return OrElse(style_.After(text_, end), end);
    instead = Instead(name);
    return end;
  }

  static bool IsTagName(std::string_view name) {
    static constexpr std::array kTags = {
        "a"sv,      "abbr"sv,    "b"sv,       "big"sv,      "blockquote"sv, "body"sv,  "br"sv,     "button"sv,
        "center"sv, "cite"sv,    "code"sv,    "col"sv,      "colgroup"sv,   "dd"sv,    "del"sv,    "div"sv,
        "dl"sv,     "dt"sv,      "em"sv,      "embed"sv,    "font"sv,       "form"sv,  "h1"sv,     "h2"sv,
        "h3"sv,     "h4"sv,      "h5"sv,      "h6"sv,       "head"sv,       "hr"sv,    "html"sv,   "i"sv,
        "iframe"sv, "img"sv,     "input"sv,   "ins"sv,      "label"sv,      "li"sv,    "link"sv,   "meta"sv,
        "o"sv,      "object"sv,  "ol"sv,      "option"sv,   "p"sv,          "param"sv, "pre"sv,    "s"sv,
        "script"sv, "section"sv, "article"sv, "figure"sv,   "video"sv,      "audio"sv, "source"sv, "select"sv,
        "small"sv,  "span"sv,    "st1"sv,     "strike"sv,   "strong"sv,     "style"sv, "sub"sv,    "sup"sv,
        "table"sv,  "tbody"sv,   "td"sv,      "textarea"sv, "tfoot"sv,      "th"sv,    "thead"sv,  "title"sv,
        "tr"sv,     "tt"sv,      "u"sv,       "ul"sv,       "v"sv,          "w"sv,     "xml"sv,    "header"sv,
        "footer"sv, "main"sv,    "nav"sv,     "ruby"sv,     "rt"sv,         "rp"sv,    "rb"sv,     "wbr"sv,
        "dir"sv,    "map"sv};
    return std::find(kTags.begin(), kTags.end(), name) != kTags.end();
  }
  static char32_t Instead(std::string_view name) {
    static constexpr std::array kBlocks = {"br"sv,      "p"sv,       "div"sv,   "li"sv,        "tr"sv,  "h1"sv,
                                           "h2"sv,      "h3"sv,      "h4"sv,    "h5"sv,        "h6"sv,  "hr"sv,
                                           "ul"sv,      "ol"sv,      "dt"sv,    "dd"sv,        "pre"sv, "table"sv,
                                           "section"sv, "article"sv, "title"sv, "blockquote"sv};
    if (std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end()) return U'\n';
    return name == "td" || name == "th" ? U' ' : 0;
  }

  static std::size_t OrElse(std::size_t found, std::size_t otherwise) { return found != 0 ? found : otherwise; }

  // The position after "(jīng)" that begins at i; 0 when the bracket holds anything else.
  std::size_t PinyinEnd(std::size_t i) const {
    const char32_t close = text_[i] == U'(' ? U')' : U']';
    bool tone = false;
    for (std::size_t n = i + 1; n < text_.size() && n - i <= kPinyinMax; ++n) {
      const char32_t c = text_[n];
      if (c == close) return tone ? n + 1 : 0;
      if (IsToneVowel(c)) {
        tone = true;
      } else if (!IsAsciiLetter(c) && c != U'ü' && c != U' ' && c != U'\'' && c != U',') {
        return 0;
      }
    }
    return 0;
  }

  std::u32string& text_;
  EndMark tag_{U">"}, comment_{U"-->"}, script_{U"</script>"}, style_{U"</style>"};
};

}  // namespace

std::size_t ReadEntity(std::string_view text, std::int32_t& point) {
  std::size_t taken = 1;
  while (text.substr(taken).starts_with("amp;")) taken += 4;
  const std::string_view rest = text.substr(taken);
  const std::size_t more = rest.starts_with('#') ? ReadNumeric(rest, point) : ReadNamed(rest, point);
  if (more == 0) point = '&';
  return taken + more;
}

bool MayBePinyin(char32_t c) { return IsToneVowel(c); }

void StripMarkup(std::u32string& text) {
  if (text.find_first_of(U"<([") == std::u32string::npos) return;
  Stripper(text).Run();
}

}  // namespace petition::text
