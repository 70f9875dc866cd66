#include "gateway/access_log.h"

#include "petition/json.h"

namespace gateway {

petition::Result<std::uint64_t> AppendAccess(ledger::Ledger& ledger, const Principal& who, Call call,
                                             std::uint64_t about, std::uint64_t count) {
  petition::Json record = {{"kind", "access"},       {"v", 1},        {"who", who.name}, {"role", RoleName(who.role)},
                           {"call", CallName(call)}, {"count", count}};
  if (about != ledger::kNoIndex) record["about"] = about;
  ledger::Draft draft;
  draft.kind = ledger::Kind::kAccess;
  draft.record = petition::CanonicalJson(record);
  draft.about = about;
  GUIYI_TRY(const ledger::Appended appended, ledger.Append(std::move(draft)));
  return appended.index;
}

}  // namespace gateway
