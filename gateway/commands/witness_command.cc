#include "gateway/commands/witness_command.h"

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/outgoing.h"
#include "gateway/commands/exit_codes.h"
#include "gateway/witnessing/witness_server.h"
#include "ledger/durable_file.h"
#include "ledger/witness.h"
#include "petition/json.h"

namespace gateway {
namespace {

using ledger::FileSystem;
using ledger::VerifierKey;
using petition::Json;
using petition::Result;

constexpr std::size_t kKeyBytesMax = 4096;

struct WitnessArguments {
  std::string listen = "127.0.0.1:0", state = "witness", name;
  std::vector<std::string> logs, keys;
};

int FailWitness(const petition::Error& error) {
  std::cerr << "guiyi ledger witness: " << error.message << (error.detail.empty() ? "" : " (" + error.detail + ")")
            << "\n";
  return error.code == petition::Code::kInvalid ? kExitUsage : kExitCouldNotRun;
}

Result<std::string> FetchKey(const std::string& url) {
  adapters::OutgoingCall call;
  call.method = "GET";
  call.url = url + "/vkey";
  call.answer_bytes_max = kKeyBytesMax;
  GUIYI_TRY(auto answer, adapters::Call(call));
  if (answer.status != 200)
    return petition::Unavailable("the log does not tell its key: give it with --key", std::to_string(answer.status));
  return std::move(answer.body);
}

// The key of a log is fixed at the first meeting: one that changed later is a changed log, not a new key.
Result<VerifierKey> KeyOfLog(const std::filesystem::path& state, std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (!adapters::IsHttpUrl(url))
    return petition::Invalid("url_invalid", "--log wants the log's URL, http:// or https://");
  FileSystem& files = FileSystem::Real();
  const auto folder = std::filesystem::absolute(state);
  const auto file = folder / (ledger::Hex(ledger::AsBytes(ledger::Sha256(url))) + ".vkey");
  const bool known = files.Exists(file);
  GUIYI_TRY(std::string text, known ? files.Read(file, kKeyBytesMax) : FetchKey(url));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  GUIYI_TRY(auto key, VerifierKey::Parse(text));
  if (known) return key;
  GUIYI_CHECK(ledger::MakeFoldersDurably(files, folder.root_path(), folder));
  GUIYI_CHECK(ledger::WriteDurably(files, file, key.Text() + "\n"));
  std::cerr
      << "首次见到此账本，已记下其公钥，请与账本一方当面核对 / first meeting with this log; its key is kept from now "
         "on. Compare it with the log's people: "
      << key.Text() << "\n";
  return key;
}

Result<std::vector<VerifierKey>> Logs(const WitnessArguments& arguments) {
  std::vector<VerifierKey> logs;
  for (const auto& text : arguments.keys) {
    GUIYI_TRY(auto key, VerifierKey::Parse(text));
    logs.push_back(std::move(key));
  }
  // With keys given, the URL says nothing more: a witness is sent to, it fetches nothing.
  if (!logs.empty()) return logs;
  for (const auto& url : arguments.logs) {
    GUIYI_TRY(auto key, KeyOfLog(arguments.state, url));
    logs.push_back(std::move(key));
  }
  return logs;
}

petition::Status Serve(const WitnessArguments& arguments) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  GUIYI_TRY(auto logs, Logs(arguments));
  Json origins = Json::array();
  for (const auto& log : logs) origins.push_back(log.name);
  const petition::SystemClock clock;
  const bool fresh = !FileSystem::Real().Exists(std::filesystem::path(arguments.state) / "witness.key");
  const std::string name = arguments.name.empty() && fresh ? "guiyi.local/witness" : arguments.name;
  GUIYI_TRY(auto witness, ledger::Witness::Open(arguments.state, name, std::move(logs), clock));
  GUIYI_TRY(auto server, WitnessServer::Start(arguments.listen, *witness));
  std::cout << Json{{"witness", server->address()},
                    {"vkey", witness->verifier().Text()},
                    {"logs", std::move(origins)},
                    {"pid", getpid()}}
                   .dump()
            << std::endl;
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  server->Stop();
  return petition::Ok();
}

}  // namespace

void AddWitnessCommand(CLI::App& ledger, int& exit_code) {
  auto arguments = std::make_shared<WitnessArguments>();
  CLI::App* const app = ledger.add_subcommand(
      "witness", "独立见证人：证明账本只增不改 / an independent witness: vouches that a log only grows");
  app->add_option("--listen", arguments->listen, "HOST:PORT，端口 0 任选 / port 0 takes any free one")
      ->capture_default_str();
  app->add_option("--log", arguments->logs,
                  "账本网址，如 http://host:port/ledger，可多次 / URL of a log; may be given several times");
  app->add_option("--key", arguments->keys,
                  "账本公钥；不给则首次从网址取得并记住 / the log's key; left out: asked of the URL once, then kept");
  app->add_option("--state", arguments->state, "见证人自己的目录 / the witness' own folder")->capture_default_str();
  app->add_option("--name", arguments->name,
                  "见证人的名字，首次运行时定 / name of the witness, fixed at the first run");
  app->callback([app, arguments, &exit_code] {
    if (arguments->logs.empty() && arguments->keys.empty()) {
      std::cerr << "guiyi ledger witness: --log 或 --key 须给出 / give --log or --key\n";
      exit_code = kExitUsage;
      return;
    }
    const auto served = Serve(*arguments);
    exit_code = served.ok() ? kExitDone : FailWitness(served.error());
    (void)app;
  });
}

}  // namespace gateway
