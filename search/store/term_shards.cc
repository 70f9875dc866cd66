#include "search/store/term_shards.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace search::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPositionName = "guiyi.position";

constexpr std::string_view kUnfinished = ".new";

fs::path FolderOf(const fs::path& folder, std::size_t store) {
  char name[24];
  std::snprintf(name, sizeof name, "%04zu", store);
  return folder / name;
}

bool IsStore(const fs::path& path) {
  const std::string name = path.filename().string();
  return fs::is_directory(path) && name.find_first_not_of("0123456789") == std::string::npos;
}

// What a making was cut off at holds nothing. Answers how many stores there are.
std::size_t TidyUp(const fs::path& folder) {
  std::vector<fs::path> unfinished;
  std::size_t stores = 0;
  for (const auto& item : fs::directory_iterator(folder)) {
    if (item.path().extension() == kUnfinished) unfinished.push_back(item.path());
    if (IsStore(item.path())) ++stores;
  }
  for (const auto& path : unfinished) fs::remove_all(path);
  return stores;
}

}  // namespace

petition::Result<std::unique_ptr<TermShards>> TermShards::Open(const fs::path& folder, const std::string& stamp,
                                                               std::uint64_t ids_each) {
  std::unique_ptr<TermShards> shards(new TermShards(folder, stamp, ids_each));
  std::size_t there = 0;
  try {
    fs::create_directories(folder);
    if (fs::exists(folder / "iamglass")) return petition::Corrupt("an index of another format");
    there = TidyUp(folder);
    for (std::size_t store = 0; store < there; ++store)
      if (!fs::is_directory(FolderOf(folder, store))) return petition::Corrupt("part of an index");
  } catch (const fs::filesystem_error& error) {
    return petition::Unavailable("the index folder can't be opened", error.code().message());
  }
  for (std::size_t store = 0; store < std::max<std::size_t>(there, 1); ++store) GUIYI_CHECK(shards->Add());
  shards->Count();
  return shards;
}

// A store that is cut off while it is made (a kill, a full disk) must not be taken for a damaged one: it gets its name
// when it is whole.
petition::Status TermShards::Make(const fs::path& folder) const {
  const fs::path unfinished = folder.string() + std::string(kUnfinished);
  std::error_code error;
  fs::remove_all(unfinished, error);
  GUIYI_TRY(auto made, TermStore::Open(unfinished, stamp_, Lists::kLong));
  made.reset();
  fs::rename(unfinished, folder, error);
  return error ? petition::Status(petition::Unavailable("the index folder can't be made", error.message()))
               : petition::Ok();
}

petition::Status TermShards::Add() {
  const fs::path folder = FolderOf(folder_, stores_.size());
  std::error_code error;
  if (!fs::exists(folder, error)) GUIYI_CHECK(Make(folder));
  GUIYI_TRY(auto store, TermStore::Open(folder, stamp_, Lists::kLong));
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
