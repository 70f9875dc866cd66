// Text of a scan, by programs of their own (tesseract, and pdftoppm for the pages of a PDF), which are run as children
// with limits of time, memory and output: what reads a stranger's image never runs in our process. Blocks until they
// are done. Safe from any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "petition/result.h"

namespace adapters::letters {

struct RecogniseOptions {
  std::string tesseract = "tesseract", pdftoppm = "pdftoppm";
  std::string languages = "chi_sim+eng";
  unsigned pages_max = 20;
  unsigned dots_per_inch = 300;
  std::chrono::seconds time_a_page{60};
  std::uint64_t memory_bytes = 2ull << 30;
};

struct Recognised {
  std::string text;
  double confidence = 0;  ///< mean over the words, 0..100
  unsigned pages = 0;
  bool pages_left = false;  ///< there are more than pages_max
};

/// `scratch`: an empty folder for pages, removed by the caller. kUnavailable: the programs are missing; kInvalid
/// "scan_unreadable": they can't read it, or take more than they may.
petition::Result<Recognised> Recognise(const std::filesystem::path& scan, const std::string& media_type,
                                       const std::filesystem::path& scratch, const RecogniseOptions& options);

/// The text and mean confidence in tesseract's TSV output.
Recognised ReadTsv(std::string_view tsv);

}  // namespace adapters::letters
