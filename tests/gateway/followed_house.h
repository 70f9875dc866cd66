// A FollowedHouse is a hub without doors in a folder of its own: intake, follower, case book, indexes and people's
// decisions, the real ones, with a clock that stands still. The follower is stepped by the test unless it is started.
// One thread sets it up.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "gateway/decisions.h"
#include "gateway/follower.h"
#include "gateway/intake.h"
#include "intake_house.h"
#include "support/fault_vfs.h"
#include "support/process.h"

namespace gateway {

class FollowedHouse {
 public:
  explicit FollowedHouse(FollowerOptions options = {}, support::FaultDisk* disk = nullptr)
      : options_(std::move(options)), disk_(disk) {
    const auto opened = Open();
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message + " " + opened.error().detail);
  }

  /// From the next Open on this stands between the house and its full text.
  using WrapTexts = std::function<std::unique_ptr<search::TextIndex>(std::unique_ptr<search::TextIndex>)>;
  void Wrap(WrapTexts texts) { wrap_texts_ = std::move(texts); }

  void Close() {
    decisions_.reset();
    follower_.reset();
    intake_.reset();
    texts_.reset();
    candidates_.reset();
    deliveries_.reset();
    book_.reset();
    ledger_.reset();
    blobs_.reset();
  }
  petition::Status Open() {
    Close();
    const std::filesystem::path data = folder_.path();
    GUIYI_TRY(const auto keys, ledger::KeyRing::Open(data / "keys", true));
    GUIYI_TRY(blobs_, ledger::BlobStore::Open(data / "blobs", keys));
    ledger::Options options;
    options.folder = data;
    options.publish = false;
    options.sync = disk_ != nullptr;  // durability is looked at where the disk fails
    if (disk_) options.vfs = disk_->vfs();
    GUIYI_TRY(ledger_, ledger::Ledger::Open(options, keys, clock_));
    GUIYI_TRY(book_, dedup::CaseBook::Open(data, keys.Sealing("profile"), disk_ ? disk_->vfs() : ""));
    GUIYI_TRY(deliveries_, Deliveries::Open(*book_));
    search::CandidateOptions index;
    index.folder = data / "candidates";
    GUIYI_TRY(candidates_, search::CandidateIndex::Open(index, keys.Derive("terms")));
    GUIYI_TRY(texts_, search::TextIndex::Open(data / "texts", keys.Derive("terms")));
    if (wrap_texts_) texts_ = wrap_texts_(std::move(texts_));
    GUIYI_TRY(intake_, Intake::Make({}, *ledger_, *blobs_, keys, clock_, {}));
    GUIYI_TRY(follower_,
              Follower::Make(options_, *ledger_, *book_, *deliveries_, *candidates_, *texts_, model_, keys, clock_));
    decisions_ = std::make_unique<Decisions>(*ledger_, *blobs_, *book_, *follower_, clock_);
    return petition::Ok();
  }
  /// Ends all parts, forgets everything that can be rebuilt, and folds the ledger again without deciding.
  void Rebuild() {
    Close();
    ASSERT_TRUE(dedup::CaseBook::Remove(folder_.path()).ok());
    std::filesystem::remove_all(std::filesystem::path(folder_.path()) / "candidates");
    std::filesystem::remove_all(std::filesystem::path(folder_.path()) / "texts");
    const bool decide = options_.decide;
    options_.decide = false;
    ASSERT_TRUE(Open().ok());
    CatchUp();
    options_.decide = decide;
  }

  std::uint64_t Register(const std::string& source, const std::string& json, bool historic = false,
                         const std::string& operator_name = {}) {
    auto arrival = ArrivalOf(source, json);
    arrival.historic = historic;
    arrival.operator_name = operator_name;
    const auto receipt = intake_->Register(arrival);
    EXPECT_TRUE(receipt.ok()) << (receipt.ok() ? "" : receipt.error().message);
    clock_.Advance(std::chrono::minutes(1));
    return receipt.ok() ? receipt->ledger_index : ledger::kNoIndex;
  }
  /// Folds everything; the indexes commit when they are closed.
  void CatchUp() {
    for (;;) {
      const auto folded = follower_->Step();
      ASSERT_TRUE(folded.ok()) << folded.error().message << " " << folded.error().detail;
      if (*folded == 0) return;
    }
  }
  /// Registered and folded.
  std::uint64_t Submit(const std::string& source, const std::string& json, bool historic = false) {
    const auto index = Register(source, json, historic);
    CatchUp();
    return index;
  }
  std::uint64_t Append(ledger::Kind kind, std::uint64_t about, const petition::Json& record) {
    ledger::Draft draft;
    draft.kind = kind;
    draft.about = about;
    draft.record = petition::CanonicalJson(record);
    const auto appended = ledger_->Append(std::move(draft));
    EXPECT_TRUE(appended.ok());
    return appended.ok() ? appended->index : ledger::kNoIndex;
  }
  dedup::MemberRow Member(std::uint64_t index) const { return book_->Member(index).value(); }
  dedup::VerdictRecord Verdict(std::uint64_t index) const { return book_->DecisionOf(index).value().verdict; }
  std::string Dump() const { return book_->Dump().value() + deliveries_->Dump().value(); }
  std::size_t Verdicts(std::uint64_t index) const {
    return ledger_->History(index, ledger::Kind::kVerdict).value().size();
  }

