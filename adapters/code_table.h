// A CodeTable says how one destination writes the hub's codes (channel, purpose, category, division, event), and what
// its own state words mean to the hub. A code that a listed table lacks is an error that names the field, never a
// silent "other": whoever sends holds the item until somebody completes the table. Fields without a table pass as they
// are. Constant once parsed; safe from any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "adapters/destination.h"
#include "petition/result.h"

namespace adapters {

class CodeTable {
 public:
  /// JSON: {"channel": {"hotline": "0002", ...}, "purpose": {...}, "category": {...}, "division": {...},
  /// "event": {"replied": "07", ...}, "states": {"their word": "accepted", ...}}. kInvalid ("codes_invalid") names the
  /// wrong place.
  static petition::Result<CodeTable> Parse(std::string_view json);

  /// kInvalid, reason "code_unmapped:FIELD": nothing of it may be sent.
  petition::Status Apply(Parcel& parcel) const;
  petition::Status Apply(Update& update) const;
  /// The hub's word for a state of theirs; the word itself when it isn't listed.
  std::string State(const std::string& theirs) const;

 private:
  using Words = std::map<std::string, std::string, std::less<>>;
  petition::Status Map(std::string_view field, std::string& code) const;
  petition::Status Map(petition::Submission& submission) const;

  std::map<std::string, Words, std::less<>> fields_;
};

}  // namespace adapters
