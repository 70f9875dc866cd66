// Small plots as inline SVG, for one-file reports: lines over two axes from 0 to 1, and bars. No script, no outside
// reference; every text is escaped. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dedup {

std::string EscapeXml(std::string_view text);

struct PlotLine {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool dots = false;  ///< marks at the points
  bool dashed = false;
};
/// Both axes run from 0 to 1.
std::string LinePlot(std::string_view title, std::string_view x, std::string_view y,
                     const std::vector<PlotLine>& lines);

struct PlotBar {
  std::string name;
  double value = 0, low = 0, high = 0;  ///< within 0 and 1; the interval is drawn when low < high
};
std::string BarPlot(std::string_view title, const std::vector<PlotBar>& bars);

}  // namespace dedup
