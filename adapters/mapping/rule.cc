#include "adapters/mapping/rule.h"

#include <algorithm>

#include "adapters/mapping/dates.h"
#include "adapters/mapping/values.h"
#include "petition/text/fold.h"

namespace adapters {
namespace {

using petition::Json;

constexpr std::size_t kCodeShownMax = 24;  ///< bytes of a code in the list of the unmapped

/// A text on its way through the steps.
struct Taken {
  std::string text;
  const Json* node;
  std::size_t from;  ///< place in Rule::from
};

void Gather(const Rule& rule, const Json& tree, std::span<const Named> named, std::vector<Taken>& into) {
  std::vector<const Json*> nodes;
  for (std::size_t i = 0; i < rule.from.size(); ++i) {
    nodes.clear();
    if (rule.from[i].is_name()) {
      for (const Named& one : named) {
        if (one.at != i) continue;
        if (!one.node->is_array()) nodes.push_back(one.node);
        for (std::size_t at = 0; one.node->is_array() && at < one.node->size(); ++at) nodes.push_back(&(*one.node)[at]);
      }
    } else {
      rule.from[i].Find(tree, nodes);
    }
    for (const Json* node : nodes) {
      auto text = TextOfNode(*node);
      if (text && !StandsForNothing(TrimCell(*text))) into.push_back({std::move(*text), node, i});
    }
    if (!into.empty() && !rule.join) return;
  }
}

/// Full-width letters, digits and signs as the narrow ones, the wide blank as a blank.
std::string HalfWidth(std::string_view text) {
  std::string narrow;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](std::size_t at) {
      return static_cast<unsigned char>(i + at < text.size() ? text[i + at] : 0);
    };
    if (byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) {
      narrow += ' ';
    } else if (byte(0) == 0xEF && (byte(1) == 0xBC || byte(1) == 0xBD) && byte(2) >= 0x80 && byte(2) <= 0xBF) {
      const unsigned code = 0xF000u | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);  // U+FF01..U+FF5E
      if (code < 0xFF01 || code > 0xFF5E) {
        narrow += text.substr(i, 3);
      } else {
        narrow += static_cast<char>(code - 0xFF01 + '!');
      }
    } else {
      narrow += text[i];
      continue;
    }
    i += 2;
  }
  return narrow;
}

std::string Cleaned(const Rule& rule, std::string text) {
  for (const std::string& prefix : rule.strip_prefixes) {
    const std::string_view trimmed = TrimCell(text);
    if (prefix.empty() || !trimmed.starts_with(prefix) || trimmed.size() == prefix.size()) continue;
    text = std::string(trimmed.substr(prefix.size()));
    break;
  }
  if (rule.trim && TrimCell(text).size() != text.size()) text = std::string(TrimCell(text));
  if (rule.half_width || rule.digits) text = HalfWidth(text);
  if (rule.digits) std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
  return text;
}

std::vector<std::string> CutAt(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = TrimCell(text.substr(0, end));
    if (!part.empty()) parts.emplace_back(part);
    if (end == text.size()) return parts;
    text.remove_prefix(end + separator.size());
  }
}

std::vector<std::string> SplitUp(const Rule& rule, std::string text) {
  std::vector<std::string> parts;
  if (!rule.split) {
    parts.push_back(std::move(text));
    return parts;
  }
  parts = CutAt(text, *rule.split);
  if (!rule.part) return parts;
  const auto count = static_cast<std::int64_t>(parts.size());
  const std::int64_t at = *rule.part > 0 ? *rule.part - 1 : count + *rule.part;
  if (at < 0 || at >= count) return {};
  return {std::move(parts[static_cast<std::size_t>(at)])};
}

/// The source's own word for what was read; where nothing was, the first that is looked for.
std::string NameOf(const Rule& rule, const Ruled& ruled) {
  if (!ruled.name.empty()) return ruled.name;
  return rule.from.empty() ? rule.field : rule.from.front().text();
}

