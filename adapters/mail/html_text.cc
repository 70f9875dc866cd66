#include "adapters/mail/html_text.h"

#include <algorithm>
#include <array>

#include "petition/text/markup.h"
#include "petition/utf32.h"

namespace adapters::mail {
namespace {

using namespace std::string_view_literals;

constexpr std::array kBlocks = {"p"sv,  "div"sv, "br"sv, "tr"sv, "li"sv,  "table"sv,      "h1"sv,      "h2"sv,   "h3"sv,
                                "h4"sv, "ul"sv,  "ol"sv, "hr"sv, "pre"sv, "blockquote"sv, "section"sv, "title"sv};
constexpr std::array kLeftOut = {"script"sv, "style"sv, "head"sv};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool StartsWithWord(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  return std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == Lower(b); });
}

std::string TagName(std::string_view tag) {
  std::string name;
  for (const char c : tag.substr(tag.starts_with('/') ? 1 : 0)) {
    const char lower = Lower(c);
    if (!((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9'))) break;
    name += lower;
  }
  return name;
}

// The end of a tag: the ">" outside of quotes.
std::size_t TagEnd(std::string_view html, std::size_t at) {
  char quote = 0;
  for (std::size_t i = at; i < html.size(); ++i) {
    if (quote != 0) {
      if (html[i] == quote) quote = 0;
    } else if (html[i] == '"' || html[i] == '\'') {
      quote = html[i];
    } else if (html[i] == '>') {
      return i;
    }
  }
  // A quote that is never closed: the first ">" it is.
  return html.find('>', at);
}

// Behind "</name" ... ">", or the end.
std::size_t SkipElement(std::string_view html, std::size_t at, std::string_view name) {
  for (;;) {
    at = html.find("</", at);
    if (at == std::string_view::npos) return html.size();
    at += 2;
    if (StartsWithWord(html.substr(at), name)) return std::min(html.find('>', at), html.size() - 1) + 1;
  }
}

class Text {
 public:
  void Blank() {
    if (!out_.empty() && out_.back() != '\n' && out_.back() != ' ') out_ += ' ';
  }
  void Line() {
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
  }
  void Put(std::string_view bytes) { out_ += bytes; }
  std::string Take() {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\n')) out_.pop_back();
    return std::move(out_);
  }

 private:
  std::string out_;
};

template <typename List>
bool Contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::string HtmlToText(std::string_view html) {
  Text text;
  for (std::size_t at = 0; at < html.size();) {
    const char c = html[at];
    if (html.substr(at).starts_with("<!--")) {
      const auto end = html.find("-->", at + 4);
      at = end == std::string_view::npos ? html.size() : end + 3;
    } else if (c == '<' && at + 1 < html.size() &&
               (html[at + 1] == '/' || html[at + 1] == '!' || html[at + 1] == '?' ||
                !TagName(html.substr(at + 1, 1)).empty())) {
      const auto name = TagName(html.substr(at + 1, 32));
      const auto end = TagEnd(html, at + 1);
      if (end == std::string_view::npos) break;
      const bool closing = html[at + 1] == '/';
      at = end + 1;
      if (!closing && Contains(kLeftOut, name)) at = SkipElement(html, at, name);
      if (Contains(kBlocks, name)) text.Line();
      if (name == "td" || name == "th") text.Blank();
    } else if (c == '&') {
      std::int32_t point = 0;
      at += petition::text::ReadEntity(html.substr(at, 64), point);
      if (point == 0xA0 || point == ' ') {
        text.Blank();
      } else if (point >= 0x20 && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF)) {
        text.Put(petition::ToUtf8(std::u32string(1, static_cast<char32_t>(point))));
      }
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      text.Blank();
      ++at;
    } else {
      text.Put(html.substr(at, 1));
      ++at;
    }
  }
  return text.Take();
}

}  // namespace adapters::mail
