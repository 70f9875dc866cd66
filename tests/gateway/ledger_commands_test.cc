// `guiyi ledger ...` as its users meet it: exit statuses, answers, over files and over HTTP.
#include "gateway/commands/ledger_commands.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "ledger/ledger_fixture.h"
#include "ledger/log_source.h"
#include "petition/identifiers.h"

namespace ledger {
namespace {

namespace fs = std::filesystem;

struct Ran {
  int exit_code;
  std::string out;
};

Ran RunCommand(std::vector<std::string> arguments) {
  CLI::App app;
  int exit_code = -1;
  gateway::AddLedgerCommands(app, exit_code);
  std::ostringstream out, error;
  auto* const old_out = std::cout.rdbuf(out.rdbuf());
  auto* const old_error = std::cerr.rdbuf(error.rdbuf());
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError&) {
    exit_code = 2;
  }
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_error);
  return {exit_code, out.str()};
}

// Serves a folder's files, one connection after another. `broken` answers 500 that many times first.
class FileServer {
 public:
  explicit FileServer(fs::path folder)
      : folder_(std::move(folder)), socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(socket_, 16) != 0 ||
        getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      std::abort();
    }
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/ledger";
    thread_ = std::thread([this] { Run(); });
  }
  ~FileServer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  std::string url;
  std::atomic<int> broken = 0;

 private:
  void Run() {
    for (;;) {
      const int peer = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      std::string request;
      char bytes[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = read(peer, bytes, sizeof bytes);
        if (got <= 0) break;
        request.append(bytes, static_cast<std::size_t>(got));
      }
      const std::string answer = Answer(request);
      for (std::size_t at = 0; at < answer.size();) {
        const ssize_t sent = send(peer, answer.data() + at, answer.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) break;
        at += static_cast<std::size_t>(sent);
      }
      close(peer);
    }
  }
  std::string Answer(const std::string& request) {
    const auto respond = [](const char* status, const std::string& body) {
      return std::string("HTTP/1.1 ") + status + "\r\nContent-Length: " + std::to_string(body.size()) +
             "\r\nConnection: close\r\n\r\n" + body;
    };
    if (broken > 0) {
      --broken;
      return respond("500 Internal Server Error", "");
    }
    const std::string prefix = "GET /ledger/";
    if (!request.starts_with(prefix)) return respond("400 Bad Request", "");
    std::ifstream in(folder_ / request.substr(prefix.size(), request.find(' ', prefix.size()) - prefix.size()),
                     std::ios::binary);
    if (!in) return respond("404 Not Found", "");
    return respond("200 OK", std::string(std::istreambuf_iterator<char>(in), {}));
  }

  const fs::path folder_;
  const int socket_;
  std::thread thread_;
};

class LedgerCommandsTest : public testing::Test {
 protected:
  LedgerCommandsTest() {
    const auto ledger = OpenLedger(folder_.path(), true);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(ledger->Append(Event(std::to_string(i))).ok());
    Draft draft = Event("intake");
    draft.kind = Kind::kIntake;
    draft.intake = IntakeKey{"portal", "A", "c", "p", "20250304", 123};
    entry_ = ledger->Append(draft)->entry;
    EXPECT_TRUE(ledger->Publish().ok());
    vkey_ = ledger->vkey();
  }
  std::string Data() const { return folder_.path().string(); }

  TemporaryFolder folder_;
  std::string vkey_, entry_;
};

TEST_F(LedgerCommandsTest, VkeyIsPrinted) {
  const Ran ran = RunCommand({"ledger", "vkey", "--data", Data()});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, vkey_ + "\n");
  EXPECT_EQ(RunCommand({"ledger", "vkey", "--data", Data() + "/nowhere"}).exit_code, 3);
}

TEST_F(LedgerCommandsTest, VerifyTellsByItsExitStatus) {
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data(), "--key", vkey_}).exit_code, 0);
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data() + "/tiles", "--key", vkey_}).exit_code, 0);
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data()}).exit_code, 2) << "no key";
  EXPECT_EQ(RunCommand({"ledger", "verify", "--key", vkey_}).exit_code, 2) << "no log";
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data(), "--url", "http://x", "--key", vkey_}).exit_code, 2)
      << "two logs";
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data(), "--key", "nonsense"}).exit_code, 2);
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data() + "/nowhere", "--key", vkey_}).exit_code, 3);
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data(), "--key", vkey_, "--old", Data() + "/nowhere"}).exit_code,
            3);
  std::ofstream(folder_.path() / "tiles/tile/0/000.p/6", std::ios::app) << "x";
  const Ran wrong = RunCommand({"ledger", "verify", "--dir", Data(), "--key", vkey_, "--json"});
  EXPECT_EQ(wrong.exit_code, 1) << "without a terminal too";
  const auto json = nlohmann::json::parse(wrong.out);
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["problems"][0]["code"], "tile_wrong");
  EXPECT_EQ(json["problems"][0]["where"], "tile/0/000.p/6");
}

