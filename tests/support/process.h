// A Process is a child program of a test: started with its arguments, read line by line, ended by force when the test
// ends. It dies with the test program too, and after its own time limit, so that nothing is left running. One thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace support {

class Process {
 public:
  /// Starts `arguments[0]`; standard output is read by ReadLine, standard error goes to `error_file` (or is dropped).
  static Process Start(const std::vector<std::string>& arguments, const std::string& error_file = "/dev/null");
  Process() = default;
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();  ///< SIGKILL and reaped

  /// The next line of standard output without its newline; nullopt at the end or when the time is over.
  std::optional<std::string> ReadLine(std::chrono::milliseconds at_most = std::chrono::seconds(60));
  void Signal(int signal);
  /// Exit status (128 + signal when killed); waits.
  int Wait();
  bool running();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
  std::optional<int> status_;
};

/// Runs a program to its end. Answers its exit status and standard output.
struct Ran {
  int status = -1;
  std::string out;
};
Ran Run(const std::vector<std::string>& arguments, const std::string& error_file = "/dev/null");

/// A folder of its own under the system's temporary folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace support
