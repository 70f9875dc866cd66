#include "gateway/commands/bench_dedup_hub.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "gateway/commands/bench_folder.h"
#include "gateway/commands/load_generator.h"
#include "gateway/http/http_server.h"
#include "gateway/hub.h"

namespace gateway {

using nlohmann::json;
using petition::Result;
using petition::Status;

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr double kIntakesPerSecond = 500, kPreviewsPerSecond = 20;

double SecondsSince(SteadyClock::time_point since) {
  return std::chrono::duration<double>(SteadyClock::now() - since).count();
}

// As they come to a hub of a large city: a million in a year. What is near in time is more likely to be about the same.
constexpr std::chrono::seconds kBetweenIntakes{30};
constexpr std::uint64_t kCopiedWithin = 100'000;

// Every tenth is an edited copy of an earlier one of about the last month, by the same person or another.
petition::Submission NthFiled(const BenchCorpus& corpus, std::uint64_t number) {
  if (number % 10 != 9) return corpus.Filed(number);
  const std::uint64_t before = (number * 0x9E3779B97F4A7C15u >> 32) % std::min(number, kCopiedWithin) + 1;
  return corpus.FiledAgain(number - before, kEdits[number / 10 % 4], number, number % 20 == 9);
}

Status TakeAllIn(Hub& hub, const BenchCorpus& corpus, std::uint64_t count, petition::Time now) {
  std::vector<Arrival> arrivals;
  for (std::uint64_t i = 0; i < count; ++i) {
    Arrival arrival;
    arrival.source = "bench";
    arrival.submission = NthFiled(corpus, i);
    arrival.submission.received_at = now - (count - i) * kBetweenIntakes;
    arrival.raw = petition::DumpJson(petition::SubmissionToJson(arrival.submission));
    arrivals.push_back(std::move(arrival));
    if (arrivals.size() < 256 && i + 1 < count) continue;
    for (const auto& result : hub.intake().RegisterAll(arrivals)) {
      if (!result.ok()) return result.error();
    }
    arrivals.clear();
    Progress("taking in", i + 1, count);
  }
  return petition::Ok();
}

json FollowAll(Hub& hub, std::uint64_t count) {
  json figures;
  hub.Start(nullptr);
  const auto begin = SteadyClock::now();
  auto last_begin = begin;
  std::uint64_t decided = 0, last_from = 0;
  while (decided < count) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    decided = hub.follower().figures().decided;
    if (last_from == 0 && decided >= count * 9 / 10) {
      last_from = decided;
      last_begin = SteadyClock::now();
    }
    Progress("following", decided, count);
  }
  figures["per_second"] = static_cast<double>(decided) / SecondsSince(begin);
  figures["per_second_last_tenth"] =
      static_cast<double>(decided - last_from) / std::max(SecondsSince(last_begin), 1e-3);
  figures["resident_mib"] = static_cast<double>(ResidentKib()) / 1024;
  figures["resident_anonymous_mib"] = static_cast<double>(ResidentAnonymousKib()) / 1024;
  // What follows takes as long again: what is known is said.
  std::fprintf(stderr, "followed: %.0f a second, the last tenth %.0f\n", figures["per_second"].get<double>(),
               figures["per_second_last_tenth"].get<double>());
  return figures;
}

struct BenchKeys {
  std::string source, operator_;
};

