#include "ledger/audit.h"

#include <algorithm>
#include <set>

#include "ledger/audit_rows.h"
#include "ledger/durable_file.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/tile.h"
#include "ledger/writer.h"
#include "petition/json.h"

namespace ledger {
namespace {

using audit::Stretch;
using audit::Tables;
using petition::Json;
using petition::Result;
using petition::Status;

constexpr std::uint64_t kStretch = 4'096;  // a multiple of a tile's width
constexpr std::size_t kAuditBundleBytesMax = kTileWidth * (kEntryBytesMax + 2), kAuditNoteBytesMax = 1 << 20;
constexpr std::string_view kDroppedWhat = "payload_dropped";

class Audit {
 public:
  Audit(const AuditOptions& options, const KeyRing& keys, std::unique_ptr<Tables> tables)
      : options_(options), sealer_(keys.Sealing("payload")), keys_(keys), tables_(std::move(tables)) {}

  Result<AuditReport> Run() {
    GUIYI_TRY(head_, tables_->LoadHead());
    report_.size = head_.size;
    GUIYI_CHECK(CheckFacts());
    GUIYI_CHECK(OpenPublished());
    for (std::uint64_t first = 0; first < head_.size; first += kStretch) {
      const std::uint64_t count = std::min(kStretch, head_.size - first);
      GUIYI_TRY(const Stretch stretch, tables_->Read(first, count));
      for (std::uint64_t index = first; index < first + count; ++index) GUIYI_CHECK(CheckEntry(stretch, index));
      if (options_.progress) options_.progress(first + count, head_.size);
    }
    GUIYI_CHECK(CheckPublishedEdge());
    GUIYI_TRY(const auto beyond, tables_->Beyond(head_.size));
    for (const auto& [table, index] : beyond) Found("row_without_entry", index, table);
    GUIYI_TRY(const auto astray, tables_->NumbersAstray());
    for (const auto index : astray) Found("number_astray", index, "numbers");
    GUIYI_TRY(const std::uint64_t tile_rows, tables_->TileRows());
    if (tile_rows > tiles_) Found("tile_without_entries", std::nullopt, "tiles");
    CheckRoot();
    for (const auto index : missing_payloads_) {
      if (retired_.contains(index)) {
        ++report_.dropped;
      } else {
        Found("payload_missing", index, "payloads");
      }
    }
    return std::move(report_);
  }

 private:
  void Found(std::string code, std::optional<std::uint64_t> index, std::string where) {
    ++report_.finding_count;
    if (report_.findings.size() < options_.findings_max)
      report_.findings.push_back({std::move(code), index, std::move(where)});
  }

  Status CheckFacts() {
    auto signer = Signer::Load(options_.data / "keys" / "ledger.key");
    if (!signer.ok()) return signer.error();
    key_ = signer->verifier();
    GUIYI_TRY(const auto origin, tables_->Fact("origin"));
    if (origin != key_.name) Found("fact_changed", std::nullopt, "facts, origin");
    GUIYI_TRY(const auto payload_key, tables_->Fact("payload key"));
    if (payload_key != Hex(KeyedHash(keys_.Derive("payload"), "which key is this", 16)))
      Found("fact_changed", std::nullopt, "facts, payload key");
    return petition::Ok();
  }

  // The published checkpoint: what everybody saw binds more than what the store says of itself.
  Status OpenPublished() {
    const auto note = FileSystem::Real().Read(options_.data / "tiles" / "checkpoint", kAuditNoteBytesMax);
    if (!note.ok() && note.error().code == petition::Code::kNotFound) return petition::Ok();
    if (!note.ok()) return note.error();
    const auto checkpoint = Checkpoint::Open(*note, key_);
    if (!checkpoint.ok()) {
      Found("published_unsigned", std::nullopt, "tiles/checkpoint");
    } else if (checkpoint->size > head_.size) {
      Found("rolled_back", std::nullopt, "head");
    } else {
      published_ = *checkpoint;
    }
    return petition::Ok();
  }

  Status CheckEntry(const Stretch& stretch, std::uint64_t index) {
    const auto entry = stretch.entries.find(index);
    Hash leaf{};
    if (entry == stretch.entries.end()) {
      Found("entry_missing", index, "entries");
      holes_ = true;
    } else {
      leaf = LeafHash(entry->second.second);
      CheckPayload(stretch, index, entry->second.first, entry->second.second);
    }
    lines_.push_back(entry == stretch.entries.end() ? std::string() : entry->second.second);
    GUIYI_CHECK(PushLeaf(index, leaf));
    if (published_ && index + 1 == published_->size && !holes_ && Fold(edges_) != published_->root)
      Found("published_differs", std::nullopt, "tiles/checkpoint");
    return petition::Ok();
  }

