#include "gateway/commands/user_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>

#include "gateway/commands/command_support.h"
#include "gateway/passwords.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;

struct UserArguments {
  std::string data, config, name, role, source, password_file;
  std::vector<std::string> divisions;
  bool sealed = false, personal = false, json = false;
};

petition::Result<std::unique_ptr<Registry>> RegistryOf(const UserArguments& arguments, bool create) {
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  return OpenRegistry(settings.data, create);
}

petition::Result<std::string> PasswordFrom(const std::string& file) {
  if (file.empty()) return MakePassword();
  std::ifstream in(file, std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line)) {
    return petition::Invalid("password_unreadable", "读不到口令文件 / the password's file can't be read: " + file);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

/// The password that was set: made here unless a file holds one.
petition::Result<std::string> SetPassword(const UserArguments& arguments) {
  GUIYI_TRY(const auto password, PasswordFrom(arguments.password_file));
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  const petition::SystemClock clock;
  GUIYI_TRY(const auto passwords, Passwords::Open(settings.data, clock));
  GUIYI_CHECK(passwords->Set(arguments.name, password));
  return password;
}

int ShowPassword(const UserArguments& arguments, const std::string& password) {
  if (!arguments.password_file.empty()) return kExitDone;  // its owner knows it
  std::printf("控制台口令只显示这一次 / password for the console, shown only this once:\n%s\n", password.c_str());
  return kExitDone;
}

int NewPassword(const UserArguments& arguments) {
  auto registry = RegistryOf(arguments, false);
  if (!registry.ok()) return Fail("user password", registry.error());
  const auto password = SetPassword(arguments);
  if (!password.ok()) return Fail("user password", password.error());
  return ShowPassword(arguments, *password);
}

int Add(const UserArguments& arguments) {
  const auto role = RoleFromName(arguments.role);
  if (!role) return Fail("user add", petition::Invalid("role_unknown", "没有这个角色 / there is no such role"));
  auto registry = RegistryOf(arguments, true);
  if (!registry.ok()) return Fail("user add", registry.error());
  // Read before the user is made: a file that can't be read leaves nothing behind.
  if (const auto read = PasswordFrom(arguments.password_file); !read.ok()) return Fail("user add", read.error());
  User user;
  user.name = arguments.name;
  user.role = *role;
  user.divisions = arguments.divisions;
  user.source = arguments.source;
  user.sealed = arguments.sealed;
  user.personal = arguments.personal;
  const auto key = (*registry)->AddUser(user);
  if (!key.ok()) return Fail("user add", key.error());
  std::string password;
  if (Allowed(user.role, Call::kSignIn)) {
    auto set = SetPassword(arguments);
    if (!set.ok()) return Fail("user add", set.error());
    password = *set;
  }
  if (arguments.json) {
    Json json{{"name", user.name}, {"role", arguments.role}, {"key", *key}};
    if (!password.empty() && arguments.password_file.empty()) json["password"] = password;
    std::printf("%s\n", petition::DumpJson(json).c_str());
  } else {
    std::printf("已添加用户 %s（%s）。密钥只显示这一次 / user added, the key is shown only this once:\n%s\n",
                user.name.c_str(), arguments.role.c_str(), key->c_str());
    if (!password.empty()) return ShowPassword(arguments, password);
  }
  return kExitDone;
}

int List(const UserArguments& arguments) {
  auto registry = RegistryOf(arguments, false);
  if (!registry.ok()) return Fail("user list", registry.error());
  Json rows = Json::array();
  if (!arguments.json)
    std::printf("%-24s %-11s %-24s %-16s %-8s %s\n", "NAME", "ROLE", "SOURCE", "DIVISIONS", "STATE", "RIGHTS");
  for (const User& user : (*registry)->Users()) {
    const std::string role(RoleName(user.role)), state = user.disabled ? "disabled" : "live";
    if (arguments.json) {
      rows.push_back({{"name", user.name},
                      {"role", role},
                      {"source", user.source},
                      {"divisions", user.divisions},
                      {"state", state},
                      {"sealed", user.sealed},
                      {"personal", user.personal},
                      {"createdAt", petition::FormatTime(user.created_at)}});
      continue;
    }
    std::string divisions;
    for (const auto& division : user.divisions) divisions += (divisions.empty() ? "" : ",") + division;
    const std::string rights = std::string(user.sealed ? "sealed " : "") + (user.personal ? "personal" : "");
    std::printf("%-24s %-11s %-24s %-16s %-8s %s\n", user.name.c_str(), role.c_str(),
                user.source.empty() ? "-" : user.source.c_str(), divisions.empty() ? "-" : divisions.c_str(),
                state.c_str(), rights.empty() ? "-" : rights.c_str());
  }
  if (arguments.json) std::printf("%s\n", petition::DumpJson(rows).c_str());
  return kExitDone;
}

int Disable(const UserArguments& arguments) {
  auto registry = RegistryOf(arguments, false);
  if (!registry.ok()) return Fail("user disable", registry.error());
  const auto done = (*registry)->DisableUser(arguments.name);
  if (!done.ok()) return Fail("user disable", done.error());
  std::printf("已停用 %s / disabled\n", arguments.name.c_str());
  return kExitDone;
}

}  // namespace

void AddUserCommands(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<UserArguments>();
  CLI::App* user = app.add_subcommand("user", "用户与角色 / people, their roles and keys");
  user->require_subcommand(1);
  const auto common = [&](CLI::App* command) {
    command->add_option("--data", arguments->data, "数据目录，默认 data / data folder (default: data)");
    command->add_option("--config", arguments->config, "配置文件 / configuration file")->check(CLI::ExistingFile);
    return command;
  };
  CLI::App* add = common(user->add_subcommand("add", "添加用户并显示其密钥 / add one; prints the key once"));
  add->add_option("NAME", arguments->name, "名称：小写字母、数字、连字符 / a-z, 0-9 and hyphens")->required();
  add->add_option("--role", arguments->role,
                  "角色 / operator, reviewer, handler, oversight, department, auditor, admin, exchange")
      ->required();
  add->add_option("--division", arguments->divisions, "只看这些行政区划 / sees these divisions only (repeatable)");
  add->add_option("--source", arguments->source, "承办人、部门用户所属的来源 / source of a handler or department");
  add->add_flag("--sealed", arguments->sealed, "可看检举控告件 / may read sealed intakes");
  add->add_flag("--personal", arguments->personal, "可看未遮盖的个人信息 / may read personal data unmasked");
  add->add_option(
         "--password-file", arguments->password_file,
         "口令所在文件的第一行，缺省则随机生成 / file whose first line is the console password; made here when absent")
      ->check(CLI::ExistingFile);
  add->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  add->callback([arguments, &exit_code] { exit_code = Add(*arguments); });

  CLI::App* list = common(user->add_subcommand("list", "列出用户 / list them"));
  list->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  list->callback([arguments, &exit_code] { exit_code = List(*arguments); });

  CLI::App* password = common(user->add_subcommand("password", "重设控制台口令 / set a new password for the console"));
  password->add_option("NAME", arguments->name, "名称 / name")->required();
  password
      ->add_option("--password-file", arguments->password_file, "口令所在文件的第一行 / file whose first line it is")
      ->check(CLI::ExistingFile);
  password->callback([arguments, &exit_code] { exit_code = NewPassword(*arguments); });

  CLI::App* disable = common(user->add_subcommand("disable", "停用用户，其密钥立即失效 / the key stops working"));
  disable->add_option("NAME", arguments->name, "名称 / name")->required();
  disable->callback([arguments, &exit_code] { exit_code = Disable(*arguments); });
}

}  // namespace gateway
