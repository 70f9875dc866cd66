#include "adapters/soap/document.h"

namespace adapters::soap {

using petition::Invalid;
using petition::Json;

petition::Result<Json> ReadDocument(std::string_view utf8) {
  auto text = xml::Trim(utf8);
  if (text.starts_with("\xEF\xBB\xBF")) text = xml::Trim(text.substr(3));
  if (text.empty()) return Invalid("document_missing", "the parameter that holds the document is empty");
  if (text.front() != '<') return petition::ParseJson(text);
  GUIYI_TRY(const auto root, xml::ParseText(text));
  Json tree = Json::object();
  tree[root.name] = xml::ToTree(root);
  return tree;
}

petition::Result<Json> ReadPayload(const xml::Element& operation, const std::string& parameter) {
  if (parameter.empty()) {
    auto tree = xml::ToTree(operation);
    if (!tree.is_object()) return Invalid("document_missing", "the operation has no elements");
    return tree;
  }
  const xml::Element* holder = operation.Child(parameter);
  if (holder == nullptr) return Invalid("document_missing", "the operation has no parameter of the name agreed on");
  // Some put the document in as elements instead of as text.
  if (holder->children.size() == 1 && xml::Trim(holder->text).empty()) {
    const auto& root = holder->children.front();
    Json tree = Json::object();
    tree[root.name] = xml::ToTree(root);
    return tree;
  }
  return ReadDocument(holder->text);
}

}  // namespace adapters::soap
