// SPDX-License-Identifier: Apache-2.0
// Paths and queries of calls, every variable part percent-encoded.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace perennial::api {

// Query parameters in order. An empty value is left out, so a filter that is not wanted is "".
using Query = std::vector<std::pair<std::string, std::string>>;

// MakeTarget joins encoded segments behind the base path, and the query:
//   MakeTarget("/20170115", {"loadBalancers", id, "listeners"})
std::string MakeTarget(std::string_view base_path, std::initializer_list<std::string_view> segments,
                       const Query& query = {});

// WholeSeconds writes a wait for `waitSeconds`, rounded up.
std::string WholeSeconds(Duration wait);

}  // namespace perennial::api
