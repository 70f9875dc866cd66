// A Path names places in a record that was read into a tree (JSON as it came, XML as adapters/text/xml_tree.h makes it,
// a table's row as an object of its cells). A subset of XPath that means the same in all of them:
//   name                 a member of the record itself: a heading, a form field, a mail header
//   /a/b   /a/@id        steps down from the root; "@" are XML attributes
//   /a/*/c  //c          any member; members at any depth
//   /a/b[2]              the second of several, counted from 1
//   /a/b[k='v']          those whose member (or @attribute) k says v
//   .                    the record itself
// Lists are opened at every step, so /persons/name finds the names of all persons. "~1" is a slash within a name, "~0"
// a tilde, as in JSON pointers. Immutable; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "petition/json.h"
#include "petition/result.h"

namespace adapters {

class Path {
 public:
  /// kInvalid "path_invalid"; the message says at which byte.
  static petition::Result<Path> Parse(std::string_view text);

  /// The nodes found, in the order of the tree, at most kPathFindsMax.
  void Find(const petition::Json& tree, std::vector<const petition::Json*>& into) const;

  bool is_name() const { return name_; }  ///< a plain name, without steps
  const std::string& text() const { return text_; }

 private:
  struct Step {
    std::string name;        ///< "*": any
    bool any_depth = false;  ///< came after "//"
    std::uint32_t number = 0;
    std::string key, value;  ///< of [key='value']
  };
  static petition::Status ParseStep(std::string_view text, std::size_t& at, Step& step);
  void Walk(const petition::Json& node, std::size_t step, std::vector<const petition::Json*>& into) const;
  static void Children(const petition::Json& node, const Step& step, std::vector<const petition::Json*>& into);

  std::string text_;
  bool name_ = false;
  std::vector<Step> steps_;
};

inline constexpr std::size_t kPathFindsMax = 4096;

/// What a node says as a text: scalars as they are written, an element with attributes its text; nullopt for lists,
/// objects and null.
std::optional<std::string> TextOfNode(const petition::Json& node);

}  // namespace adapters
