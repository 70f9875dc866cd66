// A Mapping says what the parts of a source's records mean: a list of rules, each filling one field of a submission
// from a path, a heading or a constant through a closed set of steps. The same engine serves every adapter: whatever
// came (a table's row, JSON, XML, a form, a mail's headers) is read into a tree first. What no rule takes is kept under
// its own name and counted, never dropped and never guessed. Immutable after Make; safe from any thread.
//
// The declarative form (as Json; config/source_file.h reads it from YAML with lines; adapters/README.md explains every
// key):
//   standard: true                 headings that mean the same everywhere need no rule (standard.h)
//   fields:                        FIELD: PATH | [PATH, PATH] | {from: ..., steps}
//   people: {each: PATH, fields: {name: PATH ...}}          several petitioners
//   attachments: {each: PATH, fields: {name: PATH ...}}
//   report: {when: {from: PATH, is: [..]}, externalId: ..., event: ..., text: ..., at: ...}
//   codes: {NAME: {"source's code": "ours"}}                tables that rules name
//   keep: [PATH ...]               kept as they came, and not counted as unmapped
//   ignore: [PATH ...]             left out
// Steps, always in this order: from (the first that says something; with join: all) - strip_prefix - trim - width -
// digits - split and part - join - codes or date - default - required. `constant` stands alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/record.h"
#include "petition/json.h"
#include "petition/result.h"

namespace adapters {

/// What a record became: one of submission, report and refusal, as in a Record; the adapter adds place and bytes.
struct MappedRecord {
  std::optional<petition::Submission> submission;  ///< its external id is empty when the record has none
  std::optional<Report> report;
  /// kInvalid "unmappable": every field that failed, by the pointer of the source's value.
  std::optional<petition::Error> refusal;
  std::vector<std::string> unmapped;

  /// Into a record that has its place and bytes already.
  void Fill(Record& record) &&;
};

class Mapping {
 public:
  /// kInvalid "mapping_invalid" with every finding; unknown keys are findings. `json` null: the standard headings only.
  static petition::Result<Mapping> Make(const petition::Json& json);
  Mapping();  ///< the standard headings only
  Mapping(Mapping&&) noexcept;
  Mapping& operator=(Mapping&&) noexcept;
  ~Mapping();

  MappedRecord Apply(const petition::Json& tree) const;

  /// A table stops at headings that no rule, keep or ignore takes, and at two that fill the same field: kInvalid
  /// "heading_unknown" or "heading_twice" with the columns (counted from 1); their words are never repeated, since a
  /// table without headings begins with somebody's data.
  petition::Status CheckHeadings(const std::vector<std::string>& headings) const;

  /// Whether it says anything besides the standard headings. Without, JSON in the hub's own form needs no mapping.
  bool has_rules() const;

 private:
  struct Rules;
  explicit Mapping(std::shared_ptr<const Rules> rules);
  std::shared_ptr<const Rules> rules_;
};

}  // namespace adapters