/// `from`: number of the first text that comes in meanwhile.
Result<json> PreviewUnderLoad(Hub& hub, const BenchCorpus& corpus, const BenchHubPlan& plan, const BenchKeys& keys,
                              std::uint64_t from) {
  HttpOptions options;
  options.server.listen = "127.0.0.1:0";
  options.data = plan.folder;
  options.previews.per_minute = options.previews.burst = 1'000'000;
  GUIYI_TRY(const auto http, HttpServer::Start(options, hub));
  const std::string address = http->address();
  LoadOptions intakes;
  intakes.port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  intakes.duration = std::chrono::seconds(plan.preview_seconds + 2);
  LoadOptions previews = intakes;
  intakes.key = keys.source;
  intakes.connections = 4;
  intakes.per_second = kIntakesPerSecond;
  const std::uint64_t after = plan.intakes;
  intakes.body = [&corpus, from](std::uint64_t sent) {
    return petition::DumpJson(petition::SubmissionToJson(NthFiled(corpus, from + sent)));
  };
  previews.key = keys.operator_;
  previews.connections = 1;
  previews.per_second = kPreviewsPerSecond;
  previews.path = "/api/v1/duplicates/preview";
  previews.duration = std::chrono::seconds(plan.preview_seconds);
  previews.body = [&corpus, after](std::uint64_t sent) {
    const std::uint64_t number = sent * 7919 % after;
    return petition::DumpJson(
        petition::SubmissionToJson(corpus.FiledAgain(number, kEdits[sent % 4], sent + 1'000'000, sent % 2 == 0)));
  };
  Result<LoadResult> load = LoadResult{};
  std::thread loading([&] { load = GenerateLoad(intakes); });
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto answered = GenerateLoad(previews);
  loading.join();
  http->Stop();
  if (!answered.ok()) return answered.error();
  if (!load.ok()) return load.error();
  return json{{"answered", answered->answered},          {"refused", answered->refused},
              {"p50_ms", answered->Percentile(0.5)},     {"p99_ms", answered->Percentile(0.99)},
              {"intakes_per_second", load->PerSecond()}, {"intakes_p99_ms", load->Percentile(0.99)}};
}

}  // namespace

Result<json> MeasureHub(const BenchCorpus& corpus, const BenchHubPlan& plan) {
  const petition::SystemClock clock;
  HubOptions options;
  options.data = plan.folder;
  options.intake.backlog_max = plan.intakes * 4;
  json figures = {{"intakes", plan.intakes}};
  {
    GUIYI_TRY(const auto hub, Hub::Open(options, clock));
    Source source;
    source.name = "bench";
    source.channel = "portal";
    source.state = "live";
    GUIYI_TRY(const auto key, hub->registry().AddSource(source));
    const auto begin = SteadyClock::now();
    GUIYI_CHECK(TakeAllIn(*hub, corpus, plan.intakes, clock.Now()));
    figures["taken_in_per_second"] = static_cast<double>(plan.intakes) / SecondsSince(begin);
    const auto following = SteadyClock::now();
    figures.update(FollowAll(*hub, plan.intakes));
    const auto counting = SteadyClock::now();
    GUIYI_TRY(const auto counters, hub->cases().Count(dedup::Scope::Everything()));
    figures["count_ms"] = SecondsSince(counting) * 1000;
    figures["cases"] = counters.cases;
    for (const auto& [relation, count] : counters.relations) figures["relations"][relation] = count;
    for (const auto& [mode, count] : counters.modes) figures["modes"][mode] = count;
    User user;
    user.name = "bench-operator";
    user.role = Role::kOperator;
    GUIYI_TRY(const auto operator_key, hub->registry().AddUser(user));
    const BenchKeys keys{key, operator_key};
    // While the full text, which waited for the decisions, still follows; and when it is done.
    if (plan.preview_seconds > 0) {
      GUIYI_TRY(figures["preview_behind"], PreviewUnderLoad(*hub, corpus, plan, keys, plan.intakes + 1));
      std::fprintf(stderr, "previews while the full text follows: %s\n", figures["preview_behind"].dump().c_str());
    }
    while (hub->texts().size() < plan.intakes) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    figures["per_second_with_full_text"] = static_cast<double>(plan.intakes) / SecondsSince(following);
    if (plan.preview_seconds > 0) {
      GUIYI_TRY(figures["preview"], PreviewUnderLoad(*hub, corpus, plan, keys, plan.intakes * 2));
      std::fprintf(stderr, "previews: %s\n", figures["preview"].dump().c_str());
    }
    figures["entries"] = hub->ledger().size();
  }
  const auto begin = SteadyClock::now();
  GUIYI_TRY(const auto again, Hub::Open(options, clock));
  figures["start_up_ms"] = SecondsSince(begin) * 1000;
  return figures;
}

}  // namespace gateway
