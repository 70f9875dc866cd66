#include "gateway/places_audit.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "dedup/case_book_file.h"
#include "gateway/backup/copying.h"
#include "gateway/temporary_folder.h"
#include "ledger/checkpoint.h"
#include "ledger/durable_file.h"
#include "ledger/note.h"
#include "ledger/sqlite_store.h"
#include "ledger/tree.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using dedup::Connection;
using ledger::AuditFinding;
using petition::Result;
using petition::Status;

constexpr std::size_t kWitnessedBytesMax = 1 << 20, kAlertPlaceBytesMax = 64;
constexpr const char* kAlertChannels[] = {"webhook", "mail"};

struct Owed {
  std::string source, place, number;
  bool known = false;
};

bool HasFile(const fs::path& file) {
  std::error_code failed;
  return fs::is_regular_file(file, failed);
}

/// `read` over a copy of a database; nothing when there is none.
template <typename F>
Status OverCopy(const fs::path& file, const fs::path& folder, F&& read) {
  if (!HasFile(file)) return petition::Ok();
  const auto copy = folder / file.filename();
  GUIYI_CHECK(CopyDatabase(file, copy));
  return dedup::Guarded("audit of places", [&]() -> Status {
    Connection sql(copy, "", false);
    read(sql);
    return petition::Ok();
  });
}

bool Holds(Connection& sql, const char* table) {
  return std::get<0>(sql.Ask<std::int64_t>("SELECT COUNT(*) FROM sqlite_master WHERE type='table' AND name=$1",
                                           std::string(table))
                         .at(0)) > 0;
}

}  // namespace

struct PlacesAudit::Impl {
  fs::path data;
  std::set<std::string> sources;  ///< of the registry
  bool registry = false;
  std::map<std::string, std::set<std::string>> named;  ///< sources, by the table that names them
  std::map<std::string, std::uint64_t> counted, here;  ///< registered through a feed; on the ledger
  std::map<std::string, std::uint64_t> told;           ///< how far, by source
  std::vector<Owed> owed;
  std::string witnessed;
  std::map<std::string, std::string> alerted;  ///< what the file of each channel says
  std::vector<std::string> kept;               ///< names in `sources/`

  void ReadFeeds(Connection& sql) {
    for (const char* table : {"cursors", "counts", "unmapped", "write_backs"})
      if (!Holds(sql, table)) return;
    for (const auto& [source] : sql.Ask<std::string>("SELECT source FROM cursors"))
      named["feeds.db, cursors"].insert(source);
    for (const auto& [source] : sql.Ask<std::string>("SELECT DISTINCT source FROM unmapped"))
      named["feeds.db, unmapped"].insert(source);
    for (const auto& [source, registered] :
         sql.Ask<std::string, std::int64_t>("SELECT source, registered + revisions FROM counts")) {
      named["feeds.db, counts"].insert(source);
      counted[source] = static_cast<std::uint64_t>(std::max<std::int64_t>(registered, 0));
    }
    for (auto& [source, place, number] :
         sql.Ask<std::string, std::string, std::string>("SELECT source, place, number FROM write_backs"))
      owed.push_back({source, place, number});
  }

  void ReadTold(Connection& sql) {
    if (!Holds(sql, "told")) return;
    for (const auto& [source, cursor] : sql.Ask<std::string, std::int64_t>("SELECT source, cursor FROM told")) {
      named["fanout.db, told"].insert(source);
      told[source] = static_cast<std::uint64_t>(cursor);  // below zero: beyond every end
    }
  }

  void ReadSources(Connection& sql) {
    registry = Holds(sql, "sources");
    if (!registry) return;
    for (const auto& [name] : sql.Ask<std::string>("SELECT name FROM sources")) sources.insert(name);
  }

  void ReadAlerted() {
    std::error_code none;
    for (fs::directory_iterator at(data / "alerts", none), end; !none && at != end; at.increment(none)) {
      const auto name = at->path().filename().string();
      if (name.ends_with(".tmp")) continue;  // being written, or left by a crash: the file it was for stands
      auto text = ledger::FileSystem::Real().Read(at->path(), kAlertPlaceBytesMax);
      alerted[name] = text.ok() ? std::move(*text) : std::string();
    }
  }

  void ReadKept() {
    std::error_code none;
    for (fs::directory_iterator at(data / "sources", none), end; !none && at != end; at.increment(none))
      kept.push_back(at->path().filename().string());
  }

