#include "gateway/fanout/notices.h"

#include "gateway/intake.h"

namespace gateway {

using adapters::SourceNotice;
using petition::Result;

// The event's entry is found by what the feed says of it: its name and its time.
Result<std::string> Notices::AnswerText(const dedup::ChangeRow& row) const {
  const std::string event = row.detail.value("event", "");
  GUIYI_TRY(const auto events, book_.Events(row.index));
  for (auto found = events.rbegin(); found != events.rend(); ++found) {
    if (found->event != event || found->at != row.at || !found->has_text) continue;
    GUIYI_TRY(const auto stored, ledger_.Read(found->entry));
    if (stored.dropped) return std::string();
    const auto record = petition::ParseJson(stored.record);
    if (!record.ok() || record->value("intake", row.index) != row.index) return std::string();
    return record->value("text", "");
  }
  return std::string();
}

Result<std::vector<SourceNotice>> Notices::Of(const std::vector<dedup::ChangeRow>& rows,
                                              const adapters::WordTable& words) const {
  std::vector<SourceNotice> notices;
  for (const auto& row : rows) {
    SourceNotice notice;
    notice.seq = row.seq;
    notice.intake_no = row.intake_no;
    notice.at = row.at;
    notice.kind = row.kind;
    notice.detail = row.detail;
    notice.event = row.kind == "event" ? row.detail.value("event", "") : std::string();
    notice.word = words.Word(notice.event.empty() ? row.detail.value("state", "") : notice.event);
    GUIYI_TRY(const auto stored, ledger_.Read(row.index));
    if (const auto record = ReadIntakeRecord(stored); record.ok()) notice.external_id = record->submission.external_id;
    if (const auto member = book_.Member(row.index); member.ok()) notice.state = words.Word(member->state);
    if (row.kind == "event" && !row.detail.contains("via")) {
      GUIYI_TRY(notice.text, AnswerText(row));
    }
    notices.push_back(std::move(notice));
  }
  return notices;
}

}  // namespace gateway
