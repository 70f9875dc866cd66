// Builds what a hub turns to out of its settings: destinations with their pace and codes, sources' callbacks. Reads the
// files they name (keys, secrets, tables). Functions only. Failure: kInvalid names the setting.
#pragma once

#include <vector>

#include "config/settings.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/follower.h"
#include "gateway/kept_tables.h"
#include "gateway/uplink.h"

namespace gateway {

/// Which destinations live intakes are owed to: `national` when it has a section of its own or is the only one.
std::vector<OwedTo> DestinationsOwed(const config::Settings& settings);
/// `tables`: code tables that stand in place of those the settings name.
petition::Result<std::vector<Outbound>> MakeDestinations(const config::Settings& settings, const petition::Clock& clock,
                                                         const TableTexts& tables);
petition::Result<std::vector<SinkOfSource>> MakeSinks(const config::Settings& settings, const petition::Clock& clock);

/// The first line of a file; "" for no file. kInvalid when it can't be read.
petition::Result<std::string> ReadSecret(const std::filesystem::path& file);

}  // namespace gateway
