// The questions that candidates are measured with, and Xapian's own ways of answering them: the peers. Each class of
// edits asks for copies of texts spread evenly over what is stored; whoever is asked the same questions can be
// compared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gateway/commands/bench_corpus.h"

namespace gateway {

inline constexpr std::size_t kBenchHits = 10;

/// Asks for an edited copy; answers the ids found, best first.
using BenchAsk = std::function<std::vector<std::uint64_t>(const std::string& text)>;

/// `queries` a class of edits over the texts 0..documents-1: times, and how often the original was among the answer.
nlohmann::json AskForCopies(const BenchCorpus& corpus, std::uint64_t documents, std::size_t queries,
                            const BenchAsk& ask);

struct PeersPlan {
  std::uint64_t documents = 0;
  std::size_t queries = 100;     ///< a class of edits; the plain OR gets a tenth
  std::filesystem::path folder;  ///< to put the index into
};
/// Xapian with all bigrams: OP_ELITE_SET of 40 of them ("elite_set_40_bigrams"), and OR of all ("or_of_all_bigrams").
/// Throws Xapian::Error.
nlohmann::json MeasurePeers(const BenchCorpus& corpus, const PeersPlan& plan);

}  // namespace gateway
