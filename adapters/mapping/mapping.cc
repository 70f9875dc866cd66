#include "adapters/mapping/mapping.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "adapters/mapping/rule.h"
#include "adapters/mapping/values.h"

namespace adapters {
namespace {

using petition::FieldError;
using petition::Json;

constexpr std::size_t kColumnsMax = 500;
constexpr std::size_t kUnmappedMax = 100;
constexpr std::size_t kRulesMax = 500;
constexpr std::size_t kElementsMax = petition::kPetitionersMax;
constexpr std::string_view kKeep = "keep:";
constexpr std::string_view kPetitioner = "petitioner.";

/// Rules that are applied to the same node, with their plain names by how they may stand in it.
struct RuleSet {
  std::vector<Rule> rules;
  struct Meaning {
    std::size_t rule = 0, at = 0;  ///< and place in its `from`
  };
  std::unordered_map<std::string, std::vector<Meaning>> names;  ///< as written, and folded
  std::set<std::string> others;  ///< folded names that are none of these rules', so that they need not be folded again
  std::vector<bool> without_name;  ///< by rule: whether it may find something where none of its plain names is

  void Add(Rule rule) {
    for (std::size_t at = 0; at < rule.from.size(); ++at) AddName(rule.from[at], rules.size(), at);
    without_name.push_back(
        rule.required || rule.otherwise || rule.constant ||
        !std::all_of(rule.from.begin(), rule.from.end(), [](const Path& path) { return path.is_name(); }));
    rules.push_back(std::move(rule));
  }
  void AddName(const Path& path, std::size_t rule, std::size_t at) {
    if (!path.is_name()) return;
    const std::string folded = FoldHeading(path.text());
    names[folded].push_back({rule, at});
    if (folded != path.text()) names[path.text()].push_back({rule, at});
  }
  const std::vector<Meaning>* Find(const std::string& name) const {
    auto found = names.find(name);
    if (found == names.end() && !others.contains(name)) found = names.find(FoldHeading(TrimCell(name)));
    return found == names.end() ? nullptr : &found->second;
  }
  std::vector<std::vector<Named>> Resolve(const Json& tree) const {
    std::vector<std::vector<Named>> named(rules.size());
    if (!tree.is_object()) return named;
    for (const auto& [name, node] : tree.items()) {
      const auto* meanings = Find(name);
      if (meanings == nullptr) continue;
      for (const Meaning& meaning : *meanings) named[meaning.rule].push_back({meaning.at, &node});
    }
    return named;
  }
};

/// A list of parts: people, attachments.
struct Part {
  std::optional<Path> each;
  RuleSet rules;
};

const std::set<std::string, std::less<>>& TopNames() {
  static const auto names = [] {
    std::set<std::string, std::less<>> set = {"petitioners", "attachments", "location", "call",
                                              "claims",      "tie",         "id",       "source"};
    for (const auto& field : StandardFields()) {
      if (field.name.find_first_of(".:") == std::string_view::npos) set.emplace(field.name);
    }
    return set;
  }();
  return names;
}

/// What is read of one record.
struct Reading {
  Json submission = Json::object();
  Json kept = Json::object();  ///< under names that are none of the submission's own
  std::vector<const Json*> taken;
  std::vector<std::string> unmapped;
  std::vector<FieldError> wrong;

