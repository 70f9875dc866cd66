// A hub without doors in a folder of its own, stepped by the test, with the time that the test sets: what the tests of
// oversight share.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "gateway/hub.h"
#include "intake_house.h"
#include "petition/json.h"
#include "support/process.h"

namespace gateway {

class OversightHouse {
 public:
  OversightHouse() {
    Open(true);
    for (const auto& [name, channel] : {std::pair("portal", "portal"), std::pair("hotline", "hotline")}) {
      Source source;
      source.name = name;
      source.channel = channel;
      source.state = "live";
      EXPECT_TRUE(hub_->registry().AddSource(source).ok());
    }
  }
  void Open(bool decide) {
    hub_.reset();
    HubOptions options;
    options.data = folder_.path();
    options.ledger.publish = false;
    options.ledger.sync = false;
    options.follower.decide = decide;
    options.follower.destinations = destinations_;
    options.oversight.alert = [this](const std::vector<Alert>& alerts) {
      alerts_.insert(alerts_.end(), alerts.begin(), alerts.end());
    };
    auto opened = Hub::Open(std::move(options), clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message << " " << opened.error().detail;
    hub_ = std::move(*opened);
  }
  void Close() { hub_.reset(); }
  std::string folder() const { return folder_.path(); }
  /// Forgets what can be rebuilt and folds the ledger again.
  void Rebuild() {
    hub_.reset();
    const std::filesystem::path data(folder_.path());
    ASSERT_TRUE(dedup::CaseBook::Remove(data).ok());
    std::filesystem::remove_all(data / "index");
    Open(false);
    Fold();
  }
  void Fold() {
    for (;;) {
      const auto folded = hub_->follower().Step();
      ASSERT_TRUE(folded.ok()) << folded.error().message << " " << folded.error().detail;
      if (*folded == 0) break;
    }
    EXPECT_EQ(hub_->follower().figures().failures, 0u) << hub_->follower().figures().last_failure;
  }
  std::uint64_t Submit(const std::string& source, const petition::Json& json) {
    const auto receipt = hub_->intake().Register(ArrivalOf(source, json.dump()));
    EXPECT_TRUE(receipt.ok()) << receipt.error().message;
    Fold();
    return receipt.ok() ? receipt->ledger_index : ledger::kNoIndex;
  }
  void Report(const std::string& source, std::uint64_t index, const std::string& event,
              const petition::Json& unknown = petition::Json::object()) {
    Principal who;
    who.role = Role::kSource;
    who.name = who.source = source;
    EventReport report;
    report.event = event;
    report.by = "某局";
    report.text = "x";
    report.unknown = unknown;
    const auto acted = hub_->decisions().Report(who, index, report);
    ASSERT_TRUE(acted.ok()) << acted.error().message;
    Fold();
  }
  Oversight::Looked Look() {
    const auto looked = hub_->oversight().Check();
    EXPECT_TRUE(looked.ok()) << looked.error().message << " " << looked.error().detail;
    Fold();
    return looked.ok() ? *looked : Oversight::Looked();
  }
  std::vector<FindingRow> Findings(const std::string& kind, FindingFilter::State state = FindingFilter::State::kOpen,
                                   bool sealed = true) {
    FindingFilter filter;
    filter.kind = kind;
    filter.state = state;
    dedup::Scope scope = dedup::Scope::Everything();
    scope.sealed = sealed;
    return Tables().findings().List(filter, scope, "", 100).value().rows;
  }
  OversightTables& Tables() { return hub_->oversight().tables(); }
  Hub& hub() { return *hub_; }
  petition::ManualClock& clock() { return clock_; }
  std::vector<Alert>& alerts() { return alerts_; }
  std::vector<OwedTo> destinations_;

 private:
  support::TemporaryFolder folder_;
  petition::ManualClock clock_{petition::Time{std::chrono::milliseconds{1741054320000}}};  // 2025-03-04T10:12:00+08:00
  std::vector<Alert> alerts_;
  std::unique_ptr<Hub> hub_;
};

/// A petition of its own: no two numbers are alike.
inline petition::Json Petition(const std::string& number, bool sealed = false) {
  const auto unique = std::to_string(std::hash<std::string>{}(number) % 100'000'000);
  petition::Json json{
      {"externalId", number},
      {"channel", "portal"},
      {"receivedAt", "2025-03-04T10:00:00+08:00"},
      {"content", "编号" + unique + "的小区水管破裂，第" + number + "次来信，请处理。"},
      {"division", "439902"},
      {"category", "010100"},
      {"purpose", "求决"},
      {"claims", {{"first", true}, {"repeat", false}}},
      {"petitioners", {{{"name", "陈" + unique.substr(0, 2)}, {"phone", "1990" + unique.substr(0, 7)}}}}};
  if (sealed) {
    json["purpose"] = "检举控告";
    json["accused"] = "某局副局长";
    json["content"] = "检举某局副局长收受贿赂，编号" + unique;
  }
  return json;
}

inline Principal Overseer(bool sealed = false) {
  Principal who;
  who.role = Role::kOversight;
  who.name = "sun";
  who.sealed = sealed;
  return who;
}

}  // namespace gateway
