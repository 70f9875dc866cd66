// `guiyi dedup calibrate`: fits the model to labelled files and to reviewers' answers of a data folder, writes the
// model file and, when asked, the report. One thread; the folder of data is only read. Failure: nothing is left
// half-written (files are written beside and renamed).
#pragma once

#include <CLI/CLI.hpp>

namespace gateway {

void AddCalibrateCommand(CLI::App& dedup, int& exit_code);

}  // namespace gateway