  void Keep(const std::string& name, Json value) {
    const std::string under = TopNames().contains(name) ? "/" + name : name;
    auto [place, added] = kept.emplace(under, value);
    if (added) return;
    if (!place->is_array()) *place = Json::array({*place});
    place->push_back(std::move(value));
  }
};

void PutField(Reading& reading, const std::string& name, std::vector<Json>& values) {
  Json& json = reading.submission;
  if (std::string_view(name).starts_with(kKeep)) {
    reading.Keep(name.substr(kKeep.size()), std::move(values.front()));
  } else if (std::string_view(name).starts_with(kPetitioner)) {
    for (std::size_t i = 0; i < values.size() && i < kElementsMax; ++i) {
      json["petitioners"][i][name.substr(kPetitioner.size())] = std::move(values[i]);
    }
  } else if (const auto dot = name.find('.'); dot != std::string::npos) {
    json[name.substr(0, dot)][name.substr(dot + 1)] = std::move(values.front());
  } else {
    json[name] = std::move(values.front());
  }
}

/// Applies a set to a node; `put` gets what each rule that found something made.
template <typename Put>
void ApplySet(const RuleSet& set, const Json& node, Reading& reading, Put put) {
  const auto named = set.Resolve(node);
  for (std::size_t i = 0; i < set.rules.size(); ++i) {
    const Rule& rule = set.rules[i];
    if (named[i].empty() && !set.without_name[i]) continue;
    Ruled ruled = ApplyRule(rule, node, named[i]);
    reading.taken.insert(reading.taken.end(), ruled.taken.begin(), ruled.taken.end());
    std::move(ruled.unmapped.begin(), ruled.unmapped.end(), std::back_inserter(reading.unmapped));
    if (ruled.as_given) reading.Keep(rule.field + "AsGiven", std::move(*ruled.as_given));
    if (ruled.wrong) reading.wrong.push_back(std::move(*ruled.wrong));
    if (!ruled.values.empty()) put(rule, ruled.values);
  }
}

}  // namespace

struct Mapping::Rules {
  RuleSet fields;
  Part people, attachments;
  struct ReportRules {
    Path when;
    std::set<std::string> is;
    RuleSet rules;
  };
  std::optional<ReportRules> report;
  std::vector<Path> keep, ignore;
  std::set<std::string> kept_names, ignored_names;  ///< folded
  bool own = false;

  void AddStandard();
  void Read(SpecReader& spec);
  void ReadFields(SpecReader& spec, const CodeTables& tables);
  void ReadPart(SpecReader& spec, const char* key, const std::vector<std::string>& names, const CodeTables& tables,
                Part& part);
  void ReadReport(SpecReader& spec, const CodeTables& tables);
  void ReadPaths(SpecReader& spec, const char* key, std::vector<Path>& paths, std::set<std::string>& names);
  std::optional<Report> ReportOf(const Json& tree, Reading& reading) const;
  void Left(const Json& tree, Reading& reading) const;
};

void Mapping::Rules::AddStandard() {
  for (const StandardField& field : StandardFields()) {
    if (field.as == As::kIgnored) {
      for (const auto heading : field.headings) ignored_names.insert(FoldHeading(heading));
      ignored_names.insert(std::string(field.name));
      continue;
    }
    std::vector<std::string> headings;
    if (!field.name.starts_with(kKeep)) headings.emplace_back(field.name);
    headings.insert(headings.end(), field.headings.begin(), field.headings.end());
    if (field.name.starts_with(kPetitioner)) {
      headings.push_back("petitioners[0]." + std::string(field.name.substr(kPetitioner.size())));
    }
    const auto own_rule = std::find_if(fields.rules.begin(), fields.rules.end(),
                                       [&](const Rule& rule) { return rule.field == field.name; });
    Rule rule;
    rule.field = field.name;
    rule.as = field.as;
    rule.trim = field.name != "content";
    Rule& into = own_rule == fields.rules.end() ? rule : *own_rule;
    const auto number = static_cast<std::size_t>(own_rule - fields.rules.begin());
    for (const std::string& heading : headings) {
      // A word that the file gives a meaning of its own has that one alone.
      const std::string folded = FoldHeading(heading);
      if (fields.names.contains(folded) || kept_names.contains(folded) || ignored_names.contains(folded)) continue;
      auto path = Path::Parse(heading);
      if (!path.ok() || !path->is_name()) continue;
      into.from.push_back(std::move(*path));
      if (&into != &rule) fields.AddName(into.from.back(), number, into.from.size() - 1);
    }
    if (&into == &rule) fields.Add(std::move(rule));
  }
}

void Mapping::Rules::ReadFields(SpecReader& spec, const CodeTables& tables) {
  SpecReader reader = spec.Sub("fields");
  const Json& json = spec.Take("fields");
  if (!json.is_object()) return;
  for (const auto& [name, rule] : json.items()) {
    const StandardField* field = FindStandardField(name);
    const bool kept = name.starts_with(kKeep) && name.size() > kKeep.size();
    if ((field == nullptr && !kept) || name == "ignore" || name == "id" || name == "source") {
      reader.Wrong(name, "field_unknown", "a submission has no field of this name");
      reader.Take(name);
      continue;
    }
    if (fields.rules.size() == kRulesMax) return reader.Wrong(name, "too_many", "there are more than 500 rules");
    Rule read = ReadRule(reader, name, field == nullptr ? As::kText : field->as, tables);
    read.listed = read.from.size();
    fields.Add(std::move(read));
    own = true;
  }
  reader.Finish();
}

void Mapping::Rules::ReadPart(SpecReader& spec, const char* key, const std::vector<std::string>& names,
                              const CodeTables& tables, Part& part) {
  if (!spec.Has(key)) return void(spec.Take(key));
  own = true;
  SpecReader reader = spec.Sub(key);
  auto path = Path::Parse(reader.NeededText("each"));
  if (path.ok()) {
    part.each = std::move(*path);
  } else {
    reader.Wrong("each", "path_invalid", path.error().message);
  }
  const Json& json = reader.Take("fields");
  SpecReader fields_reader = reader.Sub("fields");
  if (json.is_object()) {
    for (const auto& [name, rule] : json.items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        fields_reader.Wrong(name, "field_unknown", "there is no field of this name here");
        fields_reader.Take(name);
      } else {
        part.rules.Add(ReadRule(fields_reader, name, name == "size" ? As::kCount : As::kText, tables));
      }
    }
    fields_reader.Finish();
  }
  if (part.rules.rules.empty()) reader.Wrong("fields", "missing", "is needed");
  reader.Finish();
}

