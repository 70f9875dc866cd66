// Notices makes what a source is told out of rows of its feed of changes: its own number, the state in its own words,
// and the words of an answer where they were written to this very petitioner. Threads: safe from any thread.
#pragma once

#include <vector>

#include "adapters/state_sink.h"
#include "dedup/case_book.h"
#include "ledger/ledger.h"

namespace gateway {

class Notices {
 public:
  Notices(const ledger::Ledger& ledger, const dedup::CaseBook& book) : ledger_(ledger), book_(book) {}
  petition::Result<std::vector<adapters::SourceNotice>> Of(const std::vector<dedup::ChangeRow>& rows,
                                                           const adapters::WordTable& words) const;

 private:
  petition::Result<std::string> AnswerText(const dedup::ChangeRow& row) const;

  const ledger::Ledger& ledger_;
  const dedup::CaseBook& book_;
};

}  // namespace gateway
