#include "gateway/commands/load_generator.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <random>
#include <thread>

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

template <typename Words>
const char* Pick(const Words& words, std::mt19937_64& random) {
  return words[random() % words.size()];
}

class Connection {
 public:
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }

  bool Open(const LoadOptions& options) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options.port);
    if (inet_pton(AF_INET, options.host.c_str(), &to.sin_addr) != 1) return false;
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    const timeval limit{30, 0};
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }

  /// Status of the answer; 0 when the connection was cut.
  int Exchange(std::string_view request) {
    while (!request.empty()) {
      const ssize_t sent = send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent <= 0) return 0;
      request.remove_prefix(static_cast<std::size_t>(sent));
    }
    std::size_t have = 0, want = 0;
    while (want == 0 || have < want) {
      if (have == buffer_.size()) buffer_.resize(buffer_.size() * 2);
      const ssize_t got = recv(socket_, buffer_.data() + have, buffer_.size() - have, 0);
      if (got <= 0) return 0;
      have += static_cast<std::size_t>(got);
      if (want == 0) want = WholeAnswer(std::string_view(buffer_.data(), have));
    }
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
  std::vector<char> buffer_ = std::vector<char>(16384);
};

struct Share {
  std::uint64_t answered = 0, refused = 0, broken = 0;
  std::vector<double> millis;
};

void Drive(const LoadOptions& options, std::size_t which, SteadyClock::time_point until, Share& share) {
  Connection connection;
  if (!connection.Open(options)) {
    share.broken = 1;
    return;
  }
  const std::string head = "POST " + options.path + " HTTP/1.1\r\nHost: " + options.host +
                           "\r\nAuthorization: Bearer " + options.key +
                           "\r\nContent-Type: application/json\r\nContent-Length: ";
  const auto gap = options.per_second > 0 ? std::chrono::nanoseconds(static_cast<std::int64_t>(
                                                1e9 * static_cast<double>(options.connections) / options.per_second))
                                          : std::chrono::nanoseconds(0);
  auto next = SteadyClock::now();
  for (std::uint64_t count = 0; SteadyClock::now() < until; ++count) {
    if (gap.count() > 0) {
      std::this_thread::sleep_until(next);
      next += gap;
    }
    const std::string body = SampleSubmission(
        which * 1'000'000'007 + count, options.id_prefix + "-" + std::to_string(which) + "-" + std::to_string(count));
    const std::string request = head + std::to_string(body.size()) + "\r\n\r\n" + body;
    const auto begin = SteadyClock::now();
    const int status = connection.Exchange(request);
    if (status == 0) {
      ++share.broken;
      return;
    }
    if (status / 100 != 2) {
      ++share.refused;
      continue;
    }
    ++share.answered;
    share.millis.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count());
  }
}

}  // namespace

double LoadResult::Percentile(double share) const {
  if (millis.empty()) return 0;
  return millis[std::min(millis.size() - 1, static_cast<std::size_t>(share * static_cast<double>(millis.size())))];
}

std::string SampleSubmission(std::uint64_t number, const std::string& external_id) {
  std::mt19937_64 random(number);
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

petition::Result<LoadResult> GenerateLoad(const LoadOptions& options) {
  if (options.host.rfind("127.", 0) != 0)
    return petition::Invalid("not_loopback", "load is generated against loopback addresses only");
  std::vector<Share> shares(options.connections);
  const auto begin = SteadyClock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < options.connections; ++i) {
      threads.emplace_back([&, i] { Drive(options, i, begin + options.duration, shares[i]); });
    }
  }
  LoadResult result;
  result.seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  for (const Share& share : shares) {
    result.answered += share.answered;
    result.refused += share.refused;
    result.broken += share.broken;
    result.millis.insert(result.millis.end(), share.millis.begin(), share.millis.end());
  }
  std::sort(result.millis.begin(), result.millis.end());
  return result;
}

}  // namespace gateway
