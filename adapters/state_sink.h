// A StateSink brings what happened to a source's intakes back to the source's own system: a signed callback (webhook/),
// or a state column written back into its tables. It knows the wire and nothing of cursors and retries: the gateway
// (gateway/fanout) tells it the same notices again until they were taken, in order, each source by itself. Telling
// twice must be the same as telling once: notices carry their place (`seq`). Threads: one call at a time, Interrupt
// from any thread. Every call is bounded in time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace adapters {

/// One thing that happened to an intake of the source. Words are the source's own where its table has them.
struct SourceNotice {
  std::uint64_t seq = 0;  ///< of the source's feed of changes; ascending
  std::string intake_no;
  std::string external_id;  ///< the source's own number
  petition::Time at{};
  std::string kind;   ///< decided | asked | merged | split | answered | event | national
  std::string event;  ///< the hub's name of the event, for kind event
  std::string word;   ///< the same (or the national state) in the source's words
  std::string state;  ///< of the intake now, in the source's words
  std::string text;   ///< answer's words, when they were written to this very petitioner
  petition::Json detail = petition::Json::object();
};

/// How telling ended.
struct Told {
  enum class Outcome {
    kTaken,    ///< all of them are the source's now
    kLater,    ///< none of them: the same again after a while
    kRefused,  ///< the source says no to what it was told: a person is needed, the same again after a while
    kGone,     ///< the source wants no more of them: nothing is sent until a person says so; nothing is lost, polling
               ///< gives the same
  };
  Outcome outcome = Outcome::kLater;
  std::string reason;  ///< stable word
  std::chrono::milliseconds retry_after{0};
};

class StateSink {
 public:
  virtual ~StateSink() = default;
  virtual std::string_view kind() const = 0;  ///< "webhook", "state_column"
  virtual Told Tell(std::span<const SourceNotice> notices) = 0;
  virtual void Interrupt() = 0;  ///< the call under way returns soon, later ones at once; final
};

/// The hub's states and events in a source's own words; what is not listed keeps the hub's name.
class WordTable {
 public:
  WordTable() = default;
  /// JSON object of strings; kInvalid ("words_invalid").
  static petition::Result<WordTable> Parse(std::string_view json);
  std::string Word(const std::string& ours) const;

 private:
  std::map<std::string, std::string> words_;
};

}  // namespace adapters
