#include "gateway/refusals.h"

#include <algorithm>
#include <vector>

#include "petition/json.h"
#include "petition/text/fold.h"

namespace gateway {
namespace {

constexpr std::size_t kWordMax = 64;
constexpr std::size_t kMediaTypeMax = 200;
constexpr std::size_t kWhereMax = 8192;
constexpr std::size_t kFieldsMax = 50;   ///< named in `where`
constexpr std::size_t kDoorsMax = 32;    ///< doors are named by us; this bounds a mistake of ours
constexpr std::size_t kReasonsMax = 32;  ///< of one sum
constexpr std::size_t kSumsMax = 1024;   ///< waiting while the ledger does not take any
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::size_t kStrangerRawMax = 4096;  ///< of somebody without a key: enough to see what it was

constexpr std::size_t kPositionDigitsMax = 18;

bool WithoutKey(const Refusal& refusal) { return refusal.source.empty() && refusal.by.empty(); }

/// Whether the bytes are kept, or only their hash and size.
bool KeepsRaw(const Refusal& refusal) {
  return refusal.raw.size() <= (WithoutKey(refusal) ? kStrangerRawMax : kRefusedRawMax);
}

/// Words of ours stay as they are; anything else in them is dropped, so that no caller's text gets in.
std::string Word(std::string_view text) {
  std::string word;
  for (const char c : text.substr(0, kWordMax)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.') word += c;
  }
  return word.empty() ? "other" : word;
}

petition::Json RecordOf(const Refusal& refusal) {
  petition::Json record = {{"kind", "refused"},
                           {"v", 1},
                           {"door", Word(refusal.door)},
                           {"source", petition::text::IsValidUtf8(refusal.source) ? refusal.source : ""},
                           {"reason", Word(refusal.reason)},
                           {"size", std::max<std::uint64_t>(refusal.raw_size, refusal.raw.size())}};
  if (!refusal.media_type.empty()) record["mediaType"] = petition::text::Truncate(refusal.media_type, kMediaTypeMax);
  if (!refusal.where.empty()) {
    record["where"] =
        petition::DumpJson(refusal.where).size() <= kWhereMax ? refusal.where : petition::Json{{"truncated", true}};
  }
  if (!refusal.by.empty()) record["by"] = petition::text::IsValidUtf8(refusal.by) ? refusal.by : "";
  if (!refusal.raw_sha256.empty()) {
    record["sha256"] = refusal.raw_sha256;
  } else if (!KeepsRaw(refusal)) {
    record["sha256"] = ledger::Hex(ledger::AsBytes(ledger::Sha256(refusal.raw)));
  }
  if (refusal.truncated || (refusal.raw_sha256.empty() && refusal.raw_size > refusal.raw.size()))
    record["truncated"] = true;
  return record;
}

}  // namespace

std::string PositionIn(std::string_view message) {
  std::string found;
  for (const std::string_view word : {"line ", "column ", "byte "}) {
    const auto at = message.rfind(word);
    if (at == std::string_view::npos) continue;
    const auto digits = message.substr(at + word.size());
    const auto end = std::min(digits.find_first_not_of("0123456789"), digits.size());
    if (end == 0 || end > kPositionDigitsMax) continue;
    found += (found.empty() ? "" : ", ") + std::string(word) + std::string(digits.substr(0, end));
  }
  return found;
}

bool IsRefusal(const petition::Error& error) {
  using petition::Code;
  return error.code == Code::kInvalid || error.code == Code::kUnauthorized || error.code == Code::kConflict ||
         error.code == Code::kNotFound;
}

petition::Json WhereOf(const petition::Error& error) {
  petition::Json where = petition::Json::object();
  if (auto at = PositionIn(error.message); !at.empty()) where["at"] = std::move(at);
  for (const auto& field : error.fields) {
    auto& fields = where["fields"];
    fields.push_back({{"pointer", field.pointer}, {"code", field.code}});
    if (fields.size() == kFieldsMax) break;
  }
  return where;
}

std::string WithoutKeys(std::string_view bytes) {
  constexpr std::string_view kMark = "guiyi_";
  std::string text(bytes);
  for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    const auto is_key = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
    while (at < text.size() && is_key(static_cast<unsigned char>(text[at]))) text[at++] = '*';
  }
  return text;
}

