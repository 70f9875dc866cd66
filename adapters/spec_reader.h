// A SpecReader reads the keys of one part of a source's file (its settings or its mapping) into fields and reports what
// is wrong with it: wrong types and ranges, and, at Finish, every key that nobody asked for. The file comes as Json
// whose scalars are texts (config/source_file.h makes it of YAML); findings name places by JSON pointer, to which the
// loader adds lines. One thread; borrows the Json and the list of findings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "petition/json.h"
#include "petition/result.h"

namespace adapters {

class SpecReader {
 public:
  /// `json` may be null: nothing is there.
  SpecReader(const petition::Json& json, std::string pointer, std::vector<petition::FieldError>& findings);

  bool Has(const std::string& key) const;
  /// The value of a key whatever it is; null when it is not there. It counts as asked for.
  const petition::Json& Take(const std::string& key);
  SpecReader Sub(const std::string& key);

  std::string Text(const std::string& key, std::string otherwise = {});
  std::string NeededText(const std::string& key);
  /// One text or a list of them.
  std::vector<std::string> Texts(const std::string& key);
  bool Flag(const std::string& key, bool otherwise);
  std::uint64_t Count(const std::string& key, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
  /// A path; relative ones are meant from `folder`.
  std::filesystem::path File(const std::string& key, const std::filesystem::path& folder);

  void Wrong(const std::string& key, const char* code, const std::string& message);
  const std::string& pointer() const { return pointer_; }
  /// Reports keys that nobody asked for.
  void Finish();

 private:
  const petition::Json& json_;
  const std::string pointer_;
  std::vector<petition::FieldError>& findings_;
  std::set<std::string> asked_;
};

/// "/" and the key, as JSON pointers write it.
std::string PointerTo(const std::string& pointer, const std::string& key);
/// kInvalid with that reason and all findings, told one a line in the message; Ok when there are none.
petition::Status StatusOf(const std::vector<petition::FieldError>& findings, const char* reason);
/// The first line of a file that holds a secret; kInvalid "secret_unreadable". An empty path: "".
petition::Result<std::string> ReadSecret(const std::filesystem::path& file);

}  // namespace adapters
