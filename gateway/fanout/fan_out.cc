#include "gateway/fanout/fan_out.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway/fanout/fan_out_file.h"
#include "gateway/fanout/notices.h"
#include "gateway/uplink/pace.h"

namespace gateway {
namespace {

using petition::Result;
using petition::Status;
using petition::Time;
using std::chrono::milliseconds;

/// One source that is told. All but the constant parts guarded by the owner's mutex.
struct Listener {
  const std::string source;
  const std::unique_ptr<adapters::StateSink> sink;
  const adapters::WordTable words;
  FanOutFile::Place place;
  std::string reason;
  std::uint64_t told = 0, failures = 0;
  bool behind = true;  // until the first look says otherwise
  Time next_at{};
};

class FanOutThreads final : public FanOut {
 public:
  FanOutThreads(FanOutOptions options, std::unique_ptr<FanOutFile> file, const ledger::Ledger& ledger,
                const dedup::CaseBook& book, const petition::Clock& clock)
      : options_(std::move(options)),
        file_(std::move(file)),
        book_(book),
        clock_(clock),
        notices_(ledger, book),
        backoff_(options_.backoff_first, options_.backoff_max, options_.seed) {}
  ~FanOutThreads() override { Stop(); }

  Status Start(std::vector<SinkOfSource> sinks) override;
  void Stop() override;
  void Notify() override { wake_.notify_all(); }
  std::vector<FanOutView> views() const override;
  Status Resume(std::string_view source) override;

 private:
  void Run(Listener& listener);
  milliseconds Tell(Listener& listener);
  milliseconds Took(Listener& listener, std::uint64_t cursor, std::size_t count, bool more);
  milliseconds Failed(Listener& listener, const adapters::Told& told);

  const FanOutOptions options_;
  const std::unique_ptr<FanOutFile> file_;
  const dedup::CaseBook& book_;
  const petition::Clock& clock_;
  const Notices notices_;
  Backoff backoff_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                             // guarded by mutex_
  std::vector<std::unique_ptr<Listener>> listeners_;  // constant after Start
  std::vector<std::thread> threads_;                  // the owner's
};

Status FanOutThreads::Start(std::vector<SinkOfSource> sinks) {
  std::vector<std::unique_ptr<Listener>> listeners;
  for (auto& one : sinks) {
    const bool twice =
        std::any_of(listeners.begin(), listeners.end(), [&](const auto& other) { return other->source == one.source; });
    if (twice) return petition::Invalid("source_twice", "a source is told by one sink: " + one.source);
    GUIYI_TRY(const auto place, file_->Of(one.source));
    listeners.push_back(std::unique_ptr<Listener>(
        new Listener{one.source, std::move(one.sink), std::move(one.words), place, "", 0, 0, true, {}}));
  }
  {
    const std::lock_guard lock(mutex_);
    listeners_ = std::move(listeners);
  }
  for (auto& listener : listeners_) threads_.emplace_back([this, raw = listener.get()] { Run(*raw); });
  return petition::Ok();
}

void FanOutThreads::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& listener : listeners_) listener->sink->Interrupt();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void FanOutThreads::Run(Listener& listener) {
  for (;;) {
    bool wait = false;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      wait = listener.place.gone || clock_.Now() < listener.next_at;
    }
    const auto pause = wait ? options_.look_every : Tell(listener);
    if (pause.count() == 0) continue;
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    wake_.wait_for(lock, pause);
  }
}

milliseconds FanOutThreads::Tell(Listener& listener) {
  std::uint64_t cursor = 0;
  {
    const std::lock_guard lock(mutex_);
    cursor = listener.place.cursor;
  }
  const auto page = book_.Changes(listener.source, cursor, options_.batch_max);
  if (!page.ok()) return Failed(listener, {adapters::Told::Outcome::kLater, "state_unavailable", {}});
  if (page->rows.empty()) {
    const std::lock_guard lock(mutex_);
    listener.behind = false;
    return options_.look_every;
  }
  const auto notices = notices_.Of(page->rows, listener.words);
  if (!notices.ok()) return Failed(listener, {adapters::Told::Outcome::kLater, "ledger_unavailable", {}});
  const auto told = listener.sink->Tell(*notices);
  if (told.outcome == adapters::Told::Outcome::kTaken) return Took(listener, page->next, page->rows.size(), page->more);
  return Failed(listener, told);
}

// The cursor moves only now: killed before, the source is told the same again, and knows it by its `seq`.
milliseconds FanOutThreads::Took(Listener& listener, std::uint64_t cursor, std::size_t count, bool more) {
  const auto kept = file_->Set(listener.source, {cursor, false});
  if (!kept.ok()) return Failed(listener, {adapters::Told::Outcome::kLater, "cursor_not_stored", {}});
  const std::lock_guard lock(mutex_);
  listener.place.cursor = cursor;
  listener.told += count;
  listener.failures = 0;
  listener.reason.clear();
  listener.next_at = {};
  listener.behind = more;
  return more ? milliseconds(0) : options_.look_every;
}

milliseconds FanOutThreads::Failed(Listener& listener, const adapters::Told& told) {
  FanOutFile::Place place;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return options_.look_every;
    ++listener.failures;
    listener.reason = told.reason;
    listener.behind = true;
    const auto attempt = static_cast<std::uint32_t>(std::min<std::uint64_t>(listener.failures, 32));
    listener.next_at = clock_.Now() + std::max(backoff_.After(attempt), told.retry_after);
    if (told.outcome != adapters::Told::Outcome::kGone) return options_.look_every;
    listener.place.gone = true;
    place = listener.place;
  }
  // Not kept: it is asked once more after a restart, and says so again.
  (void)file_->Set(listener.source, place).ok();
  return options_.look_every;
}

std::vector<FanOutView> FanOutThreads::views() const {
  const std::lock_guard lock(mutex_);
  std::vector<FanOutView> views;
  for (const auto& listener : listeners_) {
    FanOutView view;
    view.source = listener->source;
    view.kind = listener->sink->kind();
    view.state = listener->place.gone     ? "gone"
                 : listener->failures > 0 ? "waiting"
                 : listener->behind       ? "behind"
                                          : "current";
    view.reason = listener->reason;
    view.cursor = listener->place.cursor;
    view.told = listener->told;
    view.failures = listener->failures;
    view.next_at = listener->next_at;
    views.push_back(std::move(view));
  }
  return views;
}

Status FanOutThreads::Resume(std::string_view source) {
  Listener* found = nullptr;
  FanOutFile::Place place;
  {
    const std::lock_guard lock(mutex_);
    for (auto& listener : listeners_) {
      if (listener->source == source) found = listener.get();
    }
    if (!found) return petition::NotFound("this source has no callback");
    place = found->place;
  }
  place.gone = false;
  GUIYI_CHECK(file_->Set(found->source, place));
  const std::lock_guard lock(mutex_);
  found->place.gone = false;
  found->next_at = {};
  wake_.notify_all();
  return petition::Ok();
}

}  // namespace

Result<std::unique_ptr<FanOut>> FanOut::Make(FanOutOptions options, const ledger::Ledger& ledger,
                                             const dedup::CaseBook& book, const petition::Clock& clock) {
  if (options.batch_max == 0) return petition::Invalid("fan_out_options", "batch_max must be above zero");
  GUIYI_TRY(auto file, FanOutFile::Open(options.data / "fanout.db"));
  return std::unique_ptr<FanOut>(
      std::make_unique<FanOutThreads>(std::move(options), std::move(file), ledger, book, clock));
}

}  // namespace gateway
