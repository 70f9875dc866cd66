#include "gateway/http/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gateway/http/render.h"
#include "gateway/http/request_head.h"

namespace gateway::http {

namespace {

using Clock = std::chrono::steady_clock;

/// A request larger than this is for a thread that may wait.
constexpr std::size_t kSoonBodyMax = 32u << 10;
/// Many clients send head and body apart: so long the loop waits for the second.
constexpr std::chrono::milliseconds kBodyGrace{20};
constexpr std::size_t kReadAtOnce = 16u << 10;

/// Where the head that begins the bytes ends, behind its empty line; 0: not yet. In the bytes before `from` it doesn't.
/// Line ends without CR count, so that a head that has them is refused at once.
std::size_t HeadEnd(std::string_view bytes, std::size_t from) {
  for (std::size_t at = bytes.find('\n', from > 2 ? from - 2 : 0); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    const auto rest = bytes.substr(at + 1);
    if (rest.starts_with('\n')) return at + 2;
    if (rest.starts_with("\r\n")) return at + 3;
  }
  return 0;
}

}  // namespace

/// What other threads leave for the loop. Shared with them, since the last of them may still ring when the loop ends.
class EventLoop::Inbox {
 public:
  Inbox() : bell_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (bell_ < 0) std::abort();  // no descriptors left at the start
  }
  ~Inbox() { close(bell_); }
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  int bell() const { return bell_; }
  void Post(std::function<void()> work) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = left_.empty();
      left_.push_back(std::move(work));
    }
    // The loop empties the box whole: one ring serves all that is in it.
    if (first) eventfd_write(bell_, 1);
  }
  void TakeAll(std::vector<std::function<void()>>& into) {
    eventfd_t rung = 0;
    eventfd_read(bell_, &rung);
    const std::lock_guard lock(mutex_);
    into.swap(left_);
  }

 private:
  const int bell_;
  std::mutex mutex_;
  std::vector<std::function<void()>> left_;  // guarded by mutex_
};

/// One connection as the loop keeps it.
struct EventLoop::Chat {
  enum class State { kReading, kServing, kSending };

  explicit Chat(Held its) : held(std::move(its)), socket(held.seat.line().socket.impl()->sockfd()) {}
  Line& line() const { return held.seat.line(); }

  Held held;  // `early`: what has come and is not served yet
  const int socket;
  State state = State::kReading;
  bool readable = true;  // something may have come since the last look
  bool ended = false;    // nothing comes behind what is there
  bool left = false;     // the loop keeps it no more
  // Of the request that is being read or served.
  Clock::time_point begun;
  std::size_t scanned = 0;  // bytes in which its head does not end
  std::size_t bytes = 0;    // of head and body, once it is whole
  bool keeps = false;
  std::optional<Clock::time_point> body_awaited;
  // Of the answer that is being sent.
  std::string out;
  std::size_t sent = 0;
};

/// All that runs on the loop's thread.
class EventLoop::Keeper {
 public:
  Keeper(Wire& wire, std::function<void(Held)> hand_over, std::shared_ptr<Inbox> inbox)
      : wire_(wire),
        hand_over_(std::move(hand_over)),
        inbox_(std::move(inbox)),
        events_(epoll_create1(EPOLL_CLOEXEC)),
        scratch_(kReadAtOnce) {
    epoll_event event{EPOLLIN, {.ptr = nullptr}};
    if (events_ < 0 || epoll_ctl(events_, EPOLL_CTL_ADD, inbox_->bell(), &event) != 0) std::abort();
  }
  ~Keeper() { close(events_); }

  void Run();
  void Adopt(Held held);
  void End() { ending_ = true; }

 private:
  using ChatPtr = std::shared_ptr<Chat>;
  enum class Found { kMoreNeeded, kBodyNeeded, kWhole, kForOthers };

  void Happened(const ChatPtr& chat, std::uint32_t events);
  void Read(const ChatPtr& chat);
  void Begin(Chat& chat);
  void Advance(const ChatPtr& chat);
  Found Look(Chat& chat, std::optional<RequestHead>& head);
  void Serve(const ChatPtr& chat, const RequestHead& head);
  void Answered(const ChatPtr& chat, std::optional<Door::Served> served);
  void Send(const ChatPtr& chat);
  void HandOver(const ChatPtr& chat);
  void Leave(const ChatPtr& chat);
  void HandOverLateBodies();

  Wire& wire_;
  const std::function<void(Held)> hand_over_;
  const std::shared_ptr<Inbox> inbox_;
  const int events_;
  std::vector<char> scratch_;
  std::unordered_map<Chat*, ChatPtr> chats_;
  std::vector<ChatPtr> gone_;           // kept until no event of this round can name them
  std::vector<ChatPtr> awaiting_body_;  // their heads came without the bodies
  bool ending_ = false;
};

