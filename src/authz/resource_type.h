// SPDX-License-Identifier: Apache-2.0
// Which permissions a verb on a resource type stands for: the tables of the IAM reference.
#pragma once

#include <array>
#include <string_view>
#include <type_traits>
#include <vector>

#include "authz/permission.h"
#include "base/error.h"
#include "base/wire_enum.h"

namespace perennial::authz {

// Each verb includes the ones before it.
enum class Verb { kInspect, kRead, kUse, kManage };
constexpr auto WireNames(std::type_identity<Verb>) {
  return std::to_array<WireName<Verb>>({{Verb::kInspect, "inspect"},
                                        {Verb::kRead, "read"},
                                        {Verb::kUse, "use"},
                                        {Verb::kManage, "manage"}});
}

// PermissionsOf returns what `verb` on `resource` stands for. `resource` is a type, its singular, a
// family or all-resources, without case. kInvalidArgument names the word and the nearest that
// exist. A type that has nothing to offer for the verb (`read certificate-authority-delegates`)
// gives the empty set.
Result<PermissionSet> PermissionsOf(Verb verb, std::string_view resource);

// ResourceTypeNames lists every word that PermissionsOf takes, plurals only: types, families,
// all-resources.
std::vector<std::string_view> ResourceTypeNames();

// Nearest returns the candidate that a mistyped word most likely meant, or an empty view if none is
// near.
std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace perennial::authz
