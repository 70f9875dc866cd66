// The hub's side of witnessing, against real witnesses over loopback: what is published with it, what is said of those
// that are late, and that one which holds another history is a conflict.
#include "gateway/witnessing/witnessing.h"

#include <gtest/gtest.h>

#include "gateway/witnessing/witness_server.h"
#include "ledger/ledger.h"
#include "ledger/verify.h"
#include "ledger/witness.h"
#include "support/process.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

class WitnessingTest : public testing::Test {
 protected:
  WitnessingTest() : data_(std::filesystem::path(folder_.path()) / "data") { OpenLedger(); }

  void OpenLedger() {
    auto keys = ledger::KeyRing::Open(data_ / "keys", true);
    ASSERT_TRUE(keys.ok());
    ledger::Options options;
    options.folder = data_;
    auto opened = ledger::Ledger::Open(options, *keys, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    ledger_ = std::move(*opened);
  }
  void Publish(int entries) {
    for (int i = 0; i < entries; ++i) {
      ledger::Draft draft;
      draft.record = R"({"kind":"event","n":)" + std::to_string(i) + "}";
      ASSERT_TRUE(ledger_->Append(std::move(draft)).ok());
    }
    ASSERT_TRUE(ledger_->Publish().ok());
  }
  struct Running {
    std::unique_ptr<ledger::Witness> witness;
    std::unique_ptr<WitnessServer> server;
  };
  Running StartWitness(const std::string& name) {
    Running running;
    auto witness = ledger::Witness::Open(std::filesystem::path(folder_.path()) / name, name + ".example",
                                         {ledger::VerifierKey::Parse(ledger_->vkey()).value()}, clock_);
    EXPECT_TRUE(witness.ok());
    running.witness = std::move(*witness);
    auto server = WitnessServer::Start("127.0.0.1:0", *running.witness);
    EXPECT_TRUE(server.ok()) << server.error().detail;
    running.server = std::move(*server);
    return running;
  }
  std::unique_ptr<Witnessing> Start(const std::vector<const Running*>& witnesses, std::size_t quorum = 1) {
    WitnessingOptions options;
    for (const auto* running : witnesses)
      options.witnesses.push_back({"http://" + running->server->address() + "/", running->witness->verifier()});
    options.quorum = quorum;
    options.every = 10ms;
    options.round_time = 50ms;
    options.retry_max = 50ms;
    options.call_time_max = 2s;
    options.data = data_;
    options.log = ledger::VerifierKey::Parse(ledger_->vkey()).value();
    auto made = Witnessing::Make(options, clock_);
    EXPECT_TRUE(made.ok()) << made.error().message;
    (*made)->Start();
    return std::move(*made);
  }
  template <typename F>
  static bool Soon(F&& holds) {
    for (int i = 0; i < 2'000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }
  /// Whether a note is of that size and cosigned by that witness.
  bool Cosigned(const std::string& note, std::uint64_t size, const Running& by) {
    const auto parsed = ledger::Note::Parse(note);
    const auto checkpoint = ledger::Checkpoint::Open(note, ledger::VerifierKey::Parse(ledger_->vkey()).value());
    return parsed.ok() && checkpoint.ok() && checkpoint->size == size &&
           parsed->VerifyCosignature(by.witness->verifier()).ok();
  }

  support::TemporaryFolder folder_;
  const std::filesystem::path data_;
  petition::ManualClock clock_{petition::Time(1741054320s)};
  std::unique_ptr<ledger::Ledger> ledger_;
};

TEST_F(WitnessingTest, PublishedCheckpointsAreCosignedByAll) {
  Publish(3);
  const auto a = StartWitness("a"), b = StartWitness("b");
  const auto witnessing = Start({&a, &b}, 2);
  ASSERT_TRUE(
      Soon([&] { return Cosigned(witnessing->Checkpoint(), 3, a) && Cosigned(witnessing->Checkpoint(), 3, b); }));
  for (const std::uint64_t size : {7, 300, 301}) {
    Publish(static_cast<int>(size - ledger_->size()));
    ASSERT_TRUE(Soon([&] {
      return Cosigned(witnessing->Witnessed(), size, a) && Cosigned(witnessing->Witnessed(), size, b);
    })) << size;
  }
  ASSERT_TRUE(
      Soon([&] { return witnessing->views()[0].state == "current" && witnessing->views()[1].state == "current"; }));
  EXPECT_EQ(witnessing->views()[0].cosigned_at, clock_.Now());
}

TEST_F(WitnessingTest, WhatWasWitnessedOutlivesARestart) {
  Publish(3);
  const auto a = StartWitness("a");
  {
    const auto witnessing = Start({&a});
    ASSERT_TRUE(Soon([&] { return Cosigned(witnessing->Checkpoint(), 3, a); }));
  }
  const auto witnessing = Start({&a});
  EXPECT_TRUE(Cosigned(witnessing->Witnessed(), 3, a));
  Publish(2);
  EXPECT_TRUE(Soon([&] { return Cosigned(witnessing->Checkpoint(), 5, a); })) << "it goes on from there";
}

// Registering knows nothing of witnesses; the figures count down, and readers get the newest without it.
TEST_F(WitnessingTest, OneThatIsAwayIsLateAndHoldsUpNothing) {
  Publish(3);
  const auto a = StartWitness("a"), b = StartWitness("b");
  const auto witnessing = Start({&a, &b}, 2);
  ASSERT_TRUE(Soon([&] { return Cosigned(witnessing->Checkpoint(), 3, b); }));
  b.server->Stop();
  Publish(4);
  ASSERT_TRUE(Soon([&] { return Cosigned(witnessing->Checkpoint(), 7, a); })) << "with the lines there are";
  EXPECT_FALSE(Cosigned(witnessing->Checkpoint(), 7, b));
  EXPECT_TRUE(Cosigned(witnessing->Witnessed(), 3, b));
  auto view = witnessing->views()[1];
  EXPECT_EQ(view.state, "behind");
  EXPECT_EQ(view.behind, 4u);
  EXPECT_EQ(view.late_in, 300s);
  clock_.Advance(200s);
  EXPECT_EQ(witnessing->views()[1].late_in, 100s);
  clock_.Advance(200s);
  EXPECT_EQ(witnessing->views()[1].state, "late");
  EXPECT_EQ(witnessing->views()[1].late_in, -100s);
  EXPECT_EQ(witnessing->views()[0].state, "current");
  EXPECT_TRUE(Soon([&] { return witnessing->views()[1].reason == "unreachable"; }));
}

TEST_F(WitnessingTest, OneThatKnowsMoreThanWeThinkIsProvenToFromThere) {
  Publish(3);
  const auto a = StartWitness("a");
  {
    ASSERT_TRUE(Soon([&, witnessing = Start({&a})] { return Cosigned(witnessing->Checkpoint(), 3, a); }));
  }
  Publish(5);
  std::filesystem::remove_all(data_ / "witnessed");  // our memory is gone, not the witness'
  const auto witnessing = Start({&a});
  EXPECT_TRUE(Soon([&] { return Cosigned(witnessing->Checkpoint(), 8, a); }));
}

TEST_F(WitnessingTest, ALogThatWentBackIsAConflict) {
  Publish(3);
  const auto a = StartWitness("a");
  const auto keys = data_.parent_path() / "keys-kept";
  std::filesystem::copy(data_ / "keys", keys, std::filesystem::copy_options::recursive);
  {
    ASSERT_TRUE(Soon([&, witnessing = Start({&a})] { return Cosigned(witnessing->Checkpoint(), 3, a); }));
  }
  // A second history under the same key: shorter first, then as long, then longer.
  ledger_.reset();
  std::filesystem::remove_all(data_);
  std::filesystem::create_directories(data_);
  std::filesystem::copy(keys, data_ / "keys", std::filesystem::copy_options::recursive);
  OpenLedger();
  Publish(1);
  const auto witnessing = Start({&a});
  const auto conflict = [&](const std::string& reason) {
    return Soon([&] { return witnessing->views()[0].state == "conflict" && witnessing->views()[0].reason == reason; });
  };
  EXPECT_TRUE(conflict("witness_ahead")) << witnessing->views()[0].reason;
  Publish(6);
  EXPECT_TRUE(conflict("proof_refused")) << witnessing->views()[0].reason;
  EXPECT_EQ(witnessing->Witnessed(), "");
  EXPECT_NE(witnessing->Checkpoint(), "") << "readers are still given the log";
}

TEST_F(WitnessingTest, AnAuditorAsksForCosignatures) {
  Publish(3);
  const auto a = StartWitness("a"), b = StartWitness("b");
  const auto witnessing = Start({&a});
  ASSERT_TRUE(Soon([&] { return Cosigned(witnessing->Checkpoint(), 3, a); }));
  ASSERT_TRUE(
      ledger::WriteDurably(ledger::FileSystem::Real(), data_ / "tiles" / "checkpoint", witnessing->Checkpoint()).ok());
  auto source = ledger::OpenFolderSource(data_);
  ASSERT_TRUE(source.ok());
  ledger::VerifyOptions options;
  options.key = ledger::VerifierKey::Parse(ledger_->vkey()).value();
  options.witnesses = {a.witness->verifier()};
  auto report = ledger::VerifyLog(**source, options);
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->ok());
  ASSERT_EQ(report->cosignatures.size(), 1u);
  EXPECT_EQ(report->cosignatures[0].unix_seconds, 1741054320u);
  options.witnesses.push_back(b.witness->verifier());
  report = ledger::VerifyLog(**source, options);
  ASSERT_EQ(report->problems.size(), 1u);
  EXPECT_EQ(report->problems[0].code, "cosignature_missing");
  EXPECT_EQ(report->problems[0].where, "b.example");
  options.quorum = 1;
  EXPECT_TRUE(ledger::VerifyLog(**source, options)->ok());
}

}  // namespace
}  // namespace gateway
