// JSON of a submission: whatever parses has a canonical form that is a fixed point, and a submission reads back as
// itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "petition/sealing.h"
#include "petition/submission.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace petition;
  const auto json = ParseJson({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  const std::string canonical = CanonicalJson(*json);
  const auto again = ParseJson(canonical);
  Require(again.ok() && CanonicalJson(*again) == canonical);
  const auto submission = SubmissionFromJson(*json);
  if (!submission) return 0;
  const Json written = SubmissionToJson(*submission);
  const auto reread = SubmissionFromJson(written);
  Require(reread.ok() && SubmissionToJson(*reread) == written);
  Require(CanonicalContent(*reread) == CanonicalContent(*submission));
  JudgeSealing(*submission);
  return 0;
}
