#include "gateway/commands/serve_command.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <optional>
#include <sstream>

#include "adapters/national/sim/national_sim.h"
#include "config/names.h"
#include "config/settings.h"
#include "gateway/commands/exit_codes.h"
#include "gateway/commands/settings_view.h"
#include "gateway/demo.h"
#include "gateway/demo_sources.h"
#include "gateway/http/http_server.h"
#include "gateway/hub.h"
#include "gateway/outside_systems.h"
#include "gateway/passwords.h"
#include "gateway/rpc/rpc_server.h"

namespace gateway {
namespace {

struct ServeArguments {
  std::string config, data, http, rpc;
  bool demo = false;
};

int FailServe(const petition::Error& error) {
  std::cerr << "guiyi serve: " << error.message << (error.detail.empty() ? "" : " (" + error.detail + ")") << "\n";
  for (const auto& field : error.fields) std::cerr << "  " << field.pointer << ": " << field.message << "\n";
  return error.code == petition::Code::kInvalid ? kExitUsage : kExitCouldNotRun;
}

petition::Result<config::Settings> ReadSettings(const ServeArguments& arguments) {
  config::Settings settings;
  if (!arguments.config.empty()) {
    GUIYI_TRY(settings, config::LoadSettings(arguments.config));
  }
  if (!arguments.data.empty()) settings.data = arguments.data;
  if (!arguments.http.empty()) settings.http.listen = arguments.http;
  if (!arguments.rpc.empty()) settings.rpc.listen = arguments.rpc;
  return settings;
}

HubOptions ToHubOptions(const config::Settings& settings) {
  HubOptions options;
  options.data = settings.data;
  options.ledger.origin = settings.origin;
  options.intake.division6 = settings.division;
  options.intake.backlog_max = settings.backlog_max;
  options.intake.disk_free_min = settings.disk_free_min;
  options.intake.refusals_per_minute = settings.refusals_per_minute;
  options.unnamed_attachments_for = settings.unnamed_attachments_for;
  options.uplink.connections = settings.national.connections;
  options.model = settings.model;
  options.shadow_model = settings.shadow_model;
  options.follower.destinations = DestinationsOwed(settings);
  return options;
}

petition::Status SetOversight(const config::OversightSettings& settings, HubOptions& options) {
  if (!settings.holidays.empty()) {
    GUIYI_TRY(options.calendar, config::Calendar::Load(settings.holidays));
  }
  if (!settings.clocks_file.empty()) {
    GUIYI_TRY(options.clocks, config::ClockTable::Load(settings.clocks_file));
  }
  auto& alerts = options.alerts;
  alerts.webhook = settings.webhook;
  GUIYI_TRY(alerts.webhook_secret, ReadSecret(settings.webhook_secret_file));
  alerts.mail_server = settings.mail_server;
  alerts.mail_from = settings.mail_from;
  std::stringstream addresses(settings.mail_to);
  for (std::string address; std::getline(addresses, address, ',');) {
    std::erase(address, ' ');
    if (!address.empty()) alerts.mail_to.push_back(address);
  }
  alerts.mail_user = settings.mail_user;
  GUIYI_TRY(alerts.mail_password, ReadSecret(settings.mail_password_file));
  return petition::Ok();
}

petition::Result<WitnessingOptions> ToWitnessingOptions(const config::WitnessingSettings& settings) {
  WitnessingOptions options;
  for (const auto& one : settings.witnesses) {
    GUIYI_TRY(auto key, ledger::VerifierKey::Parse(one.vkey));
    options.witnesses.push_back({one.url, std::move(key)});
  }
  options.quorum = settings.quorum;
  options.late_after = std::chrono::seconds(settings.late_after_seconds);
  return options;
}

HttpOptions ToHttpOptions(const config::Settings& settings) {
  HttpOptions options;
  options.server.listen = settings.http.listen;
  options.server.certificate = settings.http.certificate_file;
  options.server.private_key = settings.http.private_key_file;
  if (settings.http.connections_max > 0) options.server.connections_max = settings.http.connections_max;
  options.server.access_log = settings.http.access_log;
  options.data = settings.data;
  return options;
}

RpcOptions ToRpcOptions(const config::RpcSettings& settings) {
  const auto colon = settings.listen.rfind(':');
  RpcOptions options;
  options.host = settings.listen.substr(0, colon);
  options.port = std::atoi(settings.listen.c_str() + colon + 1);
  options.certificate_file = settings.certificate_file.string();
  options.key_file = settings.private_key_file.string();
  options.client_ca_file = settings.client_ca_file.string();
  if (settings.connections_max > 0) options.connections_max = settings.connections_max;
  return options;
}

// Signals that end the hub are taken by one thread only; blocked before any other thread is made, so that all inherit
// it.
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Many files and connections, where the system allows them: an index of tens of millions has dozens of files, open once
// for each that reads at the same time.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 65'536));
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

petition::Status Serve(const ServeArguments& arguments) {
  const sigset_t signals = BlockEndSignals();
  RaiseFileLimit();
  GUIYI_TRY(auto settings, ReadSettings(arguments));
  const petition::SystemClock clock;

  std::unique_ptr<adapters::NationalSim> sim;
  if (arguments.demo) {
    std::error_code failed;
    std::filesystem::create_directories(settings.data, failed);
    if (failed) {
      return petition::Unavailable("the data folder " + settings.data.string() + " can't be made", failed.message());
    }
    adapters::NationalSimOptions sim_options;
    sim_options.database = settings.data / "national-sim.db";
    GUIYI_TRY(sim, adapters::NationalSim::Start(sim_options, clock));
    settings.national.address = "127.0.0.1:" + std::to_string(sim->port());
  }
  GUIYI_TRY(auto sinks, MakeSinks(settings, clock));
  auto hub_options = ToHubOptions(settings);
  GUIYI_CHECK(SetOversight(settings.oversight, hub_options));
  GUIYI_TRY(hub_options.witnessing, ToWitnessingOptions(settings.witnessing));
  for (const auto& file : {settings.http.certificate_file, settings.rpc.certificate_file, settings.rpc.client_ca_file,
                           settings.national.certificate_file, settings.national.ca_file}) {
    if (!file.empty()) hub_options.certificates.push_back(file);
  }
  GUIYI_TRY(auto hub, Hub::Open(std::move(hub_options), clock));
  GUIYI_TRY(auto outbound, MakeDestinations(settings, clock, hub->table_texts()));
  GUIYI_CHECK(hub->Start(std::move(outbound), std::move(sinks)));
  auto http_options = ToHttpOptions(settings);
  GUIYI_TRY(http_options.settings, SettingsView(settings, hub->table_texts()));
  GUIYI_TRY(http_options.names,
            arguments.demo && settings.names.empty() ? config::SampleNames() : config::LoadNames(settings.names));
  GUIYI_TRY(auto http, HttpServer::Start(std::move(http_options), *hub));
  std::unique_ptr<RpcServer> rpc;
  if (!settings.rpc.listen.empty()) {
    GUIYI_TRY(rpc, RpcServer::Start(ToRpcOptions(settings.rpc), *hub));
  }
  const std::string rpc_address = rpc ? ToRpcOptions(settings.rpc).host + ":" + std::to_string(rpc->port()) : "";
  std::cout << petition::Json{{"http", http->address()},
                              {"rpc", rpc_address},
                              {"pid", getpid()},
                              {"vkey", hub->ledger().vkey()}}
                   .dump()
            << std::endl;

  std::optional<DemoFeed> feed;
  if (arguments.demo) {
    GUIYI_CHECK(DropDemoSamples(settings.data));
    GUIYI_TRY(const auto passwords, Passwords::Open(settings.data, clock));
    GUIYI_TRY(const auto access, PrepareDemo(hub->registry(), *passwords, settings.data));
    std::cerr << DemoGuide(access, http->address(), rpc_address) << std::flush;
    feed.emplace(http->address(), access.sources);
  }
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  feed.reset();
  if (rpc) rpc->Stop();
  http->Stop();
  return petition::Ok();
}

}  // namespace

void AddServeCommand(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* serve = app.add_subcommand("serve", "启动网关 / run the hub");
  serve
      ->add_option("--config", arguments->config,
                   "配置文件 / configuration file (config/guiyi.yaml explains every key)")
      ->check(CLI::ExistingFile);
  serve->add_option("--data", arguments->data, "数据目录 / data folder");
  serve->add_option("--http", arguments->http, "HTTP 地址 / address, HOST:PORT; port 0: any free one");
  serve->add_option("--rpc", arguments->rpc, "Thrift 地址 / address, HOST:PORT");
  serve->add_flag("--demo", arguments->demo,
                  "样例来源、样例来信与国家系统替身 / sample sources, sample petitions and a stand-in national system");
  serve->callback([arguments, &exit_code] {
    const auto served = Serve(*arguments);
    exit_code = served.ok() ? kExitDone : FailServe(served.error());
  });
}

}  // namespace gateway
