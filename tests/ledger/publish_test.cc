// What stands in the tiles' folder: written, verified from outside, lost, changed, contradicted.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "ledger/log_source.h"
#include "ledger/offline.h"
#include "ledger/tile.h"
#include "ledger/verify.h"
#include "ledger_fixture.h"

namespace ledger {
namespace {

namespace fs = std::filesystem;
using petition::Code;

std::string ReadFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void WriteFile(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

class PublishTest : public testing::Test {
 protected:
  void Append(Ledger& ledger, int count) {
    std::vector<std::unique_ptr<DraftProposal>> drafts;
    std::vector<Proposal*> proposals;
    for (int i = 0; i < count; ++i) {
      drafts.push_back(std::make_unique<DraftProposal>(Event(std::to_string(i))));
      proposals.push_back(drafts.back().get());
    }
    for (const auto& result : ledger.AppendAll(proposals)) ASSERT_TRUE(result.ok()) << result.error().detail;
  }

  // A published log of `size` entries, nobody holding it.
  void Publish(int size) {
    const auto ledger = OpenLedger(folder_.path(), true);
    Append(*ledger, size);
    ASSERT_TRUE(ledger->Publish().ok());
    vkey_ = ledger->vkey();
  }

  VerifyReport Verify(std::vector<OldCheckpoint> old = {}) {
    auto source = OpenFolderSource(folder_.path());
    EXPECT_TRUE(source.ok());
    const auto report = VerifyLog(**source, {VerifierKey::Parse(vkey_).value(), std::move(old), {}, 100});
    EXPECT_TRUE(report.ok());
    return *report;
  }

  // The one problem a report names, "ok" when there is none.
  static std::string Finding(const VerifyReport& report) {
    if (report.ok()) return "ok";
    return report.problems[0].code + " " + report.problems[0].where;
  }

  fs::path Tiles() const { return folder_.path() / "tiles"; }

  TemporaryFolder folder_;
  std::string vkey_;
};

TEST_F(PublishTest, PublishedLogVerifiesAtTellingSizes) {
  const auto ledger = OpenLedger(folder_.path(), true);
  vkey_ = ledger->vkey();
  int size = 0;
  ASSERT_TRUE(ledger->Publish().ok());
  EXPECT_EQ(Finding(Verify()), "ok") << "an empty log";
  for (const int next : {1, 2, 255, 256, 257, 511, 512, 600, 768, 1000, 1023, 1024}) {
    Append(*ledger, next - size);
    size = next;
    ASSERT_TRUE(ledger->Publish().ok());
    const VerifyReport report = Verify();
    EXPECT_EQ(Finding(report), "ok") << next;
    EXPECT_EQ(report.entries, static_cast<std::uint64_t>(next));
    EXPECT_EQ(report.note, ledger->checkpoint());
  }
}

TEST_F(PublishTest, FilesAreThoseOfTheFormat) {
  Publish(600);
  EXPECT_EQ(fs::file_size(Tiles() / "tile/0/000"), 8192u);
  EXPECT_EQ(fs::file_size(Tiles() / "tile/0/001"), 8192u);
  EXPECT_EQ(fs::file_size(Tiles() / "tile/0/002.p/88"), 88u * 32);
  EXPECT_EQ(fs::file_size(Tiles() / "tile/1/000.p/2"), 64u);
  EXPECT_TRUE(fs::exists(Tiles() / "tile/entries/002.p/88"));
  EXPECT_FALSE(fs::exists(Tiles() / "tile/2"));
  for (const auto& file : fs::recursive_directory_iterator(Tiles()))
    EXPECT_FALSE(file.path().string().ends_with(".tmp"));
  const std::string bundle = ReadFile(Tiles() / "tile/entries/002.p/88");
  const auto entries = SplitBundle(bundle, 88).value();
  const auto json = nlohmann::json::parse(entries[0]);
  EXPECT_EQ(json.size(), 3u) << "version, time and commitment, nothing else";
  EXPECT_EQ(json["v"], 1);
  EXPECT_EQ(FromBase64(json["commit"].get<std::string>())->size(), 32u);
}

TEST_F(PublishTest, PartialTilesGoWhenTheFullOneIsThere) {
  const auto ledger = OpenLedger(folder_.path(), true);
  vkey_ = ledger->vkey();
  Append(*ledger, 100);
  ASSERT_TRUE(ledger->Publish().ok());
  const std::string old = ledger->checkpoint();
  Append(*ledger, 100);
  ASSERT_TRUE(ledger->Publish().ok());
  EXPECT_TRUE(fs::exists(Tiles() / "tile/0/000.p/100")) << "had a published checkpoint";
  Append(*ledger, 100);
  ASSERT_TRUE(ledger->Publish().ok());
  EXPECT_FALSE(fs::exists(Tiles() / "tile/0/000.p"));
  EXPECT_FALSE(fs::exists(Tiles() / "tile/entries/000.p"));
  // A reader that still holds the older checkpoint falls back to the full files.
  WriteFile(Tiles() / "checkpoint", old);
  EXPECT_EQ(Finding(Verify()), "ok");
}

TEST_F(PublishTest, AnyFlippedBitIsFound) {
  Publish(600);
  std::vector<fs::path> files;
  for (const auto& file : fs::recursive_directory_iterator(Tiles())) {
    if (file.is_regular_file()) files.push_back(file.path());
  }
  EXPECT_EQ(files.size(), 8u);
  for (const fs::path& file : files) {
    const std::string good = ReadFile(file);
    for (const std::size_t at : {std::size_t{0}, good.size() / 3, good.size() / 2, good.size() - 1}) {
      std::string bent = good;
      bent[at] = static_cast<char>(bent[at] ^ 4);
      WriteFile(file, bent);
      EXPECT_FALSE(Verify().ok()) << file << " " << at;
    }
    WriteFile(file, good.substr(0, good.size() - 1));
    EXPECT_FALSE(Verify().ok()) << file << " cut";
    WriteFile(file, good + "x");
    EXPECT_FALSE(Verify().ok()) << file << " longer";
    WriteFile(file, good);
  }
  EXPECT_EQ(Finding(Verify()), "ok");
}

TEST_F(PublishTest, MissingFilesAreFoundByTheVerifierAndRebuiltAtStart) {
  Publish(600);
  for (const char* lost :
       {"tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88"}) {
    const std::string good = ReadFile(Tiles() / lost);
    fs::remove(Tiles() / lost);
    EXPECT_FALSE(Verify().ok()) << lost;
    { OpenLedger(folder_.path(), true); }
    EXPECT_EQ(ReadFile(Tiles() / lost), good) << lost;
  }
  fs::remove_all(Tiles() / "tile");
  { OpenLedger(folder_.path(), true); }
  EXPECT_EQ(Finding(Verify()), "ok");
  fs::remove_all(Tiles());
  { OpenLedger(folder_.path(), true); }
  EXPECT_EQ(Finding(Verify()), "ok");
}

TEST_F(PublishTest, TornFilesAtTheRightEdgeAreRebuiltAtStart) {
  Publish(600);
  for (const char* torn :
       {"tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88", "tile/0/001", "tile/entries/001"}) {
    WriteFile(Tiles() / torn, std::string(ReadFile(Tiles() / torn).size(), '\0'));
    { OpenLedger(folder_.path(), true); }
    EXPECT_EQ(Finding(Verify()), "ok") << torn;
  }
}

TEST_F(PublishTest, UnknownPublishedCheckpointStopsTheStart) {
  Publish(10);
  const std::string ten = ReadFile(Tiles() / "checkpoint");
  fs::copy(folder_.path() / "ledger.db", folder_.path() / "old.db");
  Publish(10);
  // An old copy of the store came back, while the world has seen twenty entries.
  fs::copy_file(folder_.path() / "old.db", folder_.path() / "ledger.db", fs::copy_options::overwrite_existing);
  fs::remove(folder_.path() / "ledger.db-wal");
  fs::remove(folder_.path() / "ledger.db-shm");
  Options options;
  options.folder = folder_.path();
  EXPECT_EQ(TryOpen(options).error().code, Code::kCorrupt);
  EXPECT_EQ(TryOpen(options).error().code, Code::kCorrupt) << "a second try is no way around";
  WriteFile(Tiles() / "checkpoint", "nonsense");
  EXPECT_EQ(TryOpen(options).error().code, Code::kCorrupt);
  WriteFile(Tiles() / "checkpoint", ten);
  EXPECT_TRUE(TryOpen(options).ok());
}

TEST_F(PublishTest, ForkedLogIsFoundByAKeptCheckpoint) {
  Publish(300);
  const std::string kept = ReadFile(Tiles() / "checkpoint");
  const fs::path keys = folder_.path() / "keys";
  TemporaryFolder other;
  fs::copy(keys, other.path() / "keys", fs::copy_options::recursive);
  {
    // The same key signs another history, larger than the kept one.
    const auto fork = OpenLedger(other.path(), true);
    Append(*fork, 400);
  }
  auto source = OpenFolderSource(other.path()).value();
  const VerifierKey key = VerifierKey::Parse(vkey_).value();
  EXPECT_TRUE(VerifyLog(*source, {key, {}, {}, 100})->ok()) << "by itself it looks well";
  EXPECT_EQ(Finding(*VerifyLog(*source, {key, {{"kept", kept}}, {}, 100})), "rewritten kept");
}

TEST_F(PublishTest, KeptCheckpointsOfEverySizeAgreeAndRollBackIsFound) {
  std::vector<OldCheckpoint> old;
  {
    const auto ledger = OpenLedger(folder_.path(), true);
    vkey_ = ledger->vkey();
    for (int i = 0; i < 30; ++i) {
      old.push_back({std::to_string(i), ledger->checkpoint()});
      Append(*ledger, i);
    }
  }
  EXPECT_EQ(Finding(Verify(old)), "ok") << "also of sizes that were only ever signed in receipts";
  const std::string newest = ReadFile(Tiles() / "checkpoint");
  WriteFile(Tiles() / "checkpoint", old.back().note);
  EXPECT_EQ(Finding(Verify({{"newest", newest}})), "rolled_back newest");
  EXPECT_EQ(Finding(Verify({{"x", "nonsense"}})), "old_unreadable x");
}

TEST_F(PublishTest, AnotherKeysLogIsRefused) {
  Publish(3);
  TemporaryFolder other;
  { vkey_ = OpenLedger(other.path())->vkey(); }
  EXPECT_EQ(Finding(Verify()), "signature_missing checkpoint");
}

TEST_F(PublishTest, OversizedFilesDoNotFillTheMemory) {
  Publish(3);
  fs::resize_file(Tiles() / "tile/entries/000.p/3", 1ull << 40);
  EXPECT_EQ(Finding(Verify()), "bundle_malformed tile/entries/000.p/3");
}

TEST_F(PublishTest, FlippedBitInAStoredEntryIsNeverPublished) {
  {
    const auto ledger = OpenLedger(folder_.path());
    Append(*ledger, 300);
    vkey_ = ledger->vkey();
  }
  std::string db = ReadFile(folder_.path() / "ledger.db");
  const auto entries = [&] {
    std::vector<std::size_t> found;
    for (std::size_t at = db.find(R"({"commit":")"); at != std::string::npos; at = db.find(R"({"commit":")", at + 1))
      found.push_back(at);
    return found;
  }();
  ASSERT_EQ(entries.size(), 300u);
  std::size_t noticed = 0;
  for (const std::size_t at : {entries[3], entries[290]}) {
    std::string bent = db;
    bent[at + 15] = bent[at + 15] == 'A' ? 'B' : 'A';
    WriteFile(folder_.path() / "ledger.db", bent);
    Options options;
    options.folder = folder_.path();
    const auto opened = TryOpen(options);
    noticed += !opened.ok() && opened.error().code == Code::kCorrupt;
    EXPECT_FALSE(fs::exists(Tiles() / "checkpoint"));
  }
  EXPECT_EQ(noticed, 2u) << "the right edge and the newest full tile are hashed again at start";
  WriteFile(folder_.path() / "ledger.db", db);
  EXPECT_NE(OpenLedger(folder_.path(), true), nullptr);
}

TEST_F(PublishTest, OlderFlippedEntryStopsItsBundleAndIsNotSignedAway) {
  {
    const auto ledger = OpenLedger(folder_.path());
    Append(*ledger, 600);
    vkey_ = ledger->vkey();
  }
  std::string db = ReadFile(folder_.path() / "ledger.db");
  std::size_t at = db.find(R"({"commit":")");
  db[at + 15] = db[at + 15] == 'A' ? 'B' : 'A';
  WriteFile(folder_.path() / "ledger.db", db);
  const auto ledger = OpenLedger(folder_.path(), true);
  ASSERT_NE(ledger, nullptr);
  EXPECT_EQ(ledger->Publish().error().code, Code::kCorrupt);
  EXPECT_FALSE(fs::exists(Tiles() / "checkpoint"));
}

TEST_F(PublishTest, ProofsAreMadeBesideARunningHub) {
  const auto ledger = OpenLedger(folder_.path());
  Append(*ledger, 300);
  Draft draft = Event("intake");
  draft.kind = Kind::kIntake;
  draft.intake = IntakeKey{"portal", "A", "c", "p", "20250304", 1};
  const auto appended = ledger->Append(draft);
  ASSERT_TRUE(appended.ok());
  EXPECT_EQ(OfflineVkey(folder_.path()).value(), ledger->vkey());
  const auto proof = OfflineProof(folder_.path(), "20250304", 1);
  ASSERT_TRUE(proof.ok());
  EXPECT_TRUE(
      VerifyProof(*ParseProof(proof->Text()), appended->entry, VerifierKey::Parse(ledger->vkey()).value()).ok());
  EXPECT_EQ(OfflineProof(folder_.path(), "20250304", 2).error().code, Code::kNotFound);
  EXPECT_EQ(OfflineProof(folder_.path() / "nowhere", "20250304", 1).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace ledger
