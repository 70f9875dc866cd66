// The call by which administrators and oversight look at the machine itself: what it was started with and how far its
// own work has come. Words and numbers of ours only. Threads: any.
#pragma once

#include "gateway/http/calls.h"

namespace gateway::http {

/// GET /api/v1/system: {settings, jobs, uplinks, at}. Counts of decisions and deliveries only to readers with the right
/// to sealed intakes and no limit of divisions, as /metrics.
Outcome ReadSystem(Desk& desk, Request& request);

/// A table that an administrator may change: a year's holidays, a destination's codes. Its versions, what counts now,
/// and the text of one.
Outcome ReadTable(Desk& desk, Request& request);
Outcome PutTable(Desk& desk, Request& request);

}  // namespace gateway::http
