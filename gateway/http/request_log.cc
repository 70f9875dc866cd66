#include "gateway/http/request_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

#include "petition/time.h"

namespace gateway::http {

namespace {

constexpr std::size_t kBufferMax = 64u << 10;
constexpr std::uint64_t kFileMax = 64u << 20;

int OpenForAppend(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

}  // namespace

petition::Result<std::unique_ptr<RequestLog>> RequestLog::Open(const std::filesystem::path& file) {
  const int descriptor = OpenForAppend(file);
  if (descriptor < 0) return petition::Unavailable("the access log can't be opened");
  auto log = std::unique_ptr<RequestLog>(new RequestLog(file, descriptor));
  const auto end = ::lseek(descriptor, 0, SEEK_END);
  log->size_ = end > 0 ? static_cast<std::uint64_t>(end) : 0;
  return log;
}

RequestLog::~RequestLog() {
  Flush();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RequestLog::Write(std::string_view method, std::string_view route, int status, std::int64_t micros,
                       std::string_view who) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto time = petition::FormatTime(now);
  std::lock_guard lock(mutex_);
  buffer_.append(time).append(1, ' ').append(method).append(1, ' ').append(route).append(1, ' ').append(
      std::to_string(status));
  buffer_.append(1, ' ')
      .append(std::to_string(micros))
      .append(1, ' ')
      .append(who.empty() ? std::string_view("-") : who)
      .append(1, '\n');
  if (buffer_.size() >= kBufferMax) FlushLocked();
}

void RequestLog::Flush() {
  std::lock_guard lock(mutex_);
  FlushLocked();
}

void RequestLog::FlushLocked() {
  std::string_view left = buffer_;
  while (!left.empty() && descriptor_ >= 0) {
    const auto written = ::write(descriptor_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;  // a full disk: these lines are lost, the requests are not
    left.remove_prefix(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
  buffer_.clear();
  if (size_ < kFileMax) return;
  std::error_code ignored;
  auto old = file_;
  old += ".1";
  std::filesystem::rename(file_, old, ignored);
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = OpenForAppend(file_);
  size_ = 0;
}

}  // namespace gateway::http
