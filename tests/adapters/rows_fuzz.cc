// Files of every form, whatever is in them: a reader comes to its end, its rows are bounded and follow one another, and
// a row's kept bytes read again give the row again.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "adapters/files/rows.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace adapters;
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("guiyi-rows-fuzz-" + std::to_string(getpid()));
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  for (const RowFormat format :
       {RowFormat::kTable, RowFormat::kJsonl, RowFormat::kJson, RowFormat::kXml, RowFormat::kXlsx}) {
    RowOptions options;
    options.format = format;
    if (format == RowFormat::kXml) options.records = "/a/b";
    const Encoding encoding = size % 3 == 0 ? Encoding::kUtf8 : size % 3 == 1 ? Encoding::kGb18030 : Encoding::kBig5;
    const auto scanned = ScanFile(file, encoding, Encoding::kUtf8);
    if (!scanned.ok()) continue;
    auto rows = RowReader::Open(file, *scanned, options);
    if (!rows.ok()) continue;
    FileRow row;
    for (std::size_t count = 0; count <= size + 1; ++count) {
      Require(count <= size);
      const auto more = (*rows)->Next(row);
      if (!more.ok() || !*more) break;
      Require(row.raw.size() <= kRowBytesMax);
      if (row.bad() || format == RowFormat::kXlsx) continue;
      const auto again = RereadRow(row.raw, (*rows)->context());
      Require(again.ok() && *again == row.tree);
    }
  }
  std::filesystem::remove(file);
  return 0;
}
