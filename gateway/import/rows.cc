#include "gateway/import/rows.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;

/// Takes out what names the row itself.
void TakeNames(Json& json, ImportRow& row) {
  for (const auto& [name, field] : {std::pair{"id", &row.id}, std::pair{"source", &row.source}}) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) continue;
    *field = found->get<std::string>();
    json.erase(found);
  }
}

void ReadClosure(const Json& json, ImportRow& row) {
  row.error = petition::Invalid("closure_invalid", "a closure names the id of a submission and the time");
  const auto at = json.find("at");
  if (row.id.empty() || at == json.end() || !at->is_string()) return;
  const auto time = petition::ParseTime(at->get_ref<const std::string&>());
  if (!time.ok()) return void(row.error = time.error());
  row.kind = ImportRow::Kind::kClosure;
  row.closed_at = *time;
}

}  // namespace

Result<std::unique_ptr<ImportRows>> ImportRows::Open(const std::filesystem::path& file,
                                                     const adapters::ScannedFile& scanned,
                                                     const adapters::RowOptions& options,
                                                     std::shared_ptr<const adapters::SourceSpec> spec) {
  GUIYI_TRY(auto reader, adapters::RowReader::Open(file, scanned, options));
  if (!reader->headings().empty()) GUIYI_CHECK(spec->mapping.CheckHeadings(reader->headings()));
  return std::unique_ptr<ImportRows>(new ImportRows(std::move(reader), std::move(spec)));
}

Result<bool> ImportRows::Next(ImportRow& row) {
  GUIYI_TRY(const bool more, reader_->Next(row_));
  if (!more) return false;
  row.kind = ImportRow::Kind::kBad;
  row.line = row_.line;
  row.raw = std::move(row_.raw);
  row.raw_size = row_.raw_size;
  row.id = row.source = "";
  row.error = std::move(row_.error);
  row.unmapped.clear();
  if (row.error.reason.empty()) Read(std::move(row_.tree), row);
  return true;
}

void ImportRows::Read(Json tree, ImportRow& row) const {
  const bool own_form = reader_->headings().empty() && !spec_->mapping.has_rules();
  TakeNames(tree, row);
  petition::Result<petition::Submission> submission = petition::Invalid("unmappable", "the row can't be read");
  if (own_form) {
    const auto type = tree.find("type");
    const bool named = type != tree.end();
    if (named && *type == "closure") return ReadClosure(tree, row);
    if (named && *type != "submission") {
      return void(row.error = petition::Invalid("type_unknown", "the row is neither a submission nor a closure"));
    }
    if (named) tree.erase(type);
    submission = petition::SubmissionFromJson(tree);
  } else {
    auto mapped = spec_->mapping.Apply(tree);
    row.unmapped = std::move(mapped.unmapped);
    if (mapped.submission) {
      row.kind = ImportRow::Kind::kSubmission;
      return void(row.submission = std::move(*mapped.submission));
    }
    if (mapped.refusal) submission = std::move(*mapped.refusal);
  }
  if (!submission.ok()) return void(row.error = std::move(submission).error());
  row.kind = ImportRow::Kind::kSubmission;
  row.submission = std::move(*submission);
}

}  // namespace gateway
