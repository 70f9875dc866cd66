#include "gateway/store_audit.h"

#include <map>

#include "gateway/blob_names.h"
#include "gateway/intake.h"
#include "gateway/intake_identity.h"
#include "gateway/places_audit.h"
#include "gateway/registry_audit.h"
#include "ledger/blobs.h"
#include "petition/identifiers.h"
#include "petition/json.h"

namespace gateway {
namespace {

using ledger::AuditExpectation;
using ledger::AuditFinding;
using ledger::Kind;
using petition::Json;

constexpr std::uint64_t kInlineMax = 64u << 10;  // smaller ones may stand in the raw bytes only

class Looks {
 public:
  Looks(const StoreAuditOptions& options, const ledger::KeyRing& keys, const ledger::BlobStore& blobs, BlobNames& names,
        RegistryAudit* registry, PlacesAudit& places)
      : options_(options),
        blobs_(blobs),
        identity_(keys.Derive("identity")),
        names_(names),
        registry_(registry),
        places_(places) {}

  AuditExpectation Look(const ledger::Stored& stored, std::vector<AuditFinding>& findings) const {
    AuditExpectation expected;
    const auto json = Json::parse(stored.record, nullptr, false);
    if (!json.is_object()) {
      findings.push_back({"record_unreadable", stored.index, "payloads"});
      return expected;
    }
    if (stored.kind == Kind::kIntake) {
      Intake(stored, expected, findings);
      return expected;
    }
    if (stored.kind == Kind::kConfig && registry_ != nullptr) registry_->Take(stored.index, json);
    if (stored.kind == Kind::kEvent) names_.TakeDocument(json.value("documentSha256", ""));
    // Of these kinds the record itself names the intake it is about.
    if (stored.kind != Kind::kVerdict && stored.kind != Kind::kDelivered && stored.kind != Kind::kEvent)
      return expected;
    const auto named = json.find("intake");
    if (named == json.end() || !named->is_number_unsigned()) return expected;
    expected.about = named->get<std::uint64_t>();
    expected.about_known = true;
    return expected;
  }

 private:
  void Intake(const ledger::Stored& stored, AuditExpectation& expected, std::vector<AuditFinding>& findings) const {
    const auto record = ReadIntakeRecord(stored);
    const auto number = record.ok() ? petition::ParseIntakeNo(record->intake_no) : std::nullopt;
    if (!number) {
      findings.push_back({"record_unreadable", stored.index, "payloads"});
      return;
    }
    places_.TakeIntake(record->source, record->intake_no);
    ledger::IntakeKey key;
    key.source = record->source;
    if (!petition::IsPlaceholderNumber(record->submission.external_id))
      key.external_id = record->submission.external_id;
    key.day = number->day;
    key.serial = number->serial;
    key.revision_of = record->revision_of;
    key.people = PeopleHashes(identity_, record->submission);
    // Bytes of attachments are part of the content; they are not in the record.
    if (record->submission.attachments.empty()) key.content = ContentHash(identity_, record->submission);
    expected.intake = std::move(key);
    if (!options_.blobs) return;
    for (const auto& attachment : record->submission.attachments) {
      names_.TakeAttachment(record->source, attachment.sha256);
      Attachment(stored, attachment, findings);
    }
  }

  void Attachment(const ledger::Stored& stored, const petition::Attachment& attachment,
                  std::vector<AuditFinding>& findings) const {
    if (attachment.sha256.empty()) return;
    const std::string where = "blobs, " + attachment.sha256;
    if (!blobs_.Exists(attachment.sha256)) {
      if (attachment.size > kInlineMax || !InRaw(stored.raw, attachment.sha256))
        findings.push_back({"attachment_missing", stored.index, where});
      return;
    }
    const auto reader = blobs_.Get(attachment.sha256);
    ledger::RunningSha256 hash;
    bool whole = reader.ok();
    while (whole) {
      const auto part = (*reader)->Next();
      whole = part.ok();
      if (!part.ok() || part->empty()) break;
      hash.Add(*part);
    }
    if (!whole || hash.HexDigest() != attachment.sha256)
      findings.push_back({"attachment_changed", stored.index, where});
  }

