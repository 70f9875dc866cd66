#include "gateway/commands/check_table.h"

#include <algorithm>
#include <vector>

#include "petition/text/fold.h"

namespace gateway {

using petition::Json;

namespace {

constexpr std::size_t kColumnMax = 40;  // places on the screen; ideographs take two

std::size_t ScreenPlaces(std::string_view text) {
  std::size_t places = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    places += byte >= 0xE0 ? 2 : 1;
  }
  return places;
}

/// Cut and filled up to a width, whole characters only.
std::string CheckCell(std::string text, std::size_t width) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  if (ScreenPlaces(text) > width) {
    std::size_t at = 0, places = 0;
    while (at < text.size()) {
      const auto byte = static_cast<unsigned char>(text[at]);
      const std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
      const std::size_t wide = byte >= 0xE0 ? 2 : 1;
      if (places + wide + 1 > width) break;
      places += wide;
      at += size;
    }
    text = text.substr(0, at) + "…";
  }
  const std::size_t places = ScreenPlaces(text);
  return text + std::string(width > places ? width - places : 0, ' ');
}

std::string CheckText(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string PersonCell(const Json& submission) {
  const auto people = submission.find("petitioners");
  if (people == submission.end() || !people->is_array() || people->empty()) return "-";
  std::string cell = CheckText(people->front(), "name") + " " + CheckText(people->front(), "phone");
  if (people->size() > 1) cell += " +" + std::to_string(people->size() - 1);
  return cell;
}

void AddRecord(const Json& record, std::string& out) {
  std::string number, when, who, words;
  const char* outcome = "ok";
  if (const auto submission = record.find("submission"); submission != record.end()) {
    number = CheckText(*submission, "externalId");
    when = CheckText(*submission, "receivedAt");
    if (when.empty()) when = CheckText(*submission, "petitionedAt");
    who = PersonCell(*submission);
    words = CheckText(*submission, "title");
    if (words.empty()) words = CheckText(*submission, "content");
    if (record.value("sealed", false)) outcome = "密 sealed";
  } else if (const auto report = record.find("report"); report != record.end()) {
    outcome = "report";
    number = CheckText(*report, "externalId");
    when = CheckText(*report, "at");
    words = CheckText(*report, "event");
  } else {
    outcome = "REFUSED";
    words = CheckText(record, "refused") + ": " + CheckText(record, "message");
  }
  out += CheckCell(CheckText(record, "place"), 30) + " " + CheckCell(outcome, 9) + " " + CheckCell(number, 18) + " " +
         CheckCell(when, 25) + " " + CheckCell(who, 22) + " " + CheckCell(words, kColumnMax * 2) + "\n";
  for (const Json& field : record.value("errors", Json::array())) {
    out += "    " + CheckText(field, "pointer") + "  " + CheckText(field, "code") + ": " + CheckText(field, "message") +
           "\n";
  }
  const auto listed = [&](const char* name, const char* heading) {
    const auto names = record.find(name);
    if (names == record.end() || names->empty()) return;
    out += std::string("    ") + heading;
    for (const Json& one : *names) out += " " + one.get<std::string>();
    out += "\n";
  };
  listed("differs", "与现行版本不同 / differs from the live file:");
  listed("unmapped", "未对照 / no word for:");
}

}  // namespace

std::string CheckTable(const Json& checked) {
  std::string out = CheckCell("PLACE", 30) + " " + CheckCell("OUTCOME", 9) + " " + CheckCell("NUMBER", 18) + " " +
                    CheckCell("TIME", 25) + " " + CheckCell("PERSON", 22) + " TITLE, OR WHY NOT\n";
  for (const Json& record : checked.at("records")) AddRecord(record, out);
  std::vector<std::pair<std::uint64_t, std::string>> most;
  for (const auto& [name, count] : checked.at("unmapped").items()) most.emplace_back(count.get<std::uint64_t>(), name);
  std::sort(most.rbegin(), most.rend());
  if (!most.empty()) out += "\n未对照 / no word for:\n";
  for (const auto& [count, name] : most) out += CheckCell(name, kColumnMax) + " × " + std::to_string(count) + "\n";
  return out;
}

}  // namespace gateway
