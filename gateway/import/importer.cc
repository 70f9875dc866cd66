#include "gateway/import/importer.h"

#include <algorithm>
#include <thread>

#include "adapters/spec_reader.h"
#include "config/source_file.h"
#include "gateway/import/made_ahead.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Code;
using petition::Json;
using petition::Result;
using petition::Status;

constexpr std::size_t kBatchBytes = 4u << 20;
constexpr std::size_t kMadeAhead = 4;  ///< stretches
constexpr std::size_t kFindingsMax = 20;
constexpr std::size_t kUnknownFieldsMax = 50;
constexpr std::size_t kPointersMax = 10;
constexpr std::size_t kDigestLetters = 16;  ///< of the file's SHA-256, to name it in numbers and records
constexpr std::chrono::milliseconds kRetryFirst{100}, kRetryMax{2'000};

bool NotNow(const petition::Error& error) { return error.code == Code::kPushback; }
bool StopsAll(const petition::Error& error) {
  return error.code == Code::kPushback || error.code == Code::kUnavailable || error.code == Code::kCorrupt ||
         error.code == Code::kInternal || error.code == Code::kUnauthorized;
}

petition::Error ClosureUnknown() {
  return petition::Invalid("closure_unknown", "no submission of this id was imported before");
}

}  // namespace

/// One file on its way.
struct Importer::Run {
  Run(Importer& importer, std::string file_name, adapters::ScannedFile its_scan, const ImportListener& its_listener)
      : options(importer.options_),
        target(importer.target_),
        owner(importer),
        listener(its_listener),
        scan(std::move(its_scan)) {
    summary.file = std::move(file_name);
    summary.sha256 = scan.sha256;
    summary.encoding = EncodingName(scan.encoding);
    digest = scan.sha256.substr(0, kDigestLetters);
    batch.file = digest;
  }

  /// Rows that are saved together, and where the file goes on after them.
  struct Stretch {
    std::vector<ImportRow> rows;
    std::uint64_t offset = 0, line = 1;
    bool last = false;
  };

  Status Begin(const std::filesystem::path& file, const ImportManner& manner);
  Result<Stretch> ReadStretch();
  Status ReadAll();
  Status Take(ImportRow& row);
  Status TakeSubmission(ImportRow& row);
  Status TakeClosure(ImportRow& row);
  Status Flush();
  Status Save(std::uint64_t offset, std::uint64_t line, bool done);
  Status Settle(std::size_t at, Result<ImportReceipt>& result);
  Status SettleClosure(std::size_t at, Result<bool>& result);
  void Count(const ImportReceipt& receipt);
  Status FlushRefusals();
  Status Refuse(std::uint64_t line, const petition::Error& why, std::string raw, std::uint64_t raw_size,
                const std::string& source, bool recorded = false);
  Result<ImportAnswers> RegisterPatiently();

  /// A row that waits for its answer.
  struct Waiting {
    std::uint64_t line = 0;
    std::string id;   ///< of a submission
    std::string raw;  ///< of a closing
  };

  const ImportOptions& options;
  ImportTarget& target;
  Importer& owner;
  const ImportListener& listener;
  const adapters::ScannedFile scan;
  ImportSummary summary;
  std::string digest, media_type;
  std::unique_ptr<ImportRows> rows;
  std::unique_ptr<ImportProgress> progress;
  ImportState state;
  // Since the last Save.
  ImportBatch batch;
  std::vector<Waiting> waiting, closing;  ///< beside its arrivals and closures
  std::vector<ImportedId> ids;
  std::vector<Refusal> refusals;
  std::uint64_t since = ledger::kNoIndex;  ///< what lies at or beyond on the ledger is of this import
  std::set<std::uint64_t> seen;            ///< of those, counted already
  std::set<std::uint64_t> refused_before;  ///< lines refused by a run that was killed before it saved
};

Status Importer::Run::Begin(const std::filesystem::path& file, const ImportManner& manner) {
  GUIYI_TRY(rows, ImportRows::Open(file, scan, manner.rows, manner.spec));
  media_type = rows->media_type();
  const std::string name = scan.sha256 + (options.historic ? " historic " : " live ") + options.source;
  GUIYI_TRY(progress, ImportProgress::Open(target.progress_file(), name));
  if (options.again) GUIYI_CHECK(progress->Forget());
  GUIYI_TRY(const auto before, progress->Load());
  if (!before) {
    return Save(rows->offset(), rows->line(), false);
  }
  state = *before;
  summary.resumed = !state.done;
  summary.known = state.done;
  summary.counts = state.counts;
  if (state.done) return petition::Ok();
  GUIYI_CHECK(rows->Resume(state.offset, state.line));
  since = target.ledger_size() > 0 ? state.ledger_size : ledger::kNoIndex;
  GUIYI_TRY(const auto lines, target.RefusedLines(digest, state.ledger_size));
  refused_before.insert(lines.begin(), lines.end());
  return petition::Ok();
}

