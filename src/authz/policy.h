// SPDX-License-Identifier: Apache-2.0
// The policy language, parsed once into values:
//
//   Allow <subject> to <verb> <resource> in <location> [where <condition>]
//
//   subject    any-user | any-group | group NAME{, NAME} | group id OCID{, OCID}
//   verb       inspect | read | use | manage, or { PERMISSION{, PERMISSION} } for verb and resource
//   location   tenancy | compartment NAME | compartment id OCID | compartment A:B:C
//   condition  VARIABLE = VALUE | VARIABLE != VALUE | any { … } | all { … }
//   value      'text' | /pattern/ with * at either end
//
// Keywords and comparisons are without case. Names may be quoted: 'Night Shift'. Policies only
// allow.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authz/permission.h"
#include "base/error.h"

namespace perennial::authz {

struct Subject {
  enum class Kind {
    kAnyUser,
    kAnyGroup,  // A user who is in some group.
    kGroupNames,
    kGroupIds,
  };
  Kind kind = Kind::kGroupNames;
  std::vector<std::string> groups;  // Names or OCIDs.
};

struct Location {
  enum class Kind { kTenancy, kCompartmentPath, kCompartmentId };
  Kind kind = Kind::kCompartmentId;
  std::vector<std::string>
      path;        // kCompartmentPath: relative to the policy's compartment, outermost first.
  std::string id;  // kCompartmentId
};

// Variables of a request; one may have several values (request.groups.id).
using Variables = std::multimap<std::string, std::string, std::less<>>;

struct Condition {
  enum class Kind { kEquals, kNotEquals, kAny, kAll };
  enum class Match { kText, kPrefix, kSuffix, kContains };
  Kind kind = Kind::kAll;
  std::string variable;  // Lower case.
  Match match = Match::kText;
  std::string value;
  std::vector<Condition> inner;  // Of kAny and kAll.

  // Holds judges the condition. A variable that is not there makes its comparison false, `!=`
  // included.
  bool Holds(const Variables& variables) const;

  // Demands is true when the condition cannot hold unless `variable` equals exactly `value`: it
  // stands there literally, in every branch of each `any`. A pattern is not enough.
  bool Demands(std::string_view variable, std::string_view value) const;
};

struct Statement {
  Subject subject;
  PermissionSet permissions;
  Location location;
  std::optional<Condition> condition;
  std::string text;  // As written.
};

// ParseStatement returns the statement. kInvalidArgument says which word is wrong, what is allowed
// there and, for a slip, the nearest word. Deny, Define, Endorse and Admit are refused by name.
Result<Statement> ParseStatement(std::string_view text);

// EqualsIgnoringCase compares as policies do: ASCII letters without case.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace perennial::authz