void Mapping::Rules::ReadReport(SpecReader& spec, const CodeTables& tables) {
  if (!spec.Has("report")) return void(spec.Take("report"));
  own = true;
  SpecReader reader = spec.Sub("report");
  SpecReader when = reader.Sub("when");
  ReportRules rules;
  auto path = Path::Parse(when.NeededText("from"));
  if (path.ok()) {
    rules.when = std::move(*path);
  } else {
    when.Wrong("from", "path_invalid", path.error().message);
  }
  const auto is = when.Texts("is");
  rules.is.insert(is.begin(), is.end());
  when.Finish();
  for (const char* name : {"externalId", "event", "text", "at"}) {
    const bool needed = std::string_view(name) == "externalId" || std::string_view(name) == "event";
    if (reader.Has(name)) {
      Rule rule = ReadRule(reader, name, std::string_view(name) == "at" ? As::kTime : As::kText, tables);
      rule.required |= needed;
      rules.rules.Add(std::move(rule));
    } else if (needed) {
      reader.Wrong(name, "missing", "is needed");
    }
  }
  reader.Take("text");
  reader.Take("at");
  reader.Finish();
  report = std::move(rules);
}

void Mapping::Rules::ReadPaths(SpecReader& spec, const char* key, std::vector<Path>& paths,
                               std::set<std::string>& names) {
  for (const std::string& text : spec.Texts(key)) {
    auto path = Path::Parse(text);
    if (!path.ok()) {
      spec.Wrong(key, "path_invalid", path.error().message);
    } else if (path->is_name()) {
      names.insert(FoldHeading(text));
    } else {
      paths.push_back(std::move(*path));
    }
  }
}

void Mapping::Rules::Read(SpecReader& spec) {
  CodeTables tables;
  const Json& codes = spec.Take("codes");
  SpecReader code_reader = spec.Sub("codes");
  if (codes.is_object()) {
    for (const auto& [name, table] : codes.items()) tables[name] = ReadCodes(code_reader, name);
  }
  ReadFields(spec, tables);
  ReadPart(spec, "people", {"name", "idNumber", "phone", "callingNumber", "account", "address", "role"}, tables,
           people);
  ReadPart(spec, "attachments", {"name", "mediaType", "size", "sha256", "content"}, tables, attachments);
  ReadReport(spec, tables);
  ReadPaths(spec, "keep", keep, kept_names);
  ReadPaths(spec, "ignore", ignore, ignored_names);
  if (spec.Flag("standard", true)) AddStandard();
  for (const auto& name : kept_names) {
    if (FoldHeading(name) == name && !fields.names.contains(name)) fields.others.insert(name);
  }
}

