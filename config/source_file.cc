#include "config/source_file.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <map>

#include "adapters/spec_reader.h"

namespace config {
namespace {

using petition::Json;

constexpr std::size_t kSourceFileBytesMax = 256u << 10;
constexpr std::size_t kNodesMax = 20'000;  // aliases can make much of little
constexpr int kDepthMax = 16;

petition::Error Wrong(int line, const std::string& message) {
  return petition::Invalid("mapping_invalid", "line " + std::to_string(line) + ": " + message);
}

/// YAML as Json whose scalars are all texts, with the line of each place.
class Reader {
 public:
  petition::Result<Json> Read(const std::string& text) {
    try {
      const std::vector<YAML::Node> documents = YAML::LoadAll(text);
      if (documents.size() > 1) return petition::Invalid("mapping_invalid", "the file holds more than one document");
      if (documents.empty()) return Json::object();
      return Convert(documents.front(), "", 0);
    } catch (const YAML::Exception& error) {
      return Wrong(error.mark.line + 1, error.msg);
    }
  }
  int LineOf(std::string pointer) const {
    while (true) {
      if (const auto found = lines_.find(pointer); found != lines_.end()) return found->second;
      if (pointer.empty()) return 1;
      pointer.resize(pointer.rfind('/'));
    }
  }

 private:
  petition::Result<Json> Convert(const YAML::Node& node, const std::string& pointer, int depth) {
    const int line = node.Mark().line + 1;
    if (++nodes_ > kNodesMax || depth > kDepthMax) return Wrong(line, "the file holds too much, or too deep");
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return Json();
      case YAML::NodeType::Scalar:
        return Json(node.Scalar());
      case YAML::NodeType::Sequence: {
        Json list = Json::array();
        for (const auto& one : node) {
          GUIYI_TRY(auto value, Convert(one, pointer + "/" + std::to_string(list.size()), depth + 1));
          list.push_back(std::move(value));
        }
        return list;
      }
      case YAML::NodeType::Map:
        return ConvertMap(node, pointer, depth);
    }
    return Json();
  }
  petition::Result<Json> ConvertMap(const YAML::Node& node, const std::string& pointer, int depth) {
    Json map = Json::object();
    for (const auto& member : node) {
      const int line = member.first.Mark().line + 1;
      if (!member.first.IsScalar()) return Wrong(line, "a key must be a single value");
      const std::string key = member.first.Scalar();
      if (map.contains(key)) return Wrong(line, "the key " + key + " stands there twice");
      const std::string place = adapters::PointerTo(pointer, key);
      lines_[place] = line;
      GUIYI_TRY(map[key], Convert(member.second, place, depth + 1));
    }
    return map;
  }

  std::map<std::string, int> lines_;
  std::size_t nodes_ = 0;
};

petition::Error Lined(petition::Error error, const Reader& reader) {
  if (error.fields.empty()) return error;
  error.message.clear();
  for (auto& field : error.fields) {
    field.message =
        "line " + std::to_string(reader.LineOf(field.pointer == "/" ? "" : field.pointer)) + ": " + field.message;
    error.message += (error.message.empty() ? "" : "\n") + field.pointer.substr(1) + ": " + field.message;
  }
  return error;
}

}  // namespace

petition::Result<std::shared_ptr<const adapters::SourceSpec>> ParseSourceFile(const std::string& yaml) {
  if (yaml.size() > kSourceFileBytesMax) return petition::Invalid("mapping_invalid", "the file is larger than 256 KiB");
  Reader reader;
  GUIYI_TRY(const Json file, reader.Read(yaml));
  auto spec = adapters::SourceSpecFromJson(file);
  if (spec.ok()) return spec;
  return Lined(std::move(spec).error(), reader);
}

petition::Error WithLines(petition::Error error, const std::string& yaml) {
  Reader reader;
  if (const auto file = reader.Read(yaml); !file.ok()) return error;
  return Lined(std::move(error), reader);
}

petition::Result<std::string> ReadSourceFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return petition::NotFound("the source's file " + file.string() + " can't be read");
  std::string text(kSourceFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kSourceFileBytesMax) return petition::Invalid("mapping_invalid", "the file is larger than 256 KiB");
  return text;
}

}  // namespace config
