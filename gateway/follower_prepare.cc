#include "gateway/follower_prepare.h"

#include <algorithm>
#include <exception>

#include "petition/identifiers.h"

namespace gateway {

namespace {

constexpr std::ptrdiff_t kLongRun = 16;  // fewer intakes are not worth a thread

}  // namespace

PreparedIntake Prepare(const ledger::Stored& stored, const dedup::Model& model) {
  PreparedIntake prepared;
  prepared.row.index = stored.index;
  auto record = ReadIntakeRecord(stored);
  if (!record.ok()) return prepared;
  prepared.record = std::move(*record);
  const IntakeRecord& intake = *prepared.record;
  auto& row = prepared.row;
  row.intake_no = intake.intake_no;
  row.source = intake.source;
  row.division = petition::NormaliseDivision(intake.submission.division);
  row.channel = intake.submission.channel;
  row.sealed = intake.sealed;
  if (intake.revision_of < intake.index) row.revises = intake.revision_of;
  row.historic = intake.historic;
  row.registered_at = intake.registered_at;
  row.received_at = intake.submission.received_at.value_or(intake.registered_at);
  dedup::Profile profile;
  try {
    profile = dedup::Extract(intake.submission, {intake.source, intake.registered_at, intake.sealed});
    prepared.profile_bytes = dedup::Serialize(profile);
    prepared.keys = dedup::CandidateKeys(profile);
    prepared.prepared = model.Prepare(std::move(profile));
  } catch (const std::exception&) {
    // What can't be drawn from a text must not stop the others: it is judged as one about which nothing is known.
    profile = {};
    profile.sealed = intake.sealed;
    prepared.profile_bytes = dedup::Serialize(profile);
    prepared.keys.clear();
    prepared.prepared = model.Prepare(std::move(profile));
  }
  return prepared;
}

PreparedRun::PreparedRun(const std::vector<ledger::Stored>& entries, const dedup::Model& model)
    : entries_(entries), model_(model) {
  const auto intakes = std::count_if(entries.begin(), entries.end(),
                                     [](const ledger::Stored& stored) { return stored.kind == ledger::Kind::kIntake; });
  if (intakes >= kLongRun) thread_ = std::thread([this] { Work(); });
}

PreparedRun::~PreparedRun() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void PreparedRun::Work() {
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    if (entries_[at].kind != ledger::Kind::kIntake) continue;
    PreparedIntake prepared = Prepare(entries_[at], model_);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    prepared_.emplace(at, std::move(prepared));
    ready_.notify_one();
  }
}

PreparedIntake PreparedRun::Take(std::size_t at) {
  if (!thread_.joinable()) return Prepare(entries_[at], model_);
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [&] { return prepared_.contains(at); });
  auto found = prepared_.extract(at);
  return std::move(found.mapped());
}

}  // namespace gateway