void Refusals::Sum::Merge(const Sum& other) {
  count += other.count;
  size += other.size;
  for (const auto& [reason, number] : other.reasons) {
    reasons[reasons.size() < kReasonsMax || reasons.contains(reason) ? reason : "other"] += number;
  }
}

bool Refusals::SummedUp(const Refusal& refusal) {
  const std::int64_t minute = clock_.Now().time_since_epoch().count() / kMinuteMs;
  std::string door = Word(refusal.door);
  const std::lock_guard lock(mutex_);
  ++count_;
  if (!WithoutKey(refusal)) return false;
  if (!windows_.contains(door) && windows_.size() >= kDoorsMax) door = "other";
  Window& window = windows_[door];
  if (window.minute != minute) window = {minute, 0};
  if (window.admitted < per_minute_) return ++window.admitted, false;
  ++summed_;
  MergeInto({door, minute},
            {1, std::max<std::uint64_t>(refusal.raw_size, refusal.raw.size()), {{Word(refusal.reason), 1}}});
  return true;
}

void Refusals::MergeInto(const DoorMinute& key, const Sum& sum) {
  auto place = sums_.find(key);
  // Full: join the nearest minute of the same door, or whichever is last.
  if (place == sums_.end() && sums_.size() >= kSumsMax) {
    place = sums_.lower_bound(key);
    if (place == sums_.end()) --place;
  }
  (place == sums_.end() ? sums_[key] : place->second).Merge(sum);
}

std::vector<petition::Result<std::uint64_t>> Refusals::Refuse(std::span<const Refusal> refusals) {
  std::vector<petition::Result<std::uint64_t>> results(refusals.size(), ledger::kNoIndex);
  std::vector<ledger::DraftProposal> drafts;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    if (SummedUp(refusals[i])) continue;
    ledger::Draft draft;
    draft.kind = ledger::Kind::kRefused;
    draft.record = petition::CanonicalJson(RecordOf(refusals[i]));
    if (KeepsRaw(refusals[i])) draft.raw = refusals[i].raw;
    drafts.emplace_back(std::move(draft), false);
    places.push_back(i);
  }
  std::vector<ledger::Proposal*> proposals;
  for (auto& draft : drafts) proposals.push_back(&draft);
  if (proposals.empty()) return results;
  auto appended = ledger_.AppendAll(proposals);
  for (std::size_t i = 0; i < appended.size(); ++i) {
    if (appended[i].ok()) {
      results[places[i]] = appended[i]->index;
    } else {
      results[places[i]] = std::move(appended[i]).error();
    }
  }
  return results;
}

petition::Status Refusals::AppendSum(const DoorMinute& key, const Sum& sum) {
  const petition::Time minute{std::chrono::milliseconds{key.second * kMinuteMs}};
  ledger::Draft draft;
  draft.kind = ledger::Kind::kRefused;
  draft.record =
      petition::CanonicalJson({{"kind", "refused"},
                               {"v", 1},
                               {"door", key.first},
                               {"source", ""},
                               {"reason", "flood"},
                               {"count", sum.count},
                               {"size", sum.size},
                               {"where", {{"minute", petition::FormatTime(minute)}, {"reasons", sum.reasons}}}});
  auto appended = ledger_.Append(std::move(draft));
  if (!appended.ok()) return std::move(appended).error();
  return petition::Ok();
}

void Refusals::Flush(bool all) {
  const std::int64_t minute = clock_.Now().time_since_epoch().count() / kMinuteMs;
  std::vector<std::pair<DoorMinute, Sum>> due;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = sums_.begin(); at != sums_.end();) {
      if (all || at->first.second < minute) {
        due.emplace_back(at->first, std::move(at->second));
        at = sums_.erase(at);
      } else {
        ++at;
      }
    }
  }
  for (const auto& [key, sum] : due) {
    if (AppendSum(key, sum).ok()) continue;
    const std::lock_guard lock(mutex_);
    MergeInto(key, sum);
  }
}

std::uint64_t Refusals::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::uint64_t Refusals::summed() const {
  const std::lock_guard lock(mutex_);
  return summed_;
}

}  // namespace gateway
