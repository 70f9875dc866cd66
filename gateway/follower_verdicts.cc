#include "gateway/follower_verdicts.h"

#include <iterator>
#include <utility>

namespace gateway {

using petition::Status;

namespace {

constexpr std::size_t kVerdictsAtOnce = 64;  // fewer are not worth a commit of their own while more are coming

}  // namespace

FollowerVerdicts::~FollowerVerdicts() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  moved_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FollowerVerdicts::Add(std::uint64_t intake, std::string record) {
  gathered_.push_back({intake, std::move(record)});
  if (gathered_.size() < kVerdictsAtOnce) return;
  {
    const std::lock_guard lock(mutex_);
    if (busy_) return;  // they wait for one another, and go together
    waiting_ = std::exchange(gathered_, {});
    busy_ = true;
  }
  // Made by the follower's thread, whose low priority it shares.
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
  moved_.notify_all();
}

Status FollowerVerdicts::Finish() {
  auto rest = std::exchange(gathered_, {});
  {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return !busy_; });
    if (Status failed = std::exchange(failed_, petition::Ok()); !failed.ok()) return failed;
  }
  return AppendAll(std::move(rest));
}

void FollowerVerdicts::Forget() {
  gathered_.clear();
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [this] { return !busy_; });
  failed_ = petition::Ok();
}

void FollowerVerdicts::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    moved_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto verdicts = std::exchange(waiting_, {});
    if (failed_.ok()) {
      lock.unlock();
      Status appended = AppendAll(std::move(verdicts));
      lock.lock();
      failed_ = std::move(appended);
    }
    busy_ = false;
    moved_.notify_all();
  }
}

Status FollowerVerdicts::AppendAll(std::vector<Verdict> verdicts) {
  if (verdicts.empty()) return petition::Ok();
  std::vector<ledger::DraftProposal> proposals;
  proposals.reserve(verdicts.size());
  for (auto& verdict : verdicts) {
    ledger::Draft draft;
    draft.kind = ledger::Kind::kVerdict;
    draft.record = std::move(verdict.record);
    draft.about = verdict.intake;
    proposals.emplace_back(std::move(draft), false);
  }
  std::vector<ledger::Proposal*> pointers;
  for (auto& proposal : proposals) pointers.push_back(&proposal);
  for (const auto& appended : ledger_.AppendAll(pointers)) {
    if (!appended.ok()) return appended.error();
  }
  return petition::Ok();
}

}  // namespace gateway
