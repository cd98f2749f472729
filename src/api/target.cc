// SPDX-License-Identifier: Apache-2.0
#include "api/target.h"

#include "base/http.h"

namespace perennial::api {

std::string MakeTarget(std::string_view base_path, std::initializer_list<std::string_view> segments,
                       const Query& query) {
  std::string target(base_path);
  for (const auto segment : segments) {
    target += '/';
    target += PercentEncode(segment);
  }
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    target += separator;
    target += PercentEncode(name);
    target += '=';
    target += PercentEncode(value);
    separator = '&';
  }
  return target;
}

std::string WholeSeconds(Duration wait) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
}

}  // namespace perennial::api
