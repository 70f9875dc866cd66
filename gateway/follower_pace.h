// When the follower rests and for whom. Registering goes before deciding, deciding before the full text, and the disk
// is the ledger's: so a step waits for more to come where little is there, and while a burst comes in; and the full
// text waits where there are few processors and much is to be decided. Whoever waits for an entry to take effect ends a
// rest. Not safe from several threads: of the one that steps. It looks at no clock: it is told the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace gateway {

class FollowerPace {
 public:
  using Steady = std::chrono::steady_clock;

  /// The full text may lag behind by so many entries (the verdicts on them among them); then deciding waits for it.
  static constexpr std::uint64_t kTextsBehindMax = 2'097'152;

  struct Settings {
    unsigned processors = 1;
    std::uint64_t gives_way_below = 0;  ///< with a longer backlog than this no burst is given way to
  };
  /// What stands at a moment, in entries.
  struct Seen {
    Steady::time_point now;
    std::uint64_t ledger = 0, decided = 0;  ///< on the ledger; of them verdicts of our own, since the start
    std::uint64_t backlog = 0, texts_behind = 0;
  };
  struct Rest {
    Steady::time_point until;
    bool texts = false;  ///< the full text rests as well
  };

  explicit FollowerPace(const Settings& settings) : settings_(settings) {}

  /// Before the first step.
  void Begin(const Seen& seen);
  /// A step ended that began then and took something in. Next tells of the rests after it.
  void Stepped(Steady::time_point begin, Steady::time_point end);
  /// The next rest after the last step; none: the next step is due.
  std::optional<Rest> Next(const Seen& seen);
  /// Whether the full text is to wait, however busy we are.
  bool TextsShallWait(const Seen& seen) const;
  static constexpr std::chrono::seconds kTextsRest{2};

  /// Whether the candidates, of which something is not committed, are to be committed now: when nothing came for a
  /// while, and now and then however much comes. Each time writes most blocks of their lists.
  bool CommitIsDue(Steady::time_point now);

 private:
  bool InBurst(const Seen& seen);

  const Settings settings_;
  struct Window {
    Steady::time_point begin;
    std::uint64_t ledger = 0, decided = 0;
    bool burst = false;
  };
  Window window_;
  Steady::time_point step_begin_{}, burst_until_{};
  bool gathered_ = true;
  Steady::time_point worked_at_{}, committed_at_{};
};

}  // namespace gateway
