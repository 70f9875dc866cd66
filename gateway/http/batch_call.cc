// Handing in many: a JSON array or JSONL in, one result a row out, in order and in the same form. A bad row is refused
// (and recorded) by itself.
#include "gateway/http/arrivals.h"
#include "gateway/http/calls.h"
#include "gateway/http/import_rows.h"
#include "gateway/http/problem.h"
#include "gateway/refusals.h"

namespace gateway::http {

using petition::Json;

namespace {

constexpr std::size_t kAtOnce = 256;  // rows handed to intake together

/// A row on its way: either an arrival or why it is none.
struct Row {
  std::string_view raw;
  std::optional<ImportedRow> imported;
  std::optional<petition::Error> error;
  Arrival arrival;
};

Row Read(Desk& desk, const Request& request, const std::string& source, std::string_view raw) {
  Row row;
  row.raw = raw;
  auto json = petition::ParseJson(raw);
  if (!json.ok()) {
    row.error = std::move(json).error();
    return row;
  }
  auto imported = ReadImportedRow(*json);
  if (!imported.ok()) {
    row.error = std::move(imported).error();
    return row;
  }
  row.imported = std::move(*imported);
  if (row.imported && !row.imported->refused.empty()) {
    row.error = petition::Invalid(row.imported->refused, "the import could not read this row");
    return row;
  }
  auto submission = petition::SubmissionFromJson(row.imported ? row.imported->submission : *json);
  if (!submission.ok()) {
    row.error = std::move(submission).error();
    return row;
  }
  row.arrival.source = source;
  row.arrival.submission = std::move(submission).value();
  row.arrival.raw = std::string(raw);
  if (row.imported && !row.imported->raw.empty()) {
    row.arrival.raw = row.imported->raw;
    row.arrival.media_type = row.imported->media_type;
  }
  FillIn(desk, *request.who, row.arrival);
  return row;
}

/// As the import itself would have refused it.
void TellOrigin(const ImportedRow& row, Refusal& refusal) {
  refusal.door = "import";
  refusal.where["file"] = row.file;
  refusal.where["line"] = row.line;
  if (!row.fields.empty()) refusal.where["fields"] = row.fields;
  if (row.raw_size == 0) return;
  refusal.raw = row.raw;
  refusal.raw_size = row.raw_size;
  refusal.media_type = row.media_type;
}

Json Refused(Desk& desk, const Request& request, const std::string& source, const Row& row, std::size_t number) {
  std::optional<std::uint64_t> index;
  if (row.imported) index = desk.refused_rows.Find(source, *row.imported);
  if (!index && IsRefusal(*row.error)) {
    Refusal refusal;
    refusal.door = "http";
    refusal.source = source;
    if (request.who->name != source) refusal.by = request.who->name;
    refusal.reason = row.error->Reason();
    refusal.raw = std::string(row.raw);
    refusal.raw_size = row.raw.size();
    refusal.media_type = "application/json";
    refusal.where = WhereOf(*row.error);
    refusal.where["row"] = number;
    if (row.imported) TellOrigin(*row.imported, refusal);
    const auto recorded = desk.hub.intake().Refuse(refusal);
    if (recorded.ok() && *recorded != ledger::kNoIndex) index = *recorded;
    if (index && row.imported) desk.refused_rows.Add(source, *row.imported, *index);
    if (!recorded.ok()) {
      const petition::Error later{
          petition::Code::kUnavailable, {}, "nothing can be recorded at the moment: send it again later", {}, {}};
      return {{"status", 503}, {"problem", ProblemJson(later, request.language)}};
    }
  }
  auto problem = ProblemJson(*row.error, request.language, index);
  return {{"status", problem["status"]}, {"problem", std::move(problem)}};
}

/// The results of up to kAtOnce rows, `first` being the number of the first one in the batch.
std::vector<Json> Register(Desk& desk, const Request& request, const std::string& source,
                           std::span<const std::string_view> raws, std::size_t first) {
  std::vector<Row> rows;
  std::vector<Arrival> arrivals;
  for (const auto raw : raws) {
    rows.push_back(Read(desk, request, source, raw));
    if (!rows.back().error) arrivals.push_back(std::move(rows.back().arrival));
  }
  auto receipts = desk.hub.intake().RegisterAll(arrivals);
  std::vector<Json> results;
  for (std::size_t i = 0, next = 0; i < rows.size(); ++i) {
    if (!rows[i].error) {
      auto& receipt = receipts[next++];
      if (receipt.ok()) {
        desk.sources.Count(source, desk.hub.clock().Now(), *receipt);
        results.push_back(
            {{"status", receipt->existing ? 200 : 201}, {"receipt", ReceiptView(desk, *request.who, *receipt, false)}});
        continue;
      }
      rows[i].error = std::move(receipt).error();
    }
    desk.sources.CountRefused(source, desk.hub.clock().Now());
    results.push_back(Refused(desk, request, source, rows[i], first + i));
  }
  return results;
}

}  // namespace

Outcome RegisterBatch(Desk& desk, Request& request) {
  // JSONL may come under the plain name of JSON, too: an array begins with a bracket, a line with a brace.
  const auto first_word = request.body.find_first_not_of(" \t\r\n");
  const bool is_array = first_word != std::string::npos && request.body[first_word] == '[';
  GUIYI_TRY(const auto source, SourceOf(desk, request));
  GUIYI_TRY(const auto rows, is_array ? SplitArray(request.body, desk.options.batch_rows_max)
                                      : SplitLines(request.body, desk.options.batch_rows_max));
  Answer answer;
  answer.media_type = is_array ? "application/json" : "application/jsonl";
  if (is_array) answer.body += '[';
  for (std::size_t first = 0; first < rows.size(); first += kAtOnce) {
    const auto some = std::span(rows).subspan(first, std::min(kAtOnce, rows.size() - first));
    for (const auto& result : Register(desk, request, source, some, first)) {
      if (is_array && answer.body.size() > 1) answer.body += ',';
      answer.body += petition::DumpJson(result);
      if (!is_array) answer.body += '\n';
    }
  }
  if (is_array) answer.body += ']';
  return answer;
}

}  // namespace gateway::http
