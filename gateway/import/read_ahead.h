// A ReadAhead makes things one after the other on a thread of its own, a few before they are asked for: whoever takes
// them need not wait, and the thread has something to do while they are dealt with. Belongs to one thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace gateway {

template <typename T>
class ReadAhead {
 public:
  /// Makes until `last` says so of what was made; at most `ahead` wait to be taken.
  ReadAhead(std::size_t ahead, std::function<T()> make, std::function<bool(const T&)> last)
      : ahead_(ahead), make_(std::move(make)), last_(std::move(last)), thread_([this] { Run(); }) {}
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// Not after the last.
  T Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !made_.empty(); });
    T one = std::move(made_.front());
    made_.pop_front();
    changed_.notify_all();
    return one;
  }

 private:
  void Run() {
    for (bool last = false; !last;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || made_.size() < ahead_; });
        if (stopping_) return;
      }
      T one = make_();
      last = last_(one);
      const std::lock_guard lock(mutex_);
      made_.push_back(std::move(one));
      changed_.notify_all();
    }
  }

  const std::size_t ahead_;
  const std::function<T()> make_;
  const std::function<bool(const T&)> last_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> made_;     // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
