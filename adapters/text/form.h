// Bodies of HTML forms (application/x-www-form-urlencoded) and the small words that HTTP callbacks are made of. Pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "petition/result.h"

namespace adapters {

using FormFields = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kFormFieldsMax = 1000;

/// kInvalid: more fields than kFormFieldsMax, a broken percent escape ("form_invalid"), or bytes that are not text in
/// `charset` ("undecodable").
petition::Result<FormFields> ParseForm(std::string_view body, std::string_view charset = "utf-8");

/// The first field of that name, or "".
std::string FieldOf(const FormFields& fields, std::string_view name);

/// "text/xml" of "text/xml; charset=GBK", in lower case; and one of its parameters, without quotes, "" when absent.
std::string MediaTypeOf(std::string_view content_type);
std::string ParameterOf(std::string_view content_type, std::string_view name);

}  // namespace adapters
