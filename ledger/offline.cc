#include "ledger/offline.h"

#include "ledger/note.h"
#include "ledger/sqlite_store.h"
#include "ledger/tree.h"
#include "ledger/writer.h"

namespace ledger {

using petition::Result;

Result<std::string> OfflineVkey(const std::filesystem::path& data) {
  GUIYI_TRY(const Signer signer, Signer::Load(data / "keys" / "ledger.key"));
  return signer.verifier().Text();
}

Result<Proof> OfflineProof(const std::filesystem::path& data, std::string_view day, std::uint64_t serial) {
  GUIYI_TRY(const auto store, OpenSqliteStoreForReading(data / "ledger.db"));
  GUIYI_TRY(const auto index, store->FindIntake(day, serial));
  if (!index) return petition::NotFound("no intake of this number");
  // Read after the intake was found, so that the head covers it.
  GUIYI_TRY(const Head head, store->LoadHead());
  Tree tree(*store);
  GUIYI_CHECK(tree.Load(head));
  const std::uint64_t one = *index;
  GUIYI_TRY(auto paths, tree.Prove({&one, 1}, head.size));
  return Proof{one, std::move(paths.paths[0]), head.checkpoint};
}

Result<std::vector<Hash>> OfflineConsistency(const std::filesystem::path& data, std::uint64_t old_size,
                                             std::uint64_t size) {
  if (old_size == 0 || old_size == size) return std::vector<Hash>();
  GUIYI_TRY(const auto store, OpenSqliteStoreForReading(data / "ledger.db"));
  GUIYI_TRY(const Head head, store->LoadHead());
  if (old_size > size || size > head.size) return petition::NotFound("the ledger has no such state");
  Tree tree(*store);
  GUIYI_CHECK(tree.Load(head));
  return tree.Consistency(old_size, size);
}

petition::Status OfflineRecords(const std::filesystem::path& file, const KeyRing& keys,
                                const std::function<petition::Status(const Stored&)>& each) {
  constexpr std::size_t kOfflineStretch = 1024;
  const Sealer sealer(keys.Sealing("payload"));
  GUIYI_TRY(const auto store, OpenSqliteStoreForReading(file));
  GUIYI_TRY(const Head head, store->LoadHead());
  for (std::uint64_t first = 0; first < head.size; first += kOfflineStretch) {
    GUIYI_TRY(const auto rows, store->Rows(first, kOfflineStretch, false));
    for (const StoredRow& row : rows) {
      GUIYI_TRY(const Stored stored, OpenRow(row, sealer));
      GUIYI_CHECK(each(stored));
    }
  }
  return petition::Ok();
}

}  // namespace ledger
