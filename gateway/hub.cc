#include "gateway/hub.h"

#include <chrono>
#include <system_error>
#include <utility>

#include "adapters/expiry.h"
#include "gateway/asked_registers.h"
#include "gateway/state/public_requests.h"
#include "gateway/uplink/handed_down.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

// What an index that can't be used is worth: nothing that the ledger could not give again. It is removed and filled
// anew by the follower; so is one that says it has come further than the ledger: what comes up to there would be in
// none.
template <typename OpenIndex>
auto OpenOrReset(const fs::path& folder, std::uint64_t ledger_size, OpenIndex open) {
  auto index = open();
  if (index.ok() ? (*index)->durable_position() <= ledger_size : index.error().code != petition::Code::kCorrupt)
    return index;
  if (index.ok()) index->reset();
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return open();
}

/// The certificates that sources' files name, and the hub's own.
std::vector<ExpirySeen> ExpiriesSeen(const Registry& registry, const AdapterBook& adapters,
                                     const std::vector<std::filesystem::path>& own) {
  std::vector<ExpirySeen> seen;
  for (const Source& source : registry.Sources()) {
    if (source.mapping_version == 0 || source.state == "suspended") continue;
    const auto adapter = adapters.Of(source.name);
    if (!adapter.ok()) continue;
    for (auto& one : adapters::ExpiriesOf((*adapter)->spec->options, (*adapter)->setup.folder)) {
      seen.push_back({source.name, std::move(one.what), one.at});
    }
  }
  for (const auto& file : own) {
    if (const auto end = adapters::CertificateEnd(file)) seen.push_back({"", file.filename().string(), *end});
  }
  return seen;
}

}  // namespace

constexpr std::chrono::minutes kCleanEvery{10};
constexpr std::size_t kCleanedAtOnce = 1'000;

