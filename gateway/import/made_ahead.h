// A MadeAhead makes things one after the other on a thread of its own, a few before they are asked for: whoever takes
// them need not wait, and the thread has something to do while they are dealt with. Belongs to one thread. What the
// making throws, Take throws when its turn has come.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace gateway {

template <typename T>
class MadeAhead {
 public:
  /// Makes until `last` says so of what was made; at most `ahead` wait to be taken.
  MadeAhead(std::size_t ahead, std::function<T()> make, std::function<bool(const T&)> last)
      : ahead_(ahead), make_(std::move(make)), last_(std::move(last)), thread_([this] { Run(); }) {}
  MadeAhead(const MadeAhead&) = delete;
  MadeAhead& operator=(const MadeAhead&) = delete;
  ~MadeAhead() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// Not after the last, nor after it threw.
  T Take() {
    std::future<T> one;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !made_.empty(); });
      one = std::move(made_.front());
      made_.pop_front();
    }
    changed_.notify_all();
    return one.get();
  }

 private:
  void Run() {
    for (bool last = false; !last;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || made_.size() < ahead_; });
        if (stopping_) return;
      }
      std::promise<T> one;
      try {
        T made = make_();
        last = last_(made);
        one.set_value(std::move(made));
      } catch (...) {
        last = true;
        one.set_exception(std::current_exception());
      }
      const std::lock_guard lock(mutex_);
      made_.push_back(one.get_future());
      changed_.notify_all();
    }
  }

  const std::size_t ahead_;
  const std::function<T()> make_;
  const std::function<bool(const T&)> last_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::future<T>> made_;  // guarded by mutex_
  bool stopping_ = false;            // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
