// The calls of a role by name, for a page that offers nothing that would be refused. Pure; safe from any thread.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/access.h"

namespace gateway {

/// The names of all calls that the role may make.
std::vector<std::string_view> CallsOf(Role role);

}  // namespace gateway
