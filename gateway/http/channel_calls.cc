// The doors of other protocols: calls that an adapter verifies, reads and answers in its own form. The hub routes them,
// puts what they bring on the ledger, and only then lets the adapter answer. What is refused is on the ledger first,
// under the source's name once the call has shown that it is the source's.
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/refusals.h"

namespace gateway::http {

namespace {

using adapters::DoorCall;
using petition::Error;
using petition::Result;

Error NoSuchDoor() { return {petition::Code::kNotFound, "no_such_route", "there is no such call", {}, {}}; }

DoorCall ToDoorCall(Desk& desk, const Request& request, std::string path) {
  DoorCall call;
  call.method = request.method;
  call.path = std::move(path);
  call.query = request.query;
  call.headers.assign(request.headers.begin(), request.headers.end());
  // The hub's own key is the hub's business: the adapter only hears whether it fits.
  std::erase_if(call.headers, [](const auto& header) {
    return header.first == "authorization" && header.second.find("guiyi_") != std::string::npos;
  });
  call.body = request.body;
  call.at = desk.hub.clock().Now();
  return call;
}

Answer ToAnswer(adapters::DoorAnswer said) {
  Answer answer;
  answer.status = said.status;
  answer.media_type = std::move(said.media_type);
  answer.body = std::move(said.body);
  answer.headers = std::move(said.headers);
  return answer;
}

/// One call to one source's door.
struct Visit {
  Desk& desk;
  Request& request;
  std::shared_ptr<const Adapter> adapter;
  std::optional<Source> source;
  DoorCall call;
  bool verified = false;

  Answer Refused(const Error& error);
  Result<Answer> Serve();
};

/// The refusal on the ledger, and the answer in the protocol's own form of "no".
Answer Visit::Refused(const Error& error) {
  std::optional<std::uint64_t> index;
  if (IsRefusal(error)) {
    Refusal refusal;
    refusal.door = adapter->spec->kind;
    if (verified) refusal.source = source->name;
    refusal.reason = error.Reason();
    refusal.media_type = request.media_type;
    refusal.raw = request.body;
    refusal.raw_size = request.body.size();
    refusal.where = WhereOf(error);
    if (verified) refusal.where["mapping"] = source->mapping_version;
    // What only asks (an echo test, a list of services) hands nothing in.
    if (request.method != "GET" || verified) {
      const auto recorded = desk.hub.intake().Refuse(refusal);
      if (!recorded.ok()) {
        const Error later{
            petition::Code::kUnavailable, {}, "nothing can be recorded at the moment: send it again later", {}, {}};
        return ToAnswer(adapter->door->Refuse(call, later));
      }
      if (*recorded != ledger::kNoIndex) index = *recorded;
    }
    desk.sources.CountRefused(refusal.source, desk.hub.clock().Now());
  }
  auto said = adapter->door->Refuse(call, error);
  if (said.body.empty()) return ProblemAnswer(error, request.language, index);
  return ToAnswer(std::move(said));
}

Result<Answer> Visit::Serve() {
  verified = true;
  request.who = Principal{};
  request.who->name = request.who->source = source->name;
  if (source->state != "live" && source->state != "shadow") {
    return Refused(
        {petition::Code::kUnauthorized, "source_not_live", "the source is not open yet, or suspended", {}, {}});
  }
  auto decoded = adapter->door->Decode(call);
  if (!decoded.ok()) return Refused(decoded.error());
  std::vector<adapters::Settled> settled;
  if (!decoded->records.empty()) {
    auto appended = desk.hub.records().AppendAll(*source, *adapter->spec, adapter->spec->kind, decoded->records);
    if (!appended.ok()) return Refused(appended.error());
    settled = std::move(*appended);
    std::vector<std::string> unmapped;
    for (const auto& record : decoded->records)
      unmapped.insert(unmapped.end(), record.unmapped.begin(), record.unmapped.end());
    // Everything is on the ledger: figures that can't be written now are no reason to have it sent again.
    (void)desk.hub.feed_state().Count(source->name, CountsOf(settled, decoded->records), unmapped).ok();
  }
  return ToAnswer(adapter->door->Reply(call, *decoded, settled));
}

bool BearerIs(Desk& desk, const Request& request, const std::string& source) {
  constexpr std::size_t kScheme = 7;  // "Bearer "
  if (request.authorization.size() <= kScheme) return false;
  const auto who = desk.hub.registry().Authenticate(std::string_view(request.authorization).substr(kScheme));
  return who.ok() && who->role == Role::kSource && who->source == source;
}

/// A failed try costs the caller of its allowance, so that nobody guesses keys or fills the ledger.
Result<Answer> Unverified(Visit& visit, const Error& error) {
  if (!visit.desk.anonymous.Take(CallerOf(visit.request.peer)))
    return ProblemAnswer(RateLimited(), visit.request.language);
  return visit.Refused(error);
}

Result<Answer> ServeOne(Desk& desk, Request& request, const std::string& kind, const std::string& name,
                        std::string path) {
  Visit visit{desk, request, nullptr, desk.hub.registry().FindSource(name), {}, false};
  auto adapter = visit.source ? desk.hub.adapters().Of(name) : Result<std::shared_ptr<const Adapter>>(NoSuchDoor());
  if (!adapter.ok() || (*adapter)->spec->kind != kind || !(*adapter)->door) return NoSuchDoor();
  visit.adapter = std::move(*adapter);
  visit.call = ToDoorCall(desk, request, std::move(path));
  const auto shown = visit.adapter->door->Verify(visit.call, BearerIs(desk, request, name));
  if (!shown.ok()) return Unverified(visit, shown.error());
  return visit.Serve();
}

/// A path that all sources of a kind share: the call says by itself whose it is.
Result<Answer> ServeShared(Desk& desk, Request& request, std::string_view kind, const std::string& path) {
  std::optional<Visit> last;
  std::optional<Error> why;
  for (const Source& source : desk.hub.registry().Sources()) {
    if (source.mapping_version == 0 || source.state == "draft" || source.state == "suspended") continue;
    auto adapter = desk.hub.adapters().Of(source.name);
    if (!adapter.ok() || (*adapter)->spec->kind != kind || !(*adapter)->door) continue;
    last.emplace(Visit{desk, request, std::move(*adapter), source, ToDoorCall(desk, request, path), false});
    const auto shown = last->adapter->door->Verify(last->call, BearerIs(desk, request, source.name));
    if (shown.ok()) return last->Serve();
    why = shown.error();
  }
  if (!last) return NoSuchDoor();
  return Unverified(*last, *why);
}

std::string Rest(const std::string& rest) { return rest.empty() ? rest : "/" + rest; }

}  // namespace

Outcome VisitChannel(Desk& desk, Request& request) {
  return ServeOne(desk, request, request.captures[0], request.captures[1],
                  request.captures.size() > 2 ? Rest(request.captures[2]) : "");
}

Outcome VisitSoap(Desk& desk, Request& request) { return ServeOne(desk, request, "soap", request.captures[0], ""); }

Outcome VisitOpen311(Desk& desk, Request& request) {
  return ServeShared(desk, request, "open311", Rest(request.captures[0]));
}

}  // namespace gateway::http
