// An IntakeHouse is the lower half of a hub in a folder of its own: keys, blobs, ledger and intake, the real ones, with
// a clock that stands still. One thread sets it up; the parts keep their own guarantees.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/intake.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"
#include "petition/time.h"
#include "support/process.h"

namespace gateway {

class IntakeHouse {
 public:
  explicit IntakeHouse(IntakeOptions options = {}, std::function<std::uint64_t()> backlog = {});

  /// Ends all parts and opens them again on the same folder.
  void Restart();

  Intake& intake() { return *intake_; }
  ledger::Ledger& ledger() { return *ledger_; }
  ledger::BlobStore& blobs() { return *blobs_; }
  const ledger::KeyRing& keys() const { return *keys_; }
  petition::ManualClock& clock() { return clock_; }
  const std::string& folder() const { return folder_.path(); }

  /// The record of an entry as JSON, and a registered intake read back.
  petition::Json Record(std::uint64_t index) const;
  IntakeRecord Read(std::uint64_t index) const;

 private:
  void Open();

  support::TemporaryFolder folder_;
  petition::ManualClock clock_{petition::Time{std::chrono::milliseconds{1741054320000}}};  // 2025-03-04T10:12:00+08:00
  IntakeOptions options_;
  std::function<std::uint64_t()> backlog_;
  std::optional<ledger::KeyRing> keys_;
  std::unique_ptr<ledger::BlobStore> blobs_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Intake> intake_;
};

/// A submission from JSON text, as a door would map it; `raw` is the text.
Arrival ArrivalOf(const std::string& source, const std::string& json);

}  // namespace gateway