/// Always the same rows, whether it was resumed or not: what a killed run did and did not save is one stretch.
Result<Importer::Run::Stretch> Importer::Run::ReadStretch() {
  Stretch stretch;
  std::size_t bytes = 0;
  stretch.rows.reserve(options.batch_rows);
  while (stretch.rows.size() < options.batch_rows && bytes < kBatchBytes) {
    GUIYI_TRY(const bool more, rows->Next(stretch.rows.emplace_back()));
    if (!more) {
      stretch.rows.pop_back();
      stretch.last = true;
      break;
    }
    bytes += stretch.rows.back().raw.size();
  }
  stretch.offset = rows->offset();
  stretch.line = rows->line();
  return stretch;
}

Status Importer::Run::ReadAll() {
  // While one stretch is registered the next ones are read.
  MadeAhead<Result<Stretch>> ahead(
      kMadeAhead, [this] { return ReadStretch(); },
      [](const Result<Stretch>& stretch) { return !stretch.ok() || stretch->last; });
  for (bool last = false; !last;) {
    GUIYI_TRY(auto stretch, ahead.Take());
    last = stretch.last;
    batch.arrivals.reserve(stretch.rows.size());
    for (auto& row : stretch.rows) GUIYI_CHECK(Take(row));
    GUIYI_CHECK(Save(stretch.offset, stretch.line, last));
  }
  return petition::Ok();
}

Status Importer::Run::Take(ImportRow& row) {
  ++summary.counts.rows;
  switch (row.kind) {
    case ImportRow::Kind::kSubmission:
      return TakeSubmission(row);
    case ImportRow::Kind::kClosure:
      return TakeClosure(row);
    case ImportRow::Kind::kBad:
      return Refuse(row.line, row.error, std::move(row.raw), row.raw_size, options.source == "-" ? "" : options.source);
  }
  return petition::Ok();
}

Status Importer::Run::TakeSubmission(ImportRow& row) {
  const bool own = options.source == "-";
  auto source = own && row.source.empty()
                    ? Result<const Source*>(petition::Invalid("source_missing", "the row names no source"))
                    : owner.SourceNamed(own ? row.source : options.source, row.submission.channel, summary);
  if (!source.ok()) {
    petition::Error why = source.error();
    if (!own || (StopsAll(why) && why.code != Code::kUnauthorized)) return why;
    if (why.code == Code::kNotFound) why.reason = "source_unknown";
    return Refuse(row.line, why, std::move(row.raw), row.raw_size, "");
  }
  Arrival& arrival = batch.arrivals.emplace_back();
  arrival.source = (*source)->name;
  arrival.submission = std::move(row.submission);
  arrival.raw = std::move(row.raw);
  arrival.media_type = media_type;
  arrival.historic = options.historic;
  petition::Submission& submission = arrival.submission;
  if (petition::IsPlaceholderNumber(submission.external_id))
    submission.external_id = "import:" + digest + ":" + std::to_string(row.line);
  if (submission.channel.empty()) submission.channel = (*source)->channel;
  if (submission.division.empty()) submission.division = (*source)->division;
  for (const auto& [name, value] : submission.unknown.items()) {
    if (summary.unknown_fields.size() < kUnknownFieldsMax) summary.unknown_fields.insert(name);
  }
  batch.lines.push_back(row.line);
  waiting.push_back({row.line, row.id, ""});
  return petition::Ok();
}

Status Importer::Run::TakeClosure(ImportRow& row) {
  ImportClosure closure;
  closure.after = batch.arrivals.size();
  const auto same = [&](const auto& one) { return one.id == row.id; };
  if (const auto pending = std::find_if(waiting.rbegin(), waiting.rend(), same); pending != waiting.rend()) {
    closure.row = static_cast<std::size_t>(waiting.rend() - pending) - 1;
  } else {
    GUIYI_TRY(const auto known, progress->Find(row.id));
    if (!known) {
      return Refuse(row.line, ClosureUnknown(), std::move(row.raw), row.raw_size,
                    options.source == "-" ? "" : options.source);
    }
    closure.of = *known;
  }
  closure.source = !row.source.empty() ? row.source : options.source == "-" ? "import" : options.source;
  closure.at = row.closed_at;
  closure.file = digest;
  closure.line = row.line;
  batch.closures.push_back(std::move(closure));
  closing.push_back({row.line, "", std::move(row.raw)});
  return petition::Ok();
}

