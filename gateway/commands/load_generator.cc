#include "gateway/commands/load_generator.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <deque>
#include <optional>

namespace gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Invented words: places, things, complaints. Combined at random they give texts that differ as ordinary submissions
// do.
constexpr std::array kPlaces = {"沿江东路", "柳堤街道", "茶亭村",   "石牌镇",   "南屏路",
                                "翠柏苑",   "锦绣花园", "北岭小区", "望湖新城", "东门市场"};
constexpr std::array kThings = {"电梯",   "供暖", "路灯", "排水管", "停车位", "物业费", "垃圾站", "工资",
                                "补偿款", "校车", "噪声", "油烟",   "自来水", "燃气",   "广告牌"};
constexpr std::array kVerbs = {"一直没有修好", "多次投诉没有结果", "影响居民休息", "至今没有答复",
                               "存在安全隐患", "被人占用",         "收费不合理",   "拖欠已久"};
constexpr std::array kDemands = {"请有关单位尽快核实", "希望公开处理依据", "要求限期整改", "请书面答复",
                                 "请派人到现场查看"};

/// SplitMix64: begun anew for each submission, which a larger generator takes longer for than the submission itself.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }

 private:
  std::uint64_t state_;
};

template <typename Words>
const char* Pick(const Words& words, Random& random) {
  return words[random() % words.size()];
}

// One keep-alive connection: a request on its way out or an answer on its way in, never both.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { Close(); }

  bool Open(const LoadOptions& options) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options.port);
    if (inet_pton(AF_INET, options.host.c_str(), &to.sin_addr) != 1) return false;
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  bool open() const { return socket_ >= 0; }
  int socket() const { return socket_; }
  SteadyClock::time_point begun() const { return begun_; }

  /// A request of a few KiB fits into the socket's buffer: it is sent at once.
  bool Send(std::string_view request) {
    begun_ = SteadyClock::now();
    have_ = want_ = 0;
    while (!request.empty()) {
      const ssize_t sent = send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      request.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Takes what has come: the answer's status once it is whole, nothing before, 0 when the connection was cut.
  std::optional<int> Receive() {
    if (have_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const ssize_t got = recv(socket_, buffer_.data() + have_, buffer_.size() - have_, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    if (got <= 0) return 0;
    have_ += static_cast<std::size_t>(got);
    if (want_ == 0) want_ = WholeAnswer(std::string_view(buffer_.data(), have_));
    if (want_ == 0 || have_ < want_) return std::nullopt;
    int status = 0;
    std::from_chars(buffer_.data() + 9, buffer_.data() + 12, status);
    return status;
  }

 private:
  // Bytes of head and body together, once the head is whole; 0 before.
  static std::size_t WholeAnswer(std::string_view got) {
    const std::size_t end = got.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const std::size_t length = got.find("Content-Length: ");
    std::size_t body = 0;
    if (length < end) std::from_chars(got.data() + length + 16, got.data() + end, body);
    return end + 4 + body;
  }

  int socket_ = -1;
  SteadyClock::time_point begun_;
  std::vector<char> buffer_ = std::vector<char>(16384);
  std::size_t have_ = 0, want_ = 0;
};

constexpr std::chrono::seconds kAnswerTime{30};

// All connections by one thread, as pgbench drives its clients: what is measured is the hub, not the switching between
// the generator's threads.
class Load {
 public:
  explicit Load(const LoadOptions& options)
      : options_(options),
        head_("POST " + options.path + " HTTP/1.1\r\nHost: " + options.host + "\r\nAuthorization: Bearer " +
              options.key + "\r\nContent-Type: application/json\r\nContent-Length: "),
        connections_(options.connections),
        counts_(options.connections) {}

  LoadResult Run() {
    events_ = epoll_create1(EPOLL_CLOEXEC);
    begin_ = SteadyClock::now();
    until_ = begin_ + options_.duration;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      epoll_event event{EPOLLIN, {.u64 = i}};
      if (!connections_[i].Open(options_) || epoll_ctl(events_, EPOLL_CTL_ADD, connections_[i].socket(), &event) != 0) {
        Break(i);
      } else {
        ready_.push_back(i);
      }
    }
    while (!ready_.empty() || waiting_ > 0) {
      SendDue();
      if (waiting_ == 0 && ready_.empty()) break;
      Collect();
    }
    close(events_);
    return std::move(result_);
  }

 private:
  void Break(std::size_t i) {
    ++result_.broken;
    connections_[i].Close();
  }

  // Sends on every connection that is free, as far as its time has come.
  void SendDue() {
    while (!ready_.empty()) {
      const auto now = SteadyClock::now();
      if (now >= until_) return ready_.clear();
      if (now < NextDue()) return;
      const std::size_t i = ready_.front();
      ready_.pop_front();
      const std::uint64_t count = counts_[i]++;
      const std::string body =
          options_.body ? options_.body(sent_)
                        : SampleSubmission(i * 1'000'000'007 + count,
                                           options_.id_prefix + "-" + std::to_string(i) + "-" + std::to_string(count));
      ++sent_;
      if (connections_[i].Send(head_ + std::to_string(body.size()) + "\r\n\r\n" + body)) {
        ++waiting_;
      } else {
        Break(i);
      }
    }
  }

  SteadyClock::time_point NextDue() const {
    if (options_.per_second <= 0) return begin_;
    return begin_ +
           std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * static_cast<double>(sent_) / options_.per_second));
  }

  void Collect() {
    std::array<epoll_event, 64> happened;
    const auto now = SteadyClock::now();
    timespec wait{kAnswerTime.count(), 0};
    if (!ready_.empty()) {
      const auto gap = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(NextDue() - now));
      wait = {static_cast<time_t>(gap.count() / 1'000'000'000), static_cast<long>(gap.count() % 1'000'000'000)};
    }
    const int count = epoll_pwait2(events_, happened.data(), static_cast<int>(happened.size()), &wait, nullptr);
    if (count == 0 && ready_.empty()) return GiveUp();
    for (int k = 0; k < count; ++k) {
      const std::size_t i = happened[static_cast<std::size_t>(k)].data.u64;
      if (!connections_[i].open()) continue;
      const auto status = connections_[i].Receive();
      if (!status) continue;
      --waiting_;
      if (*status == 0) {
        Break(i);
        continue;
      }
      ready_.push_back(i);
      if (*status / 100 != 2) {
        ++result_.refused;
        continue;
      }
      ++result_.answered;
      result_.millis.push_back(
          std::chrono::duration<double, std::milli>(SteadyClock::now() - connections_[i].begun()).count());
    }
  }

  // Nothing came for so long that nothing will.
  void GiveUp() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (connections_[i].open()) Break(i);
    }
    waiting_ = 0;
  }

  const LoadOptions& options_;
  const std::string head_;
  std::vector<Connection> connections_;
  std::vector<std::uint64_t> counts_;  // sent on each
  std::deque<std::size_t> ready_;      // connections without a request under way
  std::size_t waiting_ = 0;            // connections with one
  std::uint64_t sent_ = 0;
  int events_ = -1;
  SteadyClock::time_point begin_, until_;
  LoadResult result_;
};

}  // namespace