std::optional<Report> Mapping::Rules::ReportOf(const Json& tree, Reading& reading) const {
  if (!report) return std::nullopt;
  std::vector<const Json*> nodes;
  report->when.Find(tree, nodes);
  const bool it_is = std::any_of(nodes.begin(), nodes.end(), [&](const Json* node) {
    const auto text = TextOfNode(*node);
    return text && (report->is.empty() ? !StandsForNothing(TrimCell(*text))
                                       : report->is.contains(std::string(TrimCell(*text))));
  });
  if (!it_is) return std::nullopt;
  reading.taken.insert(reading.taken.end(), nodes.begin(), nodes.end());
  Report said;
  ApplySet(report->rules, tree, reading, [&](const Rule& rule, std::vector<Json>& values) {
    if (!values.front().is_string()) return;
    const std::string text = values.front().get<std::string>();
    if (rule.field == "externalId") said.external_id = text;
    if (rule.field == "event") said.event = text;
    if (rule.field == "text") said.text = text;
    if (rule.field == "at") {
      if (const auto at = petition::ParseTime(text); at.ok()) said.at = *at;
    }
  });
  // A code without a meaning left it empty: nobody may guess what happened.
  if (said.event.empty() && reading.wrong.empty()) {
    reading.wrong.push_back({"/event", "value_unmapped", "holds no event that the mapping has a word for"});
  }
  return said;
}

void Mapping::Rules::Left(const Json& tree, Reading& reading) const {
  std::vector<const Json*>& taken = reading.taken;
  std::vector<const Json*> kept;
  for (const Path& path : ignore) path.Find(tree, taken);
  for (const Path& path : keep) path.Find(tree, kept);
  if (tree.is_object() && (!kept_names.empty() || !ignored_names.empty())) {
    for (const auto& [name, node] : tree.items()) {
      const bool read = std::find(taken.begin(), taken.end(), &node) != taken.end();
      if (read) continue;
      const std::string folded = fields.others.contains(name) ? name : FoldHeading(TrimCell(name));
      if (ignored_names.contains(folded)) taken.push_back(&node);
      if (kept_names.contains(folded)) kept.push_back(&node);
    }
  }
  std::sort(taken.begin(), taken.end());
  std::sort(kept.begin(), kept.end());
  const auto name_of = [](const std::string& path) {
    return path.find('/', 1) == std::string::npos ? path.substr(1) : path;
  };
  const auto walk = [&](const Json& node, const std::string& path, const auto& self) -> void {
    if (std::binary_search(taken.begin(), taken.end(), &node)) return;
    if (std::binary_search(kept.begin(), kept.end(), &node)) {
      if (!node.empty()) reading.Keep(name_of(path), node);
      return;
    }
    if (node.is_structured()) {
      for (const auto& [name, child] : node.items()) self(child, node.is_array() ? path : path + "/" + name, self);
      return;
    }
    const auto text = TextOfNode(node);
    if (!text || StandsForNothing(TrimCell(*text)) || path.empty()) return;
    const std::string name = name_of(path);
    reading.Keep(name, node);
    if (reading.unmapped.size() < kUnmappedMax &&
        std::find(reading.unmapped.begin(), reading.unmapped.end(), name) == reading.unmapped.end()) {
      reading.unmapped.push_back(name);
    }
  };
  walk(tree, "", walk);
}