  void CheckPayload(const Stretch& stretch, std::uint64_t index, int kind, const std::string& line) {
    const auto payload = stretch.payloads.find(index);
    const auto intake = stretch.intakes.find(index);
    if (payload == stretch.payloads.end()) {
      missing_payloads_.push_back(index);
      return;
    }
    Stored stored;
    stored.index = index;
    stored.kind = static_cast<Kind>(kind);
    stored.entry = line;
    const auto opened = sealer_.Open(payload->second.record, RecordContext(index));
    const auto raw = payload->second.raw.empty() ? Result<std::string>(std::string())
                                                 : sealer_.Open(payload->second.raw, RawContext(index));
    if (!opened.ok() || opened->size() < kSaltBytes || !raw.ok()) {
      Found(raw.ok() ? "record_changed" : "raw_changed", index, "payloads");
      return;
    }
    stored.salt = opened->substr(0, kSaltBytes);
    stored.record = opened->substr(kSaltBytes);
    stored.raw = *raw;
    ++report_.payloads;
    const auto published = Json::parse(line, nullptr, false);
    if (!published.is_object() || published.value("commit", "") != Commitment(stored.salt, stored.raw, stored.record)) {
      Found("payload_wrong", index, "payloads");
      return;
    }
    CheckSides(stretch, stored, intake == stretch.intakes.end() ? nullptr : &intake->second);
  }

  // From here on the record is what was committed to: what stands beside it must say the same.
  void CheckSides(const Stretch& stretch, const Stored& stored, const IntakeKey* row) {
    const auto record = Json::parse(stored.record, nullptr, false);
    const std::string kind = record.is_object() ? record.value("kind", "") : "";
    if (!kind.empty() && kind != KindName(stored.kind)) Found("kind_changed", stored.index, "entries");
    if (record.is_object() && record.value("what", "") == kDroppedWhat && record.contains("entries")) {
      for (const auto& one : record["entries"])
        if (one.is_number_unsigned()) retired_.insert(one.get<std::uint64_t>());
    }
    if (!options_.look) return;
    std::vector<AuditFinding> own;
    const AuditExpectation expected = options_.look(stored, own);
    for (auto& finding : own) Found(std::move(finding.code), finding.index, std::move(finding.where));
    if (expected.intake && row == nullptr) {
      Found("intake_row_missing", stored.index, "intakes");
    } else if (expected.intake && !Same(*expected.intake, *row)) {
      Found("intake_row_changed", stored.index, "intakes");
    } else if (!expected.intake && row != nullptr && stored.kind != Kind::kIntake) {
      Found("row_without_entry", stored.index, "intakes");
    }
    if (!expected.about_known) return;
    const auto rows = stretch.about.find(stored.index);
    const std::size_t count = rows == stretch.about.end() ? 0 : rows->second.size();
    const bool right = expected.about ? count == 1 && rows->second[0].first == *expected.about &&
                                            rows->second[0].second == static_cast<int>(stored.kind)
                                      : count == 0;
    if (!right) Found(count == 0 ? "about_row_missing" : "about_row_changed", stored.index, "about");
  }

  static bool Same(const IntakeKey& expected, const IntakeKey& row) {
    return expected.source == row.source && expected.external_id == row.external_id && expected.day == row.day &&
           expected.serial == row.serial && expected.revision_of == row.revision_of &&
           (expected.content.empty() || expected.content == row.content) &&
           (expected.people.empty() || expected.people == row.people);
  }

  struct Edge {
    std::uint64_t n = 0;
    Tile tile;
  };

  Status PushLeaf(std::uint64_t index, const Hash& leaf) {
    GUIYI_CHECK(Push(0, leaf));
    if ((index + 1) % kTileWidth != 0) return petition::Ok();
    GUIYI_CHECK(CheckBundle(index / kTileWidth, static_cast<int>(kTileWidth)));
    lines_.clear();
    return petition::Ok();
  }

  Status Push(std::size_t level, const Hash& hash) {
    if (edges_.size() == level) edges_.emplace_back();
    edges_[level].tile.Push(hash);
    if (!edges_[level].tile.full()) return petition::Ok();
    const Tile full = std::move(edges_[level].tile);
    const std::uint64_t n = edges_[level].n++;
    edges_[level].tile = Tile();
    ++tiles_;
    const TileId id{static_cast<int>(level), n};
    GUIYI_TRY(const auto stored, tables_->Tile(id.level, n));
    const std::string computed = full.Bytes(static_cast<int>(kTileWidth));
    if (!stored) {
      Found("tile_missing", std::nullopt, TilePath(id));
    } else if (*stored != computed) {
      CompareTile(id, *stored, computed);
    }
    return Push(level + 1, *full.Node(kTileHeight, 0));
  }

