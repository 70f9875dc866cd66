#include "dedup/calibration_report.h"

#include <algorithm>
#include <cmath>

#include "dedup/reasons.h"
#include "dedup/svg_plot.h"

namespace dedup {
namespace {

constexpr std::array<std::string_view, 7> kReportedRelations = {"new",        "resend", "revision", "duplicate",
                                                                "supplement", "repeat", "joint"};
constexpr std::array<std::string_view, 7> kChinese = {"新事项", "重发", "修订", "重复", "补充", "办结后再来", "联合"};
constexpr std::size_t kMistakesShownMax = 200;

std::string Fixed(double value, int digits = 3) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Cell(std::string_view text) { return "<td>" + EscapeXml(text) + "</td>"; }
std::string Head(std::string_view text) { return "<th>" + EscapeXml(text) + "</th>"; }

std::string ShareCell(const Share& share, double low, double high) {
  if (share.whole == 0) return Cell("—");
  return Cell(Fixed(share.value) + " (" + std::to_string(share.part) + "/" + std::to_string(share.whole) + ") [" +
              Fixed(low) + "–" + Fixed(high) + "]");
}

std::string Section(std::string_view chinese, std::string_view english, const std::string& body) {
  return "<section><h2>" + EscapeXml(chinese) + " <small lang=\"en\">" + EscapeXml(english) + "</small></h2>" + body +
         "</section>\n";
}

bool Scored(const Judged& one) { return one.decided != "resend" && one.decided != "revision"; }

std::vector<const Judged*> ByScore(const std::vector<Judged>& judged) {
  std::vector<const Judged*> out;
  for (const auto& one : judged)
    if (Scored(one) && one.decided != "new") out.push_back(&one);
  std::stable_sort(out.begin(), out.end(), [](const Judged* a, const Judged* b) { return a->score > b->score; });
  return out;
}

std::string NameOf(std::string_view name) {
  if (name == "crossed") return "交叉验证（按事项分折） / crossed by matter";
  if (name == "in sample") return "样本内（偏乐观） / in sample (too kind)";
  return "留出：" + std::string(name) + " / held out";
}

std::string FiguresTable(const Calibration& calibration) {
  std::string out = "<table><tr>" + Head("") + Head("自动相连正确 / automatic right") + Head("找到 / found") +
                    Head("陷阱被连 / traps tied") + Head("提问 / questions") + Head("提问中为是 / yes") +
                    Head("B³ 事项 / matters") + Head("B³ 案件 / cases") + Head("关系宏 F1 / macro F1") +
                    Head("重复率 5 % 时 / at 5 %") + Head("22 % 时 / at 22 %") + "</tr>";
  for (const auto& [name, f] : calibration.figures)
    out += "<tr>" + Head(NameOf(name)) + ShareCell(f.automatic_right, f.automatic_low, f.automatic_high) +
           ShareCell(f.found, f.found_low, f.found_high) +
           ShareCell(f.traps_tied, f.traps_tied.low, f.traps_tied.high) +
           ShareCell(f.questions, f.questions.low, f.questions.high) +
           ShareCell(f.questions_yes, f.questions_yes.low, f.questions_yes.high) + Cell(Fixed(f.matters.f1)) +
           Cell(Fixed(f.cases.f1)) + Cell(Fixed(f.relation_macro_f1)) + Cell(Fixed(f.precision_at_5)) +
           Cell(Fixed(f.precision_at_22)) + "</tr>";
  return out + "</table>";
}

// Precision and recall as the threshold falls, over the ties that were proposed at all.
std::string PrecisionRecall(const Calibration& calibration) {
  double ties = 0;
  for (const auto& one : calibration.crossed) ties += Scored(one) && one.relation != "new" ? 1 : 0;
  PlotLine line{"交叉验证 / crossed", {}, false, false};
  double right = 0, shown = 0;
  for (const auto* one : ByScore(calibration.crossed)) {
    ++shown;
    right += one->right ? 1 : 0;
    line.points.emplace_back(ties > 0 ? right / ties : 0, right / shown);
  }
  return LinePlot("精确率与召回率 / precision and recall", "召回率 / recall", "精确率 / precision", {line});
}

std::string Reliability(const Calibration& calibration) {
  constexpr std::size_t kBins = 10;
  std::array<double, kBins> count{}, right{}, score{};
  for (const auto* one : ByScore(calibration.crossed)) {
    const auto bin = std::min(kBins - 1, static_cast<std::size_t>(one->score * kBins));
    ++count[bin], score[bin] += one->score, right[bin] += one->right ? 1 : 0;
  }
  PlotLine line{"实际 / observed", {}, true, false};
  for (std::size_t bin = 0; bin < kBins; ++bin)
    if (count[bin] > 0) line.points.emplace_back(score[bin] / count[bin], right[bin] / count[bin]);
  return LinePlot("校准 / reliability", "预测概率 / predicted", "实际为真 / observed",
                  {line, {"理想 / ideal", {{0, 0}, {1, 1}}, false, true}});
}

std::string ThresholdChoice(const Calibration& calibration) {
  PlotLine right{"以上者正确 / right above", {}, false, false}, share{"以上者占应连 / share of ties", {}, false, false};
  double ties = 0;
  for (const auto& one : calibration.crossed) ties += Scored(one) && one.relation != "new" ? 1 : 0;
  for (int step = 2; step <= 49; ++step) {
    const double from = step / 50.0;
    double above = 0, good = 0;
    for (const auto* one : ByScore(calibration.crossed))
      if (one->score >= from) ++above, good += one->right ? 1 : 0;
    if (above == 0) break;
    right.points.emplace_back(from, good / above);
    share.points.emplace_back(from, ties > 0 ? good / ties : 0);
  }
  const auto& t = calibration.model.thresholds;
  const auto mark = [](std::string name, double at) {
    return PlotLine{std::move(name), {{at, 0}, {at, 1}}, false, true};
  };
  return LinePlot("阈值选择 / threshold choice", "阈值 / threshold", "",
                  {right, share, mark("提问 / ask", t.ask), mark("自动 / automatic", t.automatic)}) +
         "<p>自动：同一人 " + Fixed(t.automatic, 2) + "，联合 " + Fixed(t.automatic_joint, 2) + "；提问：同一人 " +
         Fixed(t.ask, 2) + "，联合 " + Fixed(t.ask_joint, 2) +
         " <span lang=\"en\">automatic and ask, for the same people and for joint</span></p>";
}

std::string Confusion(const Figures& figures) {
  std::string out = "<table><tr>" + Head("标注 ↓ 判定 → / label, decision");
  for (std::size_t i = 0; i < kReportedRelations.size(); ++i)
    out += Head(std::string(kChinese[i]) + " " + std::string(kReportedRelations[i]));
  out += "</tr>";
  for (std::size_t i = 0; i < kReportedRelations.size(); ++i) {
    out += "<tr>" + Head(std::string(kChinese[i]) + " " + std::string(kReportedRelations[i]));
    const auto row = figures.confusion.find(std::string(kReportedRelations[i]));
    for (const auto name : kReportedRelations) {
      std::uint64_t count = 0;
      if (row != figures.confusion.end())
        if (const auto found = row->second.find(std::string(name)); found != row->second.end()) count = found->second;
      out += (name == kReportedRelations[i] ? "<td class=\"hit\">" : "<td>") +
             (count == 0 ? "" : std::to_string(count)) + "</td>";
    }
    out += "</tr>";
  }
  return out + "</table>";
}

std::string Strata(const Calibration& calibration) {
  struct Stratum {
    const char* name;
    bool (*in)(const Judged&);
  };
  static constexpr Stratum kStrata[] = {
      {"同一人 / same people", [](const Judged& one) { return one.same_account; }},
      {"他人 / other people", [](const Judged& one) { return one.other_account; }},
      {"有照抄文字 / copied text", [](const Judged& one) { return one.relation != "new" && one.copied; }},
      {"事项 2 件 / matter of 2", [](const Judged& one) { return one.relation != "new" && one.matter_size == 2; }},
      {"事项 3–4 件 / of 3 to 4",
       [](const Judged& one) { return one.relation != "new" && one.matter_size >= 3 && one.matter_size <= 4; }},
      {"事项 5 件以上 / of 5 and more",
       [](const Judged& one) { return one.relation != "new" && one.matter_size >= 5; }}};
  std::vector<PlotBar> bars;
  for (const auto& stratum : kStrata) {
    std::uint64_t all = 0, found = 0;
    for (const auto& one : calibration.crossed)
      if (stratum.in(one)) ++all, found += one.right ? 1 : 0;
    const auto share = ShareOf(found, all);
    if (all > 0)
      bars.push_back(
          {std::string(stratum.name) + " (" + std::to_string(all) + ")", share.value, share.low, share.high});
  }
  return BarPlot("分层：找到的应连 / ties found, by stratum", bars);
}

std::string Reasons(const std::vector<Reason>& reasons) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& reason : reasons) {
    if (IsSum(reason.feature) || ++shown > 6) continue;
    char weight[32];
    std::snprintf(weight, sizeof weight, "%+.1f ", reason.weight);
    out += (out.empty() ? "" : "；") + std::string(weight) + reason.detail;
  }
  return out;
}