  /// Whether the bytes as they came hold it.
  static bool InRaw(const std::string& raw, const std::string& sha256) {
    const auto json = Json::parse(raw, nullptr, false);
    if (!json.is_object()) return true;  // of another form: its commitment was checked
    const auto submission = petition::SubmissionFromJson(json);
    if (!submission.ok()) return true;
    for (const auto& one : submission->attachments) {
      if (!one.content.empty() && ledger::Hex(ledger::AsBytes(ledger::Sha256(one.content))) == sha256) return true;
    }
    return false;
  }

  const StoreAuditOptions& options_;
  const ledger::BlobStore& blobs_;
  const ledger::Key identity_;
  BlobNames& names_;
  RegistryAudit* const registry_;  // null: there is none
  PlacesAudit& places_;
};

/// The files that are to stay, as they lie now; what waits to be named lies apart.
std::vector<std::filesystem::path> KeptBlobs(const std::filesystem::path& blobs) {
  std::vector<std::filesystem::path> kept;
  std::error_code failed;
  for (std::filesystem::directory_iterator folder(blobs, failed), end; !failed && folder != end;
       folder.increment(failed)) {
    if (!folder->is_directory() || folder->path().filename().string().size() != 2) continue;
    for (const auto& file : std::filesystem::directory_iterator(folder->path(), failed)) kept.push_back(file.path());
  }
  return kept;
}

}  // namespace

petition::Result<ledger::AuditReport> AuditDataFolder(const StoreAuditOptions& options) {
  GUIYI_TRY(const auto keys, ledger::KeyRing::Open(options.data / "keys", false));
  GUIYI_TRY(const auto blobs, ledger::BlobStore::Open(options.data / "blobs", keys));
  BlobNames names(keys);
  GUIYI_TRY(const auto places, PlacesAudit::Open(options.data));
  GUIYI_TRY(const auto registry, RegistryAudit::Open(options.data));
  const Looks looks(options, keys, *blobs, names, registry.get(), *places);
  // Listed first: what comes meanwhile is not looked at.
  const auto kept = options.blobs ? KeptBlobs(options.data / "blobs") : std::vector<std::filesystem::path>();
  ledger::AuditOptions audit;
  audit.data = options.data;
  audit.progress = options.progress;
  audit.look = [&looks](const ledger::Stored& stored, std::vector<AuditFinding>& findings) {
    return looks.Look(stored, findings);
  };
  GUIYI_TRY(auto report, ledger::AuditStore(audit, keys));
  const auto add = [&](AuditFinding finding) {
    ++report.finding_count;
    if (report.findings.size() < audit.findings_max) report.findings.push_back(std::move(finding));
  };
  for (const auto& file : kept) {
    if (!names.Has(file.filename().string()))
      add({"attachment_without_entry", std::nullopt,
           "blobs/" + file.parent_path().filename().string() + "/" + file.filename().string()});
  }
  if (registry)
    for (auto& finding : registry->Compare()) add(std::move(finding));
  GUIYI_TRY(const auto beyond, places->Compare());
  for (const auto& finding : beyond) add(finding);
  return report;
}

std::string ExplainFinding(const std::string& code) {
  static const std::map<std::string, std::string> kWords{
      {"entry_missing", "条目被删 / the entry is gone"},
      {"entry_or_tile_changed", "条目或其哈希被改 / the entry or its hash was changed"},
      {"payload_missing", "内容被删，账上无此决定 / the payload is gone, and no decision on the ledger says so"},
      {"payload_wrong", "内容与承诺不符 / the payload is not what was committed to"},
      {"record_changed", "记录被改或损坏 / the sealed record was changed"},
      {"raw_changed", "原文被改或损坏 / the sealed raw bytes were changed"},
      {"record_unreadable", "记录读不懂 / the record does not read as its kind"},
      {"kind_changed", "条目种类被改 / the kind of the entry was changed"},
      {"intake_row_missing", "登记索引行被删 / the intake's row is gone"},
      {"intake_row_changed", "登记索引行被改 / the intake's row was changed"},
      {"about_row_missing", "关联行被删 / the row of what it is about is gone"},
      {"about_row_changed", "关联行被改 / the row of what it is about was changed"},
      {"row_without_entry", "有行而账上无条目 / a row that no entry accounts for"},
      {"number_astray", "按来源编号查不到或查错 / not found by its source's number, or found by another"},
      {"tile_missing", "哈希分片被删 / a tile is gone"},
      {"tile_changed", "哈希分片被改 / a tile was changed"},
      {"tile_without_entries", "多出哈希分片 / tiles that no entries account for"},
      {"head_changed", "账头被改 / the head was changed"},
      {"root_wrong", "条目与签名的根不符 / the entries do not lead to the signed root"},
      {"rolled_back", "账比已公布的短 / the store is shorter than what was published"},
      {"published_differs", "账与已公布的不符 / the store is not what was published"},
      {"published_unsigned", "已公布的检查点签名不对 / the published checkpoint is not signed by this ledger"},
      {"published_missing", "公布的文件缺失 / a published file is gone"},
      {"published_malformed", "公布的文件损坏 / a published file is damaged"},
      {"published_entry_differs", "公布的条目与账不符 / a published entry is another"},
      {"published_tile_differs", "公布的哈希与条目不符 / a published tile is another"},
      {"fact_changed", "账本说明被改 / a fact about the store was changed"},
      {"state_row_missing", "状态中有行被删 / a row of the state is gone"},
      {"state_row_changed", "状态中有行被改 / a row of the state was changed"},
      {"state_row_without_entry", "状态中有行而账上无条目 / a row of the state that no entry accounts for"},
      {"state_part_missing", "状态中的表、索引或触发器被删 / a table, index or trigger of the state is gone"},
      {"state_part_changed",
       "触发器被改，或为其他版本所建 / a trigger is another: changed, or of another version (rebuild)"},
      {"state_part_foreign", "外来触发器 / a trigger that is not ours"},
      {"state_cursor_wrong", "状态所记的折叠位置不对 / the state says that it has folded what it has not"},
      {"state_unfoldable", "账本后续条目无法折入此状态 / what comes next on the ledger does not fit this state"},
      {"registry_row_missing", "名册中有行被删 / a row of the registry is gone"},
      {"registry_row_changed", "名册中有行被改 / a row of the registry was changed"},
      {"registry_row_without_entry", "名册中有行而账上无条目 / a row of the registry that no entry accounts for"},
      {"place_of_nobody",
       "进度或目录记在不存在的来源或渠道名下 / of a source that is not registered, or of no channel"},
      {"place_unreadable", "进度文件损坏 / a file that holds no place of the ledger"},
      {"place_beyond_ledger", "进度超出账上所有 / a place, count or number beyond what the ledger has"},
      {"witnessed_unsigned", "见证过的检查点签名不对 / the witnessed checkpoint is not signed by this ledger"},
      {"witnessed_differs", "见证过的检查点与账不符 / the witnessed checkpoint is of another history"},
      {"witnessed_beyond_ledger", "账比见证过的短 / the ledger is shorter than what was witnessed"},
      {"attachment_without_entry", "附件文件无条目提及 / an attachment that no entry names"},
      {"attachment_missing", "附件缺失 / an attachment is gone"},
      {"attachment_changed", "附件被改或损坏 / an attachment was changed"},
  };
  const auto words = kWords.find(code);
  return words == kWords.end() ? code : words->second;
}

}  // namespace gateway
