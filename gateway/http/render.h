// An Answer as the bytes that go over the wire. Pure but for the date of this second; safe from any thread.
#pragma once

#include <string>

#include "gateway/http/message.h"

namespace gateway::http {

/// Status line, headers and body. `head_only`: the answer to a HEAD request. `keep`: the connection stays open.
std::string Render(const Answer& answer, bool head_only, bool keep);

}  // namespace gateway::http
