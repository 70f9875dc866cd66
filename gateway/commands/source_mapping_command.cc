#include "gateway/commands/source_mapping_command.h"

#include <cstdio>
#include <memory>
#include <sstream>

#include "adapters/registry.h"
#include "config/source_file.h"
#include "gateway/commands/command_support.h"
#include "gateway/registry.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;

struct MappingArguments {
  std::string data, config, name, file, note, state, reason;
  std::uint64_t version = 0, rollback = 0, against = 0;
  bool json = false;
};

petition::Result<std::unique_ptr<Registry>> ExistingRegistry(const MappingArguments& arguments) {
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  return OpenRegistry(settings.data, false);
}

const MappingVersion* FindVersion(const std::vector<MappingVersion>& versions, std::uint64_t number) {
  for (const auto& one : versions) {
    if (one.version == number) return &one;
  }
  return nullptr;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The lines that only one of the two has, in their order: by the longest common run of lines.
void PrintDifference(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  std::vector<std::vector<std::size_t>> common(before.size() + 1, std::vector<std::size_t>(now.size() + 1));
  for (std::size_t i = before.size(); i-- > 0;) {
    for (std::size_t j = now.size(); j-- > 0;) {
      common[i][j] = before[i] == now[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::size_t i = 0, j = 0;
  while (i < before.size() || j < now.size()) {
    if (i < before.size() && j < now.size() && before[i] == now[j]) {
      ++i, ++j;
    } else if (j >= now.size() || (i < before.size() && common[i + 1][j] >= common[i][j + 1])) {
      std::printf("-%s\n", before[i++].c_str());
    } else {
      std::printf("+%s\n", now[j++].c_str());
    }
  }
}

/// Checks the file as the hub would before it counts.
petition::Status CheckText(const MappingArguments& arguments, const std::string& text) {
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  GUIYI_TRY(const auto spec, config::ParseSourceFile(text));
  const auto data = std::filesystem::absolute(settings.data);
  auto checked = adapters::CheckSetup({arguments.name, spec, data, data / "sources" / arguments.name, nullptr});
  if (!checked.ok()) return config::WithLines(std::move(checked).error(), text);
  return petition::Ok();
}

int ShowOrSetMapping(const MappingArguments& arguments) {
  const auto fail = [](const petition::Error& error) { return Fail("source mapping", error); };
  auto registry = ExistingRegistry(arguments);
  if (!registry.ok()) return fail(registry.error());
  const auto source = (*registry)->FindSource(arguments.name);
  if (!source) return fail(petition::NotFound("there is no source " + arguments.name));
  const auto versions = (*registry)->Mappings(arguments.name);
  if (!versions.ok()) return fail(versions.error());

  std::string text, note = arguments.note;
  if (!arguments.file.empty()) {
    auto read = config::ReadSourceFile(arguments.file);
    if (!read.ok()) return fail(read.error());
    text = std::move(*read);
  } else if (arguments.rollback != 0) {
    const auto* old = FindVersion(*versions, arguments.rollback);
    if (old == nullptr) return fail(petition::NotFound("there is no such version"));
    text = old->text;
    if (note.empty()) note = "rollback to version " + std::to_string(arguments.rollback);
  }
  if (!text.empty()) {
    if (const auto checked = CheckText(arguments, text); !checked.ok()) return fail(checked.error());
    const auto version = (*registry)->PutMapping(arguments.name, text, "", note);
    if (!version.ok()) return fail(version.error());
    std::printf("第 %llu 版自此生效 / version %llu counts from now on\n", static_cast<unsigned long long>(*version),
                static_cast<unsigned long long>(*version));
    return kExitDone;
  }
  if (arguments.version != 0 || arguments.against != 0) {
    const auto* one = FindVersion(*versions, arguments.version != 0 ? arguments.version : source->mapping_version);
    const auto* other = arguments.against == 0 ? nullptr : FindVersion(*versions, arguments.against);
    if (one == nullptr || (arguments.against != 0 && other == nullptr)) {
      return fail(petition::NotFound("there is no such version"));
    }
    if (other != nullptr) {
      PrintDifference(LinesOf(other->text), LinesOf(one->text));
    } else {
      std::fputs(one->text.c_str(), stdout);
    }
    return kExitDone;
  }
  for (const auto& one : *versions) {
    std::printf("%c %4llu  %s  %s%s%s\n", one.version == source->mapping_version ? '*' : ' ',
                static_cast<unsigned long long>(one.version), petition::FormatTime(one.at).c_str(), one.by.c_str(),
                one.by.empty() || one.note.empty() ? "" : ": ", one.note.c_str());
  }
  return kExitDone;
}

/// Every step but the last: control totals are counted by the hub that saw them, so going live is its call.
int ShowOrSetState(const MappingArguments& arguments) {
  const auto fail = [](const petition::Error& error) { return Fail("source state", error); };
  auto registry = ExistingRegistry(arguments);
  if (!registry.ok()) return fail(registry.error());
  const auto source = (*registry)->FindSource(arguments.name);
  if (!source) return fail(petition::NotFound("there is no source " + arguments.name));
  if (arguments.state.empty()) {
    std::printf("%s\n", source->state.c_str());
    return kExitDone;
  }
  if (arguments.state == "live" && source->mapping_version != 0 && arguments.reason.empty()) {
    return fail(petition::Invalid(
        "control_totals_missing",
        "going live is asked of the running hub with the source's own count (POST /api/v1/sources/NAME/state); here it "
        "needs --reason, which is recorded"));
  }
  const auto done = (*registry)->SetSourceState(arguments.name, arguments.state, "",
                                                arguments.reason.empty() ? Json() : Json{{"reason", arguments.reason}});
  if (!done.ok()) return fail(done.error());
  std::printf("%s: %s -> %s\n", arguments.name.c_str(), source->state.c_str(), arguments.state.c_str());
  return kExitDone;
}

}  // namespace

void AddSourceMappingCommands(CLI::App& source, int& exit_code) {
  const auto arguments = std::make_shared<MappingArguments>();
  const auto named = [&](CLI::App* command) {
    command->add_option("NAME", arguments->name, "来源名称 / name of the source")->required();
    command->add_option("--data", arguments->data, "数据目录，默认 data / data folder (default: data)");
    command->add_option("--config", arguments->config, "配置文件 / configuration file")->check(CLI::ExistingFile);
    return command;
  };
  CLI::App* mapping = named(source.add_subcommand(
      "mapping", "来源文件的各个版本：列出、查看、比较、更换、回退 / versions of a source's file"));
  mapping->add_option("--set", arguments->file, "以此文件为新版本 / make this file count")->check(CLI::ExistingFile);
  mapping->add_option("--rollback", arguments->rollback, "回退到某一版 / make an earlier version count again");
  mapping->add_option("--show", arguments->version, "显示某一版 / print a version");
  mapping->add_option("--diff", arguments->against, "与某一版比较 / compare with a version");
  mapping->add_option("--note", arguments->note, "说明，入账 / why; recorded");
  mapping->callback([arguments, &exit_code] { exit_code = ShowOrSetMapping(*arguments); });

  CLI::App* state = named(source.add_subcommand("state", "查看或变更来源状态 / show or change the state of a source"));
  state->add_option("STATE", arguments->state, "draft | connected | shadow | live | suspended");
  state->add_option("--reason", arguments->reason, "理由，入账 / why; recorded");
  state->callback([arguments, &exit_code] { exit_code = ShowOrSetState(*arguments); });
}

}  // namespace gateway
