// How the figures of `guiyi bench dedup` are shown: a table on the console, a page with plots of the growth.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace gateway {

void PrintPoint(const nlohmann::json& point);
void PrintRest(const nlohmann::json& report);
/// One HTML page with everything in it; no scripts, nothing loaded from elsewhere.
std::string GrowthPage(const nlohmann::json& report);

}  // namespace gateway
