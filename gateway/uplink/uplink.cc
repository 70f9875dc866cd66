#include "gateway/uplink.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "gateway/uplink/acknowledgements.h"
#include "gateway/uplink/line.h"

namespace gateway {
namespace {

constexpr std::size_t kConnectionsMax = 64, kOwnerBytesMax = 64;

petition::Status Check(const UplinkOptions& options) {
  if (options.connections == 0 || options.connections > kConnectionsMax || options.attempts_max == 0 ||
      options.fetch_limit == 0)
    return petition::Invalid("uplink_options",
                             "connections (1 to 64), attempts_max and fetch_limit of the uplink must be above zero");
  return petition::Ok();
}

DeliveryKey KeyOf(const Delivery& row) {
  DeliveryKey key{row.destination, row.index, {}};
  if (row.update) key.update = row.entry;
  return key;
}

class UplinkLines final : public Uplink {
 public:
  UplinkLines(UplinkOptions options, ledger::Ledger& ledger, Deliveries& deliveries, dedup::CaseBook& book,
              const petition::Clock& clock)
      : options_(std::move(options)),
        ledger_(ledger),
        deliveries_(deliveries),
        book_(book),
        clock_(clock),
        acknowledgements_(ledger, clock) {}
  ~UplinkLines() override { Stop(); }

  void Start(std::unique_ptr<adapters::Destination> destination) override {
    std::vector<Outbound> outbound;
    if (destination) outbound.push_back({std::move(destination), options_});
    (void)Start(std::move(outbound)).ok();  // Make has looked at these options
  }

  petition::Status Start(std::vector<Outbound> outbound) override {
    for (const auto& one : outbound) GUIYI_CHECK(Check(one.options));
    std::lock_guard lock(life_);
    if (started_.load() || stopped_ || outbound.empty()) return petition::Ok();
    for (auto& one : outbound) {
      if (!one.options.ready) one.options.ready = options_.ready;
      if (!one.options.hand_down) one.options.hand_down = options_.hand_down;
      if (!one.options.ask_registers) one.options.ask_registers = options_.ask_registers;
      lines_.push_back(std::make_unique<DeliveryLine>(std::move(one.options), std::move(one.destination), ledger_,
                                                      deliveries_, book_, clock_));
    }
    started_.store(true);
    for (auto& line : lines_) line->Start();
    return petition::Ok();
  }

  void Stop() override {
    std::lock_guard lock(life_);
    stopped_ = true;
    if (!started_.load()) return;
    for (auto& line : lines_) line->Stop();
  }

  void Notify() override {
    for (auto* line : Lines()) line->Notify();
  }

  UplinkStatus status() const override {
    const auto all = statuses();
    return all.empty() ? UplinkStatus() : all.front();
  }
  std::vector<UplinkStatus> statuses() const override {
    std::vector<UplinkStatus> all;
    for (const auto* line : Lines()) all.push_back(line->status());
    return all;
  }

  petition::Status Retry(std::uint64_t delivery, std::string_view by) override;
  petition::Status Skip(std::uint64_t delivery, std::string_view by, std::string_view reason) override;
  petition::Status Assign(std::uint64_t delivery, std::string_view by, std::string_view owner,
                          std::string_view reason) override;

 private:
  /// The lines as they are since Start; none before.
  std::vector<DeliveryLine*> Lines() const {
    std::vector<DeliveryLine*> lines;
    if (!started_.load()) return lines;
    for (const auto& line : lines_) lines.push_back(line.get());
    return lines;
  }
  DeliveryLine* LineOf(std::string_view destination) const {
    const auto lines = Lines();
    const auto found =
        std::find_if(lines.begin(), lines.end(), [&](auto* line) { return line->name() == destination; });
    return found == lines.end() ? nullptr : *found;
  }
  petition::Result<Delivery> Hold(std::uint64_t delivery);
  void Release(const Delivery& row) {
    if (auto* line = LineOf(row.destination)) line->Release(row.id);
  }

  const UplinkOptions options_;
  ledger::Ledger& ledger_;
  Deliveries& deliveries_;
  dedup::CaseBook& book_;
  const petition::Clock& clock_;
  Acknowledgements acknowledgements_;
  std::mutex life_;                                   ///< Start and Stop, one at a time
  bool stopped_ = false;                              // guarded by life_
  std::vector<std::unique_ptr<DeliveryLine>> lines_;  // set by Start, constant once started_
  std::atomic<bool> started_{false};
};

// A person's change and a worker's attempt never meet in one row.
petition::Result<Delivery> UplinkLines::Hold(std::uint64_t delivery) {
  const auto everything = dedup::Scope::Everything();
  GUIYI_TRY(const auto before, deliveries_.Get(delivery, everything));
  auto* line = LineOf(before.destination);
  if (line && !line->Hold(delivery)) return petition::Conflict("under_way", "this delivery is being sent right now");
  auto row = deliveries_.Get(delivery, everything);
  const bool open = row.ok() && (row->state == DeliveryState::kParked || row->state == DeliveryState::kPending ||
                                 row->state == DeliveryState::kUnknown);
  if (open) return row;
  if (line) line->Release(delivery);
  if (!row.ok()) return row.error();
  return petition::Conflict(std::string(DeliveryStateName(row->state)), "this delivery has ended or is being settled");
}

petition::Status UplinkLines::Retry(std::uint64_t delivery, std::string_view by) {
  GUIYI_TRY(const auto row, Hold(delivery));
  auto decided = acknowledgements_.Decided(row, "delivery_retry", by, {});
  auto marked = decided.ok() ? deliveries_.Unpark(KeyOf(row), clock_.Now()) : petition::Status(decided.error());
  Release(row);
  return marked;
}

petition::Status UplinkLines::Skip(std::uint64_t delivery, std::string_view by, std::string_view reason) {
  if (reason.empty()) return petition::Invalid("reason_missing", "a reason is needed for not delivering");
  GUIYI_TRY(const auto row, Hold(delivery));
  auto decided = acknowledgements_.Decided(row, "delivery_skip", by, reason);
  // What follows from it is the follower's, at the entry's own place; until then nobody sends it.
  auto marked = decided.ok() ? deliveries_.MarkSkipping(delivery) : petition::Status(decided.error());
  if (auto* line = LineOf(row.destination); line && marked.ok()) line->CountSkipped();
  Release(row);
  return marked;
}

petition::Status UplinkLines::Assign(std::uint64_t delivery, std::string_view by, std::string_view owner,
                                     std::string_view reason) {
  if (owner.empty() || owner.size() > kOwnerBytesMax)
    return petition::Invalid("owner_invalid", "an owner is a name of up to 64 bytes");
  GUIYI_TRY(const auto row, deliveries_.Get(delivery, dedup::Scope::Everything()));
  if (row.state == DeliveryState::kDone || row.state == DeliveryState::kSkipped)
    return petition::Conflict(std::string(DeliveryStateName(row.state)), "this delivery has ended");
  GUIYI_CHECK(acknowledgements_.Decided(row, "delivery_assign", by, reason, owner));
  return deliveries_.Assign(KeyOf(row), owner);
}

}  // namespace

petition::Result<std::unique_ptr<Uplink>> Uplink::Make(UplinkOptions options, ledger::Ledger& ledger,
                                                       Deliveries& deliveries, dedup::CaseBook& book,
                                                       const petition::Clock& clock) {
  GUIYI_CHECK(Check(options));
  return std::unique_ptr<Uplink>(std::make_unique<UplinkLines>(std::move(options), ledger, deliveries, book, clock));
}

}  // namespace gateway
