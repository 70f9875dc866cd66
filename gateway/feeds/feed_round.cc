#include "gateway/feeds/feed_round.h"

namespace gateway {

using petition::Result;
using petition::Status;

namespace {
constexpr std::size_t kWriteBacksAtOnce = 200;
}

Status FeedRound::Probe() {
  if (!cursor_) {
    GUIYI_TRY(cursor_, state_.Cursor(source_.name, feed_->kind()));
  }
  auto fetched = feed_->Fetch(*cursor_, 1);
  if (fetched.ok()) return petition::Ok();
  return std::move(fetched).error();
}

/// Tells the other side what replays have registered since. In the feed's own thread: one caller at a time.
Status FeedRound::WriteBackOwed() {
  if (!feed_->writes_back() || source_.state != "live") return petition::Ok();
  GUIYI_TRY(const auto owed, state_.OwedWriteBacks(source_.name, kWriteBacksAtOnce));
  for (const WriteBack& one : owed) {
    GUIYI_CHECK(feed_->Amend(one.place, one.intake_no));
    GUIYI_CHECK(state_.WrittenBack(source_.name, one.place));
  }
  return petition::Ok();
}

/// What was fetched ahead, or what lies there now.
Result<adapters::Fetched> FeedRound::FetchNext() {
  if (ahead_.UnderWay()) return ahead_.Take();
  return feed_->Fetch(*cursor_, feed_->batch());
}

Result<FeedRound::Made> FeedRound::Step(const KnownRefusal& known) {
  if (!cursor_) {
    GUIYI_TRY(cursor_, state_.Cursor(source_.name, feed_->kind()));
  }
  if (!ahead_.UnderWay()) GUIYI_CHECK(WriteBackOwed());
  if (!fetched_) {
    GUIYI_TRY(fetched_, FetchNext());
    if (fetched_->records.empty() && fetched_->cursor == *cursor_) {
      // Nothing came and nothing moved: whatever is said of more, asking again at once would only turn in place.
      fetched_.reset();
      return Made{};
    }
  }
  if (fetched_->ahead && !settled_ && !ahead_.UnderWay()) {
    ahead_.Begin([this, cursor = fetched_->cursor] { return feed_->Fetch(cursor, feed_->batch()); });
  }
  if (!settled_) {
    // A refusal that was put on the ledger before a later step failed is not put there again.
    const auto told = [&](const std::string& place) -> std::optional<std::uint64_t> {
      if (const auto mine = refused_.find(place); mine != refused_.end()) return mine->second;
      return known ? known(place) : std::nullopt;
    };
    auto settled = intake_.AppendAll(source_, *spec_, feed_->kind(), fetched_->records, told, Intake::Receipts::kBrief);
    if (!settled.ok()) return std::move(settled).error();
    refused_.clear();
    settled_ = std::move(*settled);
    for (std::size_t i = 0; i < settled_->size(); ++i) {
      const bool there = (*settled_)[i].ledger_index != ledger::kNoIndex;
      const auto kind = (*settled_)[i].kind;
      if (there && (kind == adapters::Settled::Kind::kRefused || kind == adapters::Settled::Kind::kShadow)) {
        refused_[fetched_->records[i].place] = (*settled_)[i].ledger_index;
      }
    }
  }
  if (ahead_.UnderWay()) ahead_.Wait();  // one caller at a time
  GUIYI_CHECK(feed_->Settle(*fetched_, *settled_));
  std::vector<std::string> unmapped;
  for (const auto& record : fetched_->records)
    unmapped.insert(unmapped.end(), record.unmapped.begin(), record.unmapped.end());
  GUIYI_CHECK(
      state_.Advance(source_.name, feed_->kind(), fetched_->cursor, CountsOf(*settled_, fetched_->records), unmapped));
  const Made made{fetched_->records.size(), fetched_->more};
  cursor_ = std::move(fetched_->cursor);
  fetched_.reset();
  settled_.reset();
  return made;
}

adapters::Feed* FeedRound::Idle() { return fetched_ || ahead_.UnderWay() ? nullptr : feed_.get(); }

}  // namespace gateway
