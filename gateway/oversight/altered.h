// What was made to look better than it was: cases that a unit closed without a reply, and dates of reception that a
// later version of an item moved to another day, and its limits with it. Pure over the tables; called on one thread.
#pragma once

#include "gateway/oversight/watch.h"

namespace gateway {

Conditions FindAltered(const Watch& watch);

}  // namespace gateway
