#include "gateway/commands/dedup_calibrate.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "dedup/calibration_report.h"
#include "dedup/case_book.h"
#include "gateway/commands/command_support.h"
#include "gateway/progress.h"
#include "ledger/crypto.h"

namespace gateway {

namespace fs = std::filesystem;
using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kAnswersMax = 200'000, kPage = 500;

struct CalibrateSettings {
  std::vector<std::string> files;
  std::string out, report, data, start, version;
  std::size_t folds = 5;
  bool keep_thresholds = false, json = false;
};

Result<std::string> HashOfFile(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  if (!in) return petition::NotFound("can't read " + name);
  ledger::RunningSha256 hash;
  std::string part(1u << 16, '\0');
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0)
    hash.Add(std::string_view(part.data(), static_cast<std::size_t>(in.gcount())));
  return hash.HexDigest();
}

/// Written whole or not at all.
petition::Status WriteFile(const fs::path& path, const std::string& content) {
  const fs::path beside = path.string() + ".part";
  std::error_code failed;
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << content;
    out.flush();
    if (!out) return petition::Unavailable("can't write " + beside.string());
  }
  fs::rename(beside, path, failed);
  if (failed) return petition::Unavailable("can't write " + path.string());
  return petition::Ok();
}

/// What reviewers answered: the case book has folded it from the ledger. Answers over the seal and those whose payload
/// has ended teach nothing.
Result<std::vector<dedup::AnsweredPair>> AnswersOf(const fs::path& data) {
  std::vector<dedup::AnsweredPair> answers;
  if (std::error_code ignored; !fs::exists(data / "state.db", ignored))
    return petition::NotFound("there is no state.db in " + data.string());
  GUIYI_TRY(const auto keys, ledger::KeyRing::Open(data / "keys", false));
  GUIYI_TRY(const auto book, dedup::CaseBook::Open(data, keys.Sealing("profile")));
  dedup::ReviewFilter filter;
  filter.state = dedup::ReviewFilter::State::kAnswered;
  std::string cursor;
  do {
    GUIYI_TRY(const auto page, book->Reviews(filter, dedup::Scope::Everything(), cursor, kPage));
    for (const auto& review : page.rows) {
      if (review.across) continue;
      auto later = book->ProfileOf(review.index);
      auto earlier = book->ProfileOf(review.of);
      if (!later.ok() || !earlier.ok()) continue;
      dedup::AnsweredPair answer;
      answer.entry = review.id;
      answer.later = std::move(*later), answer.earlier = std::move(*earlier);
      answer.same_matter = review.answer != dedup::Answer::kDifferent;
      answer.same_people = review.answer == dedup::Answer::kSame;
      answers.push_back(std::move(answer));
      if (answers.size() >= kAnswersMax) break;
    }
    cursor = page.next;
  } while (!cursor.empty() && answers.size() < kAnswersMax);
  std::stable_sort(answers.begin(), answers.end(), [](const auto& a, const auto& b) { return a.entry < b.entry; });
  return answers;
}

Json SummaryOf(const dedup::Calibration& calibration, const CalibrateSettings& settings) {
  return {{"version", calibration.model.version},
          {"pairs", calibration.pairs},
          {"answers", calibration.answers},
          {"model", settings.out},
          {"report", settings.report},
          {"training", calibration.model.training},
          {"thresholds",
           {{"automatic", calibration.model.thresholds.automatic},
            {"automaticJoint", calibration.model.thresholds.automatic_joint},
            {"ask", calibration.model.thresholds.ask},
            {"askJoint", calibration.model.thresholds.ask_joint}}},
          {"measured", calibration.model.measured}};
}

