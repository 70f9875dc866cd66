#include "search/store/term_shards.h"

#include <algorithm>
#include <cstdio>
#include <system_error>

namespace search::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPositionName = "guiyi.position";

fs::path FolderOf(const fs::path& folder, std::size_t store) {
  char name[24];
  std::snprintf(name, sizeof name, "%04zu", store);
  return folder / name;
}

}  // namespace

petition::Result<std::unique_ptr<TermShards>> TermShards::Open(const fs::path& folder, const std::string& stamp,
                                                               std::uint64_t ids_each) {
  std::unique_ptr<TermShards> shards(new TermShards(folder, stamp, ids_each));
  std::size_t there = 0;
  try {
    fs::create_directories(folder);
    for (auto at = fs::directory_iterator(folder); at != fs::directory_iterator(); ++at) ++there;
  } catch (const fs::filesystem_error& error) {
    return petition::Unavailable("the index folder can't be opened", error.code().message());
  }
  for (std::size_t store = 0; store < std::max<std::size_t>(there, 1); ++store) {
    if (there > 0 && !fs::is_directory(FolderOf(folder, store)))
      return petition::Corrupt("part of an index, or an index of another format");
    GUIYI_CHECK(shards->Add());
  }
  shards->Count();
  return shards;
}

petition::Status TermShards::Add() {
  GUIYI_TRY(auto store, TermStore::Open(FolderOf(folder_, stores_.size()), stamp_));
  const std::lock_guard lock(mutex_);
  stores_.push_back(std::move(store));
  changed_.push_back(false);
  return petition::Ok();
}

petition::Status TermShards::Reach(std::uint64_t store) {
  while (stores_.size() <= store) GUIYI_CHECK(Add());
  return petition::Ok();
}

void TermShards::Count() {
  std::uint64_t position = 0, size = 0;
  for (const auto& store : stores_) {
    position = std::max(position, store->MetadataNumber(kPositionName).value_or(0));
    (void)store->Write([&](Xapian::WritableDatabase& database) { size += database.get_doccount(); });
  }
  position_ = position;
  size_ = size;
}

petition::Status TermShards::Commit(std::uint64_t position) {
  if (failed_) return TermStore::Refused();
  failed_ = true;
  for (std::size_t at = 0; at + 1 < stores_.size(); ++at) {
    if (changed_[at]) GUIYI_CHECK(stores_[at]->Commit({}));
    changed_[at] = false;
  }
  GUIYI_CHECK(stores_.back()->Commit({{kPositionName, std::to_string(position)}}));
  changed_.back() = false;
  failed_ = false;
  position_ = position;
  return petition::Ok();
}

petition::Status TermShards::Reopen() {
  failed_ = true;
  for (const auto& store : stores_) GUIYI_CHECK(store->Reopen());
  std::fill(changed_.begin(), changed_.end(), false);
  failed_ = false;
  Count();
  return petition::Ok();
}

Xapian::Database TermShards::View::Whole() const {
  Xapian::Database whole;
  for (const auto& store : stores) whole.add_database(store);
  return whole;
}

}  // namespace search::store
