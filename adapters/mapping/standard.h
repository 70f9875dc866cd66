// The fields of a submission that a mapping can fill, how each is read, and the headings that mean the same wherever
// they stand: the usual Chinese ones (标题, 内容, 姓名 ...) and the pinyin names of exchange tables (xfjbh, bt, tsnr
// ...). Constant tables and pure functions; safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "petition/json.h"

namespace adapters {

/// What a value of the field is read as.
enum class As { kText, kTime, kFlag, kCount, kNumber, kChannel, kPurpose, kIgnored };

struct StandardField {
  /// As in the submission's JSON ("title", "petitioner.name" for the first petitioner, "call.id"); "keep:NAME": kept
  /// under a name we do not know; "ignore": left out.
  std::string_view name;
  As as;
  std::vector<std::string_view> headings;  ///< besides the name itself
};

const std::vector<StandardField>& StandardFields();
const StandardField* FindStandardField(std::string_view name);

/// A heading as it is compared: folded, without blanks, in one form of brackets.
std::string FoldHeading(std::string_view heading);

/// The value as the submission's JSON has it; nullopt when the text is none of what the field holds. A channel or
/// purpose is told by its usual labels; bare numbers mean different things in different sources and are not mapped.
std::optional<petition::Json> ReadValue(As as, std::string_view text);

}  // namespace adapters
