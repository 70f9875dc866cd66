#include "gateway/http/system_calls.h"

#include <algorithm>
#include <string>
#include <utility>

namespace gateway::http {

using petition::Json;

namespace {

// A job that never ends is done as far as it has come: `done` of `total`.
Json Job(std::string_view name, bool healthy, std::uint64_t done, std::uint64_t total) {
  return {{"name", name}, {"healthy", healthy}, {"done", std::min(done, total)}, {"total", total}};
}

/// Counts of the whole hub, held against those of a reader's own scope, would tell how many sealed ones there are.
bool MayCount(const Principal& who) { return who.sealed && who.divisions.empty(); }

Json JobsView(Desk& desk, bool counts) {
  auto& hub = desk.hub;
  const auto size = hub.ledger().size();
  const auto figures = hub.follower().figures();
  auto follower = Job("follower", hub.follower().healthy(), hub.follower().position(), size);
  follower["failures"] = figures.failures;
  if (counts) {
    follower["decided"] = figures.decided;
    follower["undecidable"] = figures.undecidable;
  }
  Json jobs = Json::array();
  jobs.push_back(std::move(follower));
  for (const auto& view : hub.witnessing().views()) {
    auto witness = Job("witness", view.state != "conflict" && view.state != "late", view.size, size);
    witness["of"] = view.name;
    witness["reason"] = view.reason;
    jobs.push_back(std::move(witness));
  }
  for (const auto& view : hub.fan_out().views()) {
    auto callback = Job("callback", view.failures == 0, view.cursor, size);
    callback["of"] = view.source;
    callback["reason"] = view.reason;
    jobs.push_back(std::move(callback));
  }
  return jobs;
}

Json UplinksView(Desk& desk, bool counts) {
  Json list = Json::array();
  for (const auto& status : desk.hub.uplink().statuses()) {
    Json one{{"destination", status.destination},
             {"state", status.state},
             {"reason", status.reason},
             {"inFlight", status.in_flight},
             {"pausedUntil", nullptr}};
    if (counts) {
      one.update({{"attempts", status.attempts},
                  {"done", status.done},
                  {"transient", status.transient},
                  {"permanent", status.permanent},
                  {"unknown", status.unknown},
                  {"instructions", status.instructions}});
    }
    if (status.paused_until != petition::Time{}) one["pausedUntil"] = petition::FormatTime(status.paused_until);
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace

Outcome ReadSystem(Desk& desk, Request& request) {
  const bool counts = MayCount(*request.who);
  return JsonAnswer({{"settings", desk.options.settings.is_null() ? Json::object() : desk.options.settings},
                     {"jobs", JobsView(desk, counts)},
                     {"uplinks", UplinksView(desk, counts)},
                     {"at", petition::FormatTime(desk.hub.clock().Now())}});
}

}  // namespace gateway::http
