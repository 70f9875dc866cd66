#include "ledger/sealing_check.h"

namespace ledger {

petition::Status CheckSealingKeys(const Store& store, const KeyRing& keys) {
  GUIYI_TRY(const Head head, store.LoadHead());
  if (head.size == 0) return petition::Ok();
  GUIYI_TRY(const auto rows, store.Rows(head.size - 1, 1, false));
  if (rows.empty() || rows[0].sealed_record.empty()) return petition::Ok();
  if (Sealer(keys.Sealing("payload")).Knows(rows[0].sealed_record)) return petition::Ok();
  return petition::Error{petition::Code::kUnauthorized,
                         "sealing_key_missing",
                         "the newest records were sealed by a key that is not in the folder of keys: bring back its "
                         "file sealing.keys",
                         {},
                         {}};
}

}  // namespace ledger
