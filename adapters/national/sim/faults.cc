#include "adapters/national/sim/faults.h"

#include <charconv>

namespace adapters {
namespace {

template <typename T>
bool ReadNumber(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// A hash that is the same on every machine, unlike std::hash: a reference that is refused stays refused after a
// restart.
double Unit(std::string_view reference, std::uint64_t seed) {
  std::uint64_t hash = 1469598103934665603ull ^ seed;
  for (unsigned char c : reference) hash = (hash ^ c) * 1099511628211ull;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdull;
  hash ^= hash >> 33;
  return static_cast<double>(hash >> 11) / static_cast<double>(1ull << 53);
}

}  // namespace

petition::Result<SimFaults> SimFaults::Parse(std::string_view spec) {
  SimFaults faults;
  while (!spec.empty()) {
    const auto comma = spec.find(',');
    const auto part = spec.substr(0, comma);
    spec = comma == std::string_view::npos ? std::string_view() : spec.substr(comma + 1);
    const auto wrong = [&] {
      return petition::Invalid("faults_invalid", "fault not understood: " + std::string(part));
    };
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return wrong();
    const auto name = part.substr(0, equals);
    auto number = part.substr(equals + 1);
    if (name == "seed") {
      if (!ReadNumber(number, faults.seed)) return wrong();
      continue;
    }
    std::int64_t ms = -1;
    if (const auto colon = number.find(':'); colon != std::string_view::npos) {
      if (!ReadNumber(number.substr(colon + 1), ms) || ms < 0 || ms > 3'600'000) return wrong();
      number = number.substr(0, colon);
    }
    double probability = 0;
    if (!ReadNumber(number, probability) || !(probability >= 0 && probability <= 1)) return wrong();
    struct Known {
      std::string_view name;
      double* probability;
      std::chrono::milliseconds* wait;
    };
    const Known known[] = {{"slow", &faults.slow, &faults.slow_for},    {"refuse", &faults.refuse, nullptr},
                           {"busy", &faults.busy, &faults.retry_after}, {"down", &faults.down, &faults.retry_after},
                           {"lose", &faults.lose, &faults.lose_for},    {"crash", &faults.crash, nullptr}};
    const auto* found =
        std::find_if(std::begin(known), std::end(known), [&](const Known& k) { return k.name == name; });
    if (found == std::end(known) || (ms >= 0 && !found->wait)) return wrong();
    *found->probability = probability;
    if (ms >= 0) *found->wait = std::chrono::milliseconds(ms);
  }
  return faults;
}

FaultSource::FaultSource(SimFaults faults) : faults_(faults), random_(faults.seed) {}

void FaultSource::Set(SimFaults faults) {
  std::lock_guard lock(mutex_);
  faults_ = faults;
  random_.seed(faults.seed);
  script_.clear();
}

void FaultSource::Script(std::initializer_list<SimFault> next) {
  std::lock_guard lock(mutex_);
  script_.insert(script_.end(), next.begin(), next.end());
}

SimFaults FaultSource::faults() const {
  std::lock_guard lock(mutex_);
  return faults_;
}

SimFault FaultSource::Draw(std::string_view reference) {
  std::lock_guard lock(mutex_);
  if (!script_.empty()) {
    const auto next = script_.front();
    script_.pop_front();
    return next;
  }
  if (Unit(reference, faults_.seed) < faults_.refuse) return SimFault::kRefuse;
  std::uniform_real_distribution<double> unit(0, 1);
  const auto happens = [&](double probability) { return probability > 0 && unit(random_) < probability; };
  if (happens(faults_.crash)) return unit(random_) < 0.5 ? SimFault::kCrashBefore : SimFault::kCrashAfter;
  if (happens(faults_.down)) return SimFault::kDown;
  if (happens(faults_.busy)) return SimFault::kBusy;
  if (happens(faults_.lose)) return SimFault::kLose;
  if (happens(faults_.slow)) return SimFault::kSlow;
  return SimFault::kNone;
}

}  // namespace adapters
