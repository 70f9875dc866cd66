#include "gateway/commands/national_sim_command.h"

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/national/sim/national_sim.h"
#include "gateway/commands/exit_codes.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;

constexpr int kCrashed = 70;

struct Settings {
  std::string listen = "127.0.0.1:0", database = "national.db", faults, key, certificate, private_key, authorities;
  double accept_after = 1, answer_after = 10, lifetime = 0;
  bool json = false, dump = false, quiet_instructions = false;
};

int FailSim(const petition::Error& error) {
  std::cerr << error.message << (error.detail.empty() ? "" : ": ") << error.detail << "\n";
  return error.code == petition::Code::kInvalid ? kExitUsage : kExitCouldNotRun;
}

petition::Status ReadListen(const std::string& listen, adapters::NationalSimOptions& options) {
  const auto colon = listen.rfind(':');
  const auto wrong = petition::Invalid("listen_invalid", "--listen wants HOST:PORT");
  if (colon == std::string::npos || colon + 1 == listen.size()) return wrong;
  const auto port = listen.substr(colon + 1);
  if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535)
    return wrong;
  options.host = listen.substr(0, colon);
  options.port = std::stoi(port);
  return petition::Ok();
}

std::chrono::milliseconds Seconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

petition::Result<adapters::NationalSimOptions> ToOptions(const Settings& settings) {
  adapters::NationalSimOptions options;
  GUIYI_CHECK(ReadListen(settings.listen, options));
  GUIYI_TRY(options.faults, adapters::SimFaults::Parse(settings.faults));
  options.database = settings.database;
  options.key = settings.key;
  options.accept_after = Seconds(settings.accept_after);
  options.answer_after = Seconds(settings.answer_after);
  options.instruct = !settings.quiet_instructions;
  options.certificate_file = settings.certificate;
  options.key_file = settings.private_key;
  options.ca_file = settings.authorities;
  options.crash = [] { ::_exit(kCrashed); };
  return options;
}

/// One JSON line a registration, so that a test or an auditor can compare what is held with the ledger.
int Dump(const Settings& settings) {
  auto store = adapters::SimStore::Open(settings.database);
  if (!store.ok()) return FailSim(store.error());
  auto rows = (*store)->Registrations();
  if (!rows.ok()) return FailSim(rows.error());
  for (const auto& row : *rows) {
    std::cout << petition::DumpJson(Json{{"reference", row.reference},
                                         {"digest", row.digest},
                                         {"nationalNo", row.national_no},
                                         {"caseNo", row.case_no},
                                         {"state", row.state},
                                         {"sealed", row.sealed},
                                         {"withContent", row.with_content},
                                         {"calls", row.calls},
                                         {"registeredAt", petition::FormatTime(row.registered_at)}})
              << "\n";
  }
  return 0;
}

void Report(adapters::NationalSim& sim, bool json) {
  const auto counts = sim.counts();
  const auto held = sim.store().Registrations();
  const std::pair<const char*, std::uint64_t> figures[] = {{"held", held.ok() ? held->size() : 0},
                                                           {"registerCalls", counts.register_calls},
                                                           {"updateCalls", counts.update_calls},
                                                           {"findCalls", counts.find_calls},
                                                           {"fetchCalls", counts.fetch_calls},
                                                           {"acknowledged", counts.acknowledged},
                                                           {"connections", counts.connections},
                                                           {"slow", counts.slow},
                                                           {"refused", counts.refused},
                                                           {"busy", counts.busy},
                                                           {"down", counts.down},
                                                           {"lost", counts.lost},
                                                           {"crashed", counts.crashed}};
  if (json) {
    Json line;
    for (const auto& [name, value] : figures) line[name] = value;
    std::cout << petition::DumpJson(line) << std::endl;
    return;
  }
  for (const auto& [name, value] : figures) std::cout << name << "\t" << value << "\n";
}

/// Blocks until a signal to end, or until the lifetime is over.
void WaitForTheEnd(const sigset_t& signals, double lifetime) {
  if (lifetime <= 0) {
    int signal = 0;
    sigwait(&signals, &signal);
    return;
  }
  timespec time{};
  time.tv_sec = static_cast<time_t>(lifetime);
  time.tv_nsec = static_cast<long>((lifetime - static_cast<double>(time.tv_sec)) * 1e9);
  sigtimedwait(&signals, nullptr, &time);
}

int RunSim(const Settings& settings) {
  if (settings.dump) return Dump(settings);
  auto options = ToOptions(settings);
  if (!options.ok()) return FailSim(options.error());
  // Blocked before any thread is made, so that only the wait below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const petition::SystemClock clock;
  const auto host = options->host;
  auto sim = adapters::NationalSim::Start(std::move(*options), clock);
  if (!sim.ok()) return FailSim(sim.error());
  std::cout << petition::DumpJson(
                   Json{{"national", host + ":" + std::to_string((*sim)->port())}, {"db", settings.database}})
            << std::endl;
  WaitForTheEnd(signals, settings.lifetime);
  (*sim)->Stop();
  Report(**sim, settings.json);
  return 0;
}

}  // namespace

void AddNationalSimCommand(CLI::App& app, int& exit_code) {
  auto settings = std::make_shared<Settings>();
  auto* command = app.add_subcommand(
      "national-sim",
      "国家信访系统模拟服务，供测试和演示 / a stand-in national system for tests and the demo, with faults on request");
  command->add_option("--listen", settings->listen, "HOST:PORT; port 0 takes any free one")->capture_default_str();
  command->add_option("--db", settings->database, "its own SQLite file, made when missing")->capture_default_str();
  command->add_option(
      "--faults", settings->faults,
      "NAME=PROBABILITY[:MS],...: slow, refuse, busy, down, lose (commit and then time out), crash; seed=N");
  command->add_option("--key", settings->key, "the key callers must show; default: any");
  command
      ->add_option("--accept-after", settings->accept_after, "seconds until a registered item is told to be accepted")
      ->capture_default_str();
  command->add_option("--answer-after", settings->answer_after, "seconds until it is answered")->capture_default_str();
  command->add_flag("--no-instructions", settings->quiet_instructions, "sends nothing down of its own accord");
  command->add_option("--tls-certificate", settings->certificate, "PEM; serves TLS");
  command->add_option("--tls-key", settings->private_key, "PEM, the certificate's private key");
  command->add_option("--tls-authorities", settings->authorities,
                      "PEM; clients must show a certificate signed by one of them");
  command->add_option("--lifetime", settings->lifetime, "ends by itself after so many seconds; 0: at a signal")
      ->capture_default_str();
  command->add_flag("--json", settings->json, "figures at the end as one JSON line");
  command->add_flag("--dump", settings->dump, "prints what the file holds, one JSON line a registration, and ends");
  command->callback([settings, &exit_code] { exit_code = RunSim(*settings); });
}

}  // namespace gateway
