#include "gateway/commands/bench_dedup_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace gateway {

using nlohmann::json;

namespace {

double FigureAt(const json& row, const char* pointer) {
  const json::json_pointer at(pointer);
  return row.contains(at) ? row[at].get<double>() : 0.0;
}

std::string Printed(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

void PrintGrowthTimes(const char* what, const json& times) {
  std::printf("  %-34s %8.3f %8.3f %8.3f %8.3f\n", what, FigureAt(times, "/p50_ms"), FigureAt(times, "/p99_ms"),
              FigureAt(times, "/cpu_p50_ms"), FigureAt(times, "/cpu_p99_ms"));
}

// -- The page.

struct GrowthLine {
  const char* name;
  const char* pointer;  // into a point
  const char* colour;
  double scale = 1;
};

struct GrowthPlot {
  const char* title;
  const char* unit;
  std::vector<GrowthLine> lines;
};

constexpr double kGrowthWidth = 640, kGrowthHeight = 260, kGrowthLeft = 60, kGrowthBottom = 36, kGrowthTop = 12,
                 kGrowthRight = 12;

// Numbers of submissions on a logarithmic axis, values on a linear one from zero.
class GrowthAxes {
 public:
  GrowthAxes(const json& points, const GrowthPlot& plot) {
    low_ = std::log10(std::max(FigureAt(points.front(), "/stored"), 1.0));
    high_ = std::max(std::log10(std::max(FigureAt(points.back(), "/stored"), 1.0)), low_ + 0.1);
    for (const json& point : points) {
      for (const GrowthLine& line : plot.lines) most_ = std::max(most_, FigureAt(point, line.pointer) * line.scale);
    }
    most_ *= 1.1;
  }
  double X(double stored) const {
    return kGrowthLeft +
           (std::log10(std::max(stored, 1.0)) - low_) / (high_ - low_) * (kGrowthWidth - kGrowthLeft - kGrowthRight);
  }
  double Y(double value) const {
    return kGrowthHeight - kGrowthBottom - value / most_ * (kGrowthHeight - kGrowthBottom - kGrowthTop);
  }
  double most() const { return most_; }

 private:
  double low_ = 0, high_ = 1, most_ = 1e-9;
};

std::string GrowthLabel(double x, double y, const char* anchor, const std::string& text) {
  return "<text x='" + Printed("%.1f", x) + "' y='" + Printed("%.1f", y) + "' text-anchor='" + anchor + "'>" + text +
         "</text>";
}

std::string DrawGrowth(const json& points, const GrowthPlot& plot) {
  const GrowthAxes axes(points, plot);
  std::string svg = "<h2>" + std::string(plot.title) + "</h2><svg viewBox='0 0 640 260' role='img'>";
  for (int step = 0; step <= 4; ++step) {
    const double value = axes.most() * step / 4;
    const std::string y = Printed("%.1f", axes.Y(value));
    svg += "<line class='grid' x1='60' x2='628' y1='" + y + "' y2='" + y + "'/>";
    svg += GrowthLabel(kGrowthLeft - 6, axes.Y(value) + 4, "end", Printed("%.3g", value));
  }
  for (const json& point : points) {
    const double stored = FigureAt(point, "/stored");
    svg += GrowthLabel(axes.X(stored), kGrowthHeight - kGrowthBottom + 16, "middle", Printed("%.3g", stored));
  }
  svg += GrowthLabel(kGrowthWidth - kGrowthRight, kGrowthHeight - 4, "end",
                     std::string("submissions stored; ") + plot.unit);
  double legend = kGrowthTop + 12;
  for (const GrowthLine& line : plot.lines) {
    std::string path;
    for (const json& point : points) {
      const std::string x = Printed("%.1f", axes.X(FigureAt(point, "/stored"))),
                        y = Printed("%.1f", axes.Y(FigureAt(point, line.pointer) * line.scale));
      path += x + "," + y + " ";
      svg += "<circle r='3' fill='" + std::string(line.colour) + "' cx='" + x + "' cy='" + y + "'/>";
    }
    svg += "<polyline stroke='" + std::string(line.colour) + "' points='" + path + "'/>";
    svg += "<text fill='" + std::string(line.colour) + "' x='70' y='" + Printed("%.1f", legend) + "'>" + line.name +
           "</text>";
    legend += 16;
  }
  return svg + "</svg>";
}

const std::vector<GrowthPlot>& GrowthPlots() {
  static const std::vector<GrowthPlot> plots = {
      {"Finding candidates",
       "milliseconds",
       {{"median", "/candidates/p50_ms", "#2563eb"},
        {"99 of 100", "/candidates/p99_ms", "#b91c1c"},
        {"99 of 100, processor time", "/candidates/cpu_p99_ms", "#f59e0b"}}},
      {"Deciding",
       "milliseconds",
       {{"median", "/decision/decide/p50_ms", "#2563eb"},
        {"99 of 100", "/decision/decide/p99_ms", "#b91c1c"},
        {"99 of 100, processor time", "/decision/decide/cpu_p99_ms", "#f59e0b"},
        {"median with drawing the profile", "/decision/whole/p50_ms", "#059669"}}},
      {"Recall of the original among ten candidates, by text alone",
       "share",
       {{"light", "/candidates/recall_at_10/light", "#2563eb"},
        {"medium", "/candidates/recall_at_10/medium", "#059669"},
        {"heavy", "/candidates/recall_at_10/heavy", "#b91c1c"},
        {"traditional", "/candidates/recall_at_10/traditional", "#f59e0b"}}},
      {"Memory of the process",
       "MiB",
       {{"resident", "/resident_kib", "#2563eb", 1.0 / 1024},
        {"without pages of files", "/resident_anonymous_kib", "#059669", 1.0 / 1024}}},
      {"On disk",
       "bytes a submission",
       {{"candidate index", "/index_bytes", "#2563eb"}, {"state", "/state_bytes", "#059669"}}},
  };
  return plots;
}

}  // namespace

void PrintPoint(const json& point) {
  std::printf("%.0f stored", FigureAt(point, "/stored"));
  if (point.contains("stored_per_second")) std::printf(" (%.0f a second)", FigureAt(point, "/stored_per_second"));
  std::printf("\n");
  std::printf("  %-34s %8s %8s %8s %8s\n", "milliseconds", "p50", "p99", "cpu p50", "cpu p99");
  PrintGrowthTimes("candidates, by text alone", point["candidates"]);
  PrintGrowthTimes("decide: candidates and comparing", point["decision"]["decide"]);
  PrintGrowthTimes("drawing the profile", point["decision"]["prepare"]);
  PrintGrowthTimes("both", point["decision"]["whole"]);
  std::printf("  %-34s %8s %8s %8s %8s\n", "", "light", "medium", "heavy", "trad.");
  const auto row = [&](const char* what, const char* before, const char* after) {
    std::printf("  %-34s", what);
    for (const char* edit : {"light", "medium", "heavy", "traditional"})
      std::printf(" %8.4f", FigureAt(point, (std::string(before) + edit + after).c_str()));
    std::printf("\n");
  };
  row("candidates: recall@10", "/candidates/recall_at_10/", "");
  row("tied or asked, the same person", "/decision/found/", "/same_person");
  row("tied or asked, another person", "/decision/found/", "/other_person");
  std::printf("  index %.0f bytes a submission (%.0f compacted), state %.0f; resident %.0f MiB (%.0f without files)\n",
              FigureAt(point, "/index_bytes"), FigureAt(point, "/index_bytes_compacted"),
              FigureAt(point, "/state_bytes"), FigureAt(point, "/resident_kib") / 1024,
              FigureAt(point, "/resident_anonymous_kib") / 1024);
  std::fflush(stdout);
}

void PrintRest(const json& report) {
  for (const auto& [name, peer] : report["peers"].items()) {
    std::printf("%s, %.0f stored\n", name.c_str(), FigureAt(report, "/peers_at"));
    PrintGrowthTimes("", peer);
    for (const json& point : report["points"]) {
      if (point["stored"] != report["peers_at"]) continue;
      std::printf("  candidates are faster by: median %.0fx, p99 %.0fx, processor time %.0fx\n",
                  FigureAt(peer, "/p50_ms") / FigureAt(point, "/candidates/p50_ms"),
                  FigureAt(peer, "/p99_ms") / FigureAt(point, "/candidates/p99_ms"),
                  FigureAt(peer, "/cpu_p50_ms") / FigureAt(point, "/candidates/cpu_p50_ms"));
    }
  }
  if (!report.contains("hub")) return;
  const json& hub = report["hub"];
  std::printf("hub: %.0f taken in, followed, indexed and decided: %.0f a second (last tenth %.0f); resident %.0f MiB\n",
              FigureAt(hub, "/intakes"), FigureAt(hub, "/per_second"), FigureAt(hub, "/per_second_last_tenth"),
              FigureAt(hub, "/resident_mib"));
  std::printf(
      "     with the full text, which waits for it, %.0f a second; start-up with %.0f entries %.0f ms; summary "
      "counted in %.1f ms\n",
      FigureAt(hub, "/per_second_with_full_text"), FigureAt(hub, "/entries"), FigureAt(hub, "/start_up_ms"),
      FigureAt(hub, "/count_ms"));
  for (const auto& [figure, when] : {std::pair("preview", "done"), std::pair("preview_behind", "still following")}) {
    const json shown = hub.value(figure, json::object());
    std::printf(
        "preview over HTTP while %.0f intakes a second come in, the full text %s: p50 %.2f ms, p99 %.2f ms (%.0f "
        "of them)\n",
        FigureAt(shown, "/intakes_per_second"), when, FigureAt(shown, "/p50_ms"), FigureAt(shown, "/p99_ms"),
        FigureAt(shown, "/answered"));
  }
}

std::string GrowthPage(const json& report) {
  std::string page =
      "<!doctype html><html lang='en'><meta charset='utf-8'><title>guiyi bench dedup</title><style>"
      "body{font:14px/1.5 system-ui,sans-serif;max-width:720px;margin:2em auto;padding:0 1em;color:#1f2937}"
      "svg{width:100%;font-size:11px;fill:#374151}polyline{fill:none;stroke-width:2}"
      ".grid{stroke:#e5e7eb}pre{overflow:auto;background:#f9fafb;padding:1em}</style>"
      "<h1>Duplicate detection: growth with what is stored</h1>";
  if (!report["points"].empty()) {
    for (const GrowthPlot& plot : GrowthPlots()) page += DrawGrowth(report["points"], plot);
  }
  // Numbers and names of our own making: nothing in them could be taken for markup.
  return page + "<h2>Figures</h2><pre>" + report.dump(1) + "</pre></html>\n";
}

}  // namespace gateway
