// Parcels makes what a destination is given out of a delivery row: reads the intake (or what happened to it) back from
// the ledger and its relation from the case book. Threads: safe from any thread. Failure: kNotFound with reason
// "payload_dropped" once retention has ended, kCorrupt, kUnavailable.
//
// The sealed envelope: of an accusation the destination gets the numbers (intake number, source), the times, the
// channel it came by and the flag that it is sealed. No text, no title, no people, no place or division, no category or
// purpose, no accused, no tie to other submissions and no case; the digest is that of the ledger's published entry,
// which is salted. Events about it go without their words.
#pragma once

#include <variant>

#include "adapters/destination.h"
#include "dedup/case_book.h"
#include "gateway/state/deliveries.h"
#include "ledger/ledger.h"

namespace gateway {

using Consignment = std::variant<adapters::Parcel, adapters::Update>;

class Parcels {
 public:
  Parcels(const ledger::Ledger& ledger, const dedup::CaseBook& book) : ledger_(ledger), book_(book) {}
  petition::Result<Consignment> Make(const Delivery& row) const;

 private:
  petition::Result<adapters::Parcel> Registration(const Delivery& row) const;
  petition::Result<adapters::Update> Change(const Delivery& row) const;

  const ledger::Ledger& ledger_;
  const dedup::CaseBook& book_;
};

}  // namespace gateway
