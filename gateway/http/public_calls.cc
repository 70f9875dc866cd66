// What anyone may read: the transparency log's files, health, metrics, the interface's description and the front page.
#include <charconv>
#include <fstream>

#include "embedded/openapi.h"
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/http/tile_path.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::uintmax_t kFileBytesMax = 32u << 20;  // the largest bundle has 256 entries of 64 KiB

Result<std::string> ReadWhole(const std::filesystem::path& file) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed || size > kFileBytesMax) return petition::NotFound("there is no such part of the log");
  std::ifstream in(file, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (!in && !in.eof()) return petition::NotFound("there is no such part of the log");
  return bytes;
}

/// From figures of the whole hub and a scoped figure the number of sealed intakes could be told: they are for those of
/// the people who run it who may see all of it. An address proves nothing: behind a proxy everybody comes from this
/// machine.
petition::Status MayReadMetrics(Desk& desk, const Request& request) {
  if (desk.options.metrics_for_all) return petition::Ok();
  constexpr std::string_view kScheme = "Bearer ";
  if (!request.authorization.starts_with(kScheme)) return Unauthorized();
  GUIYI_TRY(const auto who,
            desk.hub.registry().Authenticate(std::string_view(request.authorization).substr(kScheme.size())));
  const bool runs_it = who.role == Role::kAdmin || who.role == Role::kOversight;
  if (!runs_it || !who.sealed || !who.divisions.empty()) return Forbidden();
  return petition::Ok();
}

void Gauge(std::string& text, std::string_view name, std::string_view help, std::uint64_t value) {
  AppendHead(text, name, "gauge", help);
  AppendSample(text, name, "", value);
}
void Counter(std::string& text, std::string_view name, std::string_view help, std::uint64_t value) {
  AppendHead(text, name, "counter", help);
  AppendSample(text, name, "", value);
}

void AppendHub(std::string& text, Hub& hub) {
  const auto intake = hub.intake().counters();
  Counter(text, "guiyi_intakes_registered_total", "Submissions registered since the start, revisions included.",
          intake.registered);
  Counter(text, "guiyi_intakes_resent_total", "Submissions answered with their first receipt.", intake.resends);
  Counter(text, "guiyi_intakes_revised_total", "Revisions among the registered.", intake.revisions);
  Counter(text, "guiyi_intakes_number_reused_total", "Registered under a number that other people's submission had.",
          intake.numbers_reused);
  Counter(text, "guiyi_intakes_invalid_total", "Submissions turned away for what they hold.", intake.invalid);
  Counter(text, "guiyi_intakes_pushed_back_total", "Submissions asked to come again.", intake.pushed_back);
  Counter(text, "guiyi_refusals_total", "Refused attempts, summed-up ones included.", intake.refused);
  Gauge(text, "guiyi_ledger_entries", "Durable entries of the ledger.", hub.ledger().size());
  Gauge(text, "guiyi_ledger_healthy", "1 while the ledger takes entries.", hub.ledger().healthy());
  Gauge(text, "guiyi_follower_backlog", "Entries not folded yet.", hub.follower().backlog());
  Gauge(text, "guiyi_follower_healthy", "0 while the follower waits after a failure.", hub.follower().healthy());
  const auto follower = hub.follower().figures();
  Counter(text, "guiyi_follower_decided_total", "Verdicts reached since the start.", follower.decided);
  Counter(text, "guiyi_follower_failures_total", "Batches that failed and were tried again.", follower.failures);
  Gauge(text, "guiyi_index_candidates", "Documents in the candidate index.", hub.candidates().size());
  Gauge(text, "guiyi_index_texts", "Documents in the full-text index.", hub.texts().size());
  Gauge(text, "guiyi_index_texts_position", "Ledger position up to which the full-text index is durable.",
        hub.texts().durable_position());
  AppendHead(text, "guiyi_deliveries", "gauge", "Deliveries by destination and state.");
  if (const auto totals = hub.deliveries().Totals(); totals.ok()) {
    for (const auto& total : *totals) {
      AppendSample(text, "guiyi_deliveries",
                   Label("destination", total.destination) + "," + Label("state", DeliveryStateName(total.state)),
                   total.rows);
    }
  }
  const auto uplinks = hub.uplink().statuses();
  AppendHead(text, "guiyi_uplink_attempts_total", "counter", "Attempts to deliver by destination and outcome.");
  for (const auto& uplink : uplinks) {
    const std::pair<const char*, std::uint64_t> outcomes[] = {{"done", uplink.done},
                                                              {"transient", uplink.transient},
                                                              {"permanent", uplink.permanent},
                                                              {"deferred", uplink.deferred},
                                                              {"unknown", uplink.unknown}};
    for (const auto& [outcome, count] : outcomes)
      AppendSample(text, "guiyi_uplink_attempts_total",
                   Label("destination", uplink.destination) + "," + Label("outcome", outcome), count);
  }
  AppendHead(text, "guiyi_uplink_running", "gauge", "1 while a destination is delivered to.");
  for (const auto& uplink : uplinks)
    AppendSample(text, "guiyi_uplink_running", Label("destination", uplink.destination),
                 std::uint64_t{uplink.state == "running"});
  const auto callbacks = hub.fan_out().views();
  if (callbacks.empty()) return;
  AppendHead(text, "guiyi_callback_failures", "gauge", "Calls in a row that a source did not take.");
  for (const auto& view : callbacks)
    AppendSample(text, "guiyi_callback_failures", Label("source", view.source), view.failures);
}

