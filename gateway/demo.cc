#include "gateway/demo.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <fstream>
#include <sstream>

#include "embedded/demo_petitions.h"
#include "gateway/demo_sources.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;

struct DemoSource {
  const char* name;
  const char* channel;
};
constexpr std::array kSources = {
    DemoSource{"portal", "portal"},
    DemoSource{"hotline", "hotline"},
    DemoSource{"letter", "letter"},
    DemoSource{"visit", "visit"},
    DemoSource{"wechat", "wechat"},
    DemoSource{"email", "email"},
    DemoSource{"sms", "sms"},
    DemoSource{"leader-mailbox", "leader_mailbox"},
    DemoSource{"dept-environment", "department"},
    DemoSource{"dept-housing", "department"},
    DemoSource{"dept-labour", "department"},
};

struct DemoUser {
  const char* name;
  Role role;
  bool sealed, personal;
  const char* source;
};
constexpr std::array kUsers = {
    DemoUser{"demo-operator", Role::kOperator, false, true, ""},
    DemoUser{"demo-reviewer", Role::kReviewer, true, true, ""},
    DemoUser{"demo-handler", Role::kHandler, false, true, "dept-housing"},
    DemoUser{"demo-oversight", Role::kOversight, true, false, ""},
    DemoUser{"demo-department", Role::kDepartment, false, false, "dept-housing"},
    DemoUser{"demo-auditor", Role::kAuditor, true, true, ""},
    DemoUser{"demo-admin", Role::kAdmin, false, false, ""},
};

constexpr std::size_t kAtOnce = 250;  // petitions posted without a pause, so that there is something to see
constexpr std::chrono::milliseconds kPause{1000};

Json ReadAccess(const std::filesystem::path& file) {
  std::ifstream in(file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  auto json = petition::ParseJson(text);
  Json known = json.ok() && json->is_object() ? *json : Json::object();
  for (const char* part : {"users", "sources", "passwords"}) {
    if (!known.contains(part)) known[part] = Json::object();
  }
  return known;
}

petition::Status WriteAccess(const std::filesystem::path& file, const Json& json) {
  const mode_t before = umask(0077);
  std::ofstream out(file, std::ios::trunc);
  out << json.dump(1) << "\n";
  out.close();
  umask(before);
  if (!out) return petition::Unavailable("the demo's keys could not be written");
  return petition::Ok();
}

}  // namespace

petition::Result<DemoAccess> PrepareDemo(Registry& registry, Passwords& passwords, const std::filesystem::path& data) {
  const auto file = data / "keys" / "demo-access.json";
  Json known = ReadAccess(file);
  DemoAccess access;
  for (const auto& one : kSources) {
    if (!known["sources"].contains(one.name)) {
      Source source;
      source.name = one.name;
      source.channel = one.channel;
      source.division = "439900";
      source.state = "live";
      GUIYI_TRY(known["sources"][one.name], registry.AddSource(source));
      GUIYI_CHECK(WriteAccess(file, known));
    }
    access.sources[one.name] = known["sources"][one.name];
  }
  for (const auto& one : DemoSystems()) {
    if (!known["sources"].contains(one.name)) {
      Source source;
      source.name = one.name;
      source.channel = one.channel;
      source.division = "439900";
      source.state = "live";
      source.mapping = std::string(one.file());
      GUIYI_TRY(known["sources"][one.name], registry.AddSource(source));
      GUIYI_CHECK(WriteAccess(file, known));
    }
    access.sources[one.name] = known["sources"][one.name];
  }
  for (const auto& one : kUsers) {
    if (!known["users"].contains(one.name)) {
      User user;
      user.name = one.name;
      user.role = one.role;
      user.sealed = one.sealed;
      user.personal = one.personal;
      user.source = one.source;
      GUIYI_TRY(known["users"][one.name], registry.AddUser(user));
      GUIYI_CHECK(WriteAccess(file, known));
    }
    if (!known["passwords"].contains(one.name) || !passwords.SetAt(one.name)) {
      const auto password = MakePassword();
      GUIYI_CHECK(passwords.Set(one.name, password));
      known["passwords"][one.name] = password;
      GUIYI_CHECK(WriteAccess(file, known));
    }
    access.users.push_back(
        {one.name, std::string(RoleName(one.role)), known["users"][one.name], known["passwords"][one.name]});
  }
  return access;
}

