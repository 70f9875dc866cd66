// `guiyi key rotate` as a person calls it: refused while somebody holds the ledger, told on the ledger, and what was
// stored before is read and audited as before.
#include "gateway/commands/key_commands.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "gateway/backup/backup.h"
#include "gateway/backup/restore.h"
#include "gateway/store_audit.h"
#include "intake_house.h"
#include "petition/json.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

class KeyCommandsTest : public testing::Test {
 protected:
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
  Receipt Register(const std::string& id) {
    const petition::Json json{
        {"externalId", id},
        {"channel", "portal"},
        {"title", "标题" + id},
        {"content", "内容"},
        {"attachments", {{{"name", "a"}, {"content", ledger::Base64(std::string(100'000, 'x') + id)}}}}};
    const auto receipt = intake_->Register(ArrivalOf("portal", json.dump()));
    EXPECT_TRUE(receipt.ok());
    return *receipt;
  }
  int Rotate(petition::Json* said = nullptr) {
    CLI::App app;
    int status = -1;
    AddKeyCommands(app, status);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    app.parse("key rotate --json --data " + data_.string(), false);
    const auto out = testing::internal::GetCapturedStdout();
    errors_ = testing::internal::GetCapturedStderr();
    if (said != nullptr) *said = petition::Json::parse(out, nullptr, false);
    return status;
  }
  void ExpectSound() {
    const auto audit = AuditDataFolder({data_, true, {}});
    ASSERT_TRUE(audit.ok());
    for (const auto& finding : audit->findings) ADD_FAILURE() << finding.code << " " << finding.where;
  }

  support::TemporaryFolder folder_;
  const fs::path data_ = fs::path(folder_.path()) / "data";
  const petition::ManualClock clock_{petition::Time(std::chrono::milliseconds(1741054320000))};
  std::unique_ptr<ledger::BlobStore> blobs_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Intake> intake_;
  std::string errors_;
};

TEST_F(KeyCommandsTest, RotatesAndReadsWhatWasThere) {
  Open();
  Register("A");
  EXPECT_EQ(Rotate(), 3) << "somebody holds the ledger";
  EXPECT_FALSE(fs::exists(data_ / "keys" / "sealing.keys"));
  Close();
  petition::Json said;
  ASSERT_EQ(Rotate(&said), 0) << errors_;
  EXPECT_EQ(said["rotations"], 1);
  EXPECT_EQ(said["firstEntry"], 1);
  Open();
  const auto told = petition::Json::parse(ledger_->Read(1)->record);
  EXPECT_EQ(told["what"], "key_rotated");
  EXPECT_TRUE(Register("A").existing) << "what was registered before is known";
  EXPECT_FALSE(Register("B").existing);
  Close();
  ExpectSound();
  ASSERT_EQ(Rotate(&said), 0) << errors_;
  EXPECT_EQ(said["rotations"], 2);
  ExpectSound();
}

TEST_F(KeyCommandsTest, ABackupOfKeysThatLacksTheNewOneIsRefused) {
  Open();
  Register("A");
  Close();
  const fs::path root(folder_.path());
  fs::copy(data_ / "keys", root / "old-keys", fs::copy_options::recursive);
  ASSERT_EQ(Rotate(), 0) << errors_;
  ASSERT_TRUE(MakeBackup({data_, root / "backup", root / "keys", {}}, clock_).ok());
  EXPECT_TRUE(fs::exists(root / "keys" / "sealing.keys"));
  RestoreOptions options;
  options.backup = root / "backup";
  options.data = root / "restored";
  options.keys = root / "old-keys";
  EXPECT_EQ(Restore(options).error().reason, "sealing_key_missing");
  options.keys = root / "keys";
  const auto restored = Restore(options);
  EXPECT_TRUE(restored.ok()) << restored.error().message;
}

}  // namespace
}  // namespace gateway
