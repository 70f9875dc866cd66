#include "config/names.h"

#include <fstream>
#include <string>

#include "embedded/sample_names.h"

namespace config {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kNamesBytesMax = 4u << 20;
constexpr const char* kNameKinds[] = {"sources", "divisions"};
constexpr const char* kNameLanguages[] = {"zh", "en"};

petition::Error NamesInvalid(const std::string& at) {
  return petition::Invalid("names_invalid", "the file of names is wrong at " + at + ": a text, or {\"zh\", \"en\"}");
}

Result<Json> ReadNameIn(const Json& said, const std::string& at) {
  if (said.is_string()) return Json{{"zh", said}};
  if (!said.is_object() || !said.contains("zh")) return NamesInvalid(at);
  Json name = Json::object();
  for (const char* language : kNameLanguages) {
    if (!said.contains(language)) continue;
    if (!said[language].is_string()) return NamesInvalid(at);
    name[language] = said[language];
  }
  return name;
}

}  // namespace

Result<Json> ParseNames(const std::string& text) {
  GUIYI_TRY(const auto file, petition::ParseJson(text));
  if (!file.is_object()) return NamesInvalid("/");
  Json names = Json::object();
  for (const char* kind : kNameKinds) {
    auto& all = names[kind] = Json::object();
    if (!file.contains(kind)) continue;
    if (!file[kind].is_object()) return NamesInvalid(kind);
    for (const auto& [code, said] : file[kind].items()) {
      GUIYI_TRY(all[code], ReadNameIn(said, std::string(kind) + "/" + code));
    }
  }
  return names;
}

Result<Json> LoadNames(const std::filesystem::path& file) {
  if (file.empty()) return ParseNames("{}");
  std::ifstream in(file, std::ios::binary);
  if (!in) return petition::NotFound("the file of names " + file.string() + " can't be read");
  std::string text(kNamesBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kNamesBytesMax) return petition::Invalid("names_invalid", "the file of names is too large");
  return ParseNames(text);
}

Result<Json> SampleNames() { return ParseNames(std::string(embedded::sample_names())); }

}  // namespace config
