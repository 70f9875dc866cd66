#include "gateway/answers.h"

#include <algorithm>
#include <array>

#include "gateway/intake_identity.h"
#include "gateway/views.h"

namespace gateway {
namespace {

using petition::Result;

/// Looked at of one case. Larger ones are told by their first members; a source can always answer each intake.
constexpr std::size_t kMembersMax = 200;

bool ShownToPetitioner(std::string_view event) {
  return event != "objected" && event != "returned" && event != "urged";
}

bool HasWordsForPetitioner(std::string_view event) {
  constexpr std::array<std::string_view, 8> kEvents = {"noticed",         "not_accepted",    "no_longer_accepted",
                                                       "extended",        "replied",         "closed",
                                                       "review_answered", "recheck_answered"};
  return std::find(kEvents.begin(), kEvents.end(), event) != kEvents.end();
}

bool IsAnswer(std::string_view event) { return event == "replied" || event == "closed"; }

std::string TextOf(Hub& hub, const dedup::EventRow& event) {
  if (!event.has_text || !HasWordsForPetitioner(event.event)) return {};
  const auto stored = hub.ledger().Read(event.entry);
  if (!stored.ok() || stored->dropped) return {};
  const auto record = petition::ParseJson(stored->record);
  if (!record.ok() || !record->contains("text") || !(*record)["text"].is_string()) return {};
  return (*record)["text"].get<std::string>();
}

Result<IntakeRecord> RecordOf(Hub& hub, std::uint64_t index) {
  GUIYI_TRY(const auto stored, hub.ledger().Read(index));
  if (stored.dropped) return petition::NotFound("its payload ended with its retention");
  return ReadIntakeRecord(stored);
}

/// The intakes whose answers are this one's too: of its case, and of the case that leads its group.
Result<std::vector<dedup::MemberRow>> Others(Hub& hub, const dedup::MemberRow& self) {
  std::vector<std::string> cases = {self.case_no};
  if (!self.group_no.empty()) {
    GUIYI_TRY(const auto group, hub.cases().GroupByNo(self.group_no, dedup::Scope::Everything()));
    if (!group.cases.empty() && group.cases.front().case_no != self.case_no)
      cases.push_back(group.cases.front().case_no);
  }
  std::vector<dedup::MemberRow> others;
  for (const auto& case_no : cases) {
    GUIYI_TRY(auto members, hub.cases().Members(case_no, dedup::Scope::Everything()));
    if (members.size() > kMembersMax) members.resize(kMembersMax);
    for (auto& member : members) {
      if (member.index != self.index && member.sealed == self.sealed) others.push_back(std::move(member));
    }
  }
  return others;
}

class Sharing {
 public:
  Sharing(Hub& hub, const dedup::MemberRow& self, const IntakeRecord& record)
      : hub_(hub),
        self_(self),
        submission_(record.submission),
        key_(hub.keys().Derive("identity")),
        people_(PeopleHashes(key_, submission_)) {}

  /// Adds what was answered to `other`.
  petition::Status Add(const dedup::MemberRow& other, std::vector<Told>& told) const {
    GUIYI_TRY(auto events, hub_.cases().Events(other.index));
    std::erase_if(events, [&](const auto& event) { return !IsAnswer(event.event) || event.at < self_.received_at; });
    if (events.empty()) return petition::Ok();
    const auto record = RecordOf(hub_, other.index);
    const bool same_person = record.ok() && PersonInCommon(people_, PeopleHashes(key_, record->submission));
    if (self_.sealed && !same_person) return petition::Ok();
    for (const auto& event : events) {
      // Whose words these are can't be told any more: then they are told to nobody else.
      const std::string words = record.ok() ? TextOf(hub_, event) : std::string();
      std::string text = record.ok() ? MaskedFor(submission_, record->submission, words) : std::string();
      // A source that answers each of them by itself says the same many times.
      const bool known = std::any_of(told.begin(), told.end(), [&](const Told& one) {
        return one.event == event.event && one.text == (one.shared ? text : words);
      });
      if (!known) told.push_back({event.entry, event.event, event.at, std::move(text), true});
    }
    return petition::Ok();
  }

 private:
  Hub& hub_;
  const dedup::MemberRow& self_;
  const petition::Submission& submission_;
  const ledger::Key key_;
  const std::string people_;
};

}  // namespace

Result<std::vector<Told>> ToldTo(Hub& hub, std::uint64_t index) {
  std::vector<Told> told;
  GUIYI_TRY(const auto events, hub.cases().Events(index));
  for (const auto& event : events) {
    if (ShownToPetitioner(event.event)) told.push_back({event.entry, event.event, event.at, TextOf(hub, event), false});
  }
  // Registered a moment ago, or its words are gone: then there is nothing to share by.
  const auto self = hub.cases().Member(index);
  const auto record = RecordOf(hub, index);
  if (self.ok() && record.ok()) {
    GUIYI_TRY(const auto others, Others(hub, *self));
    const Sharing sharing(hub, *self, *record);
    for (const auto& other : others) GUIYI_CHECK(sharing.Add(other, told));
  }
  std::stable_sort(told.begin(), told.end(), [](const Told& a, const Told& b) { return a.entry < b.entry; });
  return told;
}

}  // namespace gateway
