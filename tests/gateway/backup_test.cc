// Backing up beside a running ledger, restoring, and refusing to go back behind what is known.
#include "gateway/backup/backup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "gateway/backup/restore.h"
#include "gateway/store_audit.h"
#include "intake_house.h"
#include "ledger/durable_file.h"
#include "ledger/verify.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

class BackupTest : public testing::Test {
 protected:
  BackupTest() : root_(folder_.path()), data_(root_ / "data") { Open(); }
  void Open() {
    Close();
    auto keys = ledger::KeyRing::Open(data_ / "keys", true);
    ASSERT_TRUE(keys.ok());
    blobs_ = std::move(ledger::BlobStore::Open(data_ / "blobs", *keys)).value();
    ledger::Options options;
    options.folder = data_;
    auto ledger = ledger::Ledger::Open(options, *keys, clock_);
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    ledger_ = std::move(*ledger);
    intake_ = std::move(Intake::Make({}, *ledger_, *blobs_, *keys, clock_, {})).value();
  }
  void Close() {
    intake_.reset();
    ledger_.reset();
    blobs_.reset();
  }
  void Register(const std::string& id, std::size_t attachment = 0) {
    petition::Json json{{"externalId", id}, {"channel", "portal"}, {"title", "标题" + id}, {"content", "内容"}};
    if (attachment > 0)
      json["attachments"] = {{{"name", "a"}, {"content", ledger::Base64(std::string(attachment, 'x') + id)}}};
    ASSERT_TRUE(intake_->Register(ArrivalOf("portal", json.dump())).ok());
  }
  BackupManifest Back(const fs::path& target, const fs::path& keys = {}) {
    const auto made = MakeBackup({data_, target, keys, {}}, clock_);
    EXPECT_TRUE(made.ok()) << made.error().message << " " << made.error().detail;
    return made.ok() ? *made : BackupManifest();
  }
  void ExpectSound(std::uint64_t size) {
    Close();
    Open();
    EXPECT_EQ(ledger_->size(), size);
    ASSERT_TRUE(ledger_->Publish().ok());
    auto source = ledger::OpenFolderSource(data_);
    ASSERT_TRUE(source.ok());
    ledger::VerifyOptions options;
    options.key = ledger::VerifierKey::Parse(ledger_->vkey()).value();
    EXPECT_TRUE(ledger::VerifyLog(**source, options)->ok());
    Close();
    const auto audit = AuditDataFolder({data_, true, {}});
    ASSERT_TRUE(audit.ok());
    EXPECT_TRUE(audit->ok()) << audit->findings[0].code;
  }

  support::TemporaryFolder folder_;
  const fs::path root_, data_;
  petition::ManualClock clock_{petition::Time(std::chrono::milliseconds(1741054320000))};
  std::unique_ptr<ledger::BlobStore> blobs_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Intake> intake_;
};

TEST_F(BackupTest, RestoresWhatWasThere) {
  for (int i = 0; i < 300; ++i) Register(std::to_string(i), i == 7 ? 100'000 : 0);
  std::ofstream(data_ / "notes.txt") << "not the hub's";
  const auto manifest = Back(root_ / "backup", root_ / "keys-apart");
  EXPECT_EQ(manifest.size, 300u);
  EXPECT_FALSE(fs::exists(root_ / "backup/keys"));
  EXPECT_FALSE(fs::exists(root_ / "backup/notes.txt"));
  Close();
  fs::remove_all(data_);
  EXPECT_EQ(Restore({root_ / "backup", data_, {}, {}, false, false}).error().Reason(), "keys_differ") << "no keys";
  const auto restored = Restore({root_ / "backup", data_, root_ / "keys-apart", {}, false, false});
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  ExpectSound(300);
}

// One consistent state, whatever is being written meanwhile.
TEST_F(BackupTest, IsConsistentBesideAWritingHub) {
  for (int i = 0; i < 50; ++i) Register(std::to_string(i));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 50; !stop.load(); ++i) Register(std::to_string(i), i % 5 == 0 ? 70'000 : 0);
  });
  std::vector<BackupManifest> manifests;
  for (int n = 0; n < 3; ++n)
    manifests.push_back(Back(root_ / ("backup" + std::to_string(n)), root_ / ("k" + std::to_string(n))));
  stop.store(true);
  writer.join();
  Close();
  fs::remove_all(data_);
  for (int n = 0; n < 3; ++n) {
    const auto no = std::to_string(n);
    ASSERT_TRUE(Restore({root_ / ("backup" + no), data_, root_ / ("k" + no), {}, false, false}).ok());
    ExpectSound(manifests[static_cast<std::size_t>(n)].size);
    fs::remove_all(data_);
  }
}

TEST_F(BackupTest, DoesNotGoBackBehindWhatIsKnown) {
  Register("1");
  Back(root_ / "backup", root_ / "keys-apart");
  Register("2");
  ASSERT_TRUE(ledger_->Publish().ok());
  const std::string newer = ledger_->checkpoint();
  Close();
  EXPECT_EQ(Restore({root_ / "backup", data_, {}, {}, false, false}).error().Reason(), "data_exists");
  const auto refused = Restore({root_ / "backup", data_, {}, {}, true, false});
  EXPECT_EQ(refused.error().Reason(), "newer_known");
  EXPECT_EQ(refused.error().fields.size(), 2u) << "published, and stored";
  // The folder is lost, but somebody kept a checkpoint.
  fs::remove_all(data_);
  std::ofstream(root_ / "kept") << newer;
  EXPECT_EQ(Restore({root_ / "backup", data_, root_ / "keys-apart", {root_ / "kept"}, false, false}).error().Reason(),
            "newer_known");
  EXPECT_FALSE(fs::exists(data_)) << "nothing was touched";
  const auto told = Restore({root_ / "backup", data_, root_ / "keys-apart", {root_ / "kept"}, false, true});
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->rolled_back.size(), 1u);
  ExpectSound(1);
}

TEST_F(BackupTest, TheOldFolderIsKept) {
  Register("1");
  ASSERT_TRUE(ledger_->Publish().ok());
  Back(root_ / "backup");
  Close();
  const auto restored = Restore({root_ / "backup", data_.string() + "/", {}, {}, true, false});
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_TRUE(fs::exists(restored->moved_to / "ledger.db"));
  ExpectSound(1);
}

TEST_F(BackupTest, DamagedAndHalfBackupsAreRefused) {
  Register("1", 100'000);
  Back(root_ / "backup", root_ / "keys-apart");
  Close();
  EXPECT_FALSE(MakeBackup({data_, root_ / "backup", {}, {}}, clock_).ok()) << "not empty";
  EXPECT_EQ(MakeBackup({data_, root_ / "b2", root_ / "b2/keys", {}}, clock_).error().Reason(), "keys_within");
  fs::remove_all(data_);
  fs::resize_file(root_ / "backup/ledger.db", 8192);
  EXPECT_EQ(Restore({root_ / "backup", data_, root_ / "keys-apart", {}, false, false}).error().code,
            petition::Code::kCorrupt);
  fs::remove(root_ / "backup" / kBackupManifest);
  EXPECT_EQ(Restore({root_ / "backup", data_, root_ / "keys-apart", {}, false, false}).error().code,
            petition::Code::kNotFound);
  EXPECT_FALSE(fs::exists(data_));
}

}  // namespace
}  // namespace gateway
