#include "adapters/spec_reader.h"

#include <charconv>
#include <fstream>

namespace adapters {
namespace {

using petition::Json;

constexpr std::size_t kTextMax = 4096;
const Json kNothing;

}  // namespace

std::string PointerTo(const std::string& pointer, const std::string& key) {
  std::string text = pointer + "/";
  for (const char c : key) text += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  return text;
}

petition::Status StatusOf(const std::vector<petition::FieldError>& findings, const char* reason) {
  if (findings.empty()) return petition::Ok();
  petition::Error error = petition::Invalid(reason, "");
  for (const auto& finding : findings) {
    error.message += (error.message.empty() ? "" : "\n") + finding.pointer + ": " + finding.message;
  }
  error.fields = findings;
  return error;
}

petition::Result<std::string> ReadSecret(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line)) {
    return petition::Invalid("secret_unreadable", "the secret's file can't be read: " + file.string());
  }
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

SpecReader::SpecReader(const Json& json, std::string pointer, std::vector<petition::FieldError>& findings)
    : json_(json.is_object() ? json : kNothing), pointer_(std::move(pointer)), findings_(findings) {
  if (!json.is_object() && !json.is_null()) {
    findings_.push_back({pointer_.empty() ? "/" : pointer_, "type", "must be a mapping of keys"});
  }
}

bool SpecReader::Has(const std::string& key) const {
  return json_.is_object() && json_.contains(key) && !json_.at(key).is_null();
}

const Json& SpecReader::Take(const std::string& key) {
  asked_.insert(key);
  if (!json_.is_object()) return kNothing;
  const auto found = json_.find(key);
  return found == json_.end() ? kNothing : *found;
}

SpecReader SpecReader::Sub(const std::string& key) { return {Take(key), PointerTo(pointer_, key), findings_}; }

std::string SpecReader::Text(const std::string& key, std::string otherwise) {
  const Json& value = Take(key);
  if (value.is_null()) return otherwise;
  if (value.is_number_integer() || value.is_boolean()) return value.dump();
  if (!value.is_string()) {
    Wrong(key, "type", "must be a single value");
    return otherwise;
  }
  if (value.get_ref<const std::string&>().size() > kTextMax) {
    Wrong(key, "too_long", "is longer than 4096 bytes");
    return otherwise;
  }
  return value.get<std::string>();
}

std::string SpecReader::NeededText(const std::string& key) {
  std::string text = Text(key);
  if (text.empty() && !Has(key)) Wrong(key, "missing", "is needed");
  return text;
}

std::vector<std::string> SpecReader::Texts(const std::string& key) {
  const Json& value = Take(key);
  if (!value.is_array()) {
    if (value.is_null()) return {};
    return {Text(key)};
  }
  std::vector<std::string> texts;
  for (const Json& one : value) {
    if (!one.is_string()) {
      Wrong(key, "type", "must be a list of texts");
      return {};
    }
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

bool SpecReader::Flag(const std::string& key, bool otherwise) {
  const std::string text = Text(key, otherwise ? "true" : "false");
  if (text != "true" && text != "false") Wrong(key, "type", "must be true or false");
  return text == "true";
}

std::uint64_t SpecReader::Count(const std::string& key, std::uint64_t otherwise, std::uint64_t least,
                                std::uint64_t most) {
  const std::string text = Text(key, std::to_string(otherwise));
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return number;
  Wrong(key, "range", "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  return otherwise;
}

std::filesystem::path SpecReader::File(const std::string& key, const std::filesystem::path& folder) {
  const std::string text = Text(key);
  return text.empty() ? std::filesystem::path() : (folder / text).lexically_normal();
}

void SpecReader::Wrong(const std::string& key, const char* code, const std::string& message) {
  findings_.push_back({PointerTo(pointer_, key), code, message});
}

void SpecReader::Finish() {
  if (!json_.is_object()) return;
  for (const auto& [key, value] : json_.items()) {
    if (asked_.contains(key)) continue;
    const bool secret = asked_.contains(key + "_file");
    Wrong(key, "unknown", secret ? "secrets are given as files: " + key + "_file" : "there is no key of this name");
  }
}

}  // namespace adapters