std::string WhatWasWrong(const Calibration& calibration) {
  std::map<std::string, const Prediction*> prediction_of;
  for (const auto& prediction : calibration.crossed_predictions) prediction_of[prediction.id] = &prediction;
  std::string out = "<table><tr>" + Head("编号 / id") + Head("标注 / label") + Head("判定 / decided") +
                    Head("方式 / mode") + Head("概率 / score") + Head("依据 / evidence") + "</tr>";
  std::size_t shown = 0;
  for (const auto& one : calibration.crossed) {
    const bool tie = one.relation != "new";
    const bool wrong = one.decided != "new" && !one.right, lost = tie && one.decided == "new";
    if ((!wrong && !lost) || shown++ >= kMistakesShownMax) continue;
    out += "<tr>" + Cell(one.id) + Cell(one.relation + (one.of.empty() ? "" : " " + one.of)) +
           Cell(one.decided + (one.decided_of.empty() ? "" : " " + one.decided_of)) +
           Cell(petition::ModeName(one.mode)) + Cell(Fixed(one.score)) +
           Cell(Reasons(prediction_of.at(one.id)->verdict.reasons)) + "</tr>";
  }
  return out + "</table><p>共 " + std::to_string(shown) + " 件 <span lang=\"en\">wrong or lost, crossed</span></p>";
}