petition::Result<std::unique_ptr<Hub>> Hub::Open(HubOptions options, const petition::Clock& clock) {
  std::error_code failed;
  if (options.create) {
    fs::create_directories(options.data, failed);
    fs::permissions(options.data, fs::perms::owner_all, failed);
  }
  if (!fs::is_directory(options.data, failed))
    return petition::NotFound("there is no data folder " + options.data.string());

  std::unique_ptr<Hub> hub(new Hub(clock, options.unnamed_attachments_for));
  GUIYI_TRY(auto keys, ledger::KeyRing::Open(options.data / "keys", options.create));
  hub->keys_ = std::make_unique<ledger::KeyRing>(std::move(keys));
  GUIYI_TRY(hub->blobs_, ledger::BlobStore::Open(options.data / "blobs", *hub->keys_));
  options.ledger.folder = options.data;
  GUIYI_TRY(hub->ledger_, ledger::Ledger::Open(options.ledger, *hub->keys_, clock));
  GUIYI_TRY(hub->registry_, Registry::Open(options.data, clock));
  GUIYI_TRY(hub->tables_, KeptTables::Open(options.data, clock));
  GUIYI_TRY(hub->table_texts_, hub->tables_->Begin());
  GUIYI_CHECK(ApplyHolidays(hub->table_texts_, options.calendar));
  GUIYI_TRY(hub->cases_, dedup::CaseBook::Open(options.data, hub->keys_->Sealing("profile")));
  GUIYI_TRY(hub->deliveries_, Deliveries::Open(*hub->cases_));
  GUIYI_TRY(hub->oversight_tables_, OversightTables::Open(*hub->cases_, *hub->ledger_, *hub->keys_,
                                                          std::move(options.clocks), std::move(options.calendar)));
  options.follower.folds.push_back(hub->oversight_tables_.get());
  // Long before intake refuses what comes for what is to be decided.
  options.follower.gives_way_below = std::min(options.follower.gives_way_below, options.intake.backlog_max / 2);

  const fs::path candidates = options.data / "index" / "candidates", texts = options.data / "index" / "texts";
  fs::create_directories(options.data / "index", failed);
  const ledger::Key term_key = hub->keys_->Derive("terms");
  GUIYI_TRY(hub->candidates_, OpenOrReset(candidates, hub->ledger_->size(), [&] {
              search::CandidateOptions settings;
              settings.folder = candidates;
              return search::CandidateIndex::Open(settings, term_key);
            }));
  GUIYI_TRY(hub->texts_,
            OpenOrReset(texts, hub->ledger_->size(), [&] { return search::TextIndex::Open(texts, term_key); }));

  if (options.model.empty()) {
    hub->model_ = std::make_unique<dedup::Model>(dedup::Model::BuiltIn());
  } else {
    GUIYI_TRY(auto model, dedup::Model::Load(options.model));
    hub->model_ = std::make_unique<dedup::Model>(std::move(model));
  }
  if (!options.shadow_model.empty()) {
    GUIYI_TRY(auto shadow, dedup::Model::Load(options.shadow_model));
    hub->shadow_model_ = std::make_unique<dedup::Model>(std::move(shadow));
    options.follower.shadow = hub->shadow_model_.get();
  }
  options.intake.data = options.data;
  GUIYI_TRY(hub->intake_, Intake::Make(options.intake, *hub->ledger_, *hub->blobs_, *hub->keys_, clock,
                                       [raw = hub.get()] { return raw->follower_ ? raw->follower_->backlog() : 0; }));
  GUIYI_TRY(hub->follower_, Follower::Make(options.follower, *hub->ledger_, *hub->cases_, *hub->deliveries_,
                                           *hub->candidates_, *hub->texts_, *hub->model_, *hub->keys_, clock));
  hub->decisions_ = std::make_unique<Decisions>(*hub->ledger_, *hub->blobs_, *hub->cases_, *hub->follower_, clock);
  options.uplink.ready = [raw = hub.get(), found = hub->ledger_->size()] {
    return raw->follower_->position() >= found;
  };
  if (!options.uplink.hand_down) {
    options.uplink.hand_down = [raw = hub.get()](std::string_view from, const adapters::Instruction& instruction) {
      return TakeHandedDown(*raw->intake_, from, instruction);
    };
  }
  if (!options.uplink.ask_registers) {
    options.uplink.ask_registers = [raw = hub.get()](adapters::Destination& destination) {
      AskUpstreamRegisters(*raw, destination);
    };
  }
  hub->uplink_options_ = options.uplink;
  GUIYI_TRY(hub->uplink_, Uplink::Make(options.uplink, *hub->ledger_, *hub->deliveries_, *hub->cases_, clock));
  hub->adapters_ = std::make_unique<AdapterBook>(*hub->registry_, fs::absolute(options.data), clock,
                                                 MakePublicRequests(*hub->cases_, *hub->ledger_));
  GUIYI_TRY(hub->feed_state_, FeedState::Open(options.data, clock));
  hub->records_ =
      std::make_unique<RecordIntake>(*hub->intake_, *hub->decisions_, *hub->ledger_, *hub->blobs_, *hub->keys_);
  hub->feeds_ = std::make_unique<FeedRunner>(FeedRunnerOptions{}, *hub->registry_, *hub->adapters_, *hub->records_,
                                             *hub->feed_state_, clock);
  hub->feeds_->ready = options.uplink.ready;
  hub->feeds_->ask_register = [raw = hub.get()](const std::string& source, adapters::Feed& feed) {
    AskSourceRegister(*raw, source, feed);
  };
  hub->feeds_->known_refusal = [raw = hub.get()](const std::string& source, const std::string& place) {
    const auto known = raw->quarantine().FindPlace(source, place);
    return known.ok() ? *known : std::nullopt;
  };
  hub->replay_ = std::make_unique<QuarantineReplay>(*hub->registry_, *hub->adapters_, *hub->records_, *hub->feed_state_,
                                                    *hub->ledger_, *hub->follower_, clock);
  GUIYI_TRY(hub->alerts_,
            AlertSender::Open(options.alerts, AlertChannelsOf(options.alerts), hub->oversight_tables_->findings(),
                              options.data / "alerts", hub->ledger_->size(), clock));
  options.oversight.feeds = [raw = hub.get()] {
    std::vector<FeedSeen> seen;
    for (const auto& [name, status] : raw->feeds().status()) {
      seen.push_back({name, status.phase, status.reason, status.message});
    }
    return seen;
  };
  options.oversight.expiries = [raw = hub.get(), own = std::move(options.certificates)] {
    return ExpiriesSeen(*raw->registry_, *raw->adapters_, own);
  };
  hub->oversight_ =
      std::make_unique<Oversight>(std::move(options.oversight), *hub->oversight_tables_, *hub->cases_, *hub->ledger_,
                                  *hub->deliveries_, *hub->registry_, *hub->follower_, clock);
  options.fan_out.data = options.data;
  GUIYI_TRY(hub->fan_out_, FanOut::Make(options.fan_out, *hub->ledger_, *hub->cases_, clock));
  options.witnessing.data = options.data;
  GUIYI_TRY(options.witnessing.log, ledger::VerifierKey::Parse(hub->ledger_->vkey()));
  GUIYI_TRY(hub->witnessing_, Witnessing::Make(options.witnessing, clock));
  return hub;
}

