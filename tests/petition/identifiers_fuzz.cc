// Identifiers from any bytes: what is called valid has its form, and normal forms of valid ones are fixed points.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "petition/base64.h"
#include "petition/identifiers.h"
#include "petition/time.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

template <typename Normalise>
void CheckFixedPoint(Normalise normalise, std::string_view text) {
  const auto id = normalise(text);
  if (id.state == petition::IdState::kMissing) Require(id.normal.empty());
  if (id.state != petition::IdState::kValid) return;
  const auto again = normalise(id.normal);
  Require(again.state == petition::IdState::kValid && again.normal == id.normal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace petition;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckFixedPoint(NormaliseResidentId, text);
  CheckFixedPoint(NormaliseCreditCode, text);
  CheckFixedPoint(NormalisePhone, text);
  const std::string division = NormaliseDivision(text);
  Require(NormaliseDivision(division) == division && DivisionContains(division, division));
  NormaliseName(text);
  MaskName(text);
  MaskPhone(text);
  MaskIdNumber(text);
  if (const auto number = ParseIntakeNo(text)) Require(ParseIntakeNo(number->text)->text == number->text);
  if (const auto time = ParseTime(text)) Require(*ParseTime(FormatTime(*time)) == *time);
  if (const auto bytes = DecodeBase64(text)) Require(DecodeBase64(EncodeBase64(*bytes)) == bytes);
  return 0;
}
