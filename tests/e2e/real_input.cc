#include "e2e/real_input.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "support/http_client.h"
#include "support/hub_process.h"

namespace e2e {
namespace {

using Json = nlohmann::json;

std::vector<Json> ReadLines(const std::vector<std::string>& files) {
  std::vector<Json> rows;
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      if (!line.empty()) rows.push_back(Json::parse(line));
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) {
    return a.value("receivedAt", a.value("at", "")) < b.value("receivedAt", b.value("at", ""));
  });
  return rows;
}

// What a source delivers of a labelled line.
Json Delivered(Json row) {
  for (const char* own : {"type", "id", "source", "gold"}) row.erase(own);
  return row;
}

// What "the same content" means, worked out here once more and apart from the product.
std::string Content(Json row) {
  for (const char* aside :
       {"receivedAt", "petitionedAt", "externalId", "upstreamNo", "linkNo", "claims", "tie", "call"})
    row.erase(aside);
  return row.dump();
}

std::vector<std::string> SqliteColumn(const std::string& file, const std::string& sql) {
  std::vector<std::string> column;
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK) {
    sqlite3_busy_timeout(database, 5000);
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK) {
      while (sqlite3_step(statement) == SQLITE_ROW)
        column.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    }
    sqlite3_finalize(statement);
  }
  sqlite3_close(database);
  return column;
}

class Run {
 public:
  explicit Run(const RealInput& input)
      : input_(input),
        hub_(input.binary, input.folder + "/data"),
        national_(input.binary, input.folder + "/national.db") {}

  Findings Go() {
    rows_ = ReadLines(input_.live);
    if (input_.live_lines_max > 0 && rows_.size() > input_.live_lines_max) rows_.resize(input_.live_lines_max);
    if (AddParties() && ImportHistory() && national_.Start(input_.faults) && StartHub()) {
      PostAll();
      WaitForNational();
      CheckIntakes();
      CheckNational();
      if (hub_.StopGently() != 0) Problem("the hub did not stop cleanly");
      CheckLedger();
    } else {
      Problem("the hub or the national system could not be started");
    }
    return findings_;
  }

 private:
  struct Posted {
    std::string id, source, intake_no;
    bool existing = false;
  };

  void Problem(const std::string& text) {
    if (findings_.problems.size() < 50) findings_.problems.push_back(text);
  }

  bool AddParties() {
    std::map<std::string, std::string> channel_of;
    for (const auto& row : rows_) {
      if (row.contains("source")) channel_of[row["source"]] = row.value("channel", "other");
    }
    for (const auto& [source, channel] : channel_of) keys_[source] = hub_.AddSource(source, channel);
    if (!input_.history.empty()) keys_["history"] = hub_.AddSource("history", "other");
    auditor_ = hub_.AddUser("reader", "reviewer", {"--sealed", "--personal"});
    return !auditor_.empty() &&
           std::all_of(keys_.begin(), keys_.end(), [](const auto& one) { return !one.second.empty(); });
  }

  bool ImportHistory() {
    if (input_.history.empty()) return true;
    std::vector<std::string> arguments = {"import", "--source",    "history", "--historic",
                                          "--data", hub_.folder(), "--json"};
    arguments.insert(arguments.end(), input_.history.begin(), input_.history.end());
    const auto ran = hub_.Command(arguments);
    if (ran.status != 0) Problem("the historic import ended with " + std::to_string(ran.status) + ": " + ran.out);
    for (const auto& row : ReadLines(input_.history))
      findings_.historic += row.value("type", "submission") == "submission" ? 1 : 0;
    return ran.status == 0;
  }

  bool StartHub() { return hub_.Start("national:\n  address: " + national_.address() + "\n"); }

  support::HttpClient& Client(const std::string& source) {
    auto& client = clients_[source];
    if (!client) client = std::make_unique<support::HttpClient>(hub_.http(), keys_[source]);
    return *client;
  }

