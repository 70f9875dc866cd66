// The fields of a form as a page sends it: urlencoded, or in parts (multipart/form-data) when a file goes with it.
// Pure.
#pragma once

#include <map>
#include <string>

#include "gateway/http/message.h"
#include "petition/result.h"

namespace gateway::http {

/// Name -> value; of a file its content. kInvalid "form_malformed" when the parts can't be told apart.
petition::Result<std::map<std::string, std::string>> FieldsOf(const Request& request);

}  // namespace gateway::http
