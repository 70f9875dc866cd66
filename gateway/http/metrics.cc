#include "gateway/http/metrics.h"

#include <charconv>

namespace gateway::http {

namespace {

std::vector<std::string> WithOther(std::vector<std::string> routes) {
  routes.emplace_back("other");
  return routes;
}

}  // namespace

void AppendHead(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ")
      .append(name)
      .append(1, ' ')
      .append(help)
      .append("\n# TYPE ")
      .append(name)
      .append(1, ' ')
      .append(type)
      .append(1, '\n');
}

void AppendSample(std::string& text, std::string_view name, std::string_view labels, std::uint64_t value) {
  text.append(name);
  if (!labels.empty()) text.append(1, '{').append(labels).append(1, '}');
  text.append(1, ' ').append(std::to_string(value)).append(1, '\n');
}

void AppendSample(std::string& text, std::string_view name, std::string_view labels, double value) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text.append(name);
  if (!labels.empty()) text.append(1, '{').append(labels).append(1, '}');
  text.append(1, ' ').append(digits.data(), end).append(1, '\n');
}

std::string Label(std::string_view name, std::string_view value) {
  std::string label(name);
  label += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') label.push_back('\\');
    label.push_back(c == '\n' ? ' ' : c);
  }
  label.push_back('"');
  return label;
}

Metrics::Metrics(std::vector<std::string> routes)
    : routes_(WithOther(std::move(routes))), rows_(std::make_unique<Row[]>(routes_.size())) {}

void Metrics::Count(std::size_t route, int status, std::chrono::microseconds took) {
  auto& row = rows_[std::min(route, routes_.size() - 1)];
  std::size_t place = 0;
  while (place + 1 < kStatuses.size() && kStatuses[place] != status) ++place;
  row.by_status[place].fetch_add(1, std::memory_order_relaxed);
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
  std::size_t bucket = 0;
  while (bucket < kMicros.size() && micros > kMicros[bucket]) ++bucket;
  row.by_time[bucket].fetch_add(1, std::memory_order_relaxed);
  row.micros.fetch_add(micros, std::memory_order_relaxed);
}

std::string Metrics::Text() const {
  std::string text;
  AppendHead(text, "guiyi_http_requests_total", "counter", "HTTP requests by route and status.");
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const auto route = Label("route", routes_[i]);
    for (std::size_t s = 0; s < kStatuses.size(); ++s) {
      const auto count = rows_[i].by_status[s].load(std::memory_order_relaxed);
      if (!count) continue;
      const auto status = kStatuses[s] ? std::to_string(kStatuses[s]) : "other";
      AppendSample(text, "guiyi_http_requests_total", route + "," + Label("status", status), count);
    }
  }
  AppendHead(text, "guiyi_http_request_seconds", "histogram", "Time from the request's first line to its answer.");
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    std::array<std::uint64_t, kMicros.size() + 1> counts{};
    std::uint64_t total = 0;
    for (std::size_t b = 0; b < counts.size(); ++b)
      total += counts[b] = rows_[i].by_time[b].load(std::memory_order_relaxed);
    if (!total) continue;
    const auto route = Label("route", routes_[i]);
    std::uint64_t sum = 0;
    for (std::size_t b = 0; b < kMicros.size(); ++b) {
      sum += counts[b];
      std::string seconds(24, ' ');
      seconds.resize(static_cast<std::size_t>(
          std::to_chars(seconds.data(), seconds.data() + seconds.size(), static_cast<double>(kMicros[b]) / 1e6).ptr -
          seconds.data()));
      AppendSample(text, "guiyi_http_request_seconds_bucket", route + "," + Label("le", seconds), sum);
    }
    AppendSample(text, "guiyi_http_request_seconds_bucket", route + ",le=\"+Inf\"", total);
    AppendSample(text, "guiyi_http_request_seconds_sum", route,
                 static_cast<double>(rows_[i].micros.load(std::memory_order_relaxed)) / 1e6);
    AppendSample(text, "guiyi_http_request_seconds_count", route, total);
  }
  return text;
}

}  // namespace gateway::http
