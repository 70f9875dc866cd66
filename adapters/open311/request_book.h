// A RequestBook is what the Open311 door reads: the requests that came in by one such source, as the hub shows them to
// anybody. Petitions of other channels are nobody else's business and not in it, nor are sealed intakes, accusations,
// and anything that tells who handed a request in. The gateway implements it over its ledger and case book. Safe from
// any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"
#include "petition/time.h"

namespace adapters::open311 {

/// One request of GeoReport v2. Empty texts are not known or not for the public.
struct ServiceRequest {
  std::string id;  ///< the intake number
  bool open = true;
  /// For one that was merged: it stays open until its lead closes, and this names the lead.
  std::string status_notes;
  std::string service_code;
  std::string description, agency_responsible, address;
  std::optional<double> lat, lon;
  petition::Time requested_at{}, updated_at{};
  std::optional<petition::Time> expected_at;
};

struct RequestQuery {
  std::string source;
  std::vector<std::string> ids;            ///< none: all
  std::vector<std::string> service_codes;  ///< none: all
  std::optional<petition::Time> from, to;  ///< by requested_at
  std::optional<bool> open;
  std::size_t limit = 1000;
};

class RequestBook {
 public:
  virtual ~RequestBook() = default;
  /// The newest first.
  virtual petition::Result<std::vector<ServiceRequest>> Find(const RequestQuery& query) const = 0;
  /// kNotFound: there is none for the public's eyes.
  virtual petition::Result<ServiceRequest> Get(std::string_view source, std::string_view id) const = 0;
  /// By the external id under which it was handed in; kNotFound as long as nothing is registered under it.
  virtual petition::Result<ServiceRequest> ByToken(std::string_view source, std::string_view token) const = 0;
};

}  // namespace adapters::open311