void EventLoop::Keeper::Run() {
  std::array<epoll_event, 128> happened;
  std::vector<std::function<void()>> left;
  while (!ending_) {
    const int wait = awaiting_body_.empty() ? -1 : static_cast<int>(kBodyGrace.count());
    const int count = epoll_wait(events_, happened.data(), static_cast<int>(happened.size()), wait);
    for (int i = 0; i < count; ++i) {
      auto* const known = static_cast<Chat*>(happened[static_cast<std::size_t>(i)].data.ptr);
      if (known == nullptr) {
        inbox_->TakeAll(left);
        continue;
      }
      if (known->left) continue;
      const ChatPtr chat = chats_.at(known);  // a copy: it may leave
      Happened(chat, happened[static_cast<std::size_t>(i)].events);
    }
    for (auto& work : left) work();
    left.clear();
    HandOverLateBodies();
    gone_.clear();
  }
}

void EventLoop::Keeper::Adopt(Held held) {
  const auto chat = std::make_shared<Chat>(std::move(held));
  epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = chat.get()}};
  // A line that can't be kept ends with its chat.
  chat->line().idle = true;
  if (wire_.lines.stopping() || !chat->line().BeginWaiting()) return;
  if (epoll_ctl(events_, EPOLL_CTL_ADD, chat->socket, &event) != 0) return;
  chats_.emplace(chat.get(), chat);
  if (!chat->held.early.empty()) {
    Begin(*chat);
    Advance(chat);
  }
  if (!chat->left && chat->state == Chat::State::kReading) Read(chat);
}

void EventLoop::Keeper::Happened(const ChatPtr& chat, std::uint32_t events) {
  chat->readable = true;
  chat->ended = chat->ended || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (chat->state == Chat::State::kReading) Read(chat);
  if (chat->state == Chat::State::kSending) Send(chat);
}

// Edge-triggered: reads until there is nothing more, or until a request is whole; what stays is looked for after its
// answer.
void EventLoop::Keeper::Read(const ChatPtr& chat) {
  while (chat->readable && !chat->left && chat->state == Chat::State::kReading) {
    const ssize_t got = recv(chat->socket, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      chat->readable = false;
      return;
    }
    if (got <= 0) {
      // What broke off is answered, and recorded, by who may wait.
      if (got == 0 && !chat->held.early.empty()) return HandOver(chat);
      return Leave(chat);
    }
    // Less than there was room for: that was all, and what comes later is told by an event of its own.
    if (static_cast<std::size_t>(got) < scratch_.size() && !chat->ended) chat->readable = false;
    if (chat->line().idle) Begin(*chat);
    chat->held.early.append(scratch_.data(), static_cast<std::size_t>(got));
    Advance(chat);
  }
}

/// The first byte of a request is there: from it on the header's time runs.
void EventLoop::Keeper::Begin(Chat& chat) {
  chat.line().idle = false;
  chat.line().deadline_ms = Lines::NowMs() + wire_.limits.header_time.count();
  chat.begun = Clock::now();
  chat.scanned = 0;
  chat.body_awaited.reset();
}

void EventLoop::Keeper::Advance(const ChatPtr& chat) {
  std::optional<RequestHead> head;
  switch (Look(*chat, head)) {
    case Found::kMoreNeeded:
      return;
    case Found::kBodyNeeded:
      if (!chat->body_awaited) awaiting_body_.push_back(chat);
      if (!chat->body_awaited) chat->body_awaited = Clock::now();
      return;
    case Found::kForOthers:
      return HandOver(chat);
    case Found::kWhole:
      return Serve(chat, *head);
  }
}

/// Whether a whole request has come that the door may serve soon. Whatever is not plainly one is for others: here
/// nothing is refused.
EventLoop::Keeper::Found EventLoop::Keeper::Look(Chat& chat, std::optional<RequestHead>& head) {
  std::string& bytes = chat.held.early;
  while (chat.scanned == 0 && bytes.starts_with("\r\n")) bytes.erase(0, 2);
  if (bytes.empty() || bytes == "\r") return Found::kMoreNeeded;
  if (!IsTokenChar(bytes.front())) return Found::kForOthers;
  const std::size_t end = HeadEnd(bytes, chat.scanned);
  if (std::max(end, end == 0 ? bytes.size() : 0) >= wire_.limits.header_bytes_max) return Found::kForOthers;
  if (end == 0) {
    chat.scanned = bytes.size();
    return Found::kMoreNeeded;
  }
  auto parsed =
      ParseHead(std::string_view(bytes).substr(0, end), static_cast<std::size_t>(wire_.limits.header_fields_max));
  if (!parsed.ok() || !parsed->length || *parsed->length > kSoonBodyMax || parsed->expects_continue ||
      !wire_.door.MayServeSoon(parsed->method, parsed->target)) {
    return Found::kForOthers;
  }
  chat.bytes = end + static_cast<std::size_t>(*parsed->length);
  if (bytes.size() < chat.bytes) return Found::kBodyNeeded;
  head = std::move(*parsed);
  return Found::kWhole;
}