void Unknown(const Rule& rule, const std::string& code, Ruled& ruled) {
  ruled.unmapped.push_back(NameOf(rule, ruled) + "=" + std::string(petition::text::Truncate(code, kCodeShownMax)));
  ruled.as_given = code;
}

void NotReadable(const Rule& rule, Ruled& ruled) {
  ruled.wrong = {PointerTo("", NameOf(rule, ruled)), "value_invalid",
                 "holds nothing that can be read as " + rule.field};
}

/// One value through codes, dates and the field's own reading; false when it has none.
bool Convert(const Rule& rule, std::string text, Ruled& ruled) {
  if (rule.as == As::kText && !rule.codes && rule.dates.empty()) {
    ruled.values.emplace_back(std::move(text));
    return true;
  }
  if (rule.codes) {
    const auto code = rule.codes->find(text);
    if (code == rule.codes->end()) return Unknown(rule, text, ruled), false;
    if (code->second.empty()) return false;  // mapped to nothing on purpose
    ruled.values.emplace_back(rule.as == As::kText || rule.as == As::kChannel || rule.as == As::kPurpose
                                  ? Json(code->second)
                                  : ReadValue(rule.as, code->second).value_or(nullptr));
    return true;
  }
  for (const std::string& form : rule.dates) {
    auto date = DateByForm(text, form);
    if (!date) continue;
    if (date->half_unknown) {
      ruled.unmapped.push_back(NameOf(rule, ruled) + " (12h)");
      ruled.as_given = text;
    }
    ruled.values.emplace_back(std::move(date->time));
    return true;
  }
  auto value = rule.dates.empty() ? ReadValue(rule.as, text) : std::nullopt;
  if (value) {
    ruled.values.push_back(std::move(*value));
    return true;
  }
  // A label that has no meaning here does not spoil the record: it is kept, counted and seen.
  if (rule.as == As::kChannel || rule.as == As::kPurpose) return Unknown(rule, text, ruled), false;
  NotReadable(rule, ruled);
  return false;
}

void Fall(const Rule& rule, Ruled& ruled) {
  if (!ruled.values.empty() || ruled.wrong) return;
  if (rule.otherwise) {
    if (auto value = ReadValue(rule.as, *rule.otherwise)) ruled.values.push_back(std::move(*value));
  } else if (rule.required) {
    ruled.wrong = {PointerTo("", NameOf(rule, ruled)), "field_missing", "is needed for " + rule.field};
  }
}

/// The steps of a rule's long form.
void ReadSteps(SpecReader& steps, Rule& rule, const CodeTables& tables, std::vector<std::string>& paths) {
  paths = steps.Texts("from");
  const auto optional_text = [&](const char* key) {
    return steps.Has(key) ? std::optional(steps.Text(key)) : (steps.Take(key), std::nullopt);
  };
  rule.constant = optional_text("constant");
  rule.otherwise = optional_text("default");
  rule.split = optional_text("split");
  rule.join = optional_text("join");
  rule.strip_prefixes = steps.Texts("strip_prefix");
  rule.dates = steps.Texts("date");
  rule.trim = steps.Flag("trim", rule.trim);
  rule.digits = steps.Flag("digits", false);
  rule.required = steps.Flag("required", false);
  const std::string width = steps.Text("width");
  if (!width.empty() && width != "half") steps.Wrong("width", "range", "must be half");
  rule.half_width = width == "half";
  if (const std::string part = steps.Text("part"); !part.empty()) {
    const bool last = part.starts_with('-');
    const auto number = part.substr(last ? 1 : 0);
    if (number.empty() || number.size() > 4 || number.find_first_not_of("0123456789") != std::string::npos ||
        number == "0" || !rule.split) {
      steps.Wrong("part", "range", "must be a number from 1, or from -1 for the last, beside a split");
    } else {
      rule.part = (last ? -1 : 1) * std::stoi(number);
    }
  }
  if (rule.split && rule.split->empty()) steps.Wrong("split", "range", "must not be empty");
  const Json& codes = steps.Take("codes");
  if (codes.is_string()) {
    const auto table = tables.find(codes.get<std::string>());
    if (table == tables.end()) {
      steps.Wrong("codes", "unknown_table", "names no table of codes");
    } else {
      rule.codes = table->second;
    }
  } else if (!codes.is_null()) {
    rule.codes = ReadCodes(steps, "codes");
  }
  for (const std::string& form : rule.dates) {
    if (!IsDateForm(form))
      steps.Wrong("date", "date_form", "must be auto, serial, epoch, epoch_ms or a form as yyyy-MM-dd");
  }
}

