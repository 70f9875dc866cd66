// dedup_workbench: a developer's tool over the memory replay. `fit OUT.json FILE...` fits a model to labelled files;
// `replay MODEL.json|- PREDICTIONS.jsonl FILE...` decides them; `why MODEL.json|- FILE... -- ID...` prints the
// waterfalls of some; `pairs MODEL.json|- OUT FILE...` writes the features of all pairs; `crossed OUT FILE...` decides
// each submission by a model that saw nothing of its matter and writes the waterfalls of what came out wrong, was lost
// or was asked about.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>

#include "dedup/calibration_report.h"
#include "dedup/han.h"
#include "dedup/memory_replay.h"
#include "dedup/names.h"
#include "dedup/topics.h"
#include "ledger/crypto.h"

namespace {

using namespace dedup;

std::vector<Line> ReadLines(const std::vector<std::string>& files) {
  auto lines = ReadLabelled(files);
  if (!lines.ok()) {
    std::cerr << lines.error().message << "\n";
    std::exit(3);
  }
  return std::move(lines).value();
}

Model LoadModel(const std::string& file) {
  if (file == "-") return Model::BuiltIn();
  auto model = Model::Load(file);
  if (!model.ok()) {
    std::cerr << model.error().message << "\n";
    std::exit(3);
  }
  return std::move(model).value();
}

int FitFiles(const std::string& out, const std::vector<std::string>& files) {
  const auto lines = ReadLines(files);
  Model::Parameters parameters = Model::BuiltIn().parameters();
  std::map<std::string, std::vector<std::u32string>> by_matter;
  for (const auto& line : lines)
    if (!line.closure && !line.matter.empty())
      by_matter[line.matter].push_back(Extract(line.submission, {line.source, line.at, false}).text);
  std::vector<std::vector<std::u32string>> texts;
  for (auto& [matter, of] : by_matter) texts.push_back(std::move(of));
  LearnRarity(texts, parameters);
  const auto pairs = CollectPairs(lines, parameters, 24);
  FitModels(pairs, {}, parameters);
  std::ofstream(out) << WriteParameters(parameters);
  std::cerr << pairs.size() << " pairs\n";
  return 0;
}

// What `guiyi dedup calibrate` does, without a ledger's answers.
int CalibrateFiles(const std::string& out_file, const std::string& report_file, const std::vector<std::string>& files) {
  std::vector<std::string> hashes;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    hashes.push_back(ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes))));
  }
  const auto calibration = Calibrate(ReadLines(files), hashes, {}, Model::BuiltIn().parameters(), {}, {});
  if (!calibration.ok()) {
    std::cerr << calibration.error().message << "\n";
    return 3;
  }
  std::ofstream(out_file) << WriteParameters(calibration->model);
  std::ofstream(report_file) << CalibrationReport(*calibration);
  for (const auto& [name, figures] : calibration->figures)
    std::cout << name << " " << petition::DumpJson(FiguresToJson(figures)) << "\n";
  return 0;
}

// One JSON line a pair: what calibration sees, for exploring outside.
int DumpPairs(const std::string& model_file, const std::string& out_file, const std::vector<std::string>& files) {
  const auto model = LoadModel(model_file);
  std::ofstream out(out_file);
  for (const auto& pair : CollectPairs(ReadLines(files), model.parameters(), 24))
    out << petition::DumpJson({{"later", pair.later},
                               {"earlier", pair.earlier},
                               {"people", pair.people},
                               {"matter", pair.matter},
                               {"sameMatter", pair.same_matter},
                               {"samePeople", pair.same_people},
                               {"peopleKnown", pair.people_known}})
        << "\n";
  return 0;
}

int ReplayFiles(const std::string& model_file, const std::string& out_file, const std::vector<std::string>& files) {
  const auto model = LoadModel(model_file);
  std::ofstream out(out_file);
  for (const auto& prediction : Replay(ReadLines(files), model)) out << PredictionJson(prediction) << "\n";
  return 0;
}

// The first candidates of one decision with their waterfalls; those of the right matter are starred.
void WriteWhy(const Prediction& p, const std::map<std::string, const Line*>& line_of, std::ostream& out) {
  const auto& line = *line_of.at(p.id);
  out << "== " << p.id << " gold " << line.relation << " of " << line.of << " (" << line.why << ") -> "
      << petition::RelationName(p.relation) << " " << petition::ModeName(p.mode) << " of " << p.of << " " << p.score;
  for (const auto& flag : p.verdict.flags) out << " [" << flag << "]";
  out << "\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(3, p.verdict.candidates.size()); ++i) {
    const auto& c = p.verdict.candidates[i];
    out << "  " << p.candidates[i] << (line_of.at(p.candidates[i])->matter == line.matter ? " *" : "  ")
        << petition::RelationName(c.relation) << " matter " << c.matter << " people " << c.people << " score "
        << c.score << ":";
    for (const auto& reason : c.reasons) {
      char weight[32];
      std::snprintf(weight, sizeof weight, " %+.2f", reason.weight);
      out << " " << reason.feature << weight;
    }
    out << "\n";
  }
}

