// JSON records as adapters meet them, made into Records by a source's file: by its mapping, or, where it has no rules,
// as the hub's own form of a submission. Pure functions; safe from any thread.
#pragma once

#include <string_view>

#include "adapters/record.h"
#include "adapters/source_spec.h"
#include "petition/json.h"

namespace adapters {

/// Fills submission, report or refusal. A submission without a number of its own gets one that follows from its bytes
/// (FallbackId), so that the same record sent again is known.
void MapJson(const petition::Json& json, const SourceSpec& spec, Record& record);
/// The same of a text; what is no JSON becomes a refusal.
void MapJsonText(std::string_view text, const SourceSpec& spec, Record& record);
/// A tree of any origin by the mapping alone.
void MapTree(const petition::Json& tree, const SourceSpec& spec, Record& record);

/// "digest:" and the first 32 hex digits of the SHA-256: the number of what has none.
std::string FallbackId(std::string_view bytes);

/// {"status": "registered", "intakeNo", "queryCode", "ledgerIndex"} or {"status": "refused", "code", "message",
/// "fields"}: what the answer to a pushed record says in JSON.
petition::Json SettledToJson(const Settled& settled);

}  // namespace adapters
