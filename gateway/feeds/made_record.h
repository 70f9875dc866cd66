// What a mapping made of a record, for those who see to a connection and read no petitions: which fields were filled,
// the codes they hold, how long the texts are, and what was kept without a name here. Pure functions.
#pragma once

#include "petition/json.h"
#include "petition/submission.h"

namespace gateway {

/// {"fields": [{"name", "value" | "length" | "count" | "parts"}], "unmapped": [names]}; nothing of what people wrote.
petition::Json MadeRecord(const petition::Submission& submission);

}  // namespace gateway