std::map<std::string, const Line*> ById(const std::vector<Line>& lines) {
  std::map<std::string, const Line*> line_of;
  for (const auto& line : lines)
    if (!line.closure) line_of[line.id] = &line;
  return line_of;
}

int Why(const std::string& model_file, const std::vector<std::string>& files, const std::set<std::string>& ids) {
  const auto model = LoadModel(model_file);
  const auto lines = ReadLines(files);
  const auto line_of = ById(lines);
  for (const auto& p : Replay(lines, model))
    if (ids.contains(p.id)) WriteWhy(p, line_of, std::cout);
  return 0;
}

int Crossed(const std::string& out_file, const std::vector<std::string>& files) {
  const auto lines = ReadLines(files);
  const auto line_of = ById(lines);
  const auto calibration = Calibrate(lines, {"crossed"}, {}, Model::BuiltIn().parameters(), {}, {});
  if (!calibration.ok()) {
    std::cerr << calibration.error().message << "\n";
    return 3;
  }
  std::map<std::string, const Prediction*> prediction_of;
  for (const auto& p : calibration->crossed_predictions) prediction_of[p.id] = &p;
  std::ofstream out(out_file);
  for (const bool asked : {false, true})
    for (const auto& one : calibration->crossed) {
      const bool wrong = one.decided == "new" ? one.relation != "new" : !one.right;
      if (asked ? !wrong && one.mode == petition::Mode::kReview : wrong)
        WriteWhy(*prediction_of.at(one.id), line_of, out);
    }
  return 0;
}

int Facts(const std::vector<std::string>& files, const std::set<std::string>& ids) {
  for (const auto& line : ReadLines(files)) {
    if (line.closure || !ids.contains(line.id)) continue;
    const auto p = Extract(line.submission, {line.source, line.at, false});
    std::cout << "== " << line.id << " bytes " << Serialize(p).size() << " acts " << p.acts << "\n";
    for (const auto& person : p.people)
      std::cout << "  person " << int(person.role) << " " << int(person.name_kind) << " " << person.name << "/"
                << person.surname << " sex " << (person.sex ? person.sex : '-') << " phones " << person.phones.size()
                << " id " << int(person.id_state) << "\n";
    for (const auto& n : p.named)
      std::cout << "  named " << int(n.kind) << "/" << int(n.source) << " " << ToUtf8(n.name) << " core "
                << ToUtf8(CoreOf(n)) << "\n";
    for (const auto& part : p.parts)
      std::cout << "  part " << int(part.kind) << " " << part.value << (part.from_place ? " place" : "")
                << (part.from_address ? " address" : "") << "\n";
    for (const auto& q : p.quantities)
      std::cout << "  quantity " << int(q.unit) << " " << double(q.milli) / 1000 << (q.rough ? " rough" : "") << "\n";
    for (const auto& d : p.days) std::cout << "  day " << d.year << "-" << int(d.month) << "-" << int(d.day) << "\n";
    for (const auto& topic : p.topics)
      std::cout << "  topic " << TopicName(topic.topic) << " " << int(topic.weight) << "\n";
    for (const auto& d : p.earlier_days)
      std::cout << "  earlier " << d.year << "-" << int(d.month) << "-" << int(d.day) << "\n";
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> rest(arguments + 1, arguments + count);
  if (rest.size() >= 3 && rest[0] == "fit") return FitFiles(rest[1], {rest.begin() + 2, rest.end()});
  if (rest.size() >= 4 && rest[0] == "calibrate")
    return CalibrateFiles(rest[1], rest[2], {rest.begin() + 3, rest.end()});
  if (rest.size() >= 3 && rest[0] == "crossed") return Crossed(rest[1], {rest.begin() + 2, rest.end()});
  if (rest.size() >= 4 && rest[0] == "pairs") return DumpPairs(rest[1], rest[2], {rest.begin() + 3, rest.end()});
  if (rest.size() >= 4 && rest[0] == "replay") return ReplayFiles(rest[1], rest[2], {rest.begin() + 3, rest.end()});
  const auto split = std::find(rest.begin(), rest.end(), "--");
  if (rest.size() >= 5 && rest[0] == "why" && split != rest.end())
    return Why(rest[1], {rest.begin() + 2, split}, {split + 1, rest.end()});
  if (rest.size() >= 4 && rest[0] == "facts" && split != rest.end())
    return Facts({rest.begin() + 1, split}, {split + 1, rest.end()});
  std::cerr << "usage: dedup_workbench fit OUT FILE... | calibrate OUT REPORT FILE... | crossed OUT FILE... | replay "
               "MODEL OUT FILE... | why MODEL FILE... -- ID... | facts "
               "FILE... -- ID...\n";
  return 2;
}