Result<ImportAnswers> Importer::Run::RegisterPatiently() {
  const auto stops = [](const auto& result) { return !result.ok() && StopsAll(result.error()); };
  const auto give_up = std::chrono::steady_clock::now() + options.retry_for;
  for (auto wait = kRetryFirst;; wait = std::min(wait * 2, kRetryMax)) {
    ImportAnswers answers = target.Register(batch);
    std::optional<petition::Error> why;
    const auto receipt = std::find_if(answers.receipts.begin(), answers.receipts.end(), stops);
    const auto closure = std::find_if(answers.closures.begin(), answers.closures.end(), stops);
    if (receipt != answers.receipts.end()) {
      why = receipt->error();
    } else if (closure != answers.closures.end()) {
      why = closure->error();
    }
    if (!why) return answers;
    if (!NotNow(*why) || std::chrono::steady_clock::now() + wait > give_up) return *why;
    std::this_thread::sleep_for(wait);
  }
}

Status Importer::Run::Flush() {
  if (batch.arrivals.empty() && batch.closures.empty()) return petition::Ok();
  GUIYI_TRY(auto answers, RegisterPatiently());
  for (std::size_t i = 0; i < answers.receipts.size(); ++i) GUIYI_CHECK(Settle(i, answers.receipts[i]));
  for (std::size_t i = 0; i < answers.closures.size(); ++i) GUIYI_CHECK(SettleClosure(i, answers.closures[i]));
  batch = {};
  batch.file = digest;
  waiting.clear();
  closing.clear();
  return petition::Ok();
}

Status Importer::Run::Settle(std::size_t at, Result<ImportReceipt>& result) {
  Waiting& row = waiting[at];
  Arrival& arrival = batch.arrivals[at];
  if (!result.ok()) {
    const std::uint64_t size = arrival.raw.size();
    return Refuse(row.line, result.error(), std::move(arrival.raw), size, arrival.source, target.RecordsRefusals());
  }
  Count(*result);
  if (!row.id.empty()) ids.push_back({std::move(row.id), result->index, std::move(result->intake_no)});
  return petition::Ok();
}

Status Importer::Run::SettleClosure(std::size_t at, Result<bool>& result) {
  if (!result.ok()) {
    Waiting& row = closing[at];
    const std::uint64_t size = row.raw.size();
    return Refuse(row.line, ClosureUnknown(), std::move(row.raw), size, options.source == "-" ? "" : options.source);
  }
  // Known already, but not counted: closed by a run that was killed before it saved.
  const bool ours = *result || (summary.resumed && since != ledger::kNoIndex);
  ++(ours ? summary.counts.closures : summary.counts.closures_known);
  return petition::Ok();
}

void Importer::Run::Count(const ImportReceipt& receipt) {
  ImportCounts& counts = summary.counts;
  // Registered by a run that was killed before it saved, or by a batch that was tried twice: ours all the same.
  const bool ours = !receipt.existing || (receipt.index >= since && !seen.contains(receipt.index));
  if (!ours) return void(++counts.existing);
  seen.insert(receipt.index);
  ++counts.registered;
  counts.revisions += receipt.revision;
  counts.numbers_reused += receipt.number_reused;
  counts.sealed += receipt.sealed;
}

Status Importer::Run::Save(std::uint64_t offset, std::uint64_t line, bool done) {
  GUIYI_CHECK(Flush());
  GUIYI_CHECK(FlushRefusals());
  state.offset = offset;
  state.line = line;
  state.ledger_size = target.ledger_size();
  state.started = true;
  state.done = done;
  state.counts = summary.counts;
  GUIYI_CHECK(progress->Save(state, ids));
  ids.clear();
  seen.clear();
  refused_before.clear();
  since = state.ledger_size > 0 ? state.ledger_size : ledger::kNoIndex;
  if (listener) listener(summary.counts.rows, state.offset, scan.size, summary.counts.refused);
  return petition::Ok();
}

Status Importer::Run::Refuse(std::uint64_t line, const petition::Error& why, std::string raw, std::uint64_t raw_size,
                             const std::string& source, bool recorded) {
  ++summary.counts.refused;
  ImportFinding finding{line, why.Reason(), {}};
  Json fields = Json::array();
  for (const auto& field : why.fields) {
    if (finding.pointers.size() == kPointersMax) break;
    finding.pointers.push_back(field.pointer);
    fields.push_back({{"pointer", field.pointer}, {"code", field.code}});
  }
  Refusal refusal;
  refusal.door = "import";
  refusal.source = source.empty() ? "import" : source;
  refusal.reason = finding.reason;
  refusal.raw = std::move(raw);
  refusal.raw_size = raw_size;
  refusal.media_type = media_type;
  refusal.where = {{"file", digest}, {"line", line}};
  if (!fields.empty()) refusal.where["fields"] = std::move(fields);
  if (summary.findings.size() < kFindingsMax) summary.findings.push_back(std::move(finding));
  if (recorded || refused_before.contains(line)) return petition::Ok();
  refusals.push_back(std::move(refusal));
  return petition::Ok();
}

