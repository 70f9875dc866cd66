#include "gateway/commands/bench_uplink.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <thread>

#include "adapters/national/national_system.h"
#include "adapters/national/sim/national_sim.h"
#include "gateway/commands/bench_corpus.h"
#include "gateway/commands/exit_codes.h"
#include "gateway/hub.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;
using SteadyClock = std::chrono::steady_clock;

struct UplinkArguments {
  std::string folder;
  std::size_t backlog = 100'000, connections = 8;
  double outage_hours = 24;
  std::uint64_t limit = 0;
  bool told = false, json = false;
};

constexpr std::size_t kUplinkBatch = 256;
constexpr std::uint64_t kSameCase = 4;  // every fourth tells the matter of the one before it again

double Seconds(SteadyClock::duration time) { return std::chrono::duration<double>(time).count(); }

/// Runs as the system's does, and jumps where it is told to: a day of outage in the minutes that its registrations
/// take.
class LeapingClock final : public petition::Clock {
 public:
  petition::Time Now() const override { return clock_.Now() + std::chrono::milliseconds(ahead_ms_.load()); }
  void Leap(std::chrono::milliseconds time) { ahead_ms_ += time.count(); }

 private:
  const petition::SystemClock clock_{};
  std::atomic<std::int64_t> ahead_ms_{0};
};

