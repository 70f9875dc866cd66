#include "gateway/oversight/manifest_file.h"

#include "petition/text/fold.h"

namespace gateway {

using petition::Result;

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view TrimmedNumber(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\"").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\"").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

bool IsManifestHeading(std::string_view number) {
  return number == "externalId" || number == "number" || number == "编号" || number == "信访件编号" ||
         number == "工单编号";
}

}  // namespace

Result<Manifest> ReadManifest(std::string_view text, const std::string& source, const std::string& day) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!petition::text::IsValidUtf8(text)) return petition::Invalid("encoding_invalid", "a manifest is UTF-8");
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    GUIYI_TRY(const auto json, petition::ParseJson(text));
    GUIYI_TRY(auto manifest, ManifestFromJson(json, source));
    if (!day.empty()) manifest.day = day;
    return manifest;
  }
  Manifest manifest;
  manifest.source = source;
  manifest.day = day;
  if (day.empty()) return petition::Invalid("day_missing", "a file of lines does not say its day: give --day");
  std::size_t line_no = 0;
  for (std::size_t at = 0; at < text.size();) {
    auto end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    const auto line = text.substr(at, end - at);
    at = end + 1;
    ++line_no;
    const auto comma = line.find(',');
    const auto number = TrimmedNumber(line.substr(0, comma));
    if (number.empty() && comma == std::string_view::npos) continue;
    if (line_no == 1 && IsManifestHeading(number)) continue;
    ManifestNumber one{std::string(number), ""};
    if (comma != std::string_view::npos) one.sha256 = std::string(TrimmedNumber(line.substr(comma + 1)));
    if (one.external_id.empty())
      return petition::Invalid("number_invalid", "line " + std::to_string(line_no) + ": the number is empty");
    if (manifest.numbers.size() == kManifestNumbersMax)
      return petition::Invalid("too_many", "line " + std::to_string(line_no) + ": more than 100000 numbers");
    manifest.numbers.push_back(std::move(one));
  }
  return manifest;
}

}  // namespace gateway
