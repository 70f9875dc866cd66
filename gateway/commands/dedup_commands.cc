#include "gateway/commands/dedup_commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "dedup/reasons.h"
#include "gateway/commands/command_support.h"
#include "gateway/commands/dedup_calibrate.h"
#include "gateway/commands/dedup_replay.h"
#include "gateway/follower_sources.h"
#include "gateway/progress.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

// -- replay

struct ReplaySettings {
  std::vector<std::string> files;
  std::string predictions, model;
  bool json = false;
};

Json ReportToJson(const ReplayReport& report) {
  return {{"submissions", report.submissions},
          {"closures", report.closures},
          {"skipped", report.skipped},
          {"relations", report.relations},
          {"modes", report.modes},
          {"microsP50", report.micros_p50},
          {"microsP99", report.micros_p99},
          {"seconds", report.seconds},
          {"perSecond", report.seconds > 0 ? static_cast<double>(report.submissions) / report.seconds : 0},
          {"problems", report.problems}};
}

void PrintReport(const ReplayReport& report) {
  std::printf("重放 %llu 件提交、%llu 件办结，用时 %.1f 秒（每秒 %.0f 件）；每件判定中位 %lld 微秒，99%% %lld 微秒\n",
              static_cast<unsigned long long>(report.submissions), static_cast<unsigned long long>(report.closures),
              report.seconds, report.seconds > 0 ? static_cast<double>(report.submissions) / report.seconds : 0.0,
              static_cast<long long>(report.micros_p50), static_cast<long long>(report.micros_p99));
  const auto line = [](const char* label, const std::map<std::string, std::uint64_t>& counts) {
    std::printf("%s", label);
    for (const auto& [name, count] : counts)
      std::printf("  %s %llu", name.c_str(), static_cast<unsigned long long>(count));
    std::printf("\n");
  };
  line("关系：", report.relations);
  line("方式：", report.modes);
  for (const std::string& problem : report.problems) std::fprintf(stderr, "未重放 %s\n", problem.c_str());
}

int RunReplay(const ReplaySettings& settings) {
  const auto lines = ReadReplay(settings.files);
  if (!lines.ok()) return Fail("dedup replay", lines.error());
  std::ofstream out(settings.predictions);
  if (!out) return Fail("dedup replay", petition::Unavailable("can't write " + settings.predictions));
  ProgressBar bar("重放", "行", lines->size());
  const auto report = Replay(
      *lines, settings.model, [&out](const Json& prediction) { out << petition::DumpJson(prediction) << '\n'; },
      [&bar](std::uint64_t done) { bar.Update(done); });
  if (!report.ok()) return Fail("dedup replay", report.error());
  bar.Finish();
  out.flush();
  if (!out) return Fail("dedup replay", petition::Unavailable("can't write " + settings.predictions));
  if (settings.json) {
    std::cout << ReportToJson(*report).dump() << '\n';
  } else {
    PrintReport(*report);
  }
  return report->skipped > 0 ? kExitFound : kExitDone;
}

// -- explain

struct ExplainSettings {
  std::string first, second, data, model;
  bool json = false;
};

/// Rarities out of the candidate index; while a hub has it open, everything counts as rare.
class Rarity final : public dedup::CandidateSource {
 public:
  explicit Rarity(const search::CandidateIndex* index) : index_(index) {}
  Result<Found> Find(std::uint64_t, const dedup::Profile&, std::size_t) const override { return Found{}; }
  std::uint64_t Frequency(std::string_view key) const override { return index_ ? index_->Frequency(key) : 1; }
  std::uint64_t Documents() const override { return index_ ? index_->size() : 1; }

 private:
  const search::CandidateIndex* const index_;
};

struct Explained {
  dedup::MemberRow earlier, later;
  dedup::Comparison comparison;
  bool rarity_known = false;
};

Result<std::uint64_t> FindIntake(const dedup::CaseBook& book, const std::string& text) {
  const auto parsed = petition::ParseIntakeNo(text);
  if (!parsed) return petition::Invalid("intake_no_invalid", text + " 不是受理编号（或校验位不对）");
  GUIYI_TRY(const auto index, book.IndexOfIntakeNo(parsed->text));
  if (!index) return petition::NotFound("没有 " + parsed->text);
  return *index;
}

Result<Explained> Explain(const ExplainSettings& settings) {
  namespace fs = std::filesystem;
  GUIYI_TRY(const auto configured, SettingsFrom("", settings.data));
  const fs::path data = configured.data;
  if (std::error_code ignored; !fs::exists(data / "state.db", ignored))
    return petition::NotFound("there is no state.db in " + data.string());
  GUIYI_TRY(const auto keys, ledger::KeyRing::Open(data / "keys", false));
  GUIYI_TRY(const auto book, dedup::CaseBook::Open(data, keys.Sealing("profile")));
  auto model = dedup::Model::BuiltIn();
  if (!settings.model.empty()) {
    GUIYI_TRY(model, dedup::Model::Load(settings.model));
  }
  GUIYI_TRY(std::uint64_t earlier, FindIntake(*book, settings.first));
  GUIYI_TRY(std::uint64_t later, FindIntake(*book, settings.second));
  if (earlier > later) std::swap(earlier, later);
  if (earlier == later) return petition::Invalid("same_intake", "两个编号是同一件");

  search::CandidateOptions options;
  options.folder = data / "index" / "candidates";
  auto index = search::CandidateIndex::Open(options, keys.Derive("terms"));
  Explained explained;
  explained.rarity_known = index.ok();
  const Rarity rarity(index.ok() ? index->get() : nullptr);
  const CommittedHistory history(*book, dedup::Scope::Everything());
  GUIYI_TRY(explained.earlier, book->Member(earlier));
  GUIYI_TRY(explained.later, book->Member(later));
  GUIYI_TRY(const auto profile, book->ProfileOf(later));
  GUIYI_TRY(explained.comparison, dedup::Decider(model, rarity, history).Explain(profile, earlier));
  return explained;
}