double LoadResult::Percentile(double share) const {
  if (millis.empty()) return 0;
  return millis[std::min(millis.size() - 1, static_cast<std::size_t>(share * static_cast<double>(millis.size())))];
}

std::string SampleSubmission(std::uint64_t number, const std::string& external_id) {
  Random random(number);
  std::string content;
  while (content.size() < 720) {
    content.append(Pick(kPlaces, random))
        .append(std::to_string(random() % 200))
        .append("号")
        .append(Pick(kThings, random));
    content.append(Pick(kVerbs, random)).append("，").append(Pick(kDemands, random)).append("。");
  }
  const std::string phone = "199" + std::to_string(10'000'000 + random() % 90'000'000);
  std::string body =
      R"({"externalId":")" + external_id +
      R"(","channel":"portal","receivedAt":"2025-03-04T10:12:00+08:00","petitioners":[{"name":"测试人","phone":")" +
      phone;
  body.append(R"(","role":"main"}],"title":")")
      .append(Pick(kPlaces, random))
      .append(Pick(kThings, random))
      .append(Pick(kVerbs, random));
  body.append(R"(","content":")").append(content).append(R"(","division":"439902","purpose":"投诉"})");
  return body;
}

namespace {

// Processor time this process has used so far, in microseconds.
double CpuMicros() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto micros = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return micros(used.ru_utime) + micros(used.ru_stime);
}

}  // namespace

petition::Result<LoadResult> GenerateLoad(const LoadOptions& options) {
  if (options.host.rfind("127.", 0) != 0)
    return petition::Invalid("not_loopback", "load is generated against loopback addresses only");
  const double cpu_before = CpuMicros();
  const auto begin = SteadyClock::now();
  LoadResult result = Load(options).Run();
  result.seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  result.cpu_micros = result.answered > 0 ? (CpuMicros() - cpu_before) / static_cast<double>(result.answered) : 0;
  std::sort(result.millis.begin(), result.millis.end());
  return result;
}

}  // namespace gateway
