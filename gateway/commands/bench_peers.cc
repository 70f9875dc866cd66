#include "gateway/commands/bench_peers.h"

#include <xapian.h>

#include <algorithm>

#include "gateway/commands/bench_folder.h"
#include "gateway/commands/bench_timings.h"
#include "petition/text/fold.h"

namespace gateway {

using nlohmann::json;

json AskForCopies(const BenchCorpus& corpus, std::uint64_t documents, std::size_t queries, const BenchAsk& ask) {
  Timings timings;
  json recall;
  for (const Edit edit : kEdits) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < queries; ++i) {
      const std::uint64_t number = (i * 2 + 1) * documents / (queries * 2);
      const std::string text = corpus.Edited(number, edit, 0);
      std::vector<std::uint64_t> hits;
      timings.Time([&] { hits = ask(text); });
      found += std::find(hits.begin(), hits.end(), number) != hits.end();
    }
    recall[std::string(EditName(edit))] =
        static_cast<double>(found) / static_cast<double>(std::max<std::size_t>(queries, 1));
  }
  json report = timings.Report();
  report["recall_at_10"] = recall;
  return report;
}

namespace {

constexpr std::size_t kEliteTerms = 40, kCommittedAtOnce = 20'000;

std::vector<std::string> Bigrams(const std::string& text) {
  const std::u32string letters = petition::text::Letters(text);
  std::vector<std::string> bigrams;
  for (std::size_t i = 0; i + 2 <= letters.size(); ++i) {
    bigrams.emplace_back(reinterpret_cast<const char*>(letters.data() + i), 2 * sizeof(char32_t));
  }
  return bigrams;
}

// The peers' index: all bigrams with their counts, as Xapian's matcher wants them. Nothing that only slows it is
// written: no positions, no syncs, no lists of terms by document.
void BuildPeers(const BenchCorpus& corpus, const PeersPlan& plan, Stopwatch& adding) {
  Xapian::WritableDatabase database((plan.folder / "peer").string(),
                                    Xapian::DB_CREATE | Xapian::DB_NO_SYNC | Xapian::DB_NO_TERMLIST);
  for (std::uint64_t i = 0; i < plan.documents; ++i) {
    const std::string text = corpus.Text(i).text;
    adding.Start();
    Xapian::Document document;
    for (const std::string& bigram : Bigrams(text)) document.add_term(bigram);
    database.add_document(document);
    if (i % kCommittedAtOnce == kCommittedAtOnce - 1) database.commit();
    adding.Stop();
    if (i % 1000 == 0) Progress("peers: adding", i, plan.documents);
  }
  database.commit();
  Progress("peers: adding", plan.documents, plan.documents);
}

json MeasurePeer(const BenchCorpus& corpus, const PeersPlan& plan, const Xapian::Database& database, bool elite) {
  const std::size_t queries = elite ? plan.queries : std::max<std::size_t>(plan.queries / 10, 3);
  return AskForCopies(corpus, plan.documents, queries, [&](const std::string& text) {
    const auto bigrams = Bigrams(text);
    const Xapian::Query query =
        elite ? Xapian::Query(Xapian::Query::OP_ELITE_SET, bigrams.begin(), bigrams.end(), kEliteTerms)
              : Xapian::Query(Xapian::Query::OP_OR, bigrams.begin(), bigrams.end());
    Xapian::Enquire enquire(database);
    enquire.set_query(query);
    std::vector<std::uint64_t> ids;
    const Xapian::MSet found = enquire.get_mset(0, kBenchHits);
    for (auto hit = found.begin(); hit != found.end(); ++hit) ids.push_back(*hit - 1);
    return ids;
  });
}

}  // namespace

json MeasurePeers(const BenchCorpus& corpus, const PeersPlan& plan) {
  json peers;
  Stopwatch adding;
  BuildPeers(corpus, plan, adding);
  const auto compacted = plan.folder / "peer-compacted";
  Xapian::Database((plan.folder / "peer").string()).compact(compacted.string());
  const Xapian::Database database(compacted.string());
  for (const bool elite : {true, false}) {
    json peer = MeasurePeer(corpus, plan, database, elite);
    adding.Report(plan.documents, peer);
    peer["bytes_per_document_compacted"] =
        static_cast<double>(BytesIn(compacted)) / static_cast<double>(plan.documents);
    peers[elite ? "elite_set_40_bigrams" : "or_of_all_bigrams"] = std::move(peer);
  }
  return peers;
}

}  // namespace gateway
