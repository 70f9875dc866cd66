// A small driver for the fuzz targets where libFuzzer is not at hand: the lines of the demo's petitions as seeds,
// mutated at random from a fixed seed, for a bounded number of runs and a bounded time. Short, but in every run of the
// tests, under the sanitizers; the long runs use libFuzzer (preset `fuzz`).
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kRuns = 20'000;
constexpr std::chrono::seconds kTime{5};

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = {"",
                                    "0",
                                    "{}",
                                    "[]",
                                    "\"\"",
                                    "\xef\xbb\xbf",
                                    "\xff\xfe",
                                    std::string(3, '\0'),
                                    "11010519491231002X",
                                    "439900-20250304-000123-V",
                                    "POST /a?b=%20 HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n",
                                    "PUT / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"};
  std::ifstream in(GUIYI_SOURCE_DIR "/config/demo/petitions.jsonl");
  for (std::string line; std::getline(in, line) && seeds.size() < 200;) seeds.push_back(line);
  return seeds;
}

// One to four small damages: a flipped bit, bytes cut out, doubled, put in, or the tail of another seed.
std::string Mutate(std::string text, const std::vector<std::string>& seeds, std::mt19937_64& random) {
  for (auto times = 1 + random() % 4; times > 0; --times) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    const std::size_t length = std::min<std::size_t>(1 + random() % 16, text.size() - at);
    switch (random() % 5) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << random() % 8));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3:
        text.insert(at, 1, static_cast<char>(random()));
        break;
      default: {
        const std::string& other = seeds[random() % seeds.size()];
        text = text.substr(0, at) + other.substr(other.size() / 2);
      }
    }
  }
  if (text.size() > 8192) text.resize(8192);
  return text;
}

}  // namespace

int main() {
  const auto seeds = Seeds();
  if (seeds.size() < 50) {
    std::fprintf(stderr, "the seeds are missing\n");
    return 1;
  }
  std::mt19937_64 random(1);
  const auto until = std::chrono::steady_clock::now() + kTime;
  int runs = 0;
  for (; runs < kRuns && std::chrono::steady_clock::now() < until; ++runs) {
    const std::string input = Mutate(seeds[random() % seeds.size()], seeds, random);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
  std::printf("%d runs\n", runs);
  return runs > 0 ? 0 : 1;
}