Mapping::Mapping(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
Mapping::Mapping() {
  auto rules = std::make_shared<Rules>();
  rules->AddStandard();
  rules_ = std::move(rules);
}
Mapping::Mapping(Mapping&&) noexcept = default;
Mapping& Mapping::operator=(Mapping&&) noexcept = default;
Mapping::~Mapping() = default;

petition::Result<Mapping> Mapping::Make(const Json& json) {
  std::vector<FieldError> findings;
  auto rules = std::make_shared<Rules>();
  SpecReader spec(json, "", findings);
  rules->Read(spec);
  spec.Finish();
  GUIYI_CHECK(StatusOf(findings, "mapping_invalid"));
  return Mapping(std::move(rules));
}

bool Mapping::has_rules() const { return rules_->own; }

MappedRecord Mapping::Apply(const Json& tree) const {
  MappedRecord mapped;
  Reading reading;
  const auto refuse = [&] {
    petition::Error error = petition::Invalid("unmappable", "fields of the record can't be read:");
    for (const FieldError& wrong : reading.wrong) error.message += " " + wrong.pointer;
    error.fields = std::move(reading.wrong);
    mapped.refusal = std::move(error);
  };
  if (auto report = rules_->ReportOf(tree, reading)) {
    mapped.unmapped = std::move(reading.unmapped);
    if (reading.wrong.empty()) {
      mapped.report = std::move(report);
    } else {
      refuse();
    }
    return mapped;
  }
  ApplySet(rules_->fields, tree, reading,
           [&](const Rule& rule, std::vector<Json>& values) { PutField(reading, rule.field, values); });
  for (const auto& [part, name] :
       {std::pair{&rules_->people, "petitioners"}, std::pair{&rules_->attachments, "attachments"}}) {
    if (!part->each) continue;
    std::vector<const Json*> nodes;
    part->each->Find(tree, nodes);
    for (const Json* node : nodes) {
      Json element = Json::object();
      ApplySet(part->rules, *node, reading,
               [&](const Rule& rule, std::vector<Json>& values) { element[rule.field] = std::move(values.front()); });
      if (!element.empty()) reading.submission[name].push_back(std::move(element));
    }
  }
  rules_->Left(tree, reading);
  if (auto location = reading.submission.find("location"); location != reading.submission.end()) {
    if (!location->contains("lon") || !location->contains("lat")) reading.submission.erase(location);
  }
  mapped.unmapped = std::move(reading.unmapped);
  if (reading.wrong.empty()) {
    auto submission = petition::SubmissionFromJson(reading.submission);
    if (submission.ok()) {
      submission->unknown.update(reading.kept);
      mapped.submission = std::move(*submission);
      return mapped;
    }
    mapped.refusal = std::move(submission).error();
    return mapped;
  }
  refuse();
  return mapped;
}

petition::Status Mapping::CheckHeadings(const std::vector<std::string>& headings) const {
  petition::Error wrong = petition::Invalid("heading_unknown", "");
  if (headings.size() > kColumnsMax) return petition::Invalid("too_many_columns", "a table has at most 500 columns");
  std::map<std::size_t, bool> filled;  ///< by rule: whether by columns alone that the file lists one behind the other
  std::string unknown, again;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const std::string column = std::to_string(i + 1), folded = FoldHeading(TrimCell(headings[i]));
    const auto* meanings = rules_->fields.Find(headings[i]);
    const bool ignored = rules_->ignored_names.contains(folded);
    bool twice = !ignored && !seen.insert(folded).second;
    if (meanings == nullptr && !ignored && !rules_->kept_names.contains(folded)) {
      unknown += " " + column;
      wrong.fields.push_back({"/columns/" + column, "heading_unknown", "the heading has no meaning here"});
      continue;
    }
    for (std::size_t m = 0; meanings != nullptr && !ignored && m < meanings->size(); ++m) {
      const std::size_t number = (*meanings)[m].rule;
      const Rule& rule = rules_->fields.rules[number];
      // Columns that the file itself lists for a field stand in for one another, and the first that says something
      // counts; of two that only happen to mean the same, nobody has said which.
      const bool listed = (*meanings)[m].at < rule.listed;
      const auto [place, first] = filled.emplace(number, listed);
      twice |= !rule.join && !first && !(listed && place->second);
      place->second = place->second && listed;
    }
    if (!twice) continue;
    if (wrong.fields.empty()) wrong.reason = "heading_twice";
    again += " " + column;
    wrong.fields.push_back({"/columns/" + column, "heading_twice", "an earlier column means the same"});
  }
  if (wrong.fields.empty()) return petition::Ok();
  if (!unknown.empty()) {
    wrong.message = "columns whose heading has no meaning here:" + unknown + " (give each a field, keep or ignore)";
  }
  if (!again.empty()) {
    wrong.message += std::string(unknown.empty() ? "" : "; ") + "columns that mean the same as an earlier one:" + again;
  }
  return wrong;
}

void MappedRecord::Fill(Record& record) && {
  record.submission = std::move(submission);
  record.report = std::move(report);
  record.refusal = std::move(refusal);
  record.unmapped = std::move(unmapped);
}

}  // namespace adapters
