// Whatever comes as JSON or XML, a mapping makes a submission, a report or a refusal of it, the same each time; and a
// mapping that is itself anything at all is taken or refused.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/mapping/mapping.h"
#include "adapters/mapping/path.h"
#include "adapters/text/xml_tree.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

const adapters::Mapping& Nested() {
  static const adapters::Mapping mapping = [] {
    auto made = adapters::Mapping::Make(
        {{"fields",
          {{"externalId", {{"from", {"externalId", "/case/@id"}}, {"strip_prefix", {"12345-"}}}},
           {"receivedAt", {{"from", "receivedAt"}, {"date", {"yyyy/MM/dd ahh:mm", "serial", "epoch_ms", "auto"}}}},
           {"purpose", {{"from", "purpose"}, {"codes", {{"投诉", "投诉"}}}}},
           {"category", {{"from", {"category", "//type"}}, {"split", ">"}, {"join", "/"}, {"width", "half"}}},
           {"petitioner.phone", {{"from", {"/petitioners/phone", "//phone[2]"}}, {"digits", "true"}}}}},
         {"people", {{"each", "//person"}, {"fields", {{"name", "."}, {"role", "/@main"}}}}},
         {"keep", {"//keep"}}});
    Require(made.ok());
    return std::move(*made);
  }();
  return mapping;
}

void Apply(const petition::Json& tree) {
  static const adapters::Mapping standard;
  for (const adapters::Mapping* mapping : {&standard, &Nested()}) {
    const auto first = mapping->Apply(tree), second = mapping->Apply(tree);
    Require(first.submission.has_value() + first.report.has_value() + first.refusal.has_value() == 1);
    Require(first.submission.has_value() == second.submission.has_value() && first.unmapped == second.unmapped);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto json = petition::ParseJson(bytes); json.ok()) {
    Apply(*json);
    (void)adapters::Mapping::Make(*json).ok();
  }
  if (const auto tree = adapters::XmlToTree(bytes, {16, 2000, 1u << 20}); tree.ok()) Apply(*tree);
  (void)adapters::Path::Parse(bytes).ok();
  return 0;
}
