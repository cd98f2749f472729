// SPDX-License-Identifier: Apache-2.0
// Lists in pages. A page token holds the sort key of the last row seen, so it stays valid while
// data changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "service/call.h"

namespace perennial::service {

// PageToken is the opaque text of `opc-next-page` for these key values.
std::string EncodePageToken(const std::vector<std::string>& key);
// ParsePageToken returns exactly `count` values; kInvalidArgument for anything we did not write.
Result<std::vector<std::string>> ParsePageToken(std::string_view text, size_t count);

enum class SortOrder { kAscending, kDescending };

// What a list call asked for. `sort_by` is one of the allowed names.
struct PageRequest {
  int64_t limit = 100;
  std::string sort_by;
  SortOrder order = SortOrder::kAscending;
  std::optional<std::vector<std::string>>
      after;  // Sort value and id of the last row of the page before.
};

struct SortKey {
  std::string_view name;  // As on the wire, "TIMECREATED".
  SortOrder natural = SortOrder::kAscending;
};

// ParsePage reads limit (1 to 1000), page, sortBy and sortOrder. The first key is the default.
Result<PageRequest> ParsePage(const Call& call, const std::vector<SortKey>& keys);

// EtagOf makes the opaque etag of a resource's version counter.
std::string EtagOf(std::string_view id, int64_t version);

}  // namespace perennial::service
