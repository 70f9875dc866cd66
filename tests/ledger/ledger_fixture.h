// A data folder of its own for one test, and short ways to append and to check a whole ledger.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "ledger/checkpoint.h"
#include "ledger/ledger.h"
#include "ledger/proof.h"

namespace ledger {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "guiyi-ledger-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline const petition::ManualClock& TestClock() {
  static const petition::ManualClock clock{petition::Time(std::chrono::milliseconds(1741054320000))};
  return clock;
}

inline petition::Result<std::unique_ptr<Ledger>> TryOpen(Options options) {
  auto keys = KeyRing::Open(options.folder / "keys", true);
  if (!keys.ok()) return keys.error();
  return Ledger::Open(options, *keys, TestClock());
}

inline std::unique_ptr<Ledger> OpenLedger(const std::filesystem::path& folder, bool publish = false) {
  Options options;
  options.folder = folder;
  options.publish = publish;
  auto ledger = TryOpen(options);
  EXPECT_TRUE(ledger.ok()) << (ledger.ok() ? "" : ledger.error().message + " " + ledger.error().detail);
  return ledger.ok() ? std::move(ledger).value() : nullptr;
}

inline Draft Event(const std::string& text, std::uint64_t about = kNoIndex) {
  Draft draft;
  draft.kind = Kind::kEvent;
  draft.record = R"({"kind":"event","text":")" + text + R"("})";
  draft.raw = "raw " + text;
  draft.about = about;
  return draft;
}

/// Whether what was answered proves itself: entry, commitment, inclusion, signature.
inline void ExpectProven(const Appended& appended, const Draft& draft, const std::string& vkey) {
  const VerifierKey key = VerifierKey::Parse(vkey).value();
  const auto checkpoint = VerifyProof(appended.proof, appended.entry, key);
  EXPECT_TRUE(checkpoint.ok()) << (checkpoint.ok() ? "" : checkpoint.error().message);
  EXPECT_EQ(appended.leaf, LeafHash(appended.entry));
  EXPECT_EQ(appended.proof.index, appended.index);
  EXPECT_NE(appended.entry.find(Commitment(appended.salt, draft.raw, draft.record)), std::string::npos);
}

}  // namespace ledger
