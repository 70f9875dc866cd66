// The one route table: every path, who may call it by which rule, what it reads. config/openapi.json describes the same
// calls; a test holds the two against each other.
#include "gateway/http/calls.h"

namespace gateway::http {

std::vector<Route> Table(Desk& desk) {
  const auto run = [&desk](Outcome (*call)(Desk&, Request&)) -> Handler {
    return [&desk, call](Request& request) { return call(desk, request); };
  };
  const auto keyed = [&](const char* method, const char* path, Call call, Body body,
                         Outcome (*handler)(Desk&, Request&), bool hands_in = false) {
    return Route{method, path, Access::kKey, call, body, hands_in, run(handler)};
  };
  const auto soon = [&desk](Route route, bool (*begin)(Desk&, Request&, Post, Reply)) {
    route.soon = [&desk, begin](Request& request, Post post, Reply reply) {
      return begin(desk, request, std::move(post), std::move(reply));
    };
    return route;
  };
  const auto open = [&](const char* method, const char* path, Access access, Body body,
                        Outcome (*handler)(Desk&, Request&)) {
    return Route{method, path, access, std::nullopt, body, false, run(handler)};
  };
  constexpr bool kHandsIn = true;
  return {
      // Handing in.
      soon(keyed("POST", "/api/v1/intakes", Call::kRegister, Body::kJson, RegisterIntake, kHandsIn),
           RegisterIntakeSoon),
      keyed("POST", "/api/v1/intakes/batch", Call::kRegister, Body::kRows, RegisterBatch, kHandsIn),
      keyed("PUT", "/api/v1/attachments/{sha256}", Call::kAttach, Body::kStream, PutAttachment, kHandsIn),
      // Reading back and reporting.
      keyed("GET", "/api/v1/intakes", Call::kReadIntake, Body::kNone, ReadIntakeByNumber),
      keyed("GET", "/api/v1/intakes/{intakeNo}", Call::kReadIntake, Body::kNone, ReadIntake),
      keyed("GET", "/api/v1/intakes/{intakeNo}/raw", Call::kReadRaw, Body::kNone, ReadRaw),
      keyed("GET", "/api/v1/intakes/{intakeNo}/proof", Call::kProve, Body::kNone, ReadProof),
      keyed("POST", "/api/v1/intakes/{intakeNo}/events", Call::kReportEvent, Body::kJson, ReportEvent, kHandsIn),
      keyed("POST", "/api/v1/intakes/events", Call::kReportEvent, Body::kJson, ReportEventByNumber, kHandsIn),
      keyed("POST", "/api/v1/intakes/{intakeNo}/sealing", Call::kSeal, Body::kJson, SealIntake, kHandsIn),
      keyed("GET", "/api/v1/changes", Call::kChanges, Body::kNone, ReadChanges),
      // Matching.
      keyed("POST", "/api/v1/duplicates/preview", Call::kPreview, Body::kJson, Preview),
      keyed("POST", "/api/v1/channel-check", Call::kChannelCheck, Body::kJson, CheckChannel),
      keyed("POST", "/api/v1/cases/search", Call::kSearchCases, Body::kJson, SearchCases),
      keyed("GET", "/api/v1/cases/{caseNo}", Call::kReadCase, Body::kNone, ReadCase),
      keyed("POST", "/api/v1/cases/{caseNo}/merge", Call::kMerge, Body::kJson, MergeCases, kHandsIn),
      keyed("POST", "/api/v1/cases/{caseNo}/split", Call::kSplit, Body::kJson, SplitCase, kHandsIn),
      keyed("GET", "/api/v1/reviews", Call::kReadReviews, Body::kNone, ReadReviews),
      keyed("POST", "/api/v1/reviews/{id}", Call::kAnswerReview, Body::kJson, AnswerReview, kHandsIn),
      // The petitioner.
      open("POST", "/api/v1/progress", Access::kLimited, Body::kJson, Progress),
      open("POST", "/api/v1/registered", Access::kLimited, Body::kJson, Registered),
      open("POST", "/progress", Access::kLimited, Body::kForm, ProgressPage),
      // Running it.
      keyed("GET", "/api/v1/deliveries", Call::kReadDeliveries, Body::kNone, ReadDeliveries),
      keyed("POST", "/api/v1/deliveries/{id}/retry", Call::kRetryDelivery, Body::kNone, RetryDelivery),
      keyed("POST", "/api/v1/deliveries/{id}/skip", Call::kSkipDelivery, Body::kJson, SkipDelivery),
      keyed("GET", "/api/v1/sources", Call::kReadSources, Body::kNone, ReadSources),
      keyed("POST", "/api/v1/sources/{name}/manifests", Call::kManifest, Body::kJson, TakeManifest, kHandsIn),
      keyed("GET", "/api/v1/oversight/summary", Call::kOversight, Body::kNone, Summary),
      // Anyone.
      open("GET", "/ledger/checkpoint", Access::kAnyone, Body::kNone, ReadCheckpoint),
      open("GET", "/ledger/tile/entries/{path...}", Access::kAnyone, Body::kNone, ReadTile),
      open("GET", "/ledger/tile/{path...}", Access::kAnyone, Body::kNone, ReadTile),
      open("GET", "/healthz", Access::kAnyone, Body::kNone, Alive),
      open("GET", "/readyz", Access::kAnyone, Body::kNone, Ready),
      open("GET", "/metrics", Access::kAnyone, Body::kNone, ReadMetrics),
      open("GET", "/openapi.json", Access::kAnyone, Body::kNone, OpenApi),
      open("GET", "/", Access::kAnyone, Body::kNone, FrontPage),
  };
}

}  // namespace gateway::http
