// SPDX-License-Identifier: Apache-2.0
#include "authz/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/proof.h"

namespace perennial::authz {
namespace {

// A compartment and all above it, from the inside out.
using Path = std::vector<const CompartmentFact*>;

bool SubjectIs(const Subject& subject, const std::vector<const GroupFact*>& groups) {
  switch (subject.kind) {
    case Subject::Kind::kAnyUser:
      return true;
    case Subject::Kind::kAnyGroup:
      return !groups.empty();
    case Subject::Kind::kGroupIds:
      return std::ranges::any_of(groups, [&](const GroupFact* group) {
        return std::ranges::find(subject.groups, group->id) != subject.groups.end();
      });
    case Subject::Kind::kGroupNames:
      return std::ranges::any_of(groups, [&](const GroupFact* group) {
        return std::ranges::any_of(subject.groups, [&](const std::string& name) {
          return EqualsIgnoringCase(name, group->name);
        });
      });
  }
  return false;
}

// Contains says whether the location, of a policy attached at path[attached], holds path[0]. A
// location outside the policy's own compartment grants nothing, whatever it names.
bool Contains(const Location& location, const Path& path, size_t attached) {
  switch (location.kind) {
    case Location::Kind::kTenancy:
      return attached + 1 == path.size();
    case Location::Kind::kCompartmentId:
      return std::ranges::any_of(
          path.begin(), path.begin() + static_cast<std::ptrdiff_t>(attached) + 1,
          [&](const CompartmentFact* compartment) { return compartment->id == location.id; });
    case Location::Kind::kCompartmentPath:
      break;
  }
  // A policy may call its own compartment by its name.
  if (location.path.size() == 1 && EqualsIgnoringCase(location.path[0], path[attached]->name) &&
      attached + 1 != path.size()) {
    return true;
  }
  if (location.path.size() > attached) return false;
  for (size_t step = 0; step < location.path.size(); ++step) {
    if (!EqualsIgnoringCase(location.path[step], path[attached - 1 - step]->name)) return false;
  }
  return true;
}

Variables AllVariables(const AccessRequest& request, const UserFact& user,
                       const std::vector<const GroupFact*>& groups,
                       const CompartmentFact& compartment) {
  Variables variables;
  for (const auto& [name, value] : request.variables) {
    // Only what this function sets may speak for these.
    if (name.starts_with("request.user.") || name.starts_with("request.groups.") ||
        name.starts_with("request.principal.") || name.starts_with("target.compartment.") ||
        name == "request.permission") {
      continue;
    }
    variables.emplace(name, value);
  }
  variables.emplace("request.user.id", user.id);
  variables.emplace("request.user.name", user.name);
  variables.emplace("request.principal.type", "user");
  variables.emplace("request.principal.id", user.id);
  for (const auto* group : groups) variables.emplace("request.groups.id", group->id);
  variables.emplace("request.permission", std::string(WireNameOf(request.permission)));
  variables.emplace("target.compartment.id", compartment.id);
  variables.emplace("target.compartment.name", compartment.name);
  return variables;
}

}  // namespace

Decision Decide(const Snapshot& snapshot, const AccessRequest& request) {
  if (request.principal.kind != PrincipalKind::kUser) return {};
  const auto* user = snapshot.User(request.principal.id);
  if (user == nullptr || user->state != PrincipalState::kActive) return {};
  const auto path = snapshot.CompartmentPath(request.compartment_id);
  // Both what the request claims and what identity says must be the target's tenancy.
  if (path.empty()) return {};
  if (!PERENNIAL_MUTANT("authz.skip_tenancy") &&
      (path.back()->id != user->tenancy_id || request.principal.tenancy_id != user->tenancy_id)) {
    return {};
  }
  const auto groups = snapshot.GroupsOf(user->id);
  std::optional<Variables> variables;  // Most statements have no condition.
  const auto bundle_type = request.variables.find(std::string(kBundleTypeVariable));
  const bool wants_private_key = request.permission == Permission::kCertificateBundleRead &&
                                 bundle_type != request.variables.end() &&
                                 EqualsIgnoringCase(bundle_type->second, kWithPrivateKey);

  for (size_t attached = 0; attached < path.size(); ++attached) {
    for (const auto* policy : snapshot.PoliciesAt(path[attached]->id)) {
      for (const auto& statement : policy->statements) {
        if (!statement.permissions.Has(request.permission)) continue;
        if (!SubjectIs(statement.subject, groups)) continue;
        if (!Contains(statement.location, path, attached)) continue;
        if (statement.condition) {
          if (!variables) variables = AllVariables(request, *user, groups, *path.front());
          if (!statement.condition->Holds(*variables)) continue;
        }
        if (wants_private_key && !PERENNIAL_MUTANT("authz.skip_private_key_condition") &&
            !(statement.condition &&
              statement.condition->Demands(kBundleTypeVariable, kWithPrivateKey))) {
          continue;
        }
        return {.basis = Decision::Basis::kPolicyStatement,
                .evidence = fmt::format("policy {}: {}", policy->fact.id, statement.text)};
      }
    }
  }
  return {};
}

Decision DecidePrivateKeyRead(const Snapshot& snapshot, const Principal& principal,
                              std::string_view compartment_id,
                              std::map<std::string, std::string> variables) {
  variables[std::string(kBundleTypeVariable)] = std::string(kWithPrivateKey);
  return Decide(snapshot, {.principal = principal,
                           .permission = Permission::kCertificateBundleRead,
                           .compartment_id = std::string(compartment_id),
                           .variables = std::move(variables)});
}

Decision DecideBundleRead(const Snapshot& snapshot, const Principal& principal,
                          std::string_view certificate_id,
                          std::span<const AssociationFact> active) {
  if (principal.kind != PrincipalKind::kResource) return {};
  // The token may be older than the resource's move to another node: what counts is where it is
  // now.
  const auto* resource = snapshot.Resource(principal.id);
  const auto* placement = snapshot.PlacementOf(principal.id);
  const auto* node = snapshot.Node(principal.node_id);
  if (resource == nullptr || placement == nullptr || node == nullptr ||
      node->state == NodeState::kRemoved || resource->tenancy_id != principal.tenancy_id) {
    return {};
  }
  if (!PERENNIAL_MUTANT("authz.skip_placement") &&
      std::ranges::find(placement->node_ids, node->id) == placement->node_ids.end()) {
    return {};
  }
  for (const auto& association : active) {
    const bool is_callers = association.resource_id == principal.id ||
                            PERENNIAL_MUTANT("authz.skip_association_resource");
    if (association.certificate_id == certificate_id && is_callers) {
      return {.basis = Decision::Basis::kAssociation,
              .evidence = fmt::format("association {}", association.id)};
    }
  }
  return {};
}

}  // namespace perennial::authz
