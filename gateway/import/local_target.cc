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
    if (source->state != "live") {
      return petition::Error{petition::Code::kUnauthorized,
                             "source_not_live",
                             "the source " + name +
                                 " is not live: try its file with `guiyi source check`, then "
                                 "`guiyi source state`",
                             {},
                             {}};
    }
    return *source;
  }
  Result<std::string> AddSource(const Source& source) override { return registry_->AddSource(source); }

  ImportAnswers Register(const ImportBatch& batch) override;
  Status Refuse(std::span<const Refusal> refusals) override {
    for (auto& refused : intake_->RefuseAll(refusals)) {
      if (!refused.ok()) return std::move(refused).error();
    }
    return petition::Ok();
  }
  bool RecordsRefusals() const override { return false; }
  std::uint64_t ledger_size() override { return ledger_->size(); }
  Result<std::vector<std::uint64_t>> RefusedLines(const std::string& file, std::uint64_t since) override;
  std::filesystem::path progress_file() const override { return data_ / "imports.db"; }

 private:
  std::vector<Result<ImportReceipt>> Take(std::span<const Arrival> arrivals);
  Result<bool> Close(const ImportClosure& closure);
  /// Whether the intake was closed by that line before.
  Result<bool> IsClosed(std::uint64_t index, const ImportClosure& closure) const;

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

Result<ImportReceipt> ToImportReceipt(Result<Receipt> result) {
  if (!result.ok()) return std::move(result).error();
  ImportReceipt receipt;
  receipt.intake_no = std::move(result->intake_no);
  receipt.index = result->ledger_index;
  receipt.existing = result->existing;
  receipt.revision = result->revision;
  for (const auto& flag : result->flags) {
    receipt.number_reused = receipt.number_reused || flag == "number-reused";
    receipt.sealed = receipt.sealed || flag == "sealed";
  }
  return receipt;
}

Json Mark(const ImportClosure& closure) { return {{"file", closure.file}, {"line", closure.line}}; }

Json EventOf(const ImportClosure& closure) {
  return {{"kind", "event"},
          {"v", 1},
          {"event", "closed"},
          {"by", closure.source},
          {"at", petition::FormatTime(closure.at)},
          {"text", "imported closure"},
          {"import", Mark(closure)}};
}

Result<bool> LocalTarget::IsClosed(std::uint64_t index, const ImportClosure& closure) const {
  GUIYI_TRY(const auto events, ledger_->History(index, ledger::Kind::kEvent));
  for (const std::uint64_t event : events) {
    GUIYI_TRY(const ledger::Stored stored, ledger_->Read(event));
    const auto record = petition::ParseJson(stored.record);
    if (record.ok() && record->is_object() && record->value("import", Json()) == Mark(closure)) return true;
  }
  return false;
}

std::vector<Result<ImportReceipt>> LocalTarget::Take(std::span<const Arrival> arrivals) {
  std::vector<Result<ImportReceipt>> receipts;
  for (auto& receipt : intake_->RegisterAll(arrivals, Intake::Receipts::kBrief))
    receipts.push_back(ToImportReceipt(std::move(receipt)));
  return receipts;
}

Result<bool> LocalTarget::Close(const ImportClosure& closure) {
  GUIYI_TRY(const bool known, IsClosed(closure.of.index, closure));
  if (known) return false;
  Sequel sequel;
  sequel.about = closure.of.index;
  sequel.record = EventOf(closure);
  auto answers = intake_->RegisterInOrder({}, {&sequel, 1});
  if (!answers.sequels.front().ok()) return std::move(answers.sequels.front()).error();
  return true;
}

/// In one piece where no closing can have been made before: what it closes is new to the ledger, or was looked at.
ImportAnswers LocalTarget::Register(const ImportBatch& batch) {
  std::vector<Sequel> sequels;
  for (const ImportClosure& closure : batch.closures) {
    Sequel sequel;
    sequel.after = closure.after;
    sequel.row = closure.row;
    sequel.about = closure.of.index;
    sequel.record = EventOf(closure);
    bool fresh = false;
    if (closure.row) {
      const Arrival& arrival = batch.arrivals[*closure.row];
      const auto known = ledger_->FindExternal(arrival.source, arrival.submission.external_id);
      fresh = known.ok() && known->empty();
    } else {
      const auto closed = IsClosed(closure.of.index, closure);
      fresh = closed.ok() && !*closed;
    }
    if (!fresh) {
      return RegisterInPieces(
          batch,
          [&](std::size_t begin, std::size_t end) {
            return Take(std::span(batch.arrivals).subspan(begin, end - begin));
          },
          [this](const ImportClosure& one) { return Close(one); });
    }
    sequels.push_back(std::move(sequel));
  }
  ImportAnswers answers;
  auto taken = intake_->RegisterInOrder(batch.arrivals, sequels, Intake::Receipts::kBrief);
  for (auto& receipt : taken.receipts) answers.receipts.push_back(ToImportReceipt(std::move(receipt)));
  for (auto& sequel : taken.sequels) {
    answers.closures.push_back(sequel.ok() ? Result<bool>(true) : Result<bool>(std::move(sequel).error()));
  }
  return answers;
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
