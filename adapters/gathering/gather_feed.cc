#include "adapters/gathering/gather_feed.h"

namespace adapters {
namespace {

// A set that a message closed is handed on by the door in the same breath; only when that failed is it the feed's.
constexpr std::chrono::seconds kDoorsTime{60};

class GatherFeed final : public Feed {
 public:
  GatherFeed(GatherFeedOptions options, std::shared_ptr<GatherStore> store, const petition::Clock& clock)
      : options_(std::move(options)), store_(std::move(store)), clock_(clock) {}

  std::string_view kind() const override { return options_.kind; }

  petition::Result<Fetched> Fetch(std::string_view cursor, std::size_t limit) override {
    const auto now = clock_.Now();
    GUIYI_TRY(const auto sets, store_->Due(now - options_.quiet, now - kDoorsTime, now, limit));
    Fetched fetched;
    fetched.cursor = cursor;  // what is settled is gone from the store: there is nothing to count along
    fetched.more = sets.size() == limit;
    for (const auto& set : sets) fetched.records.push_back(options_.record_of(set));
    return fetched;
  }

  petition::Status Settle(const Fetched& fetched, std::span<const Settled>) override {
    // A refusal is on the ledger with its bytes, too.
    for (const auto& record : fetched.records) GUIYI_CHECK(store_->Settle(record.place));
    return store_->Forget(clock_.Now() - options_.remember);
  }

  petition::Result<Record> Reread(const Refused& refused) const override { return options_.reread(refused); }

 private:
  const GatherFeedOptions options_;
  const std::shared_ptr<GatherStore> store_;
  const petition::Clock& clock_;
};

}  // namespace

std::unique_ptr<Feed> MakeGatherFeed(GatherFeedOptions options, std::shared_ptr<GatherStore> store,
                                     const petition::Clock& clock) {
  return std::make_unique<GatherFeed>(std::move(options), std::move(store), clock);
}

}  // namespace adapters