void Print(const dedup::Calibration& calibration, const CalibrateSettings& settings) {
  std::printf("模型 %s：%zu 对（其中人工答复 %zu） → %s\n", calibration.model.version.c_str(), calibration.pairs,
              calibration.answers, settings.out.c_str());
  for (const auto& [name, f] : calibration.figures)
    std::printf(
        "%-26s 自动正确 %.3f [%.3f–%.3f]（%llu 件）  陷阱 %llu/%llu  找到 %.3f [%.3f–%.3f]  每百件提问 %.1f（是 %.2f） "
        " "
        "B³ %.3f/%.3f  宏F1 %.3f  重复率5%%时 %.3f，22%%时 %.3f\n",
        name.c_str(), f.automatic_right.value, f.automatic_low, f.automatic_high,
        static_cast<unsigned long long>(f.automatic_right.whole), static_cast<unsigned long long>(f.traps_tied.part),
        static_cast<unsigned long long>(f.traps_tied.whole), f.found.value, f.found_low, f.found_high,
        100 * f.questions.value, f.questions_yes.value, f.matters.f1, f.cases.f1, f.relation_macro_f1, f.precision_at_5,
        f.precision_at_22);
  if (!settings.report.empty()) std::printf("报告：%s\n", settings.report.c_str());
}

Result<dedup::Calibration> CalibrationOf(CalibrateSettings& settings) {
  GUIYI_TRY(const auto lines, dedup::ReadLabelled(settings.files));
  std::vector<std::string> hashes;
  for (const auto& file : settings.files) {
    GUIYI_TRY(auto hash, HashOfFile(file));
    hashes.push_back(std::move(hash));
  }
  std::vector<dedup::AnsweredPair> answers;
  if (!settings.data.empty()) {
    GUIYI_TRY(answers, AnswersOf(settings.data));
  }
  auto start = dedup::Model::BuiltIn();
  if (!settings.start.empty()) {
    GUIYI_TRY(start, dedup::Model::Load(settings.start));
  }
  dedup::CalibrationOptions options;
  options.folds = settings.folds;
  options.keep_thresholds = settings.keep_thresholds;
  options.version = settings.version;
  ProgressBar bar("校准", "步",
                  (settings.keep_thresholds ? 1 : 3) * settings.folds + 1 + (hashes.size() > 1 ? hashes.size() : 0));
  GUIYI_TRY(auto calibration, dedup::Calibrate(lines, hashes, answers, start.parameters(), options,
                                               [&bar](std::size_t done, std::size_t) { bar.Update(done); }));
  bar.Finish();
  GUIYI_CHECK(WriteFile(settings.out, dedup::WriteParameters(calibration.model)));
  if (!settings.report.empty()) {
    std::error_code failed;
    fs::create_directories(settings.report, failed);
    settings.report = (fs::path(settings.report) / "calibration.html").string();
    GUIYI_CHECK(WriteFile(settings.report, dedup::CalibrationReport(calibration)));
  }
  return calibration;
}

int RunCalibrate(CalibrateSettings settings) {
  const auto calibration = CalibrationOf(settings);
  if (!calibration.ok()) return Fail("dedup calibrate", calibration.error());
  if (settings.json) {
    std::cout << SummaryOf(*calibration, settings).dump() << '\n';
  } else {
    Print(*calibration, settings);
  }
  return kExitDone;
}

}  // namespace

void AddCalibrateCommand(CLI::App& dedup, int& exit_code) {
  auto settings = std::make_shared<CalibrateSettings>();
  auto* calibrate = dedup.add_subcommand(
      "calibrate", "由标注与人工答复拟合模型 / fit the model to labelled files and reviewers' answers");
  calibrate->add_option("FILES", settings->files, "带 gold 的 JSONL / labelled JSONL files")
      ->required()
      ->check(CLI::ExistingFile);
  calibrate->add_option("--out", settings->out, "写出的模型文件 / model file to write")->required();
  calibrate->add_option("--report", settings->report, "报告所在目录 / folder for calibration.html");
  calibrate->add_option("--data", settings->data,
                        "数据目录：其中的人工答复也用来拟合 / data folder whose answers are learned from");
  calibrate->add_option("--start", settings->start, "起始模型（阈值与上限） / model whose limits are kept")
      ->check(CLI::ExistingFile);
  calibrate->add_option("--model-version", settings->version, "版本名 / version to name it");
  calibrate->add_option("--folds", settings->folds, "交叉验证折数 / folds")->check(CLI::Range(2, 50));
  calibrate->add_flag("--keep-thresholds", settings->keep_thresholds, "不改阈值 / leave the thresholds");
  calibrate->add_flag("--json", settings->json, "以 JSON 输出 / print JSON");
  calibrate->callback([settings, &exit_code] { exit_code = RunCalibrate(*settings); });
}

}  // namespace gateway
