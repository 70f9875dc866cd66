#include "adapters/xml/element.h"

#include <expat.h>

#include <algorithm>
#include <memory>

#include "adapters/text/charset.h"

namespace adapters::xml {
namespace {

using petition::Invalid;

constexpr char kSeparator = '\x1f';  // between namespace and local name, as expat gives them

struct Free {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free>;

// What the handlers share. Elements are built on a stack and moved into their parents when they end, so that no pointer
// into a growing vector is kept.
struct Building {
  XML_Parser parser;
  const Limits& limits;
  std::vector<Element> open;
  Element root;
  std::size_t elements = 0;
  std::string problem, message;

  void Stop(std::string reason, std::string words) {
    if (!problem.empty()) return;
    problem = std::move(reason);
    message = std::move(words);
    XML_StopParser(parser, XML_FALSE);
  }
};

std::pair<std::string, std::string> Split(const char* expat_name) {
  const std::string_view whole(expat_name);
  const std::size_t at = whole.rfind(kSeparator);
  if (at == std::string_view::npos) return {std::string(), std::string(whole)};
  return {std::string(whole.substr(0, at)), std::string(whole.substr(at + 1))};
}

void XMLCALL Begin(void* user, const char* name, const char** attributes) {
  auto& building = *static_cast<Building*>(user);
  if (building.open.size() >= building.limits.depth)
    return building.Stop("xml_too_deep", "the XML is nested too deeply");
  if (++building.elements > building.limits.elements)
    return building.Stop("xml_too_large", "the XML has too many elements");
  Element element;
  std::tie(element.space, element.name) = Split(name);
  for (; *attributes != nullptr; attributes += 2) {
    if (element.attributes.size() == building.limits.attributes)
      return building.Stop("xml_too_large", "an XML element has too many attributes");
    element.attributes.emplace_back(Split(attributes[0]).second, attributes[1]);
  }
  building.open.push_back(std::move(element));
}

void XMLCALL End(void* user, const char*) {
  auto& building = *static_cast<Building*>(user);
  if (building.open.empty()) return;
  Element done = std::move(building.open.back());
  building.open.pop_back();
  if (building.open.empty()) {
    building.root = std::move(done);
  } else {
    building.open.back().children.push_back(std::move(done));
  }
}

void XMLCALL Characters(void* user, const char* text, int length) {
  auto& building = *static_cast<Building*>(user);
  if (!building.open.empty()) building.open.back().text.append(text, static_cast<std::size_t>(length));
}

void XMLCALL Doctype(void* user, const char*, const char*, const char*, int) {
  static_cast<Building*>(user)->Stop("xml_doctype", "XML with a document type (DTD) is not taken");
}

// The value of encoding="..." in an XML declaration at the front of ASCII-compatible bytes.
std::string DeclaredCharset(std::string_view bytes) {
  if (!bytes.starts_with("<?xml")) return "utf-8";
  const std::string_view declaration = bytes.substr(0, std::min<std::size_t>(bytes.find("?>"), 200));
  std::size_t at = declaration.find("encoding");
  if (at == std::string_view::npos) return "utf-8";
  at = declaration.find_first_of("\"'", at);
  if (at == std::string_view::npos) return "utf-8";
  const std::size_t end = declaration.find(declaration[at], at + 1);
  return std::string(end == std::string_view::npos ? "utf-8" : declaration.substr(at + 1, end - at - 1));
}

std::string CharsetOf(std::string_view bytes, std::string_view transport) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return "utf-8";
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return "utf-16";
  return transport.empty() ? DeclaredCharset(bytes) : std::string(transport);
}

}  // namespace

const Element* Element::Child(std::string_view local) const {
  const auto it =
      std::find_if(children.begin(), children.end(), [&](const Element& child) { return child.name == local; });
  return it == children.end() ? nullptr : &*it;
}

std::string Element::ChildText(std::string_view local) const {
  const Element* child = Child(local);
  return child == nullptr ? std::string() : std::string(Trim(child->text));
}

std::string Element::Attribute(std::string_view local) const {
  for (const auto& [name_, value] : attributes) {
    if (name_ == local) return value;
  }
  return {};
}

petition::Result<Element> ParseText(std::string_view utf8, const Limits& limits) {
  if (utf8.size() > limits.bytes) return Invalid("xml_too_large", "the XML is larger than is taken");
  const char separator[] = {kSeparator, '\0'};
  // The encoding given here overrides the one that the document declares.
  const Parser parser(XML_ParserCreateNS("UTF-8", separator[0]));
  if (!parser) return petition::Unavailable("out of memory", "expat");
  Building building{parser.get(), limits, {}, {}, 0, {}, {}};
  XML_SetUserData(parser.get(), &building);
  XML_SetElementHandler(parser.get(), Begin, End);
  XML_SetCharacterDataHandler(parser.get(), Characters);
  XML_SetStartDoctypeDeclHandler(parser.get(), Doctype);
  const auto status = XML_Parse(parser.get(), utf8.data(), static_cast<int>(utf8.size()), XML_TRUE);
  if (!building.problem.empty()) return Invalid(building.problem, building.message);
  if (status != XML_STATUS_OK) {
    return Invalid("xml_invalid", std::string(XML_ErrorString(XML_GetErrorCode(parser.get()))) + " at line " +
                                      std::to_string(XML_GetCurrentLineNumber(parser.get())) + ", column " +
                                      std::to_string(XML_GetCurrentColumnNumber(parser.get()) + 1));
  }
  return std::move(building.root);
}

petition::Result<Element> ParseBytes(std::string_view bytes, std::string_view charset, const Limits& limits) {
  if (bytes.size() > limits.bytes) return Invalid("xml_too_large", "the XML is larger than is taken");
  GUIYI_TRY(const auto text, ToUtf8(bytes, CharsetOf(bytes, charset)));
  return ParseText(text, limits);
}

petition::Json ToTree(const Element& element) {
  const std::string_view text = Trim(element.text);
  if (element.children.empty() && element.attributes.empty()) return std::string(text);
  petition::Json tree = petition::Json::object();
  for (const auto& [name, value] : element.attributes) tree["@" + name] = value;
  if (!text.empty()) tree["#text"] = std::string(text);
  for (const auto& child : element.children) {
    auto& member = tree[child.name];
    if (member.is_null()) {
      member = ToTree(child);
    } else if (member.is_array()) {
      member.push_back(ToTree(child));
    } else {
      member = petition::Json::array({std::move(member), ToTree(child)});
    }
  }
  return tree;
}

std::string Escape(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (const char c : utf8) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace adapters::xml
