#include "ledger/early_writing.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <exception>

namespace ledger {
namespace {

// As much as is written meanwhile takes the disk no longer than a commit of the ledger's own.
constexpr std::chrono::milliseconds kEvery{4};

}  // namespace

EarlyWriting::EarlyWriting(const std::vector<std::filesystem::path>& files) {
  files_.reserve(files.size());
  for (const auto& file : files) {
    const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) files_.push_back(fd);
  }
  try {
    if (!files_.empty()) thread_ = std::thread([this] { Run(); });
  } catch (const std::exception&) {  // without a thread it is as without us
  }
}

EarlyWriting::~EarlyWriting() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  for (const int fd : files_) close(fd);
}

void EarlyWriting::Run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kEvery, [this] { return stopping_; })) {
    lock.unlock();
    // Starts writing, and waits at most until the disk takes orders. Failing, it has no effect: the sync will tell.
    for (const int fd : files_) (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    lock.lock();
  }
}

}  // namespace ledger
