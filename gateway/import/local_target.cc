#include <chrono>

#include "gateway/import/import_target.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;
using petition::Status;

constexpr std::size_t kScanAtOnce = 512;

class LocalTarget final : public ImportTarget {
 public:
  static Result<std::unique_ptr<ImportTarget>> Open(const config::Settings& settings, const petition::Clock& clock);

  Result<Source> FindSource(const std::string& name) override {
    const auto source = registry_->FindSource(name);
    if (!source) return petition::NotFound("there is no source " + name + "; add it with `guiyi source add`");
    if (source->state == "suspended") {
      return petition::Error{
          petition::Code::kUnauthorized, "source_suspended", "the source " + name + " is suspended", {}, {}};
    }
    return *source;
  }
  Result<std::string> AddSource(const Source& source) override { return registry_->AddSource(source); }

  std::vector<Result<ImportReceipt>> Register(std::span<const Arrival> arrivals) override;
  Status Refuse(std::span<const Refusal> refusals) override {
    for (auto& refused : intake_->RefuseAll(refusals)) {
      if (!refused.ok()) return std::move(refused).error();
    }
    return petition::Ok();
  }
  Result<bool> Close(const ImportClosure& closure) override;
  std::uint64_t ledger_size() override { return ledger_->size(); }
  Result<std::vector<std::uint64_t>> RefusedLines(const std::string& file, std::uint64_t since) override;
  std::filesystem::path progress_file() const override { return data_ / "imports.db"; }

 private:
  std::filesystem::path data_;
  // In the order they are opened.
  std::unique_ptr<ledger::BlobStore> blobs_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Intake> intake_;
};

Result<std::unique_ptr<ImportTarget>> LocalTarget::Open(const config::Settings& settings,
                                                        const petition::Clock& clock) {
  std::error_code failed;
  if (!std::filesystem::is_directory(settings.data, failed)) {
    return petition::NotFound("there is no data folder " + settings.data.string());
  }
  auto target = std::make_unique<LocalTarget>();
  target->data_ = settings.data;
  // A folder that has only its registry yet (a source was added before the first start) gets its keys here.
  GUIYI_TRY(const ledger::KeyRing keys, ledger::KeyRing::Open(settings.data / "keys", true));
  GUIYI_TRY(target->blobs_, ledger::BlobStore::Open(settings.data / "blobs", keys));
  ledger::Options options;
  options.folder = settings.data;
  options.origin = settings.origin;
  GUIYI_TRY(target->ledger_, ledger::Ledger::Open(options, keys, clock));
  GUIYI_TRY(target->registry_, Registry::Open(settings.data, clock));
  IntakeOptions intake;
  intake.division6 = settings.division;
  intake.data = settings.data;
  intake.disk_free_min = settings.disk_free_min;
  // Nobody follows while we have the ledger: the hub catches up when it starts, so no backlog holds the import up.
  GUIYI_TRY(target->intake_, Intake::Make(intake, *target->ledger_, *target->blobs_, keys, clock, {}));
  return std::unique_ptr<ImportTarget>(std::move(target));
}

std::vector<Result<ImportReceipt>> LocalTarget::Register(std::span<const Arrival> arrivals) {
  std::vector<Result<ImportReceipt>> results;
  for (auto& result : intake_->RegisterAll(arrivals)) {
    if (!result.ok()) {
      results.emplace_back(std::move(result).error());
      continue;
    }
    ImportReceipt receipt;
    receipt.intake_no = std::move(result->intake_no);
    receipt.index = result->ledger_index;
    receipt.existing = result->existing;
    receipt.revision = result->revision;
    for (const auto& flag : result->flags) {
      receipt.number_reused = receipt.number_reused || flag == "number-reused";
      receipt.sealed = receipt.sealed || flag == "sealed";
    }
    results.emplace_back(std::move(receipt));
  }
  return results;
}

Result<bool> LocalTarget::Close(const ImportClosure& closure) {
  GUIYI_TRY(const auto events, ledger_->History(closure.of.index, ledger::Kind::kEvent));
  const Json mark = {{"file", closure.file}, {"line", closure.line}};
  for (const std::uint64_t event : events) {
    GUIYI_TRY(const ledger::Stored stored, ledger_->Read(event));
    const auto record = petition::ParseJson(stored.record);
    if (record.ok() && record->is_object() && record->contains("import") && record->at("import") == mark) return false;
  }
  ledger::Draft draft;
  draft.kind = ledger::Kind::kEvent;
  draft.about = closure.of.index;
  draft.record = petition::CanonicalJson({{"kind", "event"},
                                          {"v", 1},
                                          {"intake", closure.of.index},
                                          {"event", "closed"},
                                          {"by", closure.source},
                                          {"at", petition::FormatTime(closure.at)},
                                          {"text", "imported closure"},
                                          {"import", mark}});
  auto appended = ledger_->Append(std::move(draft));
  if (!appended.ok()) return std::move(appended).error();
  return true;
}

Result<std::vector<std::uint64_t>> LocalTarget::RefusedLines(const std::string& file, std::uint64_t since) {
  std::vector<std::uint64_t> lines;
  for (std::uint64_t at = since; at < ledger_->size();) {
    GUIYI_TRY(const auto entries, ledger_->ReadRange(at, kScanAtOnce));
    if (entries.empty()) break;
    at += entries.size();
    for (const ledger::Stored& entry : entries) {
      if (entry.kind != ledger::Kind::kRefused) continue;
      const auto record = petition::ParseJson(entry.record);
      if (!record.ok() || record->value("door", "") != "import" || !record->contains("where")) continue;
      const Json& where = record->at("where");
      if (where.value("file", "") == file && where.contains("line"))
        lines.push_back(where.at("line").get<std::uint64_t>());
    }
  }
  return lines;
}

}  // namespace

Result<std::unique_ptr<ImportTarget>> OpenLocalTarget(const config::Settings& settings, const petition::Clock& clock) {
  return LocalTarget::Open(settings, clock);
}

}  // namespace gateway
