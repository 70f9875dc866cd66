// A text query as a Xapian query over hashed terms.
#pragma once

#include <xapian.h>

#include "petition/result.h"
#include "search/term_key.h"
#include "search/text_index.h"

namespace search::store {

/// kInvalid when a bound or a form is broken.
petition::Status CheckTextQuery(const TextQuery& query);

/// Of a checked query.
Xapian::Query TextQuestion(const TermKey& key, const TextQuery& query);

}  // namespace search::store
