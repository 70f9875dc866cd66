#include "gateway/commands/dedup_replay.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <unordered_map>

#include "gateway/follower.h"
#include "gateway/intake.h"

namespace gateway {

namespace fs = std::filesystem;
using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kLineMax = 8u << 20, kProblemsMax = 20;

/// A folder that goes when it is done with.
class TemporaryFolder {
 public:
  static Result<std::unique_ptr<TemporaryFolder>> Make() {
    std::error_code failed;
    std::string name = (fs::temp_directory_path(failed) / "guiyi-replay-XXXXXX").string();
    if (failed || mkdtemp(name.data()) == nullptr) return petition::Unavailable("no temporary folder can be made");
    return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(name));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {}
  const fs::path path_;
};

petition::Error BadLine(const std::string& where, const std::string& why) {
  return petition::Invalid("line_invalid", where + ": " + why);
}

Result<ReplayLine> ReadLine(const std::string& text, const std::string& where) {
  auto parsed = petition::ParseJson(text);
  if (!parsed.ok() || !parsed->is_object()) return BadLine(where, "is no JSON object");
  ReplayLine line;
  line.where = where;
  line.json = std::move(*parsed);
  const auto member = [&line](const char* name) {
    const auto found = line.json.find(name);
    return found != line.json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  line.closure = member("type") == "closure";
  line.id = member("id");
  if (line.closure && line.id.empty()) return BadLine(where, "a closure without an id");
  const auto at = petition::ParseTime(member(line.closure ? "at" : "receivedAt"));
  if (!at.ok()) return BadLine(where, line.closure ? "`at` is no time" : "`receivedAt` is no time");
  line.at = *at;
  return line;
}

/// The pipeline in its temporary store.
struct Store {
  // Built in this order, ended in reverse.
  std::unique_ptr<TemporaryFolder> folder;
  std::unique_ptr<petition::ManualClock> clock;
  std::unique_ptr<ledger::KeyRing> keys;
  std::unique_ptr<ledger::BlobStore> blobs;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<dedup::CaseBook> book;
  std::unique_ptr<Deliveries> deliveries;
  std::unique_ptr<search::CandidateIndex> candidates;
  std::unique_ptr<search::TextIndex> texts;
  std::unique_ptr<dedup::Model> model;
  std::unique_ptr<Intake> intake;
  std::unique_ptr<Follower> follower;
};

Result<Store> OpenStore(const fs::path& model_file) {
  Store store;
  if (model_file.empty()) {
    store.model = std::make_unique<dedup::Model>(dedup::Model::BuiltIn());
  } else {
    GUIYI_TRY(auto model, dedup::Model::Load(model_file));
    store.model = std::make_unique<dedup::Model>(std::move(model));
  }
  GUIYI_TRY(store.folder, TemporaryFolder::Make());
  const fs::path& path = store.folder->path();
  store.clock = std::make_unique<petition::ManualClock>(petition::Time{});
  GUIYI_TRY(auto keys, ledger::KeyRing::Open(path / "keys", true));
  store.keys = std::make_unique<ledger::KeyRing>(std::move(keys));
  GUIYI_TRY(store.blobs, ledger::BlobStore::Open(path / "blobs", *store.keys));
  ledger::Options options;
  options.folder = path;
  options.publish = false;
  options.sync = false;  // nothing here outlives the program
  GUIYI_TRY(store.ledger, ledger::Ledger::Open(options, *store.keys, *store.clock));
  GUIYI_TRY(store.book, dedup::CaseBook::Open(path, store.keys->Sealing("profile")));
  GUIYI_CHECK(store.book->SyncNothing());
  GUIYI_TRY(store.deliveries, Deliveries::Open(*store.book));
  search::CandidateOptions index;
  index.folder = path / "candidates";
  // Which rare shingles are chosen depends on the key: with the same one each time a replay can be repeated.
  GUIYI_TRY(store.candidates, search::CandidateIndex::Open(index, ledger::Key{}));
  GUIYI_TRY(store.texts, search::TextIndex::Open(path / "texts", store.keys->Derive("terms")));
  GUIYI_TRY(store.intake,
            Intake::Make({}, *store.ledger, *store.blobs, *store.keys, *store.clock, [] { return std::uint64_t{0}; }));
  GUIYI_TRY(store.follower, Follower::Make({}, *store.ledger, *store.book, *store.deliveries, *store.candidates,
                                           *store.texts, *store.model, *store.keys, *store.clock));
  return store;
}

class ReplayRun {
 public:
  ReplayRun(Store& store, const std::function<void(const Json&)>& predict) : store_(store), predict_(predict) {}

  petition::Status Take(const ReplayLine& line) {
    store_.clock->Set(line.at);
    return line.closure ? Close(line) : Submit(line);
  }
  ReplayReport Finish() {
    std::sort(micros_.begin(), micros_.end());
    if (!micros_.empty()) {
      report_.micros_p50 = micros_[micros_.size() / 2];
      report_.micros_p99 = micros_[micros_.size() * 99 / 100];
    }
    return std::move(report_);
  }

 private:
  void Skip(const ReplayLine& line, const std::string& word) {
    ++report_.skipped;
    if (report_.problems.size() < kProblemsMax) report_.problems.push_back(line.where + ": " + word);
  }

  petition::Status FollowTo(std::uint64_t index) {
    while (store_.follower->position() <= index) {
      GUIYI_TRY(const auto folded, store_.follower->Step());
      if (folded == 0) return petition::Internal("the follower stands still");
    }
    return petition::Ok();
  }

  petition::Status Close(const ReplayLine& line) {
    const auto known = index_of_.find(line.id);
    if (known == index_of_.end()) {
      Skip(line, "closure_unknown");
      return petition::Ok();
    }
    ledger::Draft draft;
    draft.kind = ledger::Kind::kEvent;
    draft.about = known->second;
    draft.record = petition::CanonicalJson({{"kind", "event"},
                                            {"v", 1},
                                            {"intake", known->second},
                                            {"event", "closed"},
                                            {"at", petition::FormatTime(line.at)},
                                            {"by", "replay"}});
    GUIYI_TRY(const auto appended, store_.ledger->Append(std::move(draft)));
    ++report_.closures;
    return FollowTo(appended.index);
  }

  petition::Status Submit(const ReplayLine& line) {
    Json json = line.json;
    Arrival arrival;
    arrival.source = json.value("source", "replay");
    for (const char* name : {"type", "id", "source", "gold"}) json.erase(name);
    auto submission = petition::SubmissionFromJson(json);
    if (!submission.ok()) {
      Skip(line, submission.error().Reason());
      return petition::Ok();
    }
    arrival.submission = std::move(*submission);
    arrival.raw = json.dump();
    const auto receipt = store_.intake->Register(arrival);
    if (!receipt.ok()) {
      if (receipt.error().code != petition::Code::kInvalid) return receipt.error();
      Skip(line, receipt.error().Reason());
      return petition::Ok();
    }
    ++report_.submissions;
    const std::string id = line.id.empty() ? receipt->intake_no : line.id;
    if (receipt->existing) {
      const std::string& first = id_of_[receipt->ledger_index];
      index_of_.emplace(id, receipt->ledger_index);
      Predict(id, "resend", first, "auto", 1, {first}, 0);
      return petition::Ok();
    }
    id_of_[receipt->ledger_index] = id;
    index_of_[id] = receipt->ledger_index;
    GUIYI_CHECK(FollowTo(receipt->ledger_index));
    GUIYI_TRY(const auto decision, store_.book->DecisionOf(receipt->ledger_index));
    const auto& verdict = decision.verdict;
    std::vector<std::string> candidates;
    for (const auto& candidate : verdict.candidates) {
      if (candidates.size() < 10) candidates.push_back(id_of_[candidate.index]);
    }
    micros_.push_back(verdict.micros);
    Predict(id, petition::RelationName(verdict.relation), verdict.of ? id_of_[*verdict.of] : "",
            petition::ModeName(verdict.mode), verdict.score, candidates, verdict.micros);
    return petition::Ok();
  }

  void Predict(const std::string& id, std::string_view relation, const std::string& of, std::string_view mode,
               double score, const std::vector<std::string>& candidates, std::int64_t micros) {
    ++report_.relations[std::string(relation)];
    ++report_.modes[std::string(mode)];
    predict_({{"id", id},
              {"relation", relation},
              {"of", of},
              {"mode", mode},
              {"score", score},
              {"candidates", candidates},
              {"micros", micros}});
  }

  Store& store_;
  const std::function<void(const Json&)>& predict_;
  ReplayReport report_;
  std::vector<std::int64_t> micros_;
  std::unordered_map<std::string, std::uint64_t> index_of_;
  std::unordered_map<std::uint64_t, std::string> id_of_;
};

}  // namespace

Result<std::vector<ReplayLine>> ReadReplay(const std::vector<std::string>& files) {
  std::vector<ReplayLine> lines;
  for (const std::string& file : files) {
    std::ifstream stream(file);
    if (!stream) return petition::NotFound("can't read " + file);
    std::string text;
    for (std::size_t number = 1; std::getline(stream, text); ++number) {
      const std::string where = fs::path(file).filename().string() + ":" + std::to_string(number);
      if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (text.size() > kLineMax) return BadLine(where, "is too long");
      GUIYI_TRY(auto line, ReadLine(text, where));
      lines.push_back(std::move(line));
    }
  }
  std::stable_sort(lines.begin(), lines.end(), [](const ReplayLine& a, const ReplayLine& b) { return a.at < b.at; });
  return lines;
}

Result<ReplayReport> Replay(const std::vector<ReplayLine>& lines, const fs::path& model,
                            const std::function<void(const Json&)>& predict,
                            const std::function<void(std::uint64_t)>& progress) {
  const auto started = std::chrono::steady_clock::now();
  GUIYI_TRY(auto store, OpenStore(model));
  ReplayRun run(store, predict);
  std::uint64_t done = 0;
  for (const ReplayLine& line : lines) {
    GUIYI_CHECK(run.Take(line));
    if (progress) progress(++done);
  }
  ReplayReport report = run.Finish();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return report;
}

}  // namespace gateway
