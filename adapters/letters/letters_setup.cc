// A source of scanned letters from its options.
#include "adapters/letters/letters_feed.h"
#include "adapters/spec_reader.h"

namespace adapters::letters {

petition::Result<std::unique_ptr<Feed>> MakeFeed(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  LettersOptions options;
  options.folder = reader.File("folder", setup.folder);
  if (options.folder.empty()) reader.Wrong("folder", "missing", "is needed");
  options.scratch = setup.state / "pages";
  auto& recognise = options.recognise;
  recognise.languages = reader.Text("languages", recognise.languages);
  // It goes to a program as one argument, without a shell; still it is names only.
  if (recognise.languages.find_first_not_of("abcdefghijklmnopqrstuvwxyz_+") != std::string::npos)
    reader.Wrong("languages", "format", "must be names of tesseract's languages joined by +");
  recognise.pages_max = static_cast<unsigned>(reader.Count("pages_max", recognise.pages_max, 1, 200));
  recognise.dots_per_inch = static_cast<unsigned>(reader.Count("dots_per_inch", recognise.dots_per_inch, 72, 600));
  recognise.time_a_page = std::chrono::seconds(reader.Count("seconds_a_page", 60, 1, 600));
  options.scan_bytes_max = reader.Count("scan_mib_max", 100, 1, 1000) << 20;
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return MakeLettersFeed(std::move(options), setup.spec, *setup.clock);
}

}  // namespace adapters::letters