  // As a patient sender does: again after a cut connection or a "not now".
  support::HttpAnswer Insist(const std::string& source, const std::string& path, const std::string& body) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const auto answer = Client(source).Post(path, body);
      if (answer.status != 0 && answer.status != 503) return answer;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return {};
  }

  void PostAll() {
    std::size_t done = 0;
    for (const auto& row : rows_) {
      if (input_.kill_once && done == rows_.size() / 2) Restart();
      ++done;
      if (input_.talk && done % 200 == 0) fprintf(stderr, "\r  posted %zu of %zu", done, rows_.size());
      row.value("type", "submission") == "closure" ? PostClosure(row) : PostSubmission(row);
    }
    if (input_.talk) fprintf(stderr, "\n");
  }

  void Restart() {
    hub_.KillNow();
    clients_.clear();
    if (!StartHub()) Problem("the hub did not come back after kill -9");
  }

  void PostSubmission(const Json& row) {
    ++findings_.submissions;
    const std::string source = row["source"], id = row["id"];
    const Json delivered = Delivered(row);
    const auto answer = Insist(source, "/api/v1/intakes", delivered.dump());
    if (answer.status != 200 && answer.status != 201) {
      Problem("line " + id + " was answered " + std::to_string(answer.status));
      return;
    }
    const Json receipt = Json::parse(answer.body);
    Posted posted{id, source, receipt.at("intakeNo"), receipt.at("existing")};
    const std::string external_id = delivered.value("externalId", "");
    auto& same_key = external_id.empty() ? nobody_ : by_key_[source + "\n" + external_id];
    const std::string content = Content(delivered);
    const auto earlier =
        std::find_if(same_key.begin(), same_key.end(), [&](const auto& one) { return one.first == content; });
    if (external_id.empty() || earlier == same_key.end()) {
      if (posted.existing) Problem("line " + id + " got an earlier receipt though nothing equal was sent before");
      if (!numbers_.insert(posted.intake_no).second)
        Problem("line " + id + " shares its number with another submission");
      if (!external_id.empty()) same_key.emplace_back(content, posted.intake_no);
    } else {
      ++findings_.resends;
      if (!posted.existing || posted.intake_no != earlier->second)
        Problem("line " + id + " was sent again and did not get the first receipt");
    }
    posted_.emplace(id, posted);
  }

  void PostClosure(const Json& row) {
    const auto of = posted_.find(row["id"]);
    if (of == posted_.end()) return;
    ++findings_.closures;
    const Json event = {{"event", "closed"}, {"at", row["at"]}, {"text", "已答复"}};
    const auto answer = Insist(of->second.source, "/api/v1/intakes/" + of->second.intake_no + "/events", event.dump());
    if (answer.status / 100 != 2)
      Problem("closing the case of " + of->first + " was answered " + std::to_string(answer.status));
  }

  std::vector<std::string> AtNational() {
    return SqliteColumn(input_.folder + "/national.db", "SELECT reference FROM registrations");
  }

  // As long as it gets on: deliveries pause while the national system says that it is down.
  void WaitForNational() {
    std::size_t there = 0;
    auto last = std::chrono::steady_clock::now();
    while ((there = AtNational().size()) < numbers_.size() &&
           std::chrono::steady_clock::now() - last < std::chrono::seconds(60)) {
      if (there > at_national_) last = std::chrono::steady_clock::now();
      at_national_ = there;
      if (input_.talk) fprintf(stderr, "\r  delivered %zu of %zu", there, numbers_.size());
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (input_.talk) fprintf(stderr, "\n");
  }

  void CheckIntakes() {
    findings_.intakes = numbers_.size();
    support::HttpClient reader(hub_.http(), auditor_);
    for (const auto& number : numbers_) {
      Json intake;
      for (int i = 0; i < 600; ++i) {
        const auto answer = reader.Get("/api/v1/intakes/" + number);
        if (answer.status != 200) {
          Problem("intake " + number + " is answered " + std::to_string(answer.status));
          break;
        }
        intake = Json::parse(answer.body);
        if (intake.contains("decision") && !intake["decision"].is_null()) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      if (intake.is_object() && intake.contains("decision") && !intake["decision"].is_null()) {
        ++findings_.verdicts;
      } else {
        Problem("intake " + number + " has no verdict");
      }
    }
  }

  void CheckNational() {
    const auto references = AtNational();
    findings_.at_national = references.size();
    const std::set<std::string> there(references.begin(), references.end());
    // It takes a reference once however often it is sent: what tells is how often it was.
    for (const auto& number :
         SqliteColumn(input_.folder + "/national.db", "SELECT reference FROM registrations WHERE calls > 1"))
      Problem("intake " + number + " was sent to the national system more than once");
    for (const auto& number : numbers_) {
      if (there.count(number) == 0) Problem("intake " + number + " never reached the national system");
    }
    for (const auto& number : there) {
      if (numbers_.count(number) == 0)
        Problem("the national system holds " + number + ", which is no live intake of this run");
    }
  }

  void CheckLedger() {
    const auto vkey = hub_.Command({"ledger", "vkey", "--data", hub_.folder()});
    const auto verified =
        hub_.Command({"ledger", "verify", "--dir", hub_.folder(), "--key", vkey.out.substr(0, vkey.out.find('\n'))});
    if (vkey.status != 0 || verified.status != 0) Problem("the ledger does not verify");
  }

  const RealInput& input_;
  support::HubProcess hub_;
  support::NationalProcess national_;
  Findings findings_;
  std::vector<Json> rows_;
  std::map<std::string, std::string> keys_;
  std::string auditor_;
  std::map<std::string, std::unique_ptr<support::HttpClient>> clients_;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>>
      by_key_;  // source and number -> content, intake number
  std::vector<std::pair<std::string, std::string>> nobody_;
  std::map<std::string, Posted> posted_;
  std::set<std::string> numbers_;
  std::size_t at_national_ = 0;
};

}  // namespace

Findings RunRealInput(const RealInput& input) { return Run(input).Go(); }

}  // namespace e2e
