// One rule of a mapping: where a field's value is found and through which steps it goes. Internal to adapters/mapping.
// Plain data and pure functions; safe from any thread.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/mapping/path.h"
#include "adapters/mapping/standard.h"
#include "adapters/spec_reader.h"
#include "petition/json.h"

namespace adapters {

using CodeTable = std::map<std::string, std::string, std::less<>>;
using CodeTables = std::map<std::string, CodeTable>;

struct Rule {
  std::string field;  ///< "title", "petitioner.name"; within people: "name"
  As as = As::kText;
  std::vector<Path> from;
  std::size_t listed = 0;  ///< so many of them stand in the file itself; behind them, standard headings
  std::optional<std::string> constant, otherwise, split, join;
  std::optional<std::int64_t> part;  ///< counted from 1; from the end when negative
  std::vector<std::string> strip_prefixes, dates;
  std::optional<CodeTable> codes;
  bool trim = true, half_width = false, digits = false, required = false;
};

/// Reads a rule's declaration: a path, a list of paths, or a mapping of steps. `tables`: those it may name.
Rule ReadRule(SpecReader& fields, const std::string& field, As as, const CodeTables& tables);
/// {"source's code": "ours"}; codes with a range of spellings are written one by one.
CodeTable ReadCodes(SpecReader& tables, const std::string& name);

/// A member of the record that one of the rule's plain names means.
struct Named {
  std::size_t at = 0;  ///< place in Rule::from
  const petition::Json* node = nullptr;
};

/// What a rule made of a record.
struct Ruled {
  std::string name;                          ///< the path that said something, for errors and counts
  std::vector<petition::Json> values;        ///< none: nothing was there; more than one only where people are split
  std::vector<const petition::Json*> taken;  ///< nodes it read
  std::vector<std::string> unmapped;         ///< "xfxs=0404"
  std::optional<std::string> as_given;       ///< what has no meaning here, to be kept as it came
  std::optional<petition::FieldError> wrong;
};
Ruled ApplyRule(const Rule& rule, const petition::Json& tree, std::span<const Named> named);

}  // namespace adapters
