#include "gateway/http/import_rows.h"

#include "ledger/crypto.h"

namespace gateway::http {
namespace {

using petition::Json;
using petition::Result;

constexpr std::size_t kNameMax = 64, kMediaTypeMax = 200, kFieldsMax = 50, kRowsMax = 65'536;

petition::Error Wrong(const char* member) {
  auto error = petition::Invalid("import_invalid", "the row does not say properly where it was imported from");
  error.fields.push_back({std::string("/import/") + member, "import_invalid", "missing or of another form"});
  return error;
}

std::string Text(const Json& json, const char* name, std::size_t max) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return {};
  const auto& text = found->get_ref<const std::string&>();
  return text.size() > max ? std::string() : text;
}

std::optional<std::uint64_t> Number(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

}  // namespace

Result<std::optional<ImportedRow>> ReadImportedRow(Json& row) {
  if (!row.is_object() || !row.contains("import") || !row["import"].is_object()) return std::optional<ImportedRow>();
  const Json& import = row["import"];
  ImportedRow imported;
  imported.file = Text(import, "file", kNameMax);
  if (imported.file.empty()) return Wrong("file");
  const auto line = Number(import, "line");
  if (!line) return Wrong("line");
  imported.line = *line;
  imported.media_type = Text(import, "mediaType", kMediaTypeMax);
  if (const auto raw = import.find("raw"); raw != import.end()) {
    auto bytes = raw->is_string() ? ledger::FromBase64(raw->get_ref<const std::string&>()) : Wrong("raw");
    if (!bytes.ok()) return Wrong("raw");
    imported.raw = std::move(bytes).value();
  }
  imported.raw_size = std::max<std::uint64_t>(Number(import, "size").value_or(0), imported.raw.size());
  imported.refused = Text(import, "refused", kNameMax);
  if (const auto fields = import.find("fields"); fields != import.end() && fields->is_array()) {
    for (const Json& field : *fields) {
      if (imported.fields.size() == kFieldsMax || !field.is_object()) break;
      imported.fields.push_back({{"pointer", Text(field, "pointer", 200)}, {"code", Text(field, "code", kNameMax)}});
    }
  }
  if (imported.refused.empty() && !row.contains("submission")) return Wrong("refused");
  if (row.contains("submission")) imported.submission = std::move(row["submission"]);
  return std::optional<ImportedRow>(std::move(imported));
}

std::optional<std::uint64_t> RefusedRows::Find(const std::string& source, const ImportedRow& row) const {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find({source, row.file, row.line});
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

void RefusedRows::Add(const std::string& source, const ImportedRow& row, std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  const auto [place, added] = index_.try_emplace({source, row.file, row.line}, index);
  if (!added) return;
  order_.push_back(place->first);
  if (order_.size() <= kRowsMax) return;
  index_.erase(order_.front());
  order_.pop_front();
}

}  // namespace gateway::http
