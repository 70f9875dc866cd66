#include "intake_house.h"

#include <stdexcept>

#include "petition/json.h"

namespace gateway {
namespace {

template <typename T>
T Must(petition::Result<T> result) {
  if (!result.ok())
    throw std::runtime_error(result.error().Reason() + ": " + result.error().message + result.error().detail);
  return std::move(result).value();
}

}  // namespace

IntakeHouse::IntakeHouse(IntakeOptions options, std::function<std::uint64_t()> backlog)
    : options_(std::move(options)), backlog_(std::move(backlog)) {
  Open();
}

void IntakeHouse::Open() {
  const std::filesystem::path data = folder_.path();
  keys_ = Must(ledger::KeyRing::Open(data / "keys", true));
  blobs_ = Must(ledger::BlobStore::Open(data / "blobs", *keys_));
  ledger::Options options;
  options.folder = data;
  options.publish = false;
  ledger_ = Must(ledger::Ledger::Open(options, *keys_, clock_));
  options_.data = data;
  intake_ = Must(Intake::Make(options_, *ledger_, *blobs_, *keys_, clock_, backlog_));
}

void IntakeHouse::Restart() {
  intake_.reset();
  ledger_.reset();
  blobs_.reset();
  Open();
}

petition::Json IntakeHouse::Record(std::uint64_t index) const {
  return Must(petition::ParseJson(Must(ledger_->Read(index)).record));
}

IntakeRecord IntakeHouse::Read(std::uint64_t index) const { return Must(ReadIntakeRecord(Must(ledger_->Read(index)))); }

Arrival ArrivalOf(const std::string& source, const std::string& json) {
  Arrival arrival;
  arrival.source = source;
  arrival.submission = Must(petition::SubmissionFromJson(Must(petition::ParseJson(json))));
  arrival.raw = json;
  return arrival;
}

}  // namespace gateway
