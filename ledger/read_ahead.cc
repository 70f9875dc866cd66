#include "ledger/read_ahead.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>

namespace ledger {

// Neither SQLite nor Xapian has a call to say so or gives its descriptors away. Opening the file once more, to say it
// there, would be no use; and closing that one would end SQLite's locks.
void ReadNothingAhead(const std::filesystem::path& file, OpenFor open_for) {
  struct stat wanted {};
  if (::stat(file.c_str(), &wanted) != 0) return;
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    // By its name here: most are others' and may be closed at any moment; those are not touched.
    struct stat found {};
    if (::stat(at->path().c_str(), &found) != 0 || found.st_dev != wanted.st_dev || found.st_ino != wanted.st_ino)
      continue;
    const int descriptor = std::atoi(at->path().filename().c_str());
    if (open_for == OpenFor::kAny || (::fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_RDONLY)
      ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM);
  }
}

}  // namespace ledger
