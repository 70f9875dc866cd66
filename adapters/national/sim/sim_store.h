// What the stand-in national system keeps, in a SQLite file of its own: one row a reference with its digest and number,
// applied updates, and instructions in order. It keeps no words and no people. Threads: safe from any thread (one
// connection, one lock). Durable: each call commits; a killed process loses nothing it answered.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"
#include "petition/time.h"

namespace adapters {

struct SimRegistration {
  std::string reference, digest, case_no, national_no, state;
  bool sealed = false, with_content = false;
  std::uint64_t calls = 0;  ///< how often it was sent, the first time included
  petition::Time registered_at{};
};

struct SimInstruction {
  std::uint64_t id = 0;
  std::string kind, reference, national_no, state, text;
  petition::Time at{};
  bool acknowledged = false;
};

class SimStore {
 public:
  static petition::Result<std::unique_ptr<SimStore>> Open(const std::filesystem::path& file);
  ~SimStore();

  struct Taken {
    SimRegistration row;
    bool existing = false;
  };
  /// Registers, or answers what stands; kConflict (detail: the national number) when the digest differs.
  petition::Result<Taken> Register(const SimRegistration& wanted);
  petition::Result<std::optional<SimRegistration>> Find(std::string_view reference);
  /// True: applied before. kNotFound when the reference is unknown. An event that says how the matter stands changes
  /// the state.
  petition::Result<bool> Update(std::string_view reference, std::string_view update_id, std::string_view kind,
                                std::string_view event);
  petition::Result<bool> HasUpdate(std::string_view reference, std::string_view update_id);

  /// Makes instructions that have become due: a state for what was registered before `accept_before`, an answer for
  /// what was registered before `answer_before`.
  petition::Status MakeInstructions(petition::Time accept_before, petition::Time answer_before, petition::Time now);
  petition::Result<std::vector<SimInstruction>> InstructionsAfter(std::uint64_t id, std::size_t limit);
  petition::Status AddInstruction(const SimInstruction& instruction);
  petition::Status Acknowledge(std::uint64_t id);

  petition::Result<std::vector<SimRegistration>> Registrations();
  petition::Result<std::vector<SimInstruction>> Instructions() { return InstructionsAfter(0, ~std::size_t{0} >> 1); }
  petition::Result<std::uint64_t> UpdateCount();

 private:
  struct Impl;
  explicit SimStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adapters
