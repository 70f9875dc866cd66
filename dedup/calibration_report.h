// A calibration's report: one self-contained HTML page (inline SVG, no script, nothing fetched), Chinese first with
// English beside it. It names submissions by the ids of the labelled files and holds no words of theirs. Pure function:
// the same calibration gives the same bytes.
#pragma once

#include <string>

#include "dedup/calibration.h"

namespace dedup {

std::string CalibrationReport(const Calibration& calibration);

}  // namespace dedup