template <std::size_t kCount, typename NameOf>
std::string Weights(std::string_view title, const Logistic<kCount>& model, NameOf name_of) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kCount; ++i)
    if (std::abs(model.weights[i]) >= 0.005) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(model.weights[a]) > std::abs(model.weights[b]);
  });
  std::string out = "<details><summary>" + EscapeXml(title) + " (" + Fixed(model.bias, 2) + ")</summary><table>";
  for (const auto i : order)
    out += "<tr>" + Cell(name_of(i)) + Cell(ReasonInEnglish(name_of(i))) + Cell(Fixed(model.weights[i], 2)) + "</tr>";
  return out + "</table></details>";
}

constexpr std::string_view kStyle =
    "body{font:15px/1.5 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:1080px;margin:24px auto;padding:0 "
    "16px;"
    "color:#1c1c1c}h1{font-size:22px}h2{font-size:17px;margin-top:32px}small,span[lang=en]{color:#666;font-weight:"
    "normal}"
    "table{border-collapse:collapse;font-size:13px}th,td{border:1px solid #ccc;padding:3px 7px;text-align:left;"
    "vertical-align:top}th{background:#f4f4f4}.hit{background:#e3f0e3}.plots{display:flex;flex-wrap:wrap;gap:16px}"
    "svg{width:420px;max-width:100%;height:auto;font-size:12px}section{overflow-x:auto}";

}  // namespace

std::string CalibrationReport(const Calibration& calibration) {
  const auto& model = calibration.model;
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\"/><title>查重模型校准报告 / calibration of "
      "duplicate detection</title><style>" +
      std::string(kStyle) +
      "</style></head><body>\n<h1>查重模型校准报告 <small lang=\"en\">calibration of "
      "duplicate detection</small></h1>\n<p>模型版本 <code>" +
      EscapeXml(model.version) + "</code>；训练用 " + std::to_string(calibration.pairs) + " 对，其中人工答复 " +
      std::to_string(calibration.answers) +
      " 件 <span lang=\"en\">version, pairs fitted, reviewers' answers among them</span></p>\n";
  page += Section("指标", "figures; intervals of 95 %, drawn over whole matters", FiguresTable(calibration));
  page +=
      "<p>样本中应连者远多于日常；重复率为 5 % 与 22 % 时的精确率按贝叶斯公式折算，错连一件也没有时为 1。 <span "
      "lang=\"en\">Ties are far more common here than in daily life: precision at 5 % and 22 % follows by Bayes; "
      "it is 1 when nothing was tied wrongly.</span></p>\n";
  page += Section("曲线", "curves, crossed",
                  "<div class=\"plots\">" + PrecisionRecall(calibration) + Reliability(calibration) +
                      ThresholdChoice(calibration) + Strata(calibration) + "</div>");
  if (!calibration.figures.empty())
    page += Section("关系混淆矩阵", "confusion of relations, crossed", Confusion(calibration.figures.front().figures));
  page += Section("错在何处", "what was wrong and why, crossed", WhatWasWrong(calibration));
  page += Section("权重", "weights in log-odds",
                  Weights("人员 / people", model.people, PeopleFeatureName) +
                      Weights("事项（同一人）/ matter, same people", model.matter_same, MatterFeatureName) +
                      Weights("事项（他人）/ matter, other people", model.matter_other, MatterFeatureName) +
                      Weights("补充还是重复 / supplement or duplicate", model.supplement, SupplementFeatureName));
  return page + "</body></html>\n";
}

}  // namespace dedup
