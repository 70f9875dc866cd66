// An Element is a piece of XML as a tree: what SOAP envelopes, WeChat messages and XML documents are read into. Parsing
// is strict and bounded: no document type, so no entities of anybody's own and nothing fetched from outside; depth,
// number of elements and bytes are limited. Plain data; pure functions over expat.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "petition/json.h"
#include "petition/result.h"

namespace adapters::xml {

struct Element {
  std::string name;                                             ///< without prefix
  std::string space;                                            ///< the namespace's URI, "" when none
  std::vector<std::pair<std::string, std::string>> attributes;  ///< local names
  std::string text;                                             ///< all character data directly inside, in order
  std::vector<Element> children;

  /// The first child of that local name, whatever its namespace; nullptr when absent.
  const Element* Child(std::string_view local) const;
  /// Text of that child, blanks at both ends taken off; "" when absent.
  std::string ChildText(std::string_view local) const;
  std::string Attribute(std::string_view local) const;
};

struct Limits {
  std::size_t bytes = 8u << 20;
  std::size_t depth = 64;
  std::size_t elements = 200'000;
  std::size_t attributes = 64;  ///< of one element
};

/// A whole document in bytes. Its character set: `charset` (of the transport) when given, else a byte-order mark, else
/// the declaration, else UTF-8. kInvalid: "xml_invalid" with line and column, "xml_doctype", "xml_too_deep",
/// "xml_too_large", "undecodable", "charset_unknown".
petition::Result<Element> ParseBytes(std::string_view bytes, std::string_view charset = {}, const Limits& limits = {});
/// A document that was text inside another one and so is UTF-8 by now, whatever its own declaration still says.
petition::Result<Element> ParseText(std::string_view utf8, const Limits& limits = {});

/// The element as a tree for a mapping: a leaf is its text; otherwise an object with a member for each child name (an
/// array where it stands several times), "@name" for attributes, "#text" for text beside children.
petition::Json ToTree(const Element& element);

/// Text and attribute values for XML: & < > " escaped, characters that XML 1.0 can't hold left out.
std::string Escape(std::string_view utf8);
std::string_view Trim(std::string_view text);

}  // namespace adapters::xml