  std::filesystem::path folder() const { return folder_.path(); }
  ledger::Ledger& ledger() { return *ledger_; }
  dedup::CaseBook& book() { return *book_; }
  Deliveries& deliveries() { return *deliveries_; }
  Follower& follower() { return *follower_; }
  Decisions& decisions() { return *decisions_; }
  search::CandidateIndex& candidates() { return *candidates_; }
  search::TextIndex& texts() { return *texts_; }
  petition::ManualClock& clock() { return clock_; }

 private:
  support::TemporaryFolder folder_;
  petition::ManualClock clock_{petition::Time{std::chrono::milliseconds{1741054320000}}};  // 2025-03-04T10:12:00+08:00
  FollowerOptions options_;
  support::FaultDisk* const disk_;
  WrapTexts wrap_texts_;
  const dedup::Model model_ = dedup::Model::BuiltIn();
  std::unique_ptr<ledger::BlobStore> blobs_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<dedup::CaseBook> book_;
  std::unique_ptr<Deliveries> deliveries_;
  std::unique_ptr<search::CandidateIndex> candidates_;
  std::unique_ptr<search::TextIndex> texts_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Follower> follower_;
  std::unique_ptr<Decisions> decisions_;
};

// Two submissions of one man about one matter, a stranger's about the same, and one about something else (all
// fictional).
inline constexpr const char* kLift =
    R"({"externalId":"A1","channel":"portal","petitioners":[{"name":"何家明","idNumber":"439902197703121792","phone":"19900001207","address":"江北区沿江东路118号锦澜湾花园7栋2103室"}],)"
    R"("title":"锦澜湾花园7栋电梯停运一周，21楼老人被困家中","content":"本人系沿江东路118号锦澜湾花园7栋业主。1月1日起，我栋A、B两部客梯先后停运，至今已整整一周。物业梧川市锦程物业服务有限公司一天一个说法。请责令限期修复。",)"
    R"("placeText":"江北区沿江东路118号锦澜湾花园7栋","division":"439902","purpose":"求决","accused":"梧川市锦程物业服务有限公司"})";
inline constexpr const char* kLiftAgain =
    R"({"externalId":"H1","channel":"hotline","petitioners":[{"name":"何家明","idNumber":"439902197703121792","phone":"19900001207"}],)"
    R"("title":"电梯停运","content":"来电人反映江北区沿江东路118号锦澜湾花园7栋A、B两部客梯先后停运，至今没有修复，物业梧川市锦程物业服务有限公司一天一个说法，要求限期修复。",)"
    R"("placeText":"锦澜湾花园7栋","division":"439902","purpose":"求决","accused":"梧川市锦程物业服务有限公司"})";
inline constexpr const char* kHeating =
    R"({"externalId":"H2","channel":"hotline","petitioners":[{"name":"沈佳慧","phone":"19900007113"}],"title":"供暖不热",)"
    R"("content":"来电人反映临湖区翠柏苑9号楼3单元室内温度只有14度，孩子三岁感冒发烧，热力公司来人放过一次气没有效果。","placeText":"翠柏苑9号楼3单元","division":"439903","purpose":"求决","accused":"梧川热力公司"})";
inline constexpr const char* kAccusation =
    R"({"externalId":"X1","channel":"letter","petitioners":[{"name":"何家明","idNumber":"439902197703121792","phone":"19900001207"}],"title":"检举某局副局长",)"
    R"("content":"检举梧川市房管局副局长收受锦程物业贿赂，对锦澜湾花园7栋电梯停运不管不问。","placeText":"锦澜湾花园7栋","division":"439902","purpose":"检举控告","accused":"梧川市房管局副局长","confidential":true})";

inline Principal Staff(Role role, bool sealed = false) {
  Principal who;
  who.role = role;
  who.name = "wang";
  who.sealed = sealed;
  return who;
}
inline Principal SourceOf(const std::string& name) {
  Principal who;
  who.role = Role::kSource;
  who.name = who.source = name;
  return who;
}

}  // namespace gateway
