#include "support/postgres.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "support/process.h"

namespace support {
namespace {

namespace fs = std::filesystem;

class Server {
 public:
  Server() {
    std::error_code ignored;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
      if (fs::exists(version.path() / "bin" / "initdb", ignored)) bin_ = (version.path() / "bin").string() + "/";
    }
    folder_ = (fs::temp_directory_path() / "guiyi-postgres-XXXXXX").string();
    if (bin_.empty() || mkdtemp(folder_.data()) == nullptr) return;
    // The server refuses to run as root: then it runs as the user that its package made.
    if (getuid() == 0 && Run({"/bin/chown", "postgres", folder_}).status != 0) return;
    if (Tool({"initdb", "-D", Data(), "-A", "trust", "-U", "test", "--no-sync", "-E", "UTF8"}) != 0) return;
    running_ = Tool({"pg_ctl", "-D", Data(), "-w", "-t", "60", "-l", folder_ + "/log", "-o",
                     "-c listen_addresses='' -c fsync=off -c unix_socket_directories=" + folder_, "start"}) == 0;
  }
  ~Server() {
    if (running_) Tool({"pg_ctl", "-D", Data(), "-m", "immediate", "-w", "stop"});
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::optional<std::string> Fresh() {
    if (!running_) return std::nullopt;
    const std::string name = "db" + std::to_string(++databases_);
    if (Tool({"createdb", "-h", folder_, "-U", "test", name}) != 0) return std::nullopt;
    return "host=" + folder_ + " user=test dbname=" + name;
  }

 private:
  std::string Data() const { return folder_ + "/data"; }
  int Tool(std::vector<std::string> arguments) {
    arguments[0] = bin_ + arguments[0];
    if (getuid() == 0) arguments.insert(arguments.begin(), {"/usr/sbin/runuser", "-u", "postgres", "--"});
    return Run(arguments).status;
  }

  std::string bin_, folder_;
  bool running_ = false;
  int databases_ = 0;
};

}  // namespace

std::optional<std::string> FreshPostgresDatabase() {
  static Server server;
  return server.Fresh();
}

}  // namespace support
