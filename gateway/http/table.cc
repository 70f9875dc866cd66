// The one route table: every path, who may call it by which rule, what it reads. config/openapi.json describes the same
// calls; a test holds the two against each other.
#include "gateway/http/calls.h"
#include "gateway/http/system_calls.h"

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
  const auto door = [&](const char* method, const char* path, Outcome (*handler)(Desk&, Request&)) {
    const bool posts = std::string_view(method) == "POST";
    return Route{method, path, Access::kDoor, std::nullopt, posts ? Body::kAny : Body::kNone, posts, run(handler)};
  };
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
      keyed("GET", "/api/v1/intakes/{intakeNo}/receipt", Call::kProve, Body::kNone, ReadReceiptPage),
      keyed("POST", "/api/v1/intakes/{intakeNo}/events", Call::kReportEvent, Body::kJson, ReportEvent, kHandsIn),
      keyed("POST", "/api/v1/intakes/events", Call::kReportEvent, Body::kJson, ReportEventByNumber, kHandsIn),
      keyed("POST", "/api/v1/intakes/{intakeNo}/sealing", Call::kSeal, Body::kJson, SealIntake, kHandsIn),
      keyed("GET", "/api/v1/changes", Call::kChanges, Body::kNone, ReadChanges),
      // People who sign in.
      open("GET", "/api/v1/session", Access::kAnyone, Body::kNone, WhoAmI),
      open("POST", "/api/v1/session", Access::kAnyone, Body::kJson, SignIn),
      open("DELETE", "/api/v1/session", Access::kAnyone, Body::kNone, SignOut),
      keyed("POST", "/api/v1/session/password", Call::kOwnPassword, Body::kJson, ChangeOwnPassword),
      keyed("GET", "/api/v1/users", Call::kReadUsers, Body::kNone, ReadUsers),
      keyed("POST", "/api/v1/users", Call::kChangeUsers, Body::kJson, AddUser),
      keyed("POST", "/api/v1/users/{name}/disable", Call::kChangeUsers, Body::kNone, DisableUser),
      keyed("POST", "/api/v1/users/{name}/password", Call::kChangeUsers, Body::kNone, ResetPassword),
      keyed("GET", "/api/v1/names", Call::kReadNames, Body::kNone, ReadNames),
      // Matching.
      keyed("POST", "/api/v1/duplicates/preview", Call::kPreview, Body::kJson, Preview),
      keyed("GET", "/api/v1/dedup/models", Call::kReadModels, Body::kNone, ReadModels),
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
      open("GET", "/progress", Access::kAnyone, Body::kNone, ProgressForm),
      open("POST", "/progress", Access::kLimited, Body::kForm, ProgressPage),
      open("POST", "/progress/receipt", Access::kLimited, Body::kUpload, ReceiptCheckPage),
      // Running it.
      keyed("GET", "/api/v1/deliveries", Call::kReadDeliveries, Body::kNone, ReadDeliveries),
      keyed("POST", "/api/v1/deliveries/{id}/retry", Call::kRetryDelivery, Body::kNone, RetryDelivery),
      keyed("POST", "/api/v1/deliveries/{id}/skip", Call::kSkipDelivery, Body::kJson, SkipDelivery),
      keyed("POST", "/api/v1/deliveries/{id}/assign", Call::kRetryDelivery, Body::kJson, AssignDelivery),
      keyed("GET", "/api/v1/callbacks", Call::kReadDeliveries, Body::kNone, ReadCallbacks),
      keyed("POST", "/api/v1/callbacks/{source}/resume", Call::kRetryDelivery, Body::kNone, ResumeCallback),
      keyed("GET", "/api/v1/system", Call::kReadDeliveries, Body::kNone, ReadSystem),
      keyed("GET", "/api/v1/system/tables/{name}", Call::kReadTables, Body::kNone, ReadTable),
      keyed("POST", "/api/v1/system/tables/{name}", Call::kChangeTables, Body::kJson, PutTable),
      keyed("GET", "/api/v1/sources", Call::kReadSources, Body::kNone, ReadSources),
      keyed("POST", "/api/v1/sources/{name}/check", Call::kCheckSource, Body::kJson, CheckSource),
      keyed("GET", "/api/v1/sources/{name}/mapping", Call::kReadMapping, Body::kNone, ReadMapping),
      keyed("POST", "/api/v1/sources/{name}/mapping", Call::kPutMapping, Body::kJson, PutMapping),
      keyed("POST", "/api/v1/sources/{name}/state", Call::kSourceState, Body::kJson, SetSourceState),
      keyed("POST", "/api/v1/sources/{name}/key", Call::kRenewKey, Body::kJson, RenewSourceKey),
      keyed("GET", "/api/v1/sources/{name}/records", Call::kReadSources, Body::kNone, ReadSourceRecords),
      keyed("GET", "/api/v1/quarantine", Call::kReadQuarantine, Body::kNone, ReadQuarantine),
      keyed("POST", "/api/v1/quarantine/replay", Call::kReplayQuarantine, Body::kJson, ReplayQuarantine),
      keyed("POST", "/api/v1/quarantine/set-aside", Call::kReplayQuarantine, Body::kJson, SetAside),
      keyed("POST", "/api/v1/sources/{name}/manifests", Call::kManifest, Body::kJson, TakeManifest, kHandsIn),
      keyed("POST", "/api/v1/destinations/{name}/registers", Call::kOversight, Body::kJson, TakeUpstreamRegister,
            kHandsIn),
      keyed("GET", "/api/v1/oversight/summary", Call::kOversight, Body::kNone, Summary),
      // Doors of other protocols.
      door("GET", "/channels/{kind}/{source}", VisitChannel),
      door("POST", "/channels/{kind}/{source}", VisitChannel),
      door("GET", "/channels/{kind}/{source}/{path...}", VisitChannel),
      door("POST", "/channels/{kind}/{source}/{path...}", VisitChannel),
      door("GET", "/soap/{source}", VisitSoap),
      door("POST", "/soap/{source}", VisitSoap),
      door("GET", "/open311/v2/{path...}", VisitOpen311),
      door("POST", "/open311/v2/{path...}", VisitOpen311),
      keyed("GET", "/api/v1/oversight/exceptions", Call::kOversight, Body::kNone, ReadExceptions),
      keyed("GET", "/api/v1/oversight/exceptions/{id}", Call::kOversight, Body::kNone, ReadException),
      keyed("POST", "/api/v1/oversight/exceptions/{id}", Call::kOversight, Body::kJson, ChangeException, kHandsIn),
      keyed("GET", "/api/v1/oversight/clocks", Call::kOversight, Body::kNone, ReadClocks),
      keyed("GET", "/api/v1/oversight/intakes", Call::kOversight, Body::kNone, ReadItems),
      keyed("GET", "/api/v1/oversight/registered", Call::kOversight, Body::kNone, ReadRegistered),
      keyed("GET", "/api/v1/oversight/cases", Call::kOversight, Body::kNone, ReadCaseList),
      keyed("GET", "/api/v1/oversight/questions", Call::kOversight, Body::kNone, ReadQuestions),
      keyed("GET", "/api/v1/oversight/calls", Call::kOversight, Body::kNone, ReadCalls),
      keyed("GET", "/api/v1/oversight/reconciliation", Call::kOversight, Body::kNone, ReadReconciliation),
      keyed("GET", "/api/v1/oversight/report", Call::kOversight, Body::kNone, ReadReport),
      keyed("GET", "/api/v1/oversight/flows", Call::kOversight, Body::kNone, ReadFlows),
      keyed("GET", "/api/v1/lookup", Call::kOversight, Body::kNone, Lookup),
      keyed("GET", "/api/v1/intakes/{intakeNo}/category", Call::kReadCase, Body::kNone, SuggestCategory),
      keyed("POST", "/api/v1/calls", Call::kCallRecords, Body::kJson, TakeCalls, kHandsIn),
      keyed("POST", "/api/v1/registers/{name}", Call::kCallRecords, Body::kJson, TakeRegisterLines, kHandsIn),
      // Anyone.
      open("GET", "/ledger/checkpoint", Access::kAnyone, Body::kNone, ReadCheckpoint),
      open("GET", "/ledger/vkey", Access::kAnyone, Body::kNone, ReadLedgerKey),
      open("GET", "/ledger/tile/entries/{path...}", Access::kAnyone, Body::kNone, ReadTile),
      open("GET", "/ledger/tile/{path...}", Access::kAnyone, Body::kNone, ReadTile),
      open("GET", "/healthz", Access::kAnyone, Body::kNone, Alive),
      open("GET", "/readyz", Access::kAnyone, Body::kNone, Ready),
      open("GET", "/metrics", Access::kAnyone, Body::kNone, ReadMetrics),
      open("GET", "/openapi.json", Access::kAnyone, Body::kNone, OpenApi),
      open("GET", "/", Access::kAnyone, Body::kNone, ConsolePage),
      open("GET", "/console/{path...}", Access::kAnyone, Body::kNone, ConsolePage),
      open("GET", "/assets/{path...}", Access::kAnyone, Body::kNone, ConsoleAsset),
  };
}

}  // namespace gateway::http
