// The witness by itself: which checkpoints it cosigns, what it answers otherwise, what it remembers when its disk
// fails; and its cosignatures in the eyes of another implementation.
#include "ledger/witness.h"

#include <gtest/gtest.h>

#include <fstream>

#include "ledger/offline.h"
#include "ledger/witness_call.h"
#include "ledger_fixture.h"
#include "support/fault_vfs.h"
#include "support/process.h"

namespace ledger {
namespace {

constexpr const char* kName = "witness.example/w1";

// The log of the known answers: entries "entry-0", "entry-1" ..., key seed 00..1f.
class TestLog {
 public:
  TestLog() : signer_(Make("example.org/ledger")) {}
  static Signer Make(const std::string& name) {
    Key seed;
    for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(i);
    return std::move(Signer::FromSeed(name, seed)).value();
  }
  NodeReader Nodes(const std::string& word = "entry-") const {
    return [word](int level, std::uint64_t index) -> petition::Result<Hash> { return Node(word, level, index); };
  }
  std::string Note(std::uint64_t size, const std::string& word = "entry-") const {
    return signer_.SignNote(Checkpoint{signer_.verifier().name, size, RootOf(size, Nodes(word)).value()}.Text());
  }
  std::string Call(std::uint64_t old_size, std::uint64_t size, const std::string& word = "entry-") const {
    WitnessCall call;
    call.old_size = old_size;
    if (old_size <= size) call.proof = ConsistencyPath(old_size, size, Nodes(word)).value();
    call.checkpoint = Note(size, word);
    return call.Text();
  }
  const VerifierKey& key() const { return signer_.verifier(); }

 private:
  static Hash Node(const std::string& word, int level, std::uint64_t index) {
    if (level == 0) return LeafHash(word + std::to_string(index));
    return NodeHash(Node(word, level - 1, index * 2), Node(word, level - 1, index * 2 + 1));
  }
  Signer signer_;
};

class WitnessTest : public testing::Test {
 protected:
  std::unique_ptr<Witness> Open(FileSystem& files = FileSystem::Real()) {
    auto witness = Witness::Open(folder_.path() / "w", kName, {log_.key()}, TestClock(), files);
    EXPECT_TRUE(witness.ok()) << witness.error().message;
    return std::move(witness).value();
  }
  /// Whether the answer's line cosigns that checkpoint.
  bool Cosigns(const Witness& witness, const Witness::Answer& answer, std::uint64_t size) {
    const auto note = Note::Parse(log_.Note(size) + answer.body);
    return answer.status == 200 && note.ok() && note->VerifyCosignature(witness.verifier()).ok();
  }

