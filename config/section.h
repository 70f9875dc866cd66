// How settings are read out of YAML: a Section takes the keys of one mapping into fields and reports every key that
// nobody asked for, with its line. Included by this folder's .cc files only; one thread.
#pragma once

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "petition/result.h"

namespace config {

/// What is wrong so far, in the order of the file.
class Findings {
 public:
  void Add(const std::string& pointer, int line, const char* code, const std::string& message) {
    found_.push_back({pointer, code, "line " + std::to_string(line) + ": " + message});
  }
  bool empty() const { return found_.empty(); }
  petition::Error ToError() const {
    petition::Error error = petition::Invalid("config_invalid", "");
    for (const auto& field : found_) {
      error.message += (error.message.empty() ? "" : "\n") + field.pointer.substr(1) + ": " + field.message;
    }
    error.fields = found_;
    return error;
  }

 private:
  std::vector<petition::FieldError> found_;
};

/// Reads the keys of one mapping into fields. Finish reports what nobody asked for.
class Section {
 public:
  Section(const YAML::Node& node, std::string pointer, Findings& findings)
      : node_(node), pointer_(std::move(pointer)), findings_(findings) {
    if (node_.IsDefined() && !node_.IsNull() && !node_.IsMap()) {
      findings_.Add(pointer_.empty() ? "/" : pointer_, node_.Mark().line + 1, "type", "must be a mapping of keys");
      node_ = YAML::Node();
    }
  }

  Section Sub(const std::string& key) { return {Take(key), pointer_ + "/" + key, findings_}; }
  /// The mappings of a list; none when the key is absent.
  std::vector<Section> Each(const std::string& key, std::size_t most) {
    std::vector<Section> each;
    const YAML::Node list = Take(key);
    if (!list.IsDefined() || list.IsNull()) return each;
    if (!list.IsSequence() || list.size() > most) {
      Wrong(key, "type", "must be a list of at most " + std::to_string(most));
      return each;
    }
    std::size_t at = 0;
    for (const auto& node : list) each.emplace_back(node, pointer_ + "/" + key + "/" + std::to_string(at++), findings_);
    return each;
  }
  void Texts(const std::string& key, std::vector<std::string>& field, std::size_t most) {
    const YAML::Node list = Take(key);
    if (!list.IsDefined() || list.IsNull()) return;
    if (!list.IsSequence() || list.size() > most) return Wrong(key, "type", "must be a list of words");
    field.clear();
    for (const auto& node : list) {
      if (!node.IsScalar() || node.Scalar().empty()) return Wrong(key, "type", "must be a list of words");
      field.push_back(node.Scalar());
    }
  }

  void Text(const std::string& key, std::string& field) {
    if (const auto value = Scalar(key)) field = *value;
  }
  void Path(const std::string& key, std::filesystem::path& field, const std::filesystem::path& folder) {
    const auto value = Scalar(key);
    if (!value) return;
    field = value->empty() ? std::filesystem::path() : (folder / *value).lexically_normal();
  }
  void Flag(const std::string& key, bool& field) {
    const auto value = Scalar(key);
    if (!value) return;
    if (*value != "true" && *value != "false") return Wrong(key, "type", "must be true or false");
    field = *value == "true";
  }
  template <typename Number>
  void Count(const std::string& key, Number& field, std::uint64_t least, std::uint64_t most, std::uint64_t unit = 1) {
    const auto value = Scalar(key);
    if (!value) return;
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(value->data(), value->data() + value->size(), number);
    if (failed != std::errc() || end != value->data() + value->size() || number < least || number > most) {
      return Wrong(key, "range", "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    field = static_cast<Number>(number * unit);
  }
  void Wrong(const std::string& key, const char* code, const std::string& message) {
    findings_.Add(pointer_ + "/" + key, Line(key), code, message);
  }
  bool Has(const std::string& key) const { return asked_.contains(key) && node_.IsMap() && node_[key].IsDefined(); }

  void Finish() {
    if (!node_.IsMap()) return;
    std::set<std::string> seen;
    for (const auto& member : node_) {
      const std::string key = member.first.IsScalar() ? member.first.Scalar() : "?";
      const int line = member.first.Mark().line + 1;
      if (!seen.insert(key).second) findings_.Add(pointer_ + "/" + key, line, "duplicate", "stands there twice");
      if (!asked_.contains(key)) {
        const bool secret = asked_.contains(key + "_file");
        findings_.Add(pointer_ + "/" + key, line, "unknown",
                      secret ? "secrets are given as files: " + key + "_file" : "there is no setting of this name");
      }
    }
  }

 private:
  YAML::Node Take(const std::string& key) {
    asked_.insert(key);
    return node_.IsMap() ? node_[key] : YAML::Node(YAML::NodeType::Undefined);
  }
  std::optional<std::string> Scalar(const std::string& key) {
    const YAML::Node value = Take(key);
    if (!value.IsDefined() || value.IsNull()) return std::nullopt;
    if (value.IsScalar()) return value.Scalar();
    Wrong(key, "type", "must be a single value");
    return std::nullopt;
  }
  int Line(const std::string& key) const {
    return node_.IsMap() && node_[key].IsDefined() ? node_[key].Mark().line + 1 : 0;
  }

  YAML::Node node_;
  const std::string pointer_;
  Findings& findings_;
  std::set<std::string> asked_;
};

}  // namespace config
