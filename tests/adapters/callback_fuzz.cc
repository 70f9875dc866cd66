// Forms, SMS callbacks and Open311 calls from any bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/open311/reading.h"
#include "adapters/sms/callback.h"
#include "adapters/text/form.h"
#include "adapters/text/labelled_lines.h"
#include "petition/text/fold.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace adapters;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto fields = ParseForm(bytes); fields.ok()) {
    Require(fields->size() <= kFormFieldsMax);
    for (const auto& [name, value] : *fields)
      Require(petition::text::IsValidUtf8(name) && petition::text::IsValidUtf8(value));
  }
  (void)ParseForm(bytes, "gbk");
  DoorCall call;
  call.method = "POST";
  call.body = bytes;
  for (const char* type : {"application/json", "application/x-www-form-urlencoded"}) {
    call.headers = {{"content-type", type}};
    const auto parts = sms::ReadCallback(call, {});
    if (!parts.ok()) continue;
    for (const auto& part : *parts)
      Require(!part.ok() || (part->part >= 1 && part->part <= part->parts && part->parts <= sms::kPartsMax));
  }
  const auto what = open311::ResourceOf(bytes);
  Require(!what.ok() || what->id.find('/') == std::string::npos);
  call.query = {{"start_date", bytes}, {"service_request_id", bytes}};
  (void)open311::QueryOf(call);
  const auto lines = ReadLabelledLines(bytes);
  Require(lines.rest.size() <= bytes.size());
  return 0;
}