class Outage {
 public:
  explicit Outage(const UplinkArguments& arguments) : arguments_(arguments) {}
  ~Outage() {
    hub_.reset();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  Result<Json> Run() {
    GUIYI_CHECK(Prepare());
    GUIYI_CHECK(Fill());
    auto begin = SteadyClock::now();
    GUIYI_TRY(sim_, adapters::NationalSim::Start(sim_options_, clock_));
    GUIYI_CHECK(WaitFor("drained", [this] { return hub_->uplink().status().done >= arguments_.backlog; }));
    const double seconds = Seconds(SteadyClock::now() - begin);
    figures_["drain_seconds"] = seconds;
    figures_["drained_per_second"] = static_cast<double>(arguments_.backlog) / seconds;
    figures_["limit_per_second"] = arguments_.limit;
    const auto status = hub_->uplink().status();
    figures_["attempts"] = status.attempts;
    figures_["parked"] = status.parked;
    figures_["told_to_come_back"] = sim_->counts().limited;
    hub_.reset();
    GUIYI_CHECK(Compare());
    return std::move(figures_);
  }

 private:
  // The hub with a destination that is not there: its address is known, nobody listens.
  petition::Status Prepare() {
    folder_ = (std::filesystem::path(arguments_.folder.empty() ? std::filesystem::temp_directory_path()
                                                               : std::filesystem::path(arguments_.folder)) /
               "guiyi-bench-uplink-XXXXXX")
                  .string();
    if (mkdtemp(folder_.data()) == nullptr) return petition::Unavailable("no folder to work in");
    sim_options_.database = std::filesystem::path(folder_) / "national.db";
    sim_options_.instruct = false;
    sim_options_.calls_per_second = arguments_.limit;
    GUIYI_TRY(sim_, adapters::NationalSim::Start(sim_options_, clock_));
    sim_options_.port = sim_->port();
    sim_.reset();
    HubOptions options;
    options.data = std::filesystem::path(folder_) / "data";
    options.follower.destinations = {"national"};
    options.uplink.connections = arguments_.connections;
    // Told of the limit, or finding out by being told to come back.
    if (arguments_.told) options.uplink.sends_per_second = static_cast<double>(arguments_.limit);
    options.uplink.probe_every = options.uplink.backoff_max = std::chrono::milliseconds(200);
    options.intake.disk_free_min = 0;
    GUIYI_TRY(hub_, Hub::Open(options, clock_));
    adapters::NationalOptions national;
    national.port = sim_options_.port;
    GUIYI_TRY(auto destination, adapters::MakeNationalSystem(national));
    hub_->Start(std::move(destination));
    return petition::Ok();
  }

  petition::Status Fill() {
    const BenchCorpus corpus(7);
    const auto begin = SteadyClock::now();
    const auto first_time = clock_.Now();
    const auto batches = (arguments_.backlog + kUplinkBatch - 1) / kUplinkBatch;
    const std::chrono::milliseconds step{
        static_cast<std::int64_t>(arguments_.outage_hours * 3'600'000 / static_cast<double>(batches))};
    for (std::uint64_t n = 0; n < arguments_.backlog; n += kUplinkBatch) {
      std::vector<Arrival> arrivals;
      for (std::uint64_t i = n; i < std::min<std::uint64_t>(n + kUplinkBatch, arguments_.backlog); ++i) {
        const std::uint64_t matter = i % kSameCase == kSameCase - 1 ? i - 1 : i;
        Arrival arrival;
        arrival.source = "bench";
        auto& submission = arrival.submission;
        submission.channel = "portal";
        submission.external_id = "B" + std::to_string(i);
        submission.content = corpus.Text(matter).text;
        submission.petitioners.resize(1);
        submission.petitioners[0].phone = "138" + std::to_string(10'000'000 + matter);
        submission.petitioners[0].name = "何家明";
        arrival.raw = "{}";
        arrivals.push_back(std::move(arrival));
      }
      for (const auto& receipt : hub_->intake().RegisterAll(arrivals)) GUIYI_CHECK(receipt);
      clock_.Leap(step);
    }
    figures_["backlog"] = arguments_.backlog;
    figures_["register_seconds"] = Seconds(SteadyClock::now() - begin);
    GUIYI_CHECK(WaitFor("decided", [this] { return hub_->follower().backlog() == 0; }));
    figures_["decide_seconds"] = Seconds(SteadyClock::now() - begin);
    const auto status = hub_->uplink().status();
    figures_["outage_hours"] = std::chrono::duration<double, std::ratio<3600>>(clock_.Now() - first_time).count();
    figures_["attempts_while_down"] = status.attempts;
    figures_["paused_while_down"] = status.state == "paused";
    return petition::Ok();
  }

  template <typename F>
  petition::Status WaitFor(const char* what, F&& holds) {
    const auto end = SteadyClock::now() + std::chrono::hours(2);
    while (!holds()) {
      if (SteadyClock::now() > end) return petition::Unavailable(std::string("never ") + what);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return petition::Ok();
  }

  // What the other side holds against what was registered: all of it, once, and of each case in order.
  petition::Status Compare() {
    GUIYI_TRY(const auto held, sim_->store().Registrations());
    std::uint64_t doubled = 0, out_of_order = 0;
    std::map<std::string, std::string> last;  // by case: the newest reference, whose serial numbers ascend
    for (const auto& row : held) {
      doubled += row.calls > 1 ? 1 : 0;
      auto& before = last[row.case_no];
      out_of_order +=
          !before.empty() && before.substr(0, before.rfind('-')) > row.reference.substr(0, row.reference.rfind('-'));
      before = row.reference;
    }
    figures_["held"] = held.size();
    figures_["cases"] = last.size();
    figures_["lost"] = arguments_.backlog - std::min<std::uint64_t>(arguments_.backlog, held.size());
    figures_["doubled"] = doubled;
    figures_["out_of_order"] = out_of_order;
    return petition::Ok();
  }

  const UplinkArguments& arguments_;
  LeapingClock clock_;
  std::string folder_;
  adapters::NationalSimOptions sim_options_;
  std::unique_ptr<adapters::NationalSim> sim_;
  std::unique_ptr<Hub> hub_;
  Json figures_;
};

}  // namespace

void AddBenchUplink(CLI::App& bench, int& exit_code) {
  auto arguments = std::make_shared<UplinkArguments>();
  CLI::App* const app = bench.add_subcommand(
      "uplink", "上级中断后的积压补报 / a backlog of an outage, drained at the limit the other side sets");
  app->add_option("--folder", arguments->folder, "work in a new folder inside this one")->check(CLI::ExistingDirectory);
  app->add_option("--backlog", arguments->backlog, "registrations that wait")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app->add_option("--connections", arguments->connections, "deliveries at once")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app->add_option("--limit", arguments->limit, "calls a second the other side allows; 0: no limit")
      ->capture_default_str();
  app->add_flag("--told", arguments->told, "the hub is told of that limit, else it finds out");
  app->add_option("--outage-hours", arguments->outage_hours, "simulated time over which they arrive")
      ->check(CLI::Range(0.0, 8760.0))
      ->capture_default_str();
  app->add_flag("--json", arguments->json, "figures as JSON");
  app->callback([arguments, &exit_code] {
    const auto figures = Outage(*arguments).Run();
    if (!figures.ok()) {
      std::cerr << "guiyi bench uplink: " << figures.error().message << " " << figures.error().detail << "\n";
      exit_code = kExitCouldNotRun;
      return;
    }
    const bool whole = (*figures)["lost"] == 0 && (*figures)["doubled"] == 0 && (*figures)["out_of_order"] == 0;
    exit_code = whole ? kExitDone : kExitFound;
    if (arguments->json) {
      std::cout << figures->dump(1) << "\n";
      return;
    }
    for (const auto& [name, value] : figures->items()) std::cout << name << "\t" << value << "\n";
  });
}

}  // namespace gateway