void EventLoop::Keeper::Serve(const ChatPtr& chat, const RequestHead& head) {
  if (!chat->line().EndWaiting()) return Leave(chat);  // its place was given to somebody else
  chat->line().deadline_ms = 0;                        // from here on the door's own bounds hold
  chat->state = Chat::State::kServing;
  chat->keeps = head.KeepsConnection();
  Request request;
  request.peer = chat->held.peer;
  FillRequest(head, request);
  const auto body = std::string_view(chat->held.early).substr(0, chat->bytes).substr(chat->bytes - *head.length);
  const bool taken = wire_.door.ServeSoon(
      request, body, [inbox = inbox_](std::function<void()> work) { inbox->Post(std::move(work)); },
      [this, chat](std::optional<Door::Served> served) { Answered(chat, std::move(served)); });
  if (!taken) HandOver(chat);
}

/// On the loop's thread: its lines are waited for before the loop ends.
void EventLoop::Keeper::Answered(const ChatPtr& chat, std::optional<Door::Served> served) {
  if (!served) return HandOver(chat);
  chat->keeps = chat->keeps && !wire_.lines.stopping();
  // Counted before the answer leaves, so that whoever has it finds it counted.
  wire_.Count(*served, chat->begun);
  chat->out = Render(served->answer, false, chat->keeps);
  chat->sent = 0;
  chat->state = Chat::State::kSending;
  chat->held.early.erase(0, chat->bytes);
  chat->line().deadline_ms = Lines::NowMs() + wire_.limits.send_time.count();
  Send(chat);
}

void EventLoop::Keeper::Send(const ChatPtr& chat) {
  while (chat->sent < chat->out.size()) {
    const ssize_t sent =
        send(chat->socket, chat->out.data() + chat->sent, chat->out.size() - chat->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;  // until it can be written again
    if (sent <= 0) return Leave(chat);
    chat->sent += static_cast<std::size_t>(sent);
  }
  chat->out.clear();
  if (!chat->keeps) return Leave(chat);
  chat->state = Chat::State::kReading;
  chat->line().idle = true;
  chat->line().deadline_ms = Lines::NowMs() + wire_.limits.keep_alive_time.count();
  if (!chat->line().BeginWaiting() || wire_.lines.stopping()) return Leave(chat);
  if (!chat->held.early.empty()) {
    // The next one has come already. Not from here, or a caller's queue of requests would be our stack of calls.
    Begin(*chat);
    return inbox_->Post([this, chat] {
      // Unless more came first, and with it this one was begun.
      if (!chat->left && chat->state == Chat::State::kReading && !chat->held.early.empty()) Advance(chat);
      Read(chat);
    });
  }
  Read(chat);
}

void EventLoop::Keeper::HandOver(const ChatPtr& chat) {
  Held held = std::move(chat->held);
  Leave(chat);
  try {
    hand_over_(std::move(held));
  } catch (const std::exception&) {
    // No thread is free: the line ends here, as one does that comes when all places are taken.
  }
}

// The loop knows it no more; whoever holds `held` may go on with it.
void EventLoop::Keeper::Leave(const ChatPtr& chat) {
  epoll_ctl(events_, EPOLL_CTL_DEL, chat->socket, nullptr);
  chat->left = true;
  const auto place = chats_.find(chat.get());
  if (place == chats_.end()) return;
  gone_.push_back(std::move(place->second));
  chats_.erase(place);
}

/// Their senders take their time: a thread may wait for them, under the bounds for bodies.
void EventLoop::Keeper::HandOverLateBodies() {
  if (awaiting_body_.empty()) return;
  const auto late = Clock::now() - kBodyGrace;
  std::vector<ChatPtr> late_ones;
  std::erase_if(awaiting_body_, [&](const ChatPtr& chat) {
    const bool waits = !chat->left && chat->state == Chat::State::kReading && chat->body_awaited;
    if (waits && *chat->body_awaited <= late) late_ones.push_back(chat);
    return !waits || *chat->body_awaited <= late;
  });
  for (const ChatPtr& chat : late_ones) HandOver(chat);
}

EventLoop::EventLoop(Wire& wire, std::function<void(Held)> hand_over)
    : inbox_(std::make_shared<Inbox>()),
      keeper_(std::make_unique<Keeper>(wire, std::move(hand_over), inbox_)),
      thread_([this] { keeper_->Run(); }) {}

EventLoop::~EventLoop() {
  inbox_->Post([this] { keeper_->End(); });
  thread_.join();
}

void EventLoop::Take(Held held) {
  // What is posted must be copyable, a seat is not.
  inbox_->Post([this, shared = std::make_shared<Held>(std::move(held))] { keeper_->Adopt(std::move(*shared)); });
}

}  // namespace gateway::http
