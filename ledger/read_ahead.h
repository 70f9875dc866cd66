// Telling the system how a file is read that a library has opened. Any thread; nothing is promised: it is advice, and
// one that is closed meanwhile by another thread may leave it to whatever is opened under its number.
#pragma once

#include <filesystem>

namespace ledger {

enum class OpenFor { kAny, kReading };

/// The file's descriptors that are open in this process (for whatever, or for reading only) read a page here and a page
/// there. What the system reads ahead at each page (megabytes, on some machines) would come in vain and drive other
/// pages out of memory.
void ReadNothingAhead(const std::filesystem::path& file, OpenFor open_for);

}  // namespace ledger
