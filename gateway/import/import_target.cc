#include "gateway/import/import_target.h"

#include <algorithm>

namespace gateway {

ImportAnswers RegisterInPieces(
    const ImportBatch& batch,
    const std::function<std::vector<petition::Result<ImportReceipt>>(std::size_t begin, std::size_t end)>& take,
    const std::function<petition::Result<bool>(const ImportClosure&)>& close) {
  ImportAnswers answers;
  const auto take_until = [&](std::size_t end) {
    const std::size_t begin = answers.receipts.size();
    if (begin >= end) return;
    auto some = take(begin, end);
    std::move(some.begin(), some.end(), std::back_inserter(answers.receipts));
  };
  for (const ImportClosure& closure : batch.closures) {
    take_until(std::min(closure.after, batch.arrivals.size()));
    ImportClosure settled = closure;
    if (closure.row) {
      const auto& receipt = answers.receipts[*closure.row];
      if (!receipt.ok()) {
        answers.closures.emplace_back(receipt.error());
        continue;
      }
      settled.of.index = receipt->index;
      settled.of.intake_no = receipt->intake_no;
    }
    answers.closures.push_back(close(settled));
  }
  take_until(batch.arrivals.size());
  return answers;
}

}  // namespace gateway
