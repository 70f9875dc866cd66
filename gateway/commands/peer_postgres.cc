#include "gateway/commands/peer_postgres.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gateway {
namespace {

namespace fs = std::filesystem;

std::string Output(const std::string& command) {
  std::string out;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 4096> chunk;
  while (std::size_t got = fread(chunk.data(), 1, chunk.size(), pipe)) out.append(chunk.data(), got);
  pclose(pipe);
  return out;
}

std::optional<fs::path> FindPrograms() {
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (fs::exists(version.path() / "bin" / "initdb", ignored) &&
        fs::exists(version.path() / "bin" / "pgbench", ignored))
      return version.path() / "bin";
  }
  return std::nullopt;
}

double After(const std::string& text, const std::string& words) {
  const auto at = text.find(words);
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + words.size(), nullptr);
}

}  // namespace

PostgresPeer MeasurePostgres(std::size_t clients, std::chrono::seconds duration) {
  const auto programs = FindPrograms();
  if (!programs) return {{}, "PostgreSQL is not installed"};
  std::string folder = (fs::temp_directory_path() / "guiyi-peer-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return {{}, "no temporary folder"};
  // The server refuses to run as root: then it runs as the user that its package made.
  const std::string as = getuid() == 0 ? "runuser -u postgres -- " : "";
  if (getuid() == 0) Output("chown postgres " + folder);
  const std::string bin = programs->string() + "/", data = folder + "/data";
  Output(as + bin + "initdb -D " + data + " -A trust -U peer --no-sync");
  Output(as + bin + "pg_ctl -D " + data + " -w -t 30 -l " + folder +
         "/log -o \"-c listen_addresses='' -c unix_socket_directories=" + folder + " -c synchronous_commit=on\" start");
  const std::string where = " -h " + folder + " -U peer ";
  std::ofstream(folder + "/insert.sql") << "INSERT INTO row (body) VALUES ('" << std::string(1024, 'x') << "');\n";
  Output(as + bin + "psql" + where +
         "-d postgres -c 'CREATE TABLE row (id bigserial PRIMARY KEY, body text NOT NULL)'");
  const std::string count = std::to_string(clients);
  const std::string out = Output(as + bin + "pgbench" + where + "-n -M prepared -c " + count + " -j 2 -T " +
                                 std::to_string(duration.count()) + " -f " + folder + "/insert.sql postgres");
  Output(as + bin + "pg_ctl -D " + data + " -m immediate stop");
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  const double rate = After(out, "tps = ");
  if (rate <= 0) return {{}, "PostgreSQL could not be measured"};
  return {PeerRate{rate, After(out, "latency average = ")}, {}};
}

}  // namespace gateway
