// A case book in a folder of its own, and short ways to fold into it what the ledger would have.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "dedup/case_book.h"
#include "dedup/case_book_file.h"
#include "dedup/profile.h"
#include "petition/identifiers.h"

namespace dedup {

class BookFolder {
 public:
  BookFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "guiyi-book-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~BookFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  BookFolder(const BookFolder&) = delete;
  BookFolder& operator=(const BookFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline petition::Time Minute(std::int64_t minute) {
  return petition::Time(std::chrono::milliseconds(1741054320000 + minute * 60'000));
}

inline std::string No(std::uint64_t index) { return petition::MakeIntakeNo("439900", "20250304", index + 1); }

/// Intakes have the indices 0, 1, 2 ...; other entries begin at 1000.
class Book {
 public:
  Book() : book_(Open(folder_.path())) {}
  CaseBook& operator*() { return *book_; }
  CaseBook* operator->() { return book_.get(); }

  std::uint64_t Add(bool sealed = false, const std::string& source = "portal", std::int64_t received = -1,
                    const std::string& division = "439902", bool historic = false) {
    const IntakeRow row = Next(sealed, source, received, division, historic);
    Within([&](CaseBook::Transaction& transaction) {
      return transaction.AddIntake(row, Serialize(Profile{})).ok() ? petition::Result<Effect>(Effect{})
                                                                   : petition::Result<Effect>(petition::Internal(""));
    });
    return row.index;
  }

  Effect Decide(std::uint64_t index, petition::Relation relation = petition::Relation::kNew,
                petition::Mode mode = petition::Mode::kNew, std::optional<std::uint64_t> of = {}, double score = 0.9) {
    const VerdictRecord verdict = VerdictOf(index, relation, mode, of, score);
    return Within([&](CaseBook::Transaction& transaction) { return transaction.ApplyVerdict(verdict); });
  }
  /// Added and decided in one.
  std::uint64_t Decided(bool sealed, petition::Relation relation, petition::Mode mode, std::optional<std::uint64_t> of,
                        double score = 0.9) {
    const IntakeRow row = Next(sealed, "portal", -1, "439902", false);
    const VerdictRecord verdict = VerdictOf(row.index, relation, mode, of, score);
    Within(
        [&](CaseBook::Transaction& transaction) { return transaction.AddDecided(row, Serialize(Profile{}), verdict); });
    return row.index;
  }
  /// One that stands alone, or is tied to an earlier one.
  std::uint64_t New(bool sealed = false) { return Decided(sealed, petition::Relation::kNew, petition::Mode::kNew, {}); }
  std::uint64_t Tied(std::uint64_t of, petition::Relation relation = petition::Relation::kDuplicate) {
    return Decided(false, relation, petition::Mode::kAuto, of);
  }
  std::uint64_t Asked(std::uint64_t of, petition::Relation relation = petition::Relation::kDuplicate) {
    return Decided(false, relation, petition::Mode::kReview, of, 0.6);
  }

  Effect Merge(std::uint64_t a, std::uint64_t b, bool overrule = false) {
    MergeRecord merge{entries_++, a, b, overrule, "reviewer", "看过了", Minute(5000)};
    return Within([&](CaseBook::Transaction& transaction) { return transaction.ApplyMerge(merge); });
  }
  Effect Split(std::uint64_t of, std::vector<std::uint64_t> intakes) {
    SplitRecord split{entries_++, of, std::move(intakes), "reviewer", "不是一回事", Minute(5000)};
    return Within([&](CaseBook::Transaction& transaction) { return transaction.ApplySplit(split); });
  }
  Effect Answered(std::uint64_t index, Answer verdict, bool overrule = false) {
    AnswerRecord answer;
    answer.entry = entries_++;
    answer.review = index * 2;
    answer.answer = verdict;
    answer.overrule = overrule;
    answer.by = "reviewer";
    answer.at = Minute(5000);
    return Within([&](CaseBook::Transaction& transaction) { return transaction.ApplyAnswer(answer); });
  }
  Effect Event(std::uint64_t index, const std::string& event, std::int64_t minute) {
    EventRecord record{entries_++, index, event, "unit", Minute(minute), true, ""};
    return Within([&](CaseBook::Transaction& transaction) { return transaction.ApplyEvent(record); });
  }

  std::string CaseOf(std::uint64_t index) { return book_->Member(index).value().case_no; }
  std::string GroupOf(std::uint64_t index) { return book_->Member(index).value().group_no; }
  /// Lines of the dump that begin with one of the words.
  std::string Lines(const std::set<std::string>& words) {
    std::istringstream dump(book_->Dump().value());
    std::string lines;
    for (std::string line; std::getline(dump, line);) {
      if (words.contains(line.substr(0, line.find(' ')))) lines += line + '\n';
    }
    return lines;
  }
  std::uint64_t intakes() const { return intakes_; }

  template <typename Body>
  Effect Within(const Body& body) {
    auto transaction = book_->Begin();
    EXPECT_TRUE(transaction.ok());
    auto effect = body(**transaction);
    EXPECT_TRUE(effect.ok()) << (effect.ok() ? "" : effect.error().detail);
    EXPECT_TRUE((*transaction)->Commit().ok());
    return effect.ok() ? *effect : Effect{};
  }

 private:
  IntakeRow Next(bool sealed, const std::string& source, std::int64_t received, const std::string& division,
                 bool historic) {
    IntakeRow row;
    row.index = intakes_++;
    row.intake_no = No(row.index);
    row.source = source;
    row.division = division;
    row.channel = "portal";
    row.sealed = sealed;
    row.historic = historic;
    row.received_at = row.registered_at = Minute(received < 0 ? static_cast<std::int64_t>(row.index) : received);
    return row;
  }
  static VerdictRecord VerdictOf(std::uint64_t index, petition::Relation relation, petition::Mode mode,
                                 std::optional<std::uint64_t> of, double score) {
    VerdictRecord verdict;
    verdict.index = index;
    verdict.intake_no = No(index);
    verdict.relation = relation;
    verdict.mode = mode;
    verdict.of = of;
    if (of) verdict.of_intake_no = No(*of);
    verdict.score = score;
    verdict.reasons = {{"place", 3.5, "楼栋相同"}};
    verdict.at = Minute(static_cast<std::int64_t>(index));
    return verdict;
  }
  static std::unique_ptr<CaseBook> Open(const std::filesystem::path& folder) {
    auto book = CaseBook::Open(folder, {ledger::Key{}});
    EXPECT_TRUE(book.ok()) << (book.ok() ? "" : book.error().detail);
    return std::move(book).value();
  }

  BookFolder folder_;
  std::unique_ptr<CaseBook> book_;
  std::uint64_t intakes_ = 0, entries_ = 1000;
};

}  // namespace dedup
