#include "gateway/state/public_requests.h"

#include <algorithm>

#include "dedup/case_book_file.h"
#include "gateway/intake.h"
#include "gateway/views.h"
#include "petition/identifiers.h"

namespace gateway {
namespace {

using adapters::open311::RequestBook;
using adapters::open311::RequestQuery;
using adapters::open311::ServiceRequest;
using petition::Result;

/// How many intakes one question goes through at most to find those that match.
constexpr std::int64_t kLookedAtMax = 20'000;

petition::Error Unknown() { return petition::NotFound("service_request_id was not found"); }

bool IsPublic(const dedup::MemberRow& member, std::string_view source) {
  return member.source == source && !member.sealed && !member.dropped;
}

class PublicRequests final : public RequestBook {
 public:
  PublicRequests(const dedup::CaseBook& book, const ledger::Ledger& ledger) : book_(book), ledger_(ledger) {}

  Result<std::vector<ServiceRequest>> Find(const RequestQuery& query) const override {
    GUIYI_TRY(const auto indices, query.ids.empty() ? Newest(query) : ByNumbers(query.ids));
    std::vector<ServiceRequest> found;
    for (const std::uint64_t index : indices) {
      if (found.size() == query.limit) break;
      auto request = Show(query.source, index);
      if (!request.ok() && request.error().code == petition::Code::kNotFound) continue;
      if (!request.ok()) return std::move(request).error();
      if (Matches(query, *request)) found.push_back(*std::move(request));
    }
    return found;
  }

  Result<ServiceRequest> Get(std::string_view source, std::string_view id) const override {
    GUIYI_TRY(const auto index, book_.IndexOfIntakeNo(id));
    if (!index) return Unknown();
    return Show(source, *index);
  }

  Result<ServiceRequest> ByToken(std::string_view source, std::string_view token) const override {
    GUIYI_TRY(const auto known, ledger_.FindExternal(source, token));
    if (known.empty()) return petition::NotFound("token was not found");
    return Show(source, known.front().index);
  }

 private:
  Result<std::vector<std::uint64_t>> Newest(const RequestQuery& query) const {
    const auto ms = [](const std::optional<petition::Time>& time, std::int64_t otherwise) {
      return time ? static_cast<std::int64_t>(time->time_since_epoch().count()) : otherwise;
    };
    return dedup::Guarded("requests", [&]() -> Result<std::vector<std::uint64_t>> {
      std::vector<std::uint64_t> indices;
      for (const auto& [index] : book_.file().Reader()->Ask<std::uint64_t>(
               "SELECT idx FROM intakes WHERE source=$1 AND sealed=0 AND registered>=$2 AND registered<=$3 ORDER BY "
               "registered DESC, idx DESC LIMIT $4",
               query.source, ms(query.from, 0), ms(query.to, std::int64_t{1} << 60), kLookedAtMax))
        indices.push_back(index);
      return indices;
    });
  }

  Result<std::vector<std::uint64_t>> ByNumbers(const std::vector<std::string>& ids) const {
    std::vector<std::uint64_t> indices;
    for (const auto& id : ids) {
      GUIYI_TRY(const auto index, book_.IndexOfIntakeNo(id));
      if (index) indices.push_back(*index);
    }
    return indices;
  }

  static bool Matches(const RequestQuery& query, const ServiceRequest& request) {
    const auto& codes = query.service_codes;
    if (!codes.empty() && std::find(codes.begin(), codes.end(), request.service_code) == codes.end()) return false;
    if (query.from && request.requested_at < *query.from) return false;
    if (query.to && request.requested_at > *query.to) return false;
    return !query.open || *query.open == request.open;
  }

  Result<ServiceRequest> Show(std::string_view source, std::uint64_t index) const {
    GUIYI_TRY(const auto member, book_.Member(index));
    if (!IsPublic(member, source)) return Unknown();
    GUIYI_TRY(const auto stored, ledger_.Read(index));
    GUIYI_TRY(const auto intake, ReadIntakeRecord(stored));
    // What says of itself that it is an accusation is not shown whoever opened it.
    if (intake.sealed || intake.submission.purpose == "检举控告") return Unknown();
    ServiceRequest request;
    request.id = member.intake_no;
    request.requested_at = request.updated_at = member.registered_at;
    GUIYI_CHECK(TellState(member, request));
    const auto shown = Masked(intake.submission);
    request.service_code = shown.category;
    request.description = shown.content;
    request.address = petition::MaskText(shown.place_text);
    if (shown.location) {
      request.lat = shown.location->lat;
      request.lon = shown.location->lon;
    }
    return request;
  }

  petition::Status TellState(const dedup::MemberRow& member, ServiceRequest& request) const {
    request.open = !member.closed_at.has_value();
    GUIYI_TRY(const auto events, book_.Events(member.index));
    for (const auto& event : events) request.updated_at = std::max(request.updated_at, event.at);
    request.status_notes = StateText(member.state, false);
    const std::string lead_no = dedup::IntakeNoOfCase(member.case_no);
    if (lead_no.empty() || lead_no == member.intake_no) return petition::Ok();
    GUIYI_TRY(const auto lead_index, book_.IndexOfIntakeNo(lead_no));
    if (!lead_index) return petition::Ok();
    GUIYI_TRY(const auto lead, book_.Member(*lead_index));
    request.open = request.open && !lead.closed_at.has_value();
    if (lead.closed_at) request.updated_at = std::max(request.updated_at, *lead.closed_at);
    request.status_notes = request.open ? "已并入 " + lead_no + "，随其办结" : "已随 " + lead_no + " 办结";
    return petition::Ok();
  }

  const dedup::CaseBook& book_;
  const ledger::Ledger& ledger_;
};

}  // namespace

std::unique_ptr<RequestBook> MakePublicRequests(const dedup::CaseBook& book, const ledger::Ledger& ledger) {
  return std::make_unique<PublicRequests>(book, ledger);
}

}  // namespace gateway
