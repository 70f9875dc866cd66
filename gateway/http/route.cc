#include "gateway/http/route.h"

#include <algorithm>

#include "petition/text/fold.h"

namespace gateway::http {

namespace {

constexpr std::size_t kPartsMax = 16;
constexpr std::string_view kTakesOne = "{}";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsControlCharacter(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::vector<std::string_view> Cut(std::string_view path) {
  std::vector<std::string_view> parts;
  while (parts.size() < kPartsMax) {
    const auto slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
  parts.push_back(path);  // holds a slash or more, so it fits nothing
  return parts;
}

}  // namespace

std::optional<std::string> PercentDecode(std::string_view text, bool plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '+' && plus) {
      c = ' ';
    }
    // Forms hold texts with newlines and tabs; everything else below a blank has no business in a path or a query.
    if (IsControlCharacter(c) && !(plus && (c == '\n' || c == '\r' || c == '\t'))) return std::nullopt;
    decoded.push_back(c);
  }
  if (!petition::text::IsValidUtf8(decoded)) return std::nullopt;
  return decoded;
}

std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty() && pairs.size() < 64) {
    const auto amp = text.find('&');
    const auto pair = text.substr(0, amp);
    text = amp == std::string_view::npos ? std::string_view{} : text.substr(amp + 1);
    const auto equals = pair.find('=');
    auto key = PercentDecode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::string() : PercentDecode(pair.substr(equals + 1), true);
    if (key && value && !key->empty()) pairs.emplace_back(std::move(*key), std::move(*value));
  }
  return pairs;
}

Routes::Routes(std::vector<Route> table) : table_(std::move(table)) {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    patterns_.push_back(Split(table_[i].pattern));
    if (table_[i].pattern.find('{') == std::string::npos) plain_.emplace(table_[i].method + ' ' + table_[i].pattern, i);
  }
}

Routes::Pattern Routes::Split(const std::string& pattern) {
  Pattern split;
  for (const auto part : Cut(std::string_view(pattern).substr(1))) {
    if (part.ends_with("...}")) {
      split.rest = true;
    } else {
      split.parts.emplace_back(part.starts_with('{') ? kTakesOne : part);
    }
  }
  return split;
}

bool Routes::Fits(const Pattern& pattern, const std::vector<std::string>& parts, std::vector<std::string>& captures) {
  if (pattern.rest ? parts.size() <= pattern.parts.size() : parts.size() != pattern.parts.size()) return false;
  captures.clear();
  for (std::size_t i = 0; i < pattern.parts.size(); ++i) {
    if (pattern.parts[i] == kTakesOne) {
      if (parts[i].empty()) return false;
      captures.push_back(parts[i]);
    } else if (pattern.parts[i] != parts[i]) {
      return false;
    }
  }
  if (pattern.rest) {
    std::string rest;
    for (std::size_t i = pattern.parts.size(); i < parts.size(); ++i) {
      if (!rest.empty()) rest.push_back('/');
      rest += parts[i];
    }
    captures.push_back(std::move(rest));
  }
  return true;
}

const Route* Routes::FindPlain(std::string_view method, std::string_view path) const {
  std::string key;
  key.reserve(method.size() + 1 + path.size());
  key.append(method).append(1, ' ').append(path);
  const auto plain = plain_.find(key);
  return plain == plain_.end() ? nullptr : &table_[plain->second];
}

petition::Result<Routes::Match> Routes::Find(std::string_view method, std::string_view path) const {
  Match match;
  if (const Route* const plain = FindPlain(method, path)) {
    match.index = static_cast<std::size_t>(plain - table_.data());
    match.route = plain;
    return match;
  }
  if (!path.starts_with('/')) return petition::Invalid("target_invalid", "the path must begin with /");
  std::vector<std::string> parts;
  for (const auto part : Cut(path.substr(1))) {
    auto decoded = PercentDecode(part);
    if (!decoded) return petition::Invalid("target_invalid", "the path holds a bad escape or a control character");
    parts.push_back(std::move(*decoded));
  }
  for (std::size_t i = 0; i < table_.size(); ++i) {
    std::vector<std::string> captures;
    if (!Fits(patterns_[i], parts, captures)) continue;
    const auto& route = table_[i];
    if (route.method == method) {
      match.index = i;
      match.route = &route;
      match.captures = std::move(captures);
      match.allow.clear();
      return match;
    }
    if (match.allow.find(route.method) != std::string::npos) continue;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method;
    if (route.method == "GET") match.allow += ", HEAD";
  }
  return match;
}

}  // namespace gateway::http
