// SPDX-License-Identifier: Apache-2.0
// The two kinds of tags that every public resource carries.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace perennial::api {

using FreeformTags = std::map<std::string, std::string>;
using DefinedTags = std::map<std::string, std::map<std::string, RawJson>>;

// CheckTags holds the bounds of tags (security.md D14): 10 free-form and 64 defined ones, keys of 1
// to 100 and values of at most 256 characters, no control characters, 5 kB in all; a defined value
// is a string, number or boolean. `pointer` is that of the object that holds them, "" for the body
// itself. kInvalidArgument begins with the pointer of the tag.
Result<void> CheckTags(std::string_view pointer, const std::optional<FreeformTags>& freeform,
                       const std::optional<DefinedTags>& defined);

}  // namespace perennial::api
