// What the shared conformance suite needs to know of a kind of adapter: a source of that kind on which it can be tried.
// Every kind of adapters/registry.h has one line in conformance_trials.cc; the suite runs on it by itself.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "adapters/registry.h"

namespace adapters::conformance {

struct Trial {
  std::string kind;
  std::string yaml;  ///< the source's file; @FOLDER@ stands for the trial's folder
  /// Of a feed: makes the outside system, holding exactly `good` records that are taken and one that is not, read
  /// before the last good one.
  std::function<void(const std::filesystem::path& folder)> make;
  std::size_t good = 2;
  /// Of a door: a call with its source's proof that holds at least one good record, and whether the proof is the hub's
  /// own key.
  std::function<DoorCall()> call;
  bool bearer = false;
  /// Words that must show nowhere but in records themselves.
  std::vector<std::string> personal;
};

const std::vector<Trial>& Trials();

}  // namespace adapters::conformance
