#include "adapters/letters/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace adapters::letters {
namespace {

using petition::Invalid;

constexpr int kMissing = 127;

// Waits for the child, killed when the time is over. -1: it was.
int EndOf(pid_t child, std::chrono::steady_clock::time_point until) {
  int status = 0;
  for (;;) {
    const pid_t done = ::waitpid(child, &status, WNOHANG);
    if (done == child) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (done < 0 && errno != EINTR) return -1;
    if (std::chrono::steady_clock::now() >= until) {
      ::kill(-child, SIGKILL);
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return -1;
    }
    ::usleep(5000);
  }
}

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void Become(char* const* arguments, char* const* environment, int out, const ChildLimits& limits) {
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, 0);
  ::dup2(out, 1);
  ::dup2(null, 2);
  const auto limit = [](auto what, std::uint64_t most) {
    const rlimit both{most, most};
    ::setrlimit(what, &both);
  };
  limit(RLIMIT_AS, limits.memory_bytes);
  limit(RLIMIT_FSIZE, limits.file_bytes);
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(limits.time.count()) + 1);
  limit(RLIMIT_CORE, 0);
  ::execvpe(arguments[0], arguments, environment);
  ::_exit(kMissing);
}

}  // namespace

petition::Result<std::string> RunChild(const std::vector<std::string>& arguments, const ChildLimits& limits) {
  std::vector<char*> pointers;
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  std::string one_thread = "OMP_THREAD_LIMIT=1";  // a thread for each processor makes a page no faster
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
  environment.push_back(one_thread.data());
  environment.push_back(nullptr);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return petition::Unavailable("no more files can be opened", "pipe");
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(pipe[0]);
    ::close(pipe[1]);
    return petition::Unavailable("no more programs can be started", "fork");
  }
  if (child == 0) Become(pointers.data(), environment.data(), pipe[1], limits);
  ::close(pipe[1]);
  const auto until = std::chrono::steady_clock::now() + limits.time;
  std::string out;
  bool beyond = false;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wait{pipe[0], POLLIN, 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) == 0) break;
    char chunk[16384];
    const ssize_t got = ::read(pipe[0], chunk, sizeof chunk);
    if (got <= 0) break;
    out.append(chunk, static_cast<std::size_t>(got));
    beyond = out.size() > limits.output_bytes;
    if (beyond) break;
  }
  ::close(pipe[0]);
  const int status = EndOf(child, beyond ? std::chrono::steady_clock::now() : until);
  if (status == kMissing)
    return petition::Error{petition::Code::kUnavailable,
                           "program_missing",
                           "a program that reads scans is not installed",
                           arguments.front(),
                           {}};
  if (beyond || status != 0)
    return Invalid("program_failed", "the program that reads scans failed or took more than it may");
  return out;
}

}  // namespace adapters::letters