void Hub::Start(std::unique_ptr<adapters::Destination> destination) {
  std::vector<Outbound> outbound;
  if (destination) outbound.push_back({std::move(destination), uplink_options_});
  (void)Start(std::move(outbound)).ok();  // Open has looked at these options
}

petition::Status Hub::Start(std::vector<Outbound> outbound, std::vector<SinkOfSource> sinks) {
  follower_->Start();
  GUIYI_CHECK(uplink_->Start(std::move(outbound)));
  GUIYI_CHECK(fan_out_->Start(std::move(sinks)));
  witnessing_->Start();
  feeds_->Start();
  oversight_->Start();
  alerts_->Start();
  ticker_ = std::thread([this] {
    while (!stopping_.load()) {
      Tick();
      std::unique_lock lock(tick_mutex_);
      tick_wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_.load(); });
    }
  });
  return petition::Ok();
}

void Hub::Tick() {
  intake_->FlushRefusals();
  RecordConfigChanges();
  const auto now = std::chrono::steady_clock::now();
  if (now < clean_at_) return;
  // More of them than are removed at once: the next ones a second later.
  const std::size_t removed = blobs_->RemoveUnnamed(unnamed_attachments_for_, kCleanedAtOnce);
  if (removed < kCleanedAtOnce) clean_at_ = now + kCleanEvery;
}

void Hub::RecordConfigChanges() {
  const auto changes = registry_->UnrecordedChanges();
  if (!changes.ok()) return;
  for (const auto& change : *changes) {
    ledger::Draft draft;
    draft.kind = ledger::Kind::kConfig;
    draft.record = change.record;
    // Recorded twice after a crash in between is harmless: both entries say the same.
    if (!ledger_->Append(std::move(draft)).ok() || !registry_->MarkRecorded(change.id).ok()) return;
  }
}

Hub::~Hub() {
  {
    std::lock_guard lock(tick_mutex_);
    stopping_.store(true);
  }
  tick_wake_.notify_all();
  if (ticker_.joinable()) ticker_.join();
  if (feeds_) feeds_->Stop();
  if (alerts_) alerts_->Stop();
  if (oversight_) oversight_->Stop();
  if (witnessing_) witnessing_->Stop();
  if (fan_out_) fan_out_->Stop();
  if (uplink_) uplink_->Stop();
  if (follower_) follower_->Stop();
  if (intake_) intake_->FlushRefusals();
}

}  // namespace gateway
