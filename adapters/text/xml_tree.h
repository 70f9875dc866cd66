// XML read into a tree that mappings take paths into (adapters/mapping/path.h). An element without attributes and
// children is its text; any other an object: "@name" for attributes, children by their local name (namespaces fall
// away, but for the root's, which is its "@xmlns"), several of one name as a list, its own text as "#text". CDATA is
// text. Built on expat, without entities: a document type is refused, so nothing can be expanded or fetched. The bytes
// are decoded first by the declared encoding, GBK, GB18030 and Big5 included. Pure functions; safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "petition/json.h"
#include "petition/result.h"

namespace adapters {

struct XmlLimits {
  std::size_t depth_max = 64;
  std::size_t nodes_max = 200'000;  ///< elements and attributes of one tree
  std::size_t bytes_max = 8u << 20;
  /// false: prefixes need not be declared (an element that was cut out of its document); they fall away all the same.
  bool namespaces = true;
};

/// The tree {"root": ...}. kInvalid: "xml_invalid" with line and column, "xml_doctype", "xml_too_deep",
/// "xml_too_large", "undecodable"; texts never repeat what stood there.
petition::Result<petition::Json> XmlToTree(std::string_view bytes, const XmlLimits& limits = {});

/// The document as UTF-8, by a byte order mark or its declaration ("" or UTF-8 without one), the declaration taken
/// away.
petition::Result<std::string> XmlToUtf8(std::string_view bytes);

/// Reads a document piece by piece and gives each element at a path of names ("/list/case") as a tree of its own, in
/// constant memory. One thread.
class XmlElements {
 public:
  /// `path`: names from the root, with slashes. The bytes that follow are UTF-8.
  XmlElements(std::string_view path, const XmlLimits& limits);
  ~XmlElements();
  XmlElements(const XmlElements&) = delete;
  XmlElements& operator=(const XmlElements&) = delete;

  /// `found` hears of each element that ends in these bytes: its tree ({"case": ...}) and how many bytes of the
  /// document it spans.
  petition::Status Feed(std::string_view bytes, bool last,
                        const std::function<void(petition::Json, std::uint64_t begin, std::uint64_t end)>& found);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace adapters