Json ExplainedToJson(const Explained& explained) {
  const auto& compared = explained.comparison;
  return {{"earlier", explained.earlier.intake_no},
          {"later", explained.later.intake_no},
          {"relation", petition::RelationName(compared.relation)},
          {"score", compared.score},
          {"matter", compared.matter},
          {"people", compared.people},
          {"sameCase", explained.earlier.case_no == explained.later.case_no},
          {"rarityKnown", explained.rarity_known},
          {"reasons", dedup::ReasonsToJson(compared.reasons)}};
}

void PrintExplained(const Explained& explained) {
  const auto& compared = explained.comparison;
  std::printf("%s 与先前的 %s\n", explained.later.intake_no.c_str(), explained.earlier.intake_no.c_str());
  std::printf("若相连则为 %s；同一事项 %.1f%%，同一人 %.1f%%，总 %.1f%%；现在%s同一案件\n\n",
              std::string(petition::RelationName(compared.relation)).c_str(), 100 * compared.matter,
              100 * compared.people, 100 * compared.score,
              explained.earlier.case_no == explained.later.case_no ? "在" : "不在");
  double most = 1;
  for (const auto& reason : compared.reasons) most = std::max(most, std::abs(reason.weight));
  constexpr int kHalf = 16;
  for (const auto& reason : compared.reasons) {
    // A waterfall: against on the left of the middle, for on its right.
    const int length = static_cast<int>(std::lround(kHalf * std::abs(reason.weight) / most));
    const std::string left = reason.weight < 0 ? std::string(static_cast<std::size_t>(kHalf - length), ' ') +
                                                     std::string(static_cast<std::size_t>(length), '-')
                                               : std::string(kHalf, ' ');
    const std::string right = reason.weight >= 0 ? std::string(static_cast<std::size_t>(length), '+') +
                                                       std::string(static_cast<std::size_t>(kHalf - length), ' ')
                                                 : std::string(kHalf, ' ');
    const auto english = std::string(dedup::ReasonInEnglish(reason.feature));
    std::printf("%+7.2f  %s|%s  %s / %s\n", reason.weight, left.c_str(), right.c_str(), reason.detail.c_str(),
                english.empty() ? reason.feature.c_str() : english.c_str());
  }
  std::printf(
      "\n事项 / matter: %+.2f → %.1f%%    人员 / people: %+.2f → %.1f%%    （对数几率；各项之和 / log-odds, the "
      "sums)\n",
      dedup::SumOf(compared.reasons, dedup::ReasonPart::kMatter), 100 * compared.matter,
      dedup::SumOf(compared.reasons, dedup::ReasonPart::kPeople), 100 * compared.people);
  if (!explained.rarity_known) std::fprintf(stderr, "索引正在使用中：各项稀有度按未知计算\n");
}

int RunExplain(const ExplainSettings& settings) {
  const auto explained = Explain(settings);
  if (!explained.ok()) return Fail("dedup explain", explained.error());
  if (settings.json) {
    std::cout << petition::DumpJson(ExplainedToJson(*explained)) << '\n';
  } else {
    PrintExplained(*explained);
  }
  return kExitDone;
}

}  // namespace

void AddDedupCommands(CLI::App& app, int& exit_code) {
  auto* dedup = app.add_subcommand("dedup", "查重：重放、说明、校准 / duplicate detection: replay, explain, calibrate");
  dedup->require_subcommand(1);

  auto replay_settings = std::make_shared<ReplaySettings>();
  auto* replay = dedup->add_subcommand(
      "replay", "在临时库中重放 / run submissions through the real pipeline in a temporary store");
  replay->add_option("FILES", replay_settings->files, "JSONL，按时间合并 / JSONL files, merged in time order")
      ->required()
      ->check(CLI::ExistingFile);
  replay->add_option("--predictions", replay_settings->predictions, "每件一行的判定 / one JSON line a submission")
      ->required();
  replay->add_option("--model", replay_settings->model, "模型文件 / model file")->check(CLI::ExistingFile);
  replay->add_flag("--json", replay_settings->json, "以 JSON 输出汇总 / print the summary as JSON");
  replay->callback([replay_settings, &exit_code] { exit_code = RunReplay(*replay_settings); });

  AddCalibrateCommand(*dedup, exit_code);

  auto explain_settings = std::make_shared<ExplainSettings>();
  auto* explain =
      dedup->add_subcommand("explain", "两件之间的依据 / what speaks for and against two intakes being one matter");
  explain->add_option("INTAKE_A", explain_settings->first, "受理编号 / intake number")->required();
  explain->add_option("INTAKE_B", explain_settings->second, "受理编号 / intake number")->required();
  explain->add_option("--data", explain_settings->data, "数据目录 / data folder");
  explain->add_option("--model", explain_settings->model, "模型文件 / model file")->check(CLI::ExistingFile);
  explain->add_flag("--json", explain_settings->json, "以 JSON 输出 / print JSON");
  explain->callback([explain_settings, &exit_code] { exit_code = RunExplain(*explain_settings); });
}

}  // namespace gateway
