#include "adapters/visit/visit.h"

#include <algorithm>
#include <charconv>

#include "adapters/pushed/checked_door.h"
#include "adapters/spec_reader.h"

namespace adapters::visit {
namespace {

using petition::FieldError;
using petition::Json;
using petition::Submission;

std::size_t PersonsOf(const Submission& submission) {
  return static_cast<std::size_t>(std::count_if(submission.petitioners.begin(), submission.petitioners.end(),
                                                [](const auto& person) { return person.role != "agent"; }));
}

bool IsAmong(const std::string& name, const Submission& submission) {
  return std::any_of(submission.petitioners.begin(), submission.petitioners.end(),
                     [&](const auto& person) { return person.name == name; });
}

// How many representatives the record names; findings when it says something that is neither names nor a number.
std::size_t Named(const Json& value, const Submission& submission, std::vector<FieldError>& findings) {
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto* name = value[i].get_ptr<const std::string*>();
      if (name == nullptr || !IsAmong(*name, submission))
        findings.push_back({"/representatives/" + std::to_string(i), "unknown", "is not among the petitioners"});
    }
    return value.size();
  }
  if (value.is_number_unsigned()) return value.get<std::size_t>();
  std::size_t count = 0;
  if (const auto* text = value.get_ptr<const std::string*>()) {
    const auto read = std::from_chars(text->data(), text->data() + text->size(), count);
    if (read.ec == std::errc() && read.ptr == text->data() + text->size()) return count;
  }
  findings.push_back({"/representatives", "type", "must be a list of names or a number"});
  return 1;
}

std::vector<FieldError> Check(const VisitOptions& options, const Json& tree, Submission& submission) {
  std::vector<FieldError> findings;
  const std::size_t persons = PersonsOf(submission);
  if (submission.head_count == 0) {
    submission.head_count = static_cast<std::uint32_t>(std::max<std::size_t>(persons, 1));
  } else if (submission.head_count < persons) {
    findings.push_back({"/headCount", "too_small", "fewer heads than petitioners"});
  }
  const bool given = tree.is_object() && tree.contains("representatives");
  if (submission.head_count < options.group_from && !given) return findings;
  std::size_t count = persons;
  if (given) {
    const Json& value = tree.at("representatives");
    count = Named(value, submission, findings);
    submission.unknown["representatives"] = value;
  }
  if (count < 1 || count > options.representatives_max) {
    findings.push_back({given ? "/representatives" : "/petitioners", "representatives",
                        "a group sends one to " + std::to_string(options.representatives_max) + " representatives"});
  }
  return findings;
}

}  // namespace

std::unique_ptr<Door> MakeVisitDoor(const VisitOptions& options, std::shared_ptr<const SourceSpec> spec) {
  return MakeCheckedDoor({.kind = "visit",
                          .channel = "visit",
                          .check = [options](const Json& tree, Submission& s) { return Check(options, tree, s); }},
                         std::move(spec));
}

petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  VisitOptions options;
  options.group_from = static_cast<std::uint32_t>(reader.Count("group_from", options.group_from, 2, 1000));
  options.representatives_max =
      static_cast<std::uint32_t>(reader.Count("representatives_max", options.representatives_max, 1, 100));
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return MakeVisitDoor(options, setup.spec);
}

}  // namespace adapters::visit