std::string DemoGuide(const DemoAccess& access, const std::string& http_address, const std::string& rpc_address) {
  std::ostringstream out;
  out << "\n归一已启动 / Guiyi is running\n\n  控制台 / Console    http://" << http_address
      << "/\n  信访人查询 / Petitioners  http://" << http_address
      << "/progress\n\n控制台登录 / Sign in (name, password)\n";
  for (const auto& user : access.users)
    out << "  " << user.name << std::string(18 - std::min<std::size_t>(17, user.name.size()), ' ') << user.password
        << "\n";
  out << "\n  HTTP    http://" << http_address << "/      (/openapi.json, /metrics, /ledger/checkpoint)\n  Thrift  "
      << rpc_address << "\n\n密钥（Authorization: Bearer …） / Keys by role\n";
  for (const auto& user : access.users)
    out << "  " << user.role << std::string(12 - std::min<std::size_t>(11, user.role.size()), ' ') << user.key << "\n";
  out << "\n来源系统 / Sources: " << access.sources.size()
      << "，密钥在 keys/demo-access.json / their keys are in keys/demo-access.json of the data folder\n"
      << "\n试一试 / Try\n  curl -s -H 'Authorization: Bearer "
      << (access.users.empty() ? "" : access.users.front().key)
      << "' -H 'Content-Type: application/json' \\\n    http://" << http_address
      << "/api/v1/duplicates/preview -d "
         "'{\"channel\":\"hotline\",\"title\":\"电梯坏了\",\"content\":\"锦澜湾7栋电梯停了好几天\"}'\n\n";
  return out.str();
}

namespace {

// One source's connection to the HTTP door.
class Sender {
 public:
  Sender(const std::string& address, std::string key)
      : session_(address.substr(0, address.rfind(':')),
                 static_cast<Poco::UInt16>(std::stoi(address.substr(address.rfind(':') + 1)))),
        key_(std::move(key)) {
    session_.setKeepAlive(true);
    session_.setTimeout(Poco::Timespan(30, 0));
  }

  /// The answer's body; nothing when it was not taken.
  Json Post(const std::string& path, const Json& body) {
    return Post(path, petition::DumpJson(body), "application/json");
  }
  Json Post(const std::string& path, const std::string& text, const std::string& media_type) {
    try {
      Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_POST, path, Poco::Net::HTTPMessage::HTTP_1_1);
      request.setContentType(media_type);
      request.setContentLength64(static_cast<Poco::Int64>(text.size()));
      request.set("Authorization", "Bearer " + key_);
      session_.sendRequest(request) << text;
      Poco::Net::HTTPResponse response;
      std::string answer;
      Poco::StreamCopier::copyToString(session_.receiveResponse(response), answer);
      auto json = petition::ParseJson(answer);
      if (response.getStatus() / 100 == 2 && json.ok()) return *json;
    } catch (const Poco::Exception&) {
      session_.reset();
    }
    return nullptr;
  }

 private:
  Poco::Net::HTTPClientSession session_;
  const std::string key_;
};

}  // namespace

DemoFeed::DemoFeed(std::string http_address, std::map<std::string, std::string> source_keys)
    : address_(std::move(http_address)), keys_(std::move(source_keys)), thread_([this] { Run(); }) {}

DemoFeed::~DemoFeed() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool DemoFeed::Pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

void DemoFeed::Run() {
  std::map<std::string, Sender> senders;
  for (const auto& [name, key] : keys_) senders.try_emplace(name, address_, key);
  for (const auto& system : DemoSystems()) {
    const auto sender = senders.find(system.name);
    if (system.by != DemoSystem::By::kPush || sender == senders.end()) continue;
    (void)sender->second.Post(system.to, std::string(system.sample()), system.media_type);
  }
  struct Registered {
    std::string source, intake_no;
  };
  std::map<std::string, Registered> registered;  // by the sample's own id
  std::size_t fresh = 0;

  std::istringstream lines{std::string(embedded::demo_petitions())};
  for (std::string line; std::getline(lines, line);) {
    auto row = petition::ParseJson(line);
    if (!row.ok()) continue;
    const std::string id = row->value("id", "");
    if (row->value("type", "") == "closure") {
      const auto of = registered.find(id);
      if (of == registered.end()) continue;
      const Json event = {{"event", "closed"}, {"at", row->value("at", "")}, {"text", "已办结并答复来信人"}};
      (void)senders.at(of->second.source).Post("/api/v1/intakes/" + of->second.intake_no + "/events", event);
      continue;
    }
    const std::string source = row->value("source", "");
    const auto sender = senders.find(source);
    if (sender == senders.end()) continue;
    for (const char* own : {"type", "id", "source"}) row->erase(own);
    const Json receipt = sender->second.Post("/api/v1/intakes", *row);
    if (receipt.is_object()) registered[id] = {source, receipt.value("intakeNo", "")};
    ++posted_;
    // After a second start what is there already is passed over at once; its closing may be missing yet.
    const bool known = receipt.is_object() && receipt.value("existing", false);
    if (!Pause(!known && ++fresh > kAtOnce ? kPause : std::chrono::milliseconds(0))) return;
  }
}

}  // namespace gateway
