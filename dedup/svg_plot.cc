#include "dedup/svg_plot.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace dedup {
namespace {

constexpr double kWidth = 420, kHeight = 300, kLeft = 52, kTop = 34, kRight = 12, kBottom = 46;
constexpr std::array<const char*, 5> kColours = {"#1f5fa8", "#b8452c", "#3b7d3a", "#7a4f9a", "#8a6d00"};

std::string PlotNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string PlotText(double x, double y, std::string_view anchor, std::string_view text, std::string_view more = {}) {
  return "<text x=\"" + PlotNumber(x) + "\" y=\"" + PlotNumber(y) + "\" text-anchor=\"" + std::string(anchor) + "\" " +
         std::string(more) + ">" + EscapeXml(text) + "</text>";
}

std::string StraightLine(double x1, double y1, double x2, double y2, std::string_view style) {
  return "<line x1=\"" + PlotNumber(x1) + "\" y1=\"" + PlotNumber(y1) + "\" x2=\"" + PlotNumber(x2) + "\" y2=\"" +
         PlotNumber(y2) + "\" " + std::string(style) + "/>";
}

std::string OpenPlot(double height, std::string_view title) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + PlotNumber(kWidth) + " " + PlotNumber(height) +
         "\" role=\"img\" aria-label=\"" + EscapeXml(title) + "\">" +
         PlotText(kWidth / 2, 20, "middle", title, "font-weight=\"bold\"");
}

double AtX(double value) { return kLeft + std::clamp(value, 0.0, 1.0) * (kWidth - kLeft - kRight); }
double AtY(double value) { return kHeight - kBottom - std::clamp(value, 0.0, 1.0) * (kHeight - kTop - kBottom); }

}  // namespace

std::string EscapeXml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

std::string LinePlot(std::string_view title, std::string_view x, std::string_view y,
                     const std::vector<PlotLine>& lines) {
  std::string svg = OpenPlot(kHeight, title);
  for (int tick = 0; tick <= 5; ++tick) {
    const double value = tick / 5.0;
    svg += StraightLine(AtX(0), AtY(value), AtX(1), AtY(value), "stroke=\"#ddd\"");
    svg += StraightLine(AtX(value), AtY(0), AtX(value), AtY(1), "stroke=\"#eee\"");
    svg += PlotText(kLeft - 6, AtY(value) + 4, "end", PlotNumber(value));
    svg += PlotText(AtX(value), AtY(0) + 16, "middle", PlotNumber(value));
  }
  svg += PlotText((AtX(0) + AtX(1)) / 2, kHeight - 8, "middle", x);
  svg += PlotText(12, (AtY(0) + AtY(1)) / 2, "middle", y,
                  "transform=\"rotate(-90 12 " + PlotNumber((AtY(0) + AtY(1)) / 2) + ")\"");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string colour = kColours[i % kColours.size()];
    std::string points;
    for (const auto& [px, py] : lines[i].points) points += PlotNumber(AtX(px)) + "," + PlotNumber(AtY(py)) + " ";
    svg += "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + colour + "\"" +
           (lines[i].dashed ? " stroke-dasharray=\"5 4\"" : "") + " points=\"" + points + "\"/>";
    if (lines[i].dots)
      for (const auto& [px, py] : lines[i].points)
        svg += "<circle r=\"3.5\" cx=\"" + PlotNumber(AtX(px)) + "\" cy=\"" + PlotNumber(AtY(py)) + "\" fill=\"" +
               colour + "\"/>";
    svg += PlotText(AtX(0) + 10, AtY(0) - 10 - 16.0 * static_cast<double>(lines.size() - 1 - i), "start", lines[i].name,
                    "fill=\"" + colour + "\"");
  }
  return svg + "</svg>";
}

std::string BarPlot(std::string_view title, const std::vector<PlotBar>& bars) {
  constexpr double kRow = 26, kNames = 150;
  const double height = kTop + kRow * static_cast<double>(bars.size()) + 12, width = kWidth - kNames - 64;
  std::string svg = OpenPlot(height, title);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const auto& bar = bars[i];
    const double top = kTop + kRow * static_cast<double>(i), middle = top + kRow / 2;
    const auto at = [&](double value) { return kNames + std::clamp(value, 0.0, 1.0) * width; };
    svg += PlotText(kNames - 8, middle + 4, "end", bar.name);
    svg += "<rect x=\"" + PlotNumber(kNames) + "\" y=\"" + PlotNumber(top + 5) + "\" width=\"" +
           PlotNumber(at(bar.value) - kNames) + "\" height=\"" + PlotNumber(kRow - 10) + "\" fill=\"" + kColours[0] +
           "\" fill-opacity=\"0.75\"/>";
    if (bar.low < bar.high)
      svg += StraightLine(at(bar.low), middle, at(bar.high), middle, "stroke=\"#222\" stroke-width=\"2\"");
    svg += PlotText(kWidth - 6, middle + 4, "end", PlotNumber(bar.value));
  }
  return svg + "</svg>";
}

}  // namespace dedup
