#include "search/rarity_files.h"

#include <system_error>

#include "ledger/durable_file.h"
#include "search/store/term_store.h"

namespace search {
namespace {

namespace fs = std::filesystem;
using petition::Status;

constexpr const char* kLearned = "guiyi.learned";
constexpr const char* kLearning = "guiyi.rarity.learning";
constexpr const char* kInUse = "guiyi.rarity.in_use";
constexpr std::size_t kTableBytesMax = std::size_t{64} << 20;

std::string FileOf(const std::string& entry) { return entry.substr(0, entry.find(' ')); }

}  // namespace

Status RarityFiles::Save(const Rarity& rarity, std::vector<std::pair<std::string, std::string>>& metadata) {
  if (rarity.changed() || learning_.empty()) {
    GUIYI_TRY(learning_, Write("learning", rarity.documents(), rarity.EncodeLearning()));
  }
  const RarityInUse& in_use = *rarity.in_use();
  if (in_use_.empty() || epoch_ != in_use.epoch) {
    GUIYI_TRY(in_use_, Write("in-use", in_use.epoch, in_use.encoded));
    epoch_ = in_use.epoch;
  }
  metadata.emplace_back(kLearning, learning_);
  metadata.emplace_back(kInUse, in_use_);
  metadata.emplace_back(kLearned, std::to_string(rarity.documents()));
  return petition::Ok();
}

petition::Result<Rarity> RarityFiles::Load(const store::TermStore& store) {
  learning_ = store.Metadata(kLearning);
  in_use_ = store.Metadata(kInUse);
  if (learning_.empty() && in_use_.empty()) return Rarity();
  GUIYI_TRY(const std::string learning, Read(learning_));
  GUIYI_TRY(const std::string in_use, Read(in_use_));
  epoch_ = store::NumberIn(std::string_view(in_use_).substr(in_use_.find('.') + 1)).value_or(0);
  return Rarity::Restore(store.MetadataNumber(kLearned).value_or(0), learning, epoch_, in_use);
}

void RarityFiles::Tidy() const {
  std::error_code error;
  for (const auto& item : fs::directory_iterator(folder_, error)) {
    const std::string name = item.path().filename().string();
    if (item.is_regular_file(error) && name != FileOf(learning_) && name != FileOf(in_use_)) {
      fs::remove(item.path(), error);
    }
  }
}

petition::Result<std::string> RarityFiles::Write(const std::string& name, std::uint64_t count,
                                                 const std::string& bytes) const {
  const std::string file = name + "." + std::to_string(count);
  GUIYI_CHECK(ledger::WriteDurably(ledger::FileSystem::Real(), folder_ / file, bytes));
  return file + " " + ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes)));
}

petition::Result<std::string> RarityFiles::Read(const std::string& entry) const {
  const auto bytes = ledger::FileSystem::Real().Read(folder_ / FileOf(entry), kTableBytesMax);
  if (!bytes.ok()) return petition::Corrupt("table of shingle frequencies is missing: " + bytes.error().detail);
  const std::string hash = ledger::Hex(ledger::AsBytes(ledger::Sha256(*bytes)));
  if (!entry.ends_with(" " + hash)) return petition::Corrupt("table of shingle frequencies is not the one committed");
  return *bytes;
}

}  // namespace search