/// Their lateness is shown and counted down; it makes nothing unready: registering goes on.
Json WitnessesView(Desk& desk) {
  Json list = Json::array();
  for (const auto& view : desk.hub.witnessing().views()) {
    Json json{{"name", view.name},     {"state", view.state},   {"size", view.size},
              {"behind", view.behind}, {"reason", view.reason}, {"cosignedAt", nullptr}};
    if (view.cosigned_at != petition::Time{}) json["cosignedAt"] = petition::FormatTime(view.cosigned_at);
    if (view.state != "current") json["lateInSeconds"] = view.late_in.count();
    list.push_back(std::move(json));
  }
  return list;
}

void AppendWitnesses(std::string& text, Hub& hub) {
  const auto views = hub.witnessing().views();
  if (views.empty()) return;
  AppendHead(text, "guiyi_witness_size", "gauge", "Entries of the newest checkpoint a witness cosigned.");
  for (const auto& view : views) AppendSample(text, "guiyi_witness_size", Label("witness", view.name), view.size);
  AppendHead(text, "guiyi_witness_behind", "gauge", "Entries published that a witness has not cosigned.");
  for (const auto& view : views) AppendSample(text, "guiyi_witness_behind", Label("witness", view.name), view.behind);
  AppendHead(text, "guiyi_witness_late", "gauge", "1 while a witness is late; 2 when it holds another history.");
  for (const auto& view : views)
    AppendSample(text, "guiyi_witness_late", Label("witness", view.name),
                 std::uint64_t{view.state == "conflict" ? 2u
                               : view.state == "late"   ? 1u
                                                        : 0u});
}

}  // namespace

Outcome ReadCheckpoint(Desk& desk, Request&) {
  // With its cosignatures, once there are witnesses.
  if (auto cosigned = desk.hub.witnessing().Checkpoint(); !cosigned.empty()) {
    Answer answer;
    answer.media_type = "text/plain; charset=utf-8";
    answer.body = std::move(cosigned);
    answer.headers.emplace_back("Cache-Control", "public, max-age=1");
    return answer;
  }
  const auto file = desk.options.data / "tiles" / "checkpoint";
  auto bytes = ReadWhole(file);
  if (!bytes.ok()) {
    // Nothing was published yet: the log is young.
    GUIYI_CHECK(desk.hub.ledger().Publish());
    bytes = ReadWhole(file);
    if (!bytes.ok()) return std::move(bytes).error();
  }
  Answer answer;
  answer.media_type = "text/plain; charset=utf-8";
  answer.body = std::move(bytes).value();
  answer.headers.emplace_back("Cache-Control", "public, max-age=1");
  return answer;
}

Outcome ReadLedgerKey(Desk& desk, Request&) {
  Answer answer;
  answer.media_type = "text/plain; charset=utf-8";
  answer.body = desk.hub.ledger().vkey() + "\n";
  return answer;
}

Outcome ReadTile(Desk& desk, Request& request) {
  const bool entries = request.path.starts_with("/ledger/tile/entries/");
  const auto path = CanonicalTilePath(entries, request.captures[0]);
  if (!path) return petition::NotFound("there is no such part of the log");
  GUIYI_TRY(auto bytes, ReadWhole(desk.options.data / "tiles" / *path));
  Answer answer;
  answer.media_type = "application/octet-stream";
  answer.body = std::move(bytes);
  answer.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  return answer;
}

Outcome Alive(Desk&, Request&) { return JsonAnswer({{"status", "ok"}}); }

Outcome Ready(Desk& desk, Request&) {
  const bool ledger = desk.hub.ledger().healthy(), follower = desk.hub.follower().healthy();
  const bool disk = desk.hub.intake().CheckDisk().ok(), ready = ledger && disk;
  // A follower that waits keeps no submission from being registered: whoever routes callers must not turn them away.
  auto answer = JsonAnswer({{"status", !ready     ? "unavailable"
                                       : follower ? "ready"
                                                  : "degraded"},
                            {"ledger", ledger},
                            {"disk", disk},
                            {"follower", follower},
                            {"backlog", desk.hub.follower().backlog()},
                            {"uplink", desk.hub.uplink().status().state},
                            {"witnesses", WitnessesView(desk)}},
                           ready ? 200 : 503);
  if (!ready) answer.headers.emplace_back("Retry-After", "30");
  return answer;
}

Outcome ReadMetrics(Desk& desk, Request& request) {
  GUIYI_CHECK(MayReadMetrics(desk, request));
  Answer answer;
  answer.media_type = "text/plain; version=0.0.4; charset=utf-8";
  answer.body = desk.metrics->Text();
  Gauge(answer.body, "guiyi_http_connections", "Open connections.", desk.connections ? desk.connections() : 0);
  AppendHub(answer.body, desk.hub);
  AppendWitnesses(answer.body, desk.hub);
  return answer;
}

Outcome OpenApi(Desk&, Request&) {
  Answer answer;
  answer.body = embedded::openapi();
  answer.headers.emplace_back("Cache-Control", "public, max-age=300");
  answer.headers.emplace_back("Access-Control-Allow-Origin", "*");
  return answer;
}

}  // namespace gateway::http
