#include "adapters/mapping/path.h"

#include <charconv>

namespace adapters {
namespace {

using petition::Json;

constexpr std::size_t kPathBytesMax = 1024;
constexpr std::size_t kStepsMax = 32;

petition::Error Wrong(std::size_t at, const char* what) {
  return petition::Invalid("path_invalid", std::string(what) + " at byte " + std::to_string(at + 1) + " of the path");
}

std::string Unescaped(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
      name += text[++i] == '0' ? '~' : '/';
    } else {
      name += text[i];
    }
  }
  return name;
}

/// A list's elements, anything else itself.
void Open(const Json& node, std::vector<const Json*>& into) {
  if (!node.is_array()) {
    if (into.size() < kPathFindsMax) into.push_back(&node);
    return;
  }
  for (const Json& one : node) Open(one, into);
}

}  // namespace

std::optional<std::string> TextOfNode(const Json& node) {
  if (node.is_string()) return node.get<std::string>();
  if (node.is_number() || node.is_boolean()) return node.dump();
  if (node.is_object()) {
    if (const auto text = node.find("#text"); text != node.end() && text->is_string()) return text->get<std::string>();
  }
  return std::nullopt;
}

petition::Status Path::ParseStep(std::string_view text, std::size_t& at, Step& step) {
  const std::size_t end = std::min(text.find_first_of("/[", at), text.size());
  step.name = Unescaped(text.substr(at, end - at));
  if (step.name.empty()) return Wrong(at, "a step without a name");
  at = end;
  if (at == text.size() || text[at] != '[') return petition::Ok();
  const std::size_t close = text.find(']', at);
  if (close == std::string_view::npos) return Wrong(at, "a bracket that is not closed");
  const std::string_view inside = text.substr(at + 1, close - at - 1);
  const auto [stop, failed] = std::from_chars(inside.data(), inside.data() + inside.size(), step.number);
  if (failed != std::errc() || stop != inside.data() + inside.size() || step.number == 0) {
    step.number = 0;
    const std::size_t equal = inside.find('=');
    const bool quoted = equal != std::string_view::npos && equal > 0 && inside.size() >= equal + 3 &&
                        (inside[equal + 1] == '\'' || inside[equal + 1] == '"') && inside.back() == inside[equal + 1];
    if (!quoted) return Wrong(at, "brackets hold a number from 1, or name='value'");
    step.key = Unescaped(inside.substr(0, equal));
    step.value = inside.substr(equal + 2, inside.size() - equal - 3);
  }
  at = close + 1;
  if (at < text.size() && text[at] != '/') return Wrong(at, "something between a bracket and the next step");
  return petition::Ok();
}

petition::Result<Path> Path::Parse(std::string_view text) {
  if (text.empty() || text.size() > kPathBytesMax) return Wrong(0, "an empty path, or one beyond 1024 bytes");
  Path path;
  path.text_ = text;
  if (text == ".") return path;
  if (text.front() != '/') {
    path.name_ = true;
    path.steps_.push_back({std::string(text), false, 0, {}, {}});
    return path;
  }
  for (std::size_t at = 0; at < text.size();) {
    Step step;
    ++at;  // the slash
    if (at < text.size() && text[at] == '/') {
      step.any_depth = true;
      ++at;
    }
    GUIYI_CHECK(ParseStep(text, at, step));
    path.steps_.push_back(std::move(step));
    if (path.steps_.size() > kStepsMax) return Wrong(at, "more than 32 steps");
  }
  return path;
}

void Path::Children(const Json& node, const Step& step, std::vector<const Json*>& into) {
  if (node.is_object()) {
    if (step.name == "*") {
      for (const auto& [name, child] : node.items()) {
        if (!name.starts_with('@') && !name.starts_with('#')) Open(child, into);
      }
    } else if (const auto child = node.find(step.name); child != node.end()) {
      Open(*child, into);
    }
  } else if (node.is_array()) {
    for (const Json& one : node) Children(one, step, into);
  }
  if (!step.any_depth || (!node.is_object())) return;
  for (const auto& [name, child] : node.items()) {
    std::vector<const Json*> below;
    Open(child, below);
    for (const Json* one : below) Children(*one, step, into);
  }
}

void Path::Walk(const Json& node, std::size_t at, std::vector<const Json*>& into) const {
  if (into.size() >= kPathFindsMax) return;
  if (at == steps_.size()) return into.push_back(&node);
  const Step& step = steps_[at];
  std::vector<const Json*> children;
  Children(node, step, children);
  std::uint32_t number = 0;
  for (const Json* child : children) {
    if (step.number != 0 && ++number != step.number) continue;
    if (!step.key.empty()) {
      const auto said = child->is_object() ? child->find(step.key) : child->end();
      if (!child->is_object() || said == child->end() || TextOfNode(*said) != step.value) continue;
    }
    Walk(*child, at + 1, into);
  }
}

void Path::Find(const Json& tree, std::vector<const Json*>& into) const {
  if (steps_.empty()) return Open(tree, into);
  Walk(tree, 0, into);
}

}  // namespace adapters