bool HoldsSeveral(std::string_view field) { return field.starts_with("petitioner."); }

}  // namespace

CodeTable ReadCodes(SpecReader& tables, const std::string& name) {
  CodeTable table;
  const Json& json = tables.Take(name);
  if (!json.is_object()) {
    tables.Wrong(name, "type", "must be a mapping of the source's codes to ours");
    return table;
  }
  for (const auto& [code, meaning] : json.items()) {
    if (!meaning.is_string() && !meaning.is_null()) {
      tables.Wrong(name, "type", "must map each code to a single value");
    } else {
      table[code] = meaning.is_null() ? "" : meaning.get<std::string>();
    }
  }
  return table;
}

Rule ReadRule(SpecReader& fields, const std::string& field, As as, const CodeTables& tables) {
  Rule rule;
  rule.field = field;
  rule.as = as;
  rule.trim = field != "content";
  std::vector<std::string> paths;
  if (fields.Take(field).is_object()) {
    SpecReader steps = fields.Sub(field);
    ReadSteps(steps, rule, tables, paths);
    steps.Finish();
  } else {
    paths = fields.Texts(field);
  }
  if (paths.empty() && !rule.constant && !rule.otherwise) {
    fields.Wrong(field, "from_missing", "says neither from where nor a constant");
  }
  for (const std::string& text : paths) {
    auto path = Path::Parse(text);
    if (path.ok()) {
      rule.from.push_back(std::move(*path));
    } else {
      fields.Wrong(field, "path_invalid", path.error().message);
    }
  }
  if (rule.split && !rule.part && !rule.join && !HoldsSeveral(field)) {
    fields.Wrong(field, "split", "cuts into several values where one is held: give part or join");
  }
  for (const auto& text : {rule.constant, rule.otherwise}) {
    if (text && !ReadValue(as, *text))
      fields.Wrong(field, "value_invalid", "holds nothing that can be read as its field");
  }
  return rule;
}

Ruled ApplyRule(const Rule& rule, const Json& tree, std::span<const Named> named) {
  Ruled ruled;
  if (rule.constant) {
    if (auto value = ReadValue(rule.as, *rule.constant)) ruled.values.push_back(std::move(*value));
    return ruled;
  }
  std::vector<Taken> found;
  Gather(rule, tree, named, found);
  // One value where one is held; the others stay unread, to be kept as unmapped.
  if (!rule.join && !HoldsSeveral(rule.field) && found.size() > 1) found.resize(1);
  if (!found.empty()) ruled.name = rule.from[found.front().from].text();
  std::vector<std::string> texts;
  for (Taken& one : found) {
    ruled.taken.push_back(one.node);
    for (std::string& text : SplitUp(rule, Cleaned(rule, std::move(one.text)))) {
      if (!text.empty()) texts.push_back(std::move(text));
    }
  }
  // Texts that must be put together are so before a code or a date is looked for in the whole.
  if (rule.join && texts.size() > 1) {
    std::string whole;
    for (const std::string& text : texts) whole += (whole.empty() ? "" : *rule.join) + text;
    texts = {std::move(whole)};
  }
  for (std::string& text : texts) (void)Convert(rule, std::move(text), ruled);
  Fall(rule, ruled);
  return ruled;
}

}  // namespace adapters
