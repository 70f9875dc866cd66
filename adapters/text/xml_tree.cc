#include "adapters/text/xml_tree.h"

#include <expat.h>

#include <algorithm>
#include <vector>

#include "adapters/text/encoding.h"

namespace adapters {
namespace {

using petition::Json;

constexpr char kNamespaceMark = '\x01';
constexpr std::size_t kDeclarationMax = 200;

/// "uri<mark>name" -> name; "prefix:name" -> name where namespaces are not looked at.
std::string LocalName(const char* name) {
  const std::string_view whole(name);
  auto mark = whole.rfind(kNamespaceMark);
  if (mark == std::string_view::npos) mark = whole.rfind(':');
  return std::string(mark == std::string_view::npos ? whole : whole.substr(mark + 1));
}

bool DeclaresNamespace(std::string_view attribute) { return attribute == "xmlns" || attribute.starts_with("xmlns:"); }

bool IsBlankText(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// A child takes its place: the first of a name alone, more as a list.
void Put(Json& parent, const std::string& name, Json child) {
  auto [place, added] = parent.emplace(name, nullptr);
  if (added) {
    *place = std::move(child);
  } else if (place->is_array()) {
    place->push_back(std::move(child));
  } else {
    Json first = std::move(*place);
    *place = Json::array({std::move(first), std::move(child)});
  }
}

/// Builds trees from expat's calls. What is wrong stops the parser.
struct Builder {
  struct Open {
    std::string name, text;
    Json node = Json::object();
  };

  XML_Parser parser = nullptr;
  XmlLimits limits;
  std::vector<std::string> wanted;  ///< names of the path whose elements are given; empty: the root
  std::vector<std::string> names;   ///< of open elements that are not built
  std::vector<Open> open;           ///< being built
  std::size_t depth = 0, nodes = 0, bytes = 0;
  std::uint64_t begin = 0;
  petition::Status status = petition::Ok();
  std::function<void(Json, std::uint64_t, std::uint64_t)> found;

  void Stop(const char* reason, const char* message) {
    if (status.ok()) status = petition::Invalid(reason, message);
    XML_StopParser(parser, XML_FALSE);
  }
  bool Wanted(const std::string& name) const {
    if (wanted.empty()) return names.empty();
    return names.size() + 1 == wanted.size() && name == wanted.back() &&
           std::equal(names.begin(), names.end(), wanted.begin());
  }
  void Begin(const char* name, const char** attributes);
  void End();
  void Text(std::string_view text);
};

void Builder::Begin(const char* whole, const char** attributes) {
  const std::string name = LocalName(whole);
  if (++depth > limits.depth_max) return Stop("xml_too_deep", "elements stand too deep within one another");
  if (open.empty()) {
    if (!Wanted(name)) return names.push_back(name);
    nodes = bytes = 0;
    begin = static_cast<std::uint64_t>(XML_GetCurrentByteIndex(parser));
  }
  Open& element = open.emplace_back();
  element.name = name;
  if (open.size() == 1 && wanted.empty()) {
    const std::string_view text(whole);
    const auto mark = text.rfind(kNamespaceMark);
    if (mark != std::string_view::npos) element.node["@xmlns"] = std::string(text.substr(0, mark));
  }
  for (std::size_t i = 0; attributes[i] != nullptr; i += 2) {
    if (++nodes > limits.nodes_max) return Stop("xml_too_large", "the document holds too many elements");
    if (DeclaresNamespace(attributes[i])) continue;
    element.node["@" + LocalName(attributes[i])] = std::string(attributes[i + 1]);
  }
  if (++nodes > limits.nodes_max) Stop("xml_too_large", "the document holds too many elements");
}

void Builder::Text(std::string_view text) {
  if (open.empty()) return;
  bytes += text.size();
  if (bytes > limits.bytes_max) return Stop("xml_too_large", "an element holds too much text");
  open.back().text += text;
}

void Builder::End() {
  --depth;
  if (open.empty()) return names.pop_back();
  Open element = std::move(open.back());
  open.pop_back();
  Json node;
  if (element.node.empty()) {
    node = std::move(element.text);
  } else {
    if (!IsBlankText(element.text)) element.node["#text"] = std::move(element.text);
    node = std::move(element.node);
  }
  if (!open.empty()) return Put(open.back().node, element.name, std::move(node));
  const auto end = static_cast<std::uint64_t>(XML_GetCurrentByteIndex(parser)) +
                   static_cast<std::uint64_t>(XML_GetCurrentByteCount(parser));
  Json tree = Json::object();
  tree[element.name] = std::move(node);
  found(std::move(tree), begin, end);
}

void Attach(Builder& builder) {
  XML_SetUserData(builder.parser, &builder);
  XML_SetElementHandler(
      builder.parser,
      [](void* self, const char* name, const char** attributes) {
        static_cast<Builder*>(self)->Begin(name, attributes);
      },
      [](void* self, const char*) { static_cast<Builder*>(self)->End(); });
  XML_SetCharacterDataHandler(builder.parser, [](void* self, const char* text, int size) {
    static_cast<Builder*>(self)->Text({text, static_cast<std::size_t>(size)});
  });
  XML_SetStartDoctypeDeclHandler(builder.parser, [](void* self, const char*, const char*, const char*, int) {
    static_cast<Builder*>(self)->Stop("xml_doctype", "documents with a document type are not taken");
  });
}

/// expat's calls for one piece; the builder's own finding goes before the parser's.
petition::Status Parse(Builder& builder, std::string_view bytes, bool last) {
  constexpr std::size_t kPiece = 1u << 20;
  do {
    const std::string_view piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    const auto parsed = XML_Parse(builder.parser, piece.data(), static_cast<int>(piece.size()), last && bytes.empty());
    if (!builder.status.ok()) return builder.status;
    if (parsed == XML_STATUS_OK) continue;
    return petition::Invalid("xml_invalid", "not well-formed at line " +
                                                std::to_string(XML_GetCurrentLineNumber(builder.parser)) + ", column " +
                                                std::to_string(XML_GetCurrentColumnNumber(builder.parser) + 1));
  } while (!bytes.empty());
  return petition::Ok();
}

/// The value of encoding="..." in an XML declaration.
std::string_view DeclaredEncoding(std::string_view declaration) {
  const auto at = declaration.find("encoding");
  if (at == std::string_view::npos) return {};
  const auto quote = declaration.find_first_of("\"'", at);
  if (quote == std::string_view::npos) return {};
  const auto end = declaration.find(declaration[quote], quote + 1);
  return end == std::string_view::npos ? std::string_view() : declaration.substr(quote + 1, end - quote - 1);
}

}  // namespace

petition::Result<std::string> XmlToUtf8(std::string_view bytes) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  const bool mark = bytes.starts_with(kMark);
  if (mark) bytes.remove_prefix(kMark.size());
  const auto first = bytes.find_first_not_of(" \t\r\n");
  bytes.remove_prefix(std::min(first, bytes.size()));
  std::string_view declared;
  if (bytes.starts_with("<?xml")) {
    const auto end = bytes.substr(0, kDeclarationMax).find("?>");
    if (end == std::string_view::npos) return petition::Invalid("xml_invalid", "the declaration does not end");
    declared = DeclaredEncoding(bytes.substr(0, end));
    bytes.remove_prefix(end + 2);
  }
  // .NET writes utf-16 into texts that are none: what has no zero byte is not UTF-16.
  const bool claims_wide = declared.starts_with("utf-16") || declared.starts_with("UTF-16");
  const auto encoding = mark || declared.empty() || claims_wide ? Encoding::kUtf8 : EncodingFromName(declared);
  if (!encoding) return petition::Invalid("encoding_unknown", "the document declares an encoding that is not known");
  return Decoder(*encoding).Decode(bytes);
}

petition::Result<Json> XmlToTree(std::string_view bytes, const XmlLimits& limits) {
  if (bytes.size() > limits.bytes_max) return petition::Invalid("xml_too_large", "the document is too large");
  GUIYI_TRY(const std::string text, XmlToUtf8(bytes));
  Json tree;
  Builder builder;
  builder.limits = limits;
  builder.found = [&](Json root, std::uint64_t, std::uint64_t) { tree = std::move(root); };
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(
      limits.namespaces ? XML_ParserCreateNS("UTF-8", kNamespaceMark) : XML_ParserCreate("UTF-8"), XML_ParserFree);
  if (!parser) return petition::Internal("expat has no memory");
  builder.parser = parser.get();
  Attach(builder);
  GUIYI_CHECK(Parse(builder, text, true));
  return tree;
}

struct XmlElements::Parser {
  std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> handle{XML_ParserCreateNS("UTF-8", kNamespaceMark),
                                                                 XML_ParserFree};
  Builder builder;
};

XmlElements::XmlElements(std::string_view path, const XmlLimits& limits) : parser_(std::make_unique<Parser>()) {
  parser_->builder.parser = parser_->handle.get();
  parser_->builder.limits = limits;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0) parser_->builder.wanted.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  if (parser_->handle) Attach(parser_->builder);
}

XmlElements::~XmlElements() = default;

petition::Status XmlElements::Feed(std::string_view bytes, bool last,
                                   const std::function<void(Json, std::uint64_t, std::uint64_t)>& found) {
  if (!parser_->handle) return petition::Internal("expat has no memory");
  parser_->builder.found = found;
  return Parse(parser_->builder, bytes, last);
}

}  // namespace adapters
