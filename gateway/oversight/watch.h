// What the detectors look at and what they answer. A detector says which conditions stand at this moment, nothing about
// what was found before: beginning, growing and ending a finding is the Oversight's. Pure over the tables; called on
// one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "config/calendar.h"
#include "gateway/oversight/tables.h"
#include "gateway/registry.h"
#include "gateway/state/deliveries.h"
#include "ledger/ledger.h"
#include "petition/json.h"
#include "petition/time.h"

namespace gateway {

/// Something that should not be.
struct Condition {
  std::string kind, source;
  std::string key;  ///< what tells it from others of its kind and source
  std::string day;  ///< "20250304" it is about, or ""
  std::string division;
  bool sealed = false;  ///< the evidence is about sealed intakes
  std::uint64_t count = 0;
  petition::Json evidence = petition::Json::object();
};

/// Who should see to it, by when, and whether it may end by itself.
struct KindRule {
  std::string_view kind;
  std::chrono::hours within{72};
  std::string_view owner = "";  ///< a role or desk; findings of a source go to the source when ""
  bool sticky = false;          ///< only a person ends it: it does not stand for ever, but it has happened
  bool windowed = false;        ///< looked for among what is recent: when it has grown older, only a person ends it
};
const KindRule& RuleOf(std::string_view kind);
/// All kinds, in the order of the documentation.
std::vector<std::string_view> FindingKinds();

/// When something counts as found. Nobody changes these from day to day; a source that is different has its own entry
/// in the configuration.
struct WatchOptions {
  std::chrono::hours manifest_grace{6};  ///< after a manifest came, for what is still under way
  std::chrono::hours gap_grace{6};       ///< after a later number came
  std::chrono::hours call_grace{12}, mail_grace{18};
  std::chrono::hours refused_age{12};
  std::chrono::hours delivery_age{12};  ///< parked, or not acknowledged
  std::uint64_t call_seconds_min = 30;  ///< shorter calls are wrong numbers
  double silence_expected_min = 12;     ///< so many should have come, and none did
  std::chrono::hours look_back{24 * 35};
};

/// How the feed of a source that is pulled stands.
struct FeedSeen {
  std::string source;
  std::string phase;  ///< as FeedStatus says; "" while it is not known yet
  std::string reason, message;
};

/// Something that ends at a time: a certificate. `source` "": the hub's own.
struct ExpirySeen {
  std::string source, what;
  petition::Time at{};
};

struct Watch {
  OversightTables& tables;
  dedup::CaseBook& book;
  const ledger::Ledger& ledger;
  const Deliveries& deliveries;
  std::vector<Source> sources;  ///< those that are live
  const WatchOptions& options;
  petition::Time now{};
  std::vector<FeedSeen> feeds{};
  std::vector<ExpirySeen> expiries{};

  const config::Calendar& calendar() const { return tables.clocks().calendar(); }
  std::string DivisionOf(std::string_view source) const;
};

using Conditions = petition::Result<std::vector<Condition>>;

// reconcile.cc: a source's register against the ledger, day by day.
Conditions FindRegisterDifferences(const Watch& watch);
Conditions FindMissingManifests(const Watch& watch);
/// One day compared: {"missingHere", "missingThere", "missingThereSealed", "differs", "differsSealed", "twice", "cut"}
/// as counts and "numbers": {"missingHere": [...] ...} of each at most 100.
petition::Result<petition::Json> CompareManifest(const ledger::Ledger& ledger, const Items& items,
                                                 const ManifestDay& day);
// upstream.cc: what destinations' own registers hold against what they acknowledged.
Conditions FindUpstreamDifferences(const Watch& watch);
// numbering.cc: gaps and changes in a source's own numbering.
Conditions FindGaps(const Watch& watch);
// volume.cc: silence and slump against the usual volume of the hour of the week.
Conditions FindSilence(const Watch& watch);
// unregistered.cc: calls, mails and named numbers without a case; closed at the source but never registered.
Conditions FindUnregistered(const Watch& watch);
// stuck.cc: refused, parked, unacknowledged, looping, urgent, from the future, clocks without a calendar.
Conditions FindStuck(const Watch& watch);
// constant.cc: fields that a source always fills alike.
Conditions FindConstantFields(const Watch& watch);

// stopped.cc: feeds that wait because what lies there does not fit their source's file.
Conditions FindStoppedFeeds(const Watch& watch);
// expiring.cc: keys and certificates that end within thirty days, or have ended.
Conditions FindExpiring(const Watch& watch);

/// At most `most` numbers as evidence, and how many there are.
petition::Json NumbersEvidence(const std::vector<std::string>& numbers, std::size_t most = 50);

}  // namespace gateway
