// What `guiyi bench dedup --hub` and `guiyi bench ingest --follow` measure: a whole hub takes in so many submissions,
// then follows them (decided, indexed, on the ledger) with nothing else to do; after that an operator's previews are
// timed over HTTP while 500 a second come in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "gateway/commands/bench_corpus.h"
#include "petition/result.h"

namespace gateway {

struct BenchHubPlan {
  std::uint64_t intakes = 100'000;
  int preview_seconds = 20;  ///< 0: no previews
  std::filesystem::path folder;
};
petition::Result<nlohmann::json> MeasureHub(const BenchCorpus& corpus, const BenchHubPlan& plan);

}  // namespace gateway