Status Importer::Run::FlushRefusals() {
  if (refusals.empty()) return petition::Ok();
  GUIYI_CHECK(target.Refuse(refusals));
  refusals.clear();
  return petition::Ok();
}

Result<const Source*> Importer::SourceNamed(const std::string& name, const std::string& channel,
                                            ImportSummary& summary) {
  if (const auto known = sources_.find(name); known != sources_.end()) return &known->second;
  auto source = target_.FindSource(name);
  if (!source.ok() && source.error().code == Code::kNotFound && options_.source == "-" && options_.add_sources) {
    Source added;
    added.name = name;
    added.channel = channel.empty() ? "other" : channel;
    auto key = target_.AddSource(added);
    if (!key.ok()) return std::move(key).error();
    summary.added_sources.emplace_back(name, std::move(*key));
    source = target_.FindSource(name);
  }
  if (!source.ok()) return std::move(source).error();
  return &(sources_[name] = std::move(*source));
}

Result<ImportManner> MannerOf(const ImportOptions& asked, const std::filesystem::path& file,
                              const std::string& source_file) {
  ImportManner manner;
  if (source_file.empty()) {
    manner.spec = std::make_shared<adapters::SourceSpec>();
  } else {
    GUIYI_TRY(manner.spec, config::ParseSourceFile(source_file));
  }
  // The same settings as of the watched folder; what else stands there is that adapter's.
  std::vector<petition::FieldError> findings;
  adapters::SpecReader options(manner.spec->options, "/options", findings);
  auto declared = adapters::ReadRowManner(options);
  GUIYI_CHECK(adapters::StatusOf(findings, "mapping_invalid"));
  manner.rows = std::move(declared.rows);
  manner.rows.format = declared.format.value_or(adapters::RowFormatByName(file));
  manner.encoding = declared.encoding;
  if (asked.format) manner.rows.format = *asked.format;
  if (asked.delimiter) manner.rows.delimiter = *asked.delimiter;
  if (asked.encoding) manner.encoding = asked.encoding;
  return manner;
}

Result<ImportSummary> Importer::Import(const std::filesystem::path& file, const ImportListener& listener) {
  const auto started = std::chrono::steady_clock::now();
  ImportSummary none;
  std::string source_file;
  if (options_.source != "-") {
    GUIYI_TRY(const Source* const source, SourceNamed(options_.source, "", none));
    source_file = source->mapping;
  }
  GUIYI_TRY(const ImportManner manner, MannerOf(options_, file, source_file));
  std::error_code failed;
  const std::uint64_t size = std::filesystem::file_size(file, failed);
  // JSON is UTF-8: a line that is not is a bad row, not a doubt about the file. Workbooks and XML say it themselves.
  const auto fallback =
      manner.rows.format != adapters::RowFormat::kTable ? std::optional(adapters::Encoding::kUtf8) : std::nullopt;
  GUIYI_TRY(adapters::ScannedFile scan, adapters::ScanFile(file, manner.encoding, fallback, [&](std::uint64_t done) {
              if (listener && !failed) listener(0, done, size, 0);
            }));
  Run run(*this, file.filename().string(), std::move(scan), listener);
  auto begun = run.Begin(file, manner);
  if (!begun.ok()) {
    // What reached us and could not be taken is on the ledger too; the file itself stays where it is.
    if (begun.error().code == Code::kInvalid) {
      GUIYI_CHECK(run.Refuse(1, begun.error(), "", run.scan.size, options_.source == "-" ? "" : options_.source));
      GUIYI_CHECK(run.FlushRefusals());
    }
    return std::move(begun).error();
  }
  if (!run.summary.known) GUIYI_CHECK(run.ReadAll());
  run.summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return std::move(run.summary);
}

Json ImportSummaryToJson(const ImportSummary& summary) {
  const ImportCounts& counts = summary.counts;
  Json json = {{"file", summary.file},
               {"sha256", summary.sha256},
               {"encoding", summary.encoding},
               {"resumed", summary.resumed},
               {"known", summary.known},
               {"rows", counts.rows},
               {"registered", counts.registered},
               {"existing", counts.existing},
               {"revisions", counts.revisions},
               {"numbersReused", counts.numbers_reused},
               {"sealed", counts.sealed},
               {"closures", counts.closures},
               {"closuresKnown", counts.closures_known},
               {"refused", counts.refused},
               {"seconds", summary.seconds},
               {"findings", Json::array()},
               {"unknownFields", summary.unknown_fields}};
  for (const ImportFinding& finding : summary.findings) {
    json["findings"].push_back({{"line", finding.line}, {"reason", finding.reason}, {"pointers", finding.pointers}});
  }
  for (const auto& [name, key] : summary.added_sources) json["sourcesAdded"].push_back({{"name", name}, {"key", key}});
  return json;
}

}  // namespace gateway
