#include "adapters/text/form.h"

#include <algorithm>

#include "adapters/text/charset.h"

namespace adapters {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool UnescapeForm(std::string_view text, std::string& out) {
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

petition::Result<std::string> ReadFormText(std::string_view text, std::string_view charset, std::size_t at) {
  std::string bytes;
  if (!UnescapeForm(text, bytes))
    return petition::Invalid("form_invalid", "a percent escape is broken near byte " + std::to_string(at));
  return ToUtf8(bytes, charset);
}

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

petition::Result<FormFields> ParseForm(std::string_view body, std::string_view charset) {
  FormFields fields;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('&', at), body.size());
    const std::string_view pair = body.substr(at, end - at);
    if (!pair.empty()) {
      if (fields.size() == kFormFieldsMax) return petition::Invalid("form_invalid", "the form has too many fields");
      const std::size_t equals = std::min(pair.find('='), pair.size());
      GUIYI_TRY(auto name, ReadFormText(pair.substr(0, equals), charset, at));
      GUIYI_TRY(auto value, ReadFormText(pair.substr(std::min(equals + 1, pair.size())), charset, at));
      fields.emplace_back(std::move(name), std::move(value));
    }
    at = end + 1;
  }
  return fields;
}

std::string FieldOf(const FormFields& fields, std::string_view name) {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return it == fields.end() ? std::string() : it->second;
}

std::string MediaTypeOf(std::string_view content_type) {
  return LowerAscii(TrimBlanks(content_type.substr(0, content_type.find(';'))));
}

std::string ParameterOf(std::string_view content_type, std::string_view name) {
  for (std::size_t at = content_type.find(';'); at < content_type.size();) {
    const std::size_t end = std::min(content_type.find(';', at + 1), content_type.size());
    const std::string_view parameter = content_type.substr(at + 1, end - at - 1);
    const std::size_t equals = parameter.find('=');
    if (equals != std::string_view::npos && LowerAscii(TrimBlanks(parameter.substr(0, equals))) == name) {
      std::string_view value = TrimBlanks(parameter.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      return std::string(value);
    }
    at = end;
  }
  return {};
}

}  // namespace adapters