  /// The ledger as it stands now: it only grew since `alerted` was read.
  Status CheckAlerted(std::vector<AuditFinding>& findings) const {
    if (alerted.empty()) return petition::Ok();
    GUIYI_TRY(const auto store, ledger::OpenSqliteStoreForReading(data / "ledger.db"));
    GUIYI_TRY(const auto head, store->LoadHead());
    for (const auto& [file, text] : alerted) {
      const auto found = [&, name = file](const char* code) {
        findings.push_back({code, std::nullopt, "alerts/" + name});
      };
      if (std::find(std::begin(kAlertChannels), std::end(kAlertChannels), file) == std::end(kAlertChannels)) {
        found("place_of_nobody");
        continue;
      }
      std::uint64_t place = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), place);
      if (read.ec != std::errc() || std::string_view(read.ptr, text.data() + text.size()) != "\n") {
        found("place_unreadable");
      } else if (place > head.size) {
        found("place_beyond_ledger");
      }
    }
    return petition::Ok();
  }

  void CheckNames(std::vector<AuditFinding>& findings) const {
    if (!registry) return;
    for (const auto& name : kept)
      if (!sources.contains(name)) findings.push_back({"place_of_nobody", std::nullopt, "sources/" + name});
    for (const auto& [table, names] : named)
      for (const auto& name : names)
        if (!sources.contains(name)) findings.push_back({"place_of_nobody", std::nullopt, table + " [" + name + "]"});
  }

  void CheckCounts(std::vector<AuditFinding>& findings) const {
    for (const auto& [source, count] : counted) {
      const auto found = here.find(source);
      if (count > (found == here.end() ? 0 : found->second))
        findings.push_back({"place_beyond_ledger", std::nullopt, "feeds.db, counts [" + source + "]"});
    }
    for (const auto& one : owed)
      if (!one.known)
        findings.push_back(
            {"place_beyond_ledger", std::nullopt, "feeds.db, write_backs [" + one.source + ", " + one.place + "]"});
  }

  /// The feed of changes as it stands now: it only grew since `told` was read.
  Status CheckTold(std::vector<AuditFinding>& findings) const {
    if (told.empty() || !HasFile(data / "state.db")) return petition::Ok();
    std::int64_t last = 0;
    const TemporaryFolder folder("guiyi-audit");
    GUIYI_CHECK(OverCopy(data / "state.db", folder.path(), [&](Connection& sql) {
      if (Holds(sql, "changes")) last = sql.Number("SELECT coalesce(max(seq), 0) FROM changes");
    }));
    for (const auto& [source, cursor] : told)
      if (cursor > static_cast<std::uint64_t>(last))
        findings.push_back({"place_beyond_ledger", std::nullopt, "fanout.db, told [" + source + "]"});
    return petition::Ok();
  }

  Result<std::string> WrongWitnessed() const {
    if (witnessed.empty()) return std::string();
    GUIYI_TRY(const auto signer, ledger::Signer::Load(data / "keys" / "ledger.key"));
    const auto checkpoint = ledger::Checkpoint::Open(witnessed, signer.verifier());
    if (!checkpoint.ok()) return std::string("witnessed_unsigned");
    GUIYI_TRY(const auto store, ledger::OpenSqliteStoreForReading(data / "ledger.db"));
    GUIYI_TRY(const auto head, store->LoadHead());
    if (checkpoint->size > head.size) return std::string("witnessed_beyond_ledger");
    ledger::Tree tree(*store);
    GUIYI_CHECK(tree.Load(head));
    GUIYI_TRY(const auto root, tree.Root(checkpoint->size));
    return std::string(root == checkpoint->root ? "" : "witnessed_differs");
  }
};

PlacesAudit::PlacesAudit(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PlacesAudit::~PlacesAudit() = default;

Result<std::unique_ptr<PlacesAudit>> PlacesAudit::Open(const fs::path& data) {
  auto impl = std::make_unique<Impl>();
  impl->data = data;
  const TemporaryFolder folder("guiyi-audit");
  if (folder.path().empty()) return petition::Unavailable("no folder for copies could be made");
  // The registry last: what the others name is in it by then.
  GUIYI_CHECK(OverCopy(data / "feeds.db", folder.path(), [&](Connection& sql) { impl->ReadFeeds(sql); }));
  GUIYI_CHECK(OverCopy(data / "fanout.db", folder.path(), [&](Connection& sql) { impl->ReadTold(sql); }));
  impl->ReadAlerted();
  impl->ReadKept();
  GUIYI_CHECK(OverCopy(data / "registry.db", folder.path(), [&](Connection& sql) { impl->ReadSources(sql); }));
  if (HasFile(data / "witnessed" / "checkpoint")) {
    GUIYI_TRY(impl->witnessed, ledger::FileSystem::Real().Read(data / "witnessed" / "checkpoint", kWitnessedBytesMax));
    if (impl->witnessed.empty()) impl->witnessed = "\n";  // cut to nothing: not signed
  }
  return std::unique_ptr<PlacesAudit>(new PlacesAudit(std::move(impl)));
}

void PlacesAudit::TakeIntake(const std::string& source, const std::string& intake_no) {
  if (impl_->counted.contains(source)) ++impl_->here[source];
  for (auto& one : impl_->owed)
    if (one.source == source && one.number == intake_no) one.known = true;
}

Result<std::vector<AuditFinding>> PlacesAudit::Compare() const {
  std::vector<AuditFinding> findings;
  impl_->CheckNames(findings);
  impl_->CheckCounts(findings);
  GUIYI_CHECK(impl_->CheckTold(findings));
  GUIYI_CHECK(impl_->CheckAlerted(findings));
  const auto wrong = impl_->WrongWitnessed();
  if (!wrong.ok() || !wrong->empty())
    findings.push_back({wrong.ok() ? *wrong : "witnessed_differs", std::nullopt, "witnessed/checkpoint"});
  return findings;
}

}  // namespace gateway
