#include "gateway/feeds/feed_round.h"

namespace gateway {

using petition::Result;
using petition::Status;

Status FeedRound::Probe() {
  if (!cursor_) {
    GUIYI_TRY(cursor_, state_.Cursor(source_.name, feed_->kind()));
  }
  auto fetched = feed_->Fetch(*cursor_, 1);
  if (fetched.ok()) return petition::Ok();
  return std::move(fetched).error();
}

Result<FeedRound::Made> FeedRound::Step(std::size_t limit, const KnownRefusal& known) {
  if (!cursor_) {
    GUIYI_TRY(cursor_, state_.Cursor(source_.name, feed_->kind()));
  }
  if (!fetched_) {
    GUIYI_TRY(fetched_, feed_->Fetch(*cursor_, limit));
    if (fetched_->records.empty() && fetched_->cursor == *cursor_) {
      // Nothing came and nothing moved: whatever is said of more, asking again at once would only turn in place.
      fetched_.reset();
      return Made{};
    }
  }
  if (!settled_) {
    // A refusal that was put on the ledger before a later step failed is not put there again.
    const auto told = [&](const std::string& place) -> std::optional<std::uint64_t> {
      if (const auto mine = refused_.find(place); mine != refused_.end()) return mine->second;
      return known ? known(place) : std::nullopt;
    };
    auto settled = intake_.AppendAll(source_, *spec_, feed_->kind(), fetched_->records, told);
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

}  // namespace gateway
