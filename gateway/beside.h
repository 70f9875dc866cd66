// A Beside does one piece of work at a time on a thread of its own, which lives as long as it does: a thread for each
// piece would cost a stack and the allocator's memory anew every time. Belongs to one thread. Begin throws where no
// thread can be made; what the work throws, Take throws. Its end waits for the work under way.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace gateway {

template <typename T>
class Beside {
 public:
  Beside() = default;
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  /// Nothing may be under way.
  void Begin(std::function<T()> work) {
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    {
      const std::lock_guard lock(mutex_);
      task_ = std::packaged_task<T()>(std::move(work));
      result_ = task_.get_future();
    }
    changed_.notify_one();
  }
  /// Until its result was taken.
  bool UnderWay() const { return result_.valid(); }
  void Wait() const { result_.wait(); }
  T Take() { return result_.get(); }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || task_.valid(); });
      if (!task_.valid()) return;
      auto task = std::exchange(task_, {});
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::future<T> result_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::packaged_task<T()> task_;  // guarded by mutex_
  bool stopping_ = false;         // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
