// What a process was started with, for administrators to look at: whether it brought a model of its own, the holidays,
// the destinations with their code tables, what it tells and by whom it is witnessed. Made once at the start. Names of
// hosts are shown, secrets and the paths of their files never.
#pragma once

#include "config/settings.h"
#include "gateway/kept_tables.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

/// {model: {builtIn}, calendar, destinations, callbacks, witnesses: {quorum}, alerts}; an error names the file that
/// can't be read. `tables`: what stands in place of holidays and code tables of the settings.
petition::Result<petition::Json> SettingsView(const config::Settings& settings, const TableTexts& tables);

}  // namespace gateway