TEST_F(LedgerCommandsTest, SavedCheckpointBindsTheNextRun) {
  const std::string save = Data() + "/saved";
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data(), "--key", vkey_, "--save", save}).exit_code, 0);
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", Data(), "--key", vkey_, "--save", save}).exit_code, 0);
  // Another log under the same key: an own history.
  TemporaryFolder other;
  fs::copy(folder_.path() / "keys", other.path() / "keys", fs::copy_options::recursive);
  {
    const auto fork = OpenLedger(other.path(), true);
    for (int i = 0; i < 9; ++i) EXPECT_TRUE(fork->Append(Event("other")).ok());
  }
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", other.path().string(), "--key", vkey_}).exit_code, 0);
  const auto before = fs::file_size(save);
  EXPECT_EQ(RunCommand({"ledger", "verify", "--dir", other.path().string(), "--key", vkey_, "--save", save}).exit_code,
            1);
  EXPECT_EQ(fs::file_size(save), before) << "what is wrong is not remembered";
}

TEST_F(LedgerCommandsTest, ProveGivesATlogProof) {
  const std::string number = petition::MakeIntakeNo("439900", "20250304", 123);
  const Ran ran = RunCommand({"ledger", "prove", number, "--data", Data()});
  EXPECT_EQ(ran.exit_code, 0);
  const auto proof = ParseProof(ran.out);
  ASSERT_TRUE(proof.ok());
  EXPECT_TRUE(VerifyProof(*proof, entry_, VerifierKey::Parse(vkey_).value()).ok());
  EXPECT_EQ(RunCommand({"ledger", "prove", number, "--data", Data(), "--out", Data() + "/proof"}).exit_code, 0);
  EXPECT_EQ(fs::file_size(folder_.path() / "proof"), ran.out.size());
  EXPECT_EQ(
      RunCommand({"ledger", "prove", petition::MakeIntakeNo("439900", "20250304", 124), "--data", Data()}).exit_code,
      1);
  EXPECT_EQ(RunCommand({"ledger", "prove", "nonsense", "--data", Data()}).exit_code, 2);
}

TEST_F(LedgerCommandsTest, VerifiesOverHttp) {
  FileServer server(folder_.path() / "tiles");
  EXPECT_EQ(RunCommand({"ledger", "verify", "--url", server.url, "--key", vkey_}).exit_code, 0);
  server.broken = 2;
  EXPECT_EQ(RunCommand({"ledger", "verify", "--url", server.url + "/", "--key", vkey_}).exit_code, 0)
      << "passing failures are tried again";
  server.broken = 1000;
  EXPECT_EQ(RunCommand({"ledger", "verify", "--url", server.url, "--key", vkey_}).exit_code, 3);
  server.broken = 0;
  fs::remove(folder_.path() / "tiles/tile/entries/000.p/6");
  EXPECT_EQ(RunCommand({"ledger", "verify", "--url", server.url, "--key", vkey_}).exit_code, 1);
  EXPECT_EQ(RunCommand({"ledger", "verify", "--url", "file:///etc", "--key", vkey_}).exit_code, 2);
  EXPECT_EQ(RunCommand({"ledger", "verify", "--url", "http://127.0.0.1:1/ledger", "--key", vkey_}).exit_code, 3);
}

TEST_F(LedgerCommandsTest, HttpAnswersBeyondTheBoundAreCutOff) {
  fs::resize_file(folder_.path() / "tiles/checkpoint", 4 << 20);
  FileServer server(folder_.path() / "tiles");
  auto source = OpenHttpSource(server.url).value();
  EXPECT_EQ(source->Fetch("checkpoint", 1 << 20).error().code, petition::Code::kCorrupt);
  EXPECT_EQ(source->Fetch("nothing", 1 << 20).error().code, petition::Code::kNotFound);
}

}  // namespace
}  // namespace ledger
