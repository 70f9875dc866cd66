// A Hub is one running Guiyi: the parts built bottom-up from one folder of data, stopped in reverse. Doors (HTTP,
// Thrift, commands) use the parts through it. Threads: the accessors are constant after Open; each part says its own
// guarantee.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/destination.h"
#include "dedup/case_book.h"
#include "dedup/decide.h"
#include "gateway/decisions.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/feeds/feed_runner.h"
#include "gateway/feeds/quarantine_replay.h"
#include "gateway/follower.h"
#include "gateway/intake.h"
#include "gateway/kept_tables.h"
#include "gateway/oversight/alert_sender.h"
#include "gateway/oversight/oversight.h"
#include "gateway/registry.h"
#include "gateway/state/deliveries.h"
#include "gateway/uplink.h"
#include "gateway/witnessing/witnessing.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"
#include "petition/time.h"
#include "search/candidate_index.h"
#include "search/text_index.h"

namespace gateway {

struct HubOptions {
  std::filesystem::path data;
  bool create = true;      ///< make the folder and its keys when missing
  ledger::Options ledger;  ///< folder is set to `data`
  IntakeOptions intake;
  FollowerOptions follower;
  UplinkOptions uplink;
  OversightOptions oversight;
  AlertOptions alerts;
  config::ClockTable clocks = config::ClockTable::BuiltIn();
  config::Calendar calendar = config::Calendar::BuiltIn();
  FanOutOptions fan_out;                                 ///< `data` is set by Open
  WitnessingOptions witnessing;                          ///< `data` and `log` are set by Open
  std::filesystem::path model;                           ///< "": the built-in one
  std::filesystem::path shadow_model;                    ///< asked beside it and only noted; "": none
  std::vector<std::filesystem::path> certificates = {};  ///< of the hub's own doors: their end is watched
  std::chrono::seconds unnamed_attachments_for =
      std::chrono::hours(24);  ///< an attachment that no entry names is removed after that
};

class Hub {
 public:
  static petition::Result<std::unique_ptr<Hub>> Open(HubOptions options, const petition::Clock& clock);
  ~Hub();  ///< stops doors' work first, then uplink, follower, ledger

  const petition::Clock& clock() const { return clock_; }
  ledger::Ledger& ledger() { return *ledger_; }
  ledger::BlobStore& blobs() { return *blobs_; }
  const ledger::KeyRing& keys() const { return *keys_; }
  Registry& registry() { return *registry_; }
  KeptTables& tables() { return *tables_; }
  /// The kept tables that count in this run.
  const TableTexts& table_texts() const { return table_texts_; }
  Intake& intake() { return *intake_; }
  dedup::CaseBook& cases() { return *cases_; }
  search::CandidateIndex& candidates() { return *candidates_; }
  search::TextIndex& texts() { return *texts_; }
  Deliveries& deliveries() { return *deliveries_; }
  Follower& follower() { return *follower_; }
  Decisions& decisions() { return *decisions_; }
  const dedup::Model& model() const { return *model_; }
  const dedup::Model* shadow_model() const { return shadow_model_.get(); }  ///< null: none is tried
  Uplink& uplink() { return *uplink_; }
  const AdapterBook& adapters() { return *adapters_; }
  FeedState& feed_state() { return *feed_state_; }
  RecordIntake& records() { return *records_; }
  FeedRunner& feeds() { return *feeds_; }
  Quarantine& quarantine() { return deliveries_->quarantine(); }
  QuarantineReplay& replay() { return *replay_; }
  Oversight& oversight() { return *oversight_; }
  Witnessing& witnessing() { return *witnessing_; }
  FanOut& fan_out() { return *fan_out_; }

  /// Begins following and delivering (a destination of nullptr: nothing is delivered). Called once, after Open.
  void Start(std::unique_ptr<adapters::Destination> destination);
  /// The same with several destinations, and with sinks for what sources are told.
  petition::Status Start(std::vector<Outbound> outbound, std::vector<SinkOfSource> sinks = {});

 private:
  Hub(const petition::Clock& clock, std::chrono::seconds unnamed_attachments_for)
      : clock_(clock), unnamed_attachments_for_(unnamed_attachments_for) {}
  void Tick();
  void RecordConfigChanges();

  const petition::Clock& clock_;
  const std::chrono::seconds unnamed_attachments_for_;
  UplinkOptions uplink_options_;  ///< of a destination that brings none; set by Open
  // Built in this order by Open, ended in reverse by the destructor.
  std::unique_ptr<ledger::KeyRing> keys_;
  std::unique_ptr<ledger::BlobStore> blobs_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<KeptTables> tables_;
  TableTexts table_texts_;  ///< set by Open
  std::unique_ptr<dedup::CaseBook> cases_;
  std::unique_ptr<Deliveries> deliveries_;
  std::unique_ptr<OversightTables> oversight_tables_;
  std::unique_ptr<search::CandidateIndex> candidates_;
  std::unique_ptr<search::TextIndex> texts_;
  std::unique_ptr<dedup::Model> model_, shadow_model_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Follower> follower_;
  std::unique_ptr<Decisions> decisions_;
  std::unique_ptr<Uplink> uplink_;
  std::unique_ptr<AdapterBook> adapters_;
  std::unique_ptr<FeedState> feed_state_;
  std::unique_ptr<RecordIntake> records_;
  std::unique_ptr<FeedRunner> feeds_;
  std::unique_ptr<QuarantineReplay> replay_;
  std::unique_ptr<AlertSender> alerts_;
  std::unique_ptr<Oversight> oversight_;
  std::unique_ptr<Witnessing> witnessing_;
  std::unique_ptr<FanOut> fan_out_;
  std::atomic<bool> stopping_{false};
  std::mutex tick_mutex_;
  std::condition_variable tick_wake_;
  std::chrono::steady_clock::time_point clean_at_{};  ///< of the ticker
  std::thread ticker_;  ///< once a second: sums of refusals, config changes; now and then attachments that nobody named
};

}  // namespace gateway