  TemporaryFolder folder_;
  TestLog log_;
};

TEST_F(WitnessTest, CosignsALogThatGrows) {
  const auto witness = Open();
  EXPECT_TRUE(Cosigns(*witness, witness->AddCheckpoint(log_.Call(0, 3)), 3));
  EXPECT_TRUE(Cosigns(*witness, witness->AddCheckpoint(log_.Call(3, 5)), 5));
  EXPECT_TRUE(Cosigns(*witness, witness->AddCheckpoint(log_.Call(5, 5)), 5)) << "the same again";
  EXPECT_TRUE(Cosigns(*witness, witness->AddCheckpoint(log_.Call(5, 1000)), 1000));
  EXPECT_EQ(witness->SizeOf("example.org/ledger").value(), 1000u);
  EXPECT_TRUE(Cosigns(*Open(), witness->AddCheckpoint(log_.Call(1000, 1001)), 1001)) << "the key stays";
}

TEST_F(WitnessTest, AnswersWhatIsWrong) {
  const auto witness = Open();
  EXPECT_EQ(witness->AddCheckpoint("").status, 400);
  EXPECT_EQ(witness->AddCheckpoint("old 03\n\n" + log_.Note(3)).status, 400);
  EXPECT_EQ(witness->AddCheckpoint("old 0\nnonsense\n\n" + log_.Note(3)).status, 400);
  EXPECT_EQ(witness->AddCheckpoint("old 0\n" + log_.Note(3)).status, 400) << "no blank line";
  std::string hashes;
  for (int i = 0; i < 64; ++i) hashes += Base64(AsBytes(EmptyRoot())) + "\n";
  EXPECT_EQ(witness->AddCheckpoint("old 0\n" + hashes + "\n" + log_.Note(3)).status, 400) << "more than 63 hashes";
  EXPECT_EQ(witness->AddCheckpoint(log_.Call(4, 3)).status, 400) << "backwards";
  const Signer other = TestLog::Make("other.example/ledger");
  const std::string unknown = other.SignNote(Checkpoint{"other.example/ledger", 0, EmptyRoot()}.Text());
  EXPECT_EQ(witness->AddCheckpoint("old 0\n\n" + unknown).status, 404);
  const std::string foreign = other.SignNote(Checkpoint{"example.org/ledger", 0, EmptyRoot()}.Text());
  EXPECT_EQ(witness->AddCheckpoint("old 0\n\n" + foreign).status, 403);
  EXPECT_EQ(witness->AddCheckpoint("old 0\n" + Base64(AsBytes(EmptyRoot())) + "\n\n" + log_.Note(3)).status, 422)
      << "a proof where none is due";

  ASSERT_EQ(witness->AddCheckpoint(log_.Call(0, 5)).status, 200);
  const auto stale = witness->AddCheckpoint(log_.Call(3, 7));
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(stale.body, "5\n");
  EXPECT_EQ(witness->AddCheckpoint(log_.Call(0, 3)).status, 409) << "a log that went back";
  EXPECT_EQ(witness->AddCheckpoint(log_.Call(5, 5, "forged-")).status, 409) << "another tree of the same size";
  EXPECT_EQ(witness->AddCheckpoint(log_.Call(5, 9, "forged-")).status, 422) << "another history";
  EXPECT_EQ(witness->SizeOf("example.org/ledger").value(), 5u);
}

TEST_F(WitnessTest, DamagedStateIsNotTakenForAYoungLog) {
  ASSERT_EQ(Open()->AddCheckpoint(log_.Call(0, 5)).status, 200);
  for (const auto& file : std::filesystem::directory_iterator(folder_.path() / "w")) {
    if (file.path().extension() == ".head") std::ofstream(file.path()) << "nonsense";
  }
  EXPECT_EQ(Open()->AddCheckpoint(log_.Call(0, 5, "forged-")).status, 500);
}

// Whatever single write of the state fails, and whatever the power takes: the witness never cosigns two histories.
TEST_F(WitnessTest, NeverForgetsWhatItCosigned) {
  (void)Open();  // the key is made on a sound disk
  using support::Fault;
  using support::Kept;
  int struck = 0;
  for (const Fault fault : {Fault::kFailBefore, Fault::kFailAfter, Fault::kDiskFull, Fault::kCrash}) {
    for (std::uint64_t at = 0; at < 12; ++at) {
      for (const Kept kept : {Kept::kNothing, Kept::kEverything, Kept::kSome}) {
        std::error_code ignored;
        for (const auto& file : std::filesystem::directory_iterator(folder_.path() / "w")) {
          if (file.path().filename() != "witness.key") std::filesystem::remove(file.path(), ignored);
        }
        support::FaultDisk disk("witness");
        bool cosigned = false, cosigned_again = false;
        {
          const auto witness = Open(disk.files());
          ASSERT_EQ(witness->AddCheckpoint(log_.Call(0, 3)).status, 200);
          disk.Arm(fault, at);
          cosigned = witness->AddCheckpoint(log_.Call(3, 5)).status == 200;
          struck += disk.struck() ? 1 : 0;
          if (fault == Fault::kCrash && disk.struck()) cosigned = false;  // nobody was answered any more
          if (fault != Fault::kCrash) {
            disk.Disarm();
            cosigned_again =
                witness->AddCheckpoint(log_.Call(witness->SizeOf("example.org/ledger").value(), 5)).status == 200;
            EXPECT_TRUE(cosigned_again) << "a disk that is well again";
          }
        }
        disk.Crash(kept, at);
        const auto witness = Open(disk.files());
        const auto size = witness->SizeOf("example.org/ledger");
        ASSERT_TRUE(size.ok());
        if (cosigned || cosigned_again) {
          EXPECT_EQ(*size, 5u) << static_cast<int>(fault) << " at " << at << " kept " << static_cast<int>(kept);
        } else {
          EXPECT_GE(*size, 3u);
        }
        const auto forged = witness->AddCheckpoint(log_.Call(*size, 5, "forged-")).status;
        EXPECT_TRUE(forged == 409 || forged == 422);
      }
    }
  }
  EXPECT_GT(struck, 30);
}

// Not our own code looks at the cosignature: Debian's python3-cryptography, from the format's text alone.
TEST_F(WitnessTest, AnotherImplementationTakesTheCosignature) {
  if (support::Run({"/usr/bin/env", "python3", "-c", "import cryptography"}).status != 0)
    GTEST_SKIP() << "no python3-cryptography";
  const auto witness = Open();
  const auto answer = witness->AddCheckpoint(log_.Call(0, 3));
  ASSERT_EQ(answer.status, 200);
  const auto file = folder_.path() / "cosigned";
  std::ofstream(file) << log_.Note(3) << answer.body;
  const auto checked = support::Run({"/usr/bin/env", "python3", GUIYI_SOURCE_DIR "/tests/support/check_cosignature.py",
                                     file.string(), log_.key().Text(), witness->verifier().Text()});
  EXPECT_EQ(checked.status, 0) << checked.out;
}

}  // namespace
}  // namespace ledger