  // Which leaves differ: the tile was made when they were appended.
  void CompareTile(const TileId& id, const std::string& stored, const std::string& computed) {
    if (id.level != 0 || stored.size() != computed.size()) return Found("tile_changed", std::nullopt, TilePath(id));
    for (std::size_t at = 0; at < computed.size(); at += sizeof(Hash)) {
      if (stored.compare(at, sizeof(Hash), computed, at, sizeof(Hash)) != 0)
        Found("entry_or_tile_changed", id.n * kTileWidth + at / sizeof(Hash), TilePath(id));
    }
  }

  /// The published entries of one bundle, line by line.
  Status CheckBundle(std::uint64_t n, int width) {
    if (!published_ || n * kTileWidth >= published_->size) return petition::Ok();
    const auto covered = static_cast<int>(std::min(kTileWidth, published_->size - n * kTileWidth));
    const int shown = std::min(covered, width);
    auto& files = FileSystem::Real();
    const auto folder = options_.data / "tiles";
    auto bytes = files.Read(folder / BundlePath(n, shown), kAuditBundleBytesMax);
    int held = shown;
    if (!bytes.ok() && bytes.error().code == petition::Code::kNotFound) {
      bytes = files.Read(folder / BundlePath(n, static_cast<int>(kTileWidth)), kAuditBundleBytesMax);
      held = static_cast<int>(kTileWidth);
    }
    if (!bytes.ok()) {
      Found("published_missing", std::nullopt, BundlePath(n, shown));
      return petition::Ok();
    }
    const auto entries = SplitBundle(*bytes, static_cast<std::size_t>(held));
    if (!entries.ok()) {
      Found("published_malformed", std::nullopt, BundlePath(n, shown));
      return petition::Ok();
    }
    for (int i = 0; i < shown && static_cast<std::size_t>(i) < lines_.size(); ++i) {
      if (const auto at = static_cast<std::size_t>(i); !lines_[at].empty() && (*entries)[at] != lines_[at])
        Found("published_entry_differs", n * kTileWidth + at, BundlePath(n, shown));
    }
    const std::string hashes = [&] {
      std::string text;
      for (int i = 0; i < shown; ++i) text += AsBytes(LeafHash((*entries)[static_cast<std::size_t>(i)]));
      return text;
    }();
    auto tile = files.Read(folder / TilePath({0, n, shown}), kTileWidth * sizeof(Hash));
    if (!tile.ok()) tile = files.Read(folder / TilePath({0, n}), kTileWidth * sizeof(Hash));
    if (!tile.ok()) {
      Found("published_missing", std::nullopt, TilePath({0, n, shown}));
    } else if (!tile->starts_with(hashes)) {
      Found("published_tile_differs", std::nullopt, TilePath({0, n, shown}));
    }
    return petition::Ok();
  }

  Status CheckPublishedEdge() {
    if (lines_.empty()) return petition::Ok();
    return CheckBundle(head_.size / kTileWidth, static_cast<int>(head_.size % kTileWidth));
  }

  static Hash Fold(const std::vector<Edge>& edges) {
    // Peaks from the largest perfect subtree to the smallest; a level's tile holds hashes of its own height.
    std::vector<Hash> peaks;
    for (std::size_t level = edges.size(); level-- > 0;) {
      const Tile& tile = edges[level].tile;
      const int width = tile.width();
      int begin = 0;
      for (int height = kTileHeight - 1; height >= 0; --height) {
        const int span = 1 << height;
        if ((width & span) == 0) continue;
        peaks.push_back(*tile.Node(height, static_cast<std::uint64_t>(begin >> height)));
        begin += span;
      }
    }
    if (peaks.empty()) return EmptyRoot();
    Hash root = peaks.back();
    for (std::size_t i = peaks.size() - 1; i-- > 0;) root = NodeHash(peaks[i], root);
    return root;
  }

  void CheckRoot() {
    const auto checkpoint = Checkpoint::Open(head_.checkpoint, key_);
    if (!checkpoint.ok() || checkpoint->size != head_.size || checkpoint->root != head_.root)
      Found("head_changed", std::nullopt, "head");
    if (!holes_ && Fold(edges_) != head_.root) Found("root_wrong", std::nullopt, "head");
  }

  const AuditOptions& options_;
  const Sealer sealer_;
  const KeyRing& keys_;
  const std::unique_ptr<Tables> tables_;
  VerifierKey key_;
  Head head_;
  std::optional<Checkpoint> published_;
  std::vector<Edge> edges_;
  std::vector<std::string> lines_;  ///< entries of the tile that is being filled
  std::uint64_t tiles_ = 0;
  bool holes_ = false;
  std::vector<std::uint64_t> missing_payloads_;
  std::set<std::uint64_t> retired_;
  AuditReport report_;
};

}  // namespace

Result<AuditReport> AuditStore(const AuditOptions& options, const KeyRing& keys) {
  GUIYI_TRY(auto tables, Tables::Open(options.data / "ledger.db"));
  return Audit(options, keys, std::move(tables)).Run();
}

}  // namespace ledger
