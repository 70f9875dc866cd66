#include "gateway/feeds/feed_runner.h"

#include "gateway/feeds/feed_round.h"

namespace gateway {

using petition::Code;
using petition::Result;

namespace {

constexpr std::chrono::milliseconds kLook{1'000};
constexpr std::chrono::milliseconds kProbeEvery{15'000};

bool IsFed(const Source& source) {
  return source.mapping_version != 0 &&
         (source.state == "connected" || source.state == "shadow" || source.state == "live");
}

const char* PhaseOf(const petition::Error& error) {
  if (error.code == Code::kPushback) return "paused";
  return error.code == Code::kInvalid ? "stopped" : "failing";
}

}  // namespace

struct FeedRunner::Work {
  std::uint64_t version = 0;
  std::string state;
  std::unique_ptr<FeedRound> round;
  std::chrono::steady_clock::time_point ask_at{};
  std::atomic<bool> stopping{false};
  std::thread thread;
};

FeedRunner::FeedRunner(FeedRunnerOptions options, const Registry& registry, const AdapterBook& adapters,
                       RecordIntake& intake, FeedState& state, const petition::Clock& clock)
    : options_(options), registry_(registry), adapters_(adapters), intake_(intake), state_(state), clock_(clock) {}

FeedRunner::~FeedRunner() { Stop(); }

void FeedRunner::Start() {
  supervisor_ = std::thread([this] { Supervise(); });
}

void FeedRunner::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (supervisor_.joinable()) supervisor_.join();
  for (auto& [name, work] : works_) {
    if (work->thread.joinable()) work->thread.join();
  }
  works_.clear();
}

std::map<std::string, FeedStatus> FeedRunner::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void FeedRunner::Show(const std::string& source, const std::function<void(FeedStatus&)>& change) {
  const std::lock_guard lock(mutex_);
  change(status_[source]);
}

bool FeedRunner::Pause(const Work& work, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [&] { return stopping_ || work.stopping.load(); });
}

/// Keeps a thread for each source as it stands now. A change of state or file ends the thread (after the step it is
/// in) and begins another.
void FeedRunner::Supervise() {
  while (true) {
    std::map<std::string, Source> wanted;
    if (!ready || ready()) {
      for (Source& source : registry_.Sources()) {
        if (IsFed(source)) wanted.emplace(source.name, std::move(source));
      }
    }
    for (auto at = works_.begin(); at != works_.end();) {
      const auto now = wanted.find(at->first);
      const bool same = now != wanted.end() && now->second.mapping_version == at->second->version &&
                        now->second.state == at->second->state;
      if (same) {
        wanted.erase(now);
        ++at;
        continue;
      }
      {
        const std::lock_guard lock(mutex_);  // or its thread could look before and sleep after
        at->second->stopping.store(true);
      }
      wake_.notify_all();
      if (at->second->thread.joinable()) at->second->thread.join();
      Show(at->first, [](FeedStatus& status) { status = {}; });
      at = works_.erase(at);
    }
    for (auto& one : wanted) {
      const std::string& name = one.first;
      auto& source = one.second;
      auto work = std::make_unique<Work>();
      work->version = source.mapping_version;
      work->state = source.state;
      const auto stopped = [&](const petition::Error& error) {
        Show(name, [&](FeedStatus& status) {
          status.phase = "stopped";
          status.reason = error.Reason();
          status.message = error.message;
        });
      };
      auto adapter = adapters_.Of(name);
      if (!adapter.ok()) {
        stopped(adapter.error());
        continue;
      }
      if ((*adapter)->version != source.mapping_version) continue;
      if ((*adapter)->kind->make_feed != nullptr) {
        auto feed = (*adapter)->kind->make_feed((*adapter)->setup);
        if (!feed.ok()) {
          stopped(feed.error());
          continue;
        }
        work->round = std::make_unique<FeedRound>(source, (*adapter)->spec, std::move(*feed), intake_, state_);
        work->thread = std::thread([this, raw = work.get()] { Run(*raw); });
      }
      works_.emplace(name, std::move(work));
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kLook, [this] { return stopping_; })) return;
  }
}

void FeedRunner::AskRegister(Work& work) {
  if (!ask_register || work.state != "live" || std::chrono::steady_clock::now() < work.ask_at) return;
  auto* feed = work.round->Idle();
  if (feed == nullptr) return;
  ask_register(work.round->source().name, *feed);
  work.ask_at = std::chrono::steady_clock::now() + options_.registers_every;
}

void FeedRunner::Run(Work& work) {
  const std::string& name = work.round->source().name;
  auto back_off = options_.back_off_first;
  while (!work.stopping.load()) {
    const bool probing = work.state == "connected";
    Result<FeedRound::Made> made = FeedRound::Made{};
    if (probing) {
      if (auto probed = work.round->Probe(); !probed.ok()) made = std::move(probed).error();
    } else {
      made = work.round->Step(
          [&](const std::string& place) { return known_refusal ? known_refusal(name, place) : std::nullopt; });
    }
    Show(name, [&](FeedStatus& status) {
      if (made.ok()) {
        status.phase = probing ? "connected" : made->records > 0 ? "reading" : "waiting";
        status.reason = status.message = "";
        status.last_round = clock_.Now();
        status.behind = made->more;
        status.failures = 0;
      } else {
        status.phase = PhaseOf(made.error());
        status.reason = made.error().Reason();
        status.message = made.error().message;
        ++status.failures;
      }
    });
    if (made.ok()) back_off = options_.back_off_first;
    const bool at_once = made.ok() && made->more && !probing;
    if (made.ok() && !at_once) AskRegister(work);
    const auto pause = !made.ok() ? back_off
                       : at_once  ? std::chrono::milliseconds(0)
                       : probing  ? kProbeEvery
                                  : options_.idle;
    if (!made.ok()) back_off = std::min(back_off * 2, options_.back_off_max);
    if (!Pause(work, pause)) return;
  }
}

Result<bool> FeedRunner::RoundOf(const std::string& name) {
  const auto source = registry_.FindSource(name);
  if (!source || !IsFed(*source)) return petition::NotFound("the source is not fed");
  auto& work = works_[name];
  if (!work || work->version != source->mapping_version || work->state != source->state) {
    GUIYI_TRY(const auto adapter, adapters_.Of(name));
    if (adapter->kind->make_feed == nullptr) return petition::NotFound("the source is not pulled");
    GUIYI_TRY(auto feed, adapter->kind->make_feed(adapter->setup));
    work = std::make_unique<Work>();
    work->version = source->mapping_version;
    work->state = source->state;
    work->round = std::make_unique<FeedRound>(*source, adapter->spec, std::move(feed), intake_, state_);
  }
  GUIYI_TRY(const auto made, work->round->Step([&](const std::string& place) {
    return known_refusal ? known_refusal(name, place) : std::nullopt;
  }));
  return made.records > 0 || made.more;
}

}  // namespace gateway
