// Reads every include of the product and holds it against the order of layers in the design: a folder includes only
// what stands below it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"petition", {"petition"}},
    {"ledger", {"petition", "ledger"}},
    {"adapters", {"petition", "ledger", "adapters"}},
    {"dedup", {"petition", "ledger", "dedup"}},
    {"search", {"petition", "ledger", "search"}},
    {"config", {"petition", "ledger", "adapters", "dedup", "search", "config"}},
    {"gateway", {"petition", "ledger", "adapters", "dedup", "search", "config", "gateway"}},
};

std::vector<std::string> Lines(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool IsSource(const fs::path& file) { return file.extension() == ".h" || file.extension() == ".cc"; }

template <typename Visit>
void ForEachInclude(const std::string& folder, Visit visit) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^">]+)[">])");
  for (const auto& item : fs::recursive_directory_iterator(fs::path(GUIYI_SOURCE_DIR) / folder)) {
    if (!item.is_regular_file() || !IsSource(item.path())) continue;
    for (const auto& line : Lines(item.path())) {
      std::smatch match;
      if (std::regex_search(line, match, include)) visit(item.path(), match[1].str() == "\"", match[2].str());
    }
  }
}

TEST(LayeringTest, FoldersIncludeOnlyWhatStandsBelowThem) {
  int seen = 0;
  for (const auto& layers : kMayInclude) {
    const auto& folder = layers.first;
    const auto& below = layers.second;
    ForEachInclude(folder, [&](const fs::path& file, bool quoted, const std::string& target) {
      if (!quoted) return;
      ++seen;
      const std::string layer = target.substr(0, target.find('/'));
      if (kMayInclude.count(layer)) {
        EXPECT_TRUE(below.count(layer)) << file << " includes " << target;
      }
      EXPECT_NE(layer, "..") << file << " includes by a relative path: " << target;
    });
  }
  EXPECT_GT(seen, 50);
}

// Headers by which sources of a layer share a database connection: not for others, but for gateway/state, whose tables
// stand in the same file as the case book's.
bool IsInternal(const std::string& header) {
  const std::string name = header.substr(header.find('/') + 1);
  return name.starts_with("sqlite_") || name.ends_with("_file.h") || name.ends_with("_impl.h");
}

TEST(LayeringTest, PublicHeadersOfLedgerDedupAndSearchShowNoLibraryTypes) {
  static const std::regex library(R"(^(Poco|sqlite3|xapian|thrift|openssl|sodium|curl)([/.]|$))");
  for (const char* folder : {"ledger", "dedup", "search"}) {
    ForEachInclude(folder, [&](const fs::path& file, bool, const std::string& target) {
      const std::string header = std::string(folder) + "/" + file.filename().string();
      if (file.extension() != ".h" || file.parent_path() != fs::path(GUIYI_SOURCE_DIR) / folder || IsInternal(header))
        return;
      EXPECT_FALSE(std::regex_search(target, library)) << file << " includes " << target;
      EXPECT_FALSE(IsInternal(target) && target != "ledger/durable_file.h") << file << " shows " << target;
    });
  }
}

TEST(LayeringTest, InternalHeadersAreShownByNoPublicHeader) {
  for (const auto& [folder, below] : kMayInclude) {
    ForEachInclude(folder, [&](const fs::path& file, bool quoted, const std::string& target) {
      if (!quoted || file.extension() != ".h" || !IsInternal(target) || target == "ledger/durable_file.h") return;
      EXPECT_TRUE(IsInternal(file.parent_path().filename().string() + "/" + file.filename().string()))
          << file << " includes " << target;
    });
  }
}

TEST(LayeringTest, EveryTestSourceIsInTheBuild) {
  // tests/CMakeLists.txt takes all *.cc below each folder it names; a test outside of those would never run.
  std::string list;
  const fs::path tests = fs::path(GUIYI_SOURCE_DIR) / "tests";
  for (const auto& line : Lines(tests / "CMakeLists.txt")) list += line + "\n";
  for (const auto& item : fs::recursive_directory_iterator(tests)) {
    if (!item.path().filename().string().ends_with("_test.cc")) continue;
    const std::string folder = fs::relative(item.path(), tests).begin()->string();
    EXPECT_NE(list.find(folder), std::string::npos) << item.path();
  }
}

}  // namespace
