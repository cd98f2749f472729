// SPDX-License-Identifier: Apache-2.0
// Identity's facts as one immutable value, and the builder that brings it up to date.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authz/facts.h"
#include "authz/policy.h"
#include "authz/table.h"
#include "base/error.h"

namespace perennial::authz {

// A policy and its statements, parsed once. A statement that does not parse grants nothing.
struct ParsedPolicy {
  PolicyFact fact;
  std::vector<Statement> statements;
};

// Safe to read from many threads. Pointers and views live as long as the snapshot.
class Snapshot {
 public:
  // The position in identity's log up to which this snapshot knows everything. 0: nothing yet.
  int64_t position() const { return position_; }

  // Null when there is no such fact, also after it was deleted. States are the caller's to judge.
  const UserFact* User(std::string_view id) const { return users_.Find(id); }
  const GroupFact* Group(std::string_view id) const { return groups_.Find(id); }
  const TenancyFact* Tenancy(std::string_view id) const { return tenancies_.Find(id); }
  const PolicyFact* Policy(std::string_view id) const;
  const ResourceFact* Resource(std::string_view id) const { return resources_.Find(id); }
  const PlacementFact* PlacementOf(std::string_view resource_id) const;
  const NodeFact* Node(std::string_view id) const { return nodes_.Find(id); }
  const NodePoolFact* NodePool(std::string_view id) const { return node_pools_.Find(id); }
  const ServiceFact* Service(std::string_view id) const { return services_.Find(id); }
  const ReplicaFact* Replica(std::string_view id) const { return replicas_.Find(id); }
  const TokenKeyFact* TokenKey(std::string_view kid) const { return token_keys_.Find(kid); }
  bool IsRetiredToken(std::string_view jti) const { return retired_tokens_.Find(jti) != nullptr; }

  // Compartment also answers for a tenancy's OCID: its root compartment has the same id.
  const CompartmentFact* Compartment(std::string_view id) const { return compartments_.Find(id); }

  // UserByKey returns the user if it is of this tenancy and has a key of this fingerprint, set in
  // `key`.
  const UserFact* UserByKey(std::string_view tenancy_id, std::string_view user_id,
                            std::string_view fingerprint, const UserKey** key) const;

  // GroupsOf lists the groups that the user is a member of; groups of another tenancy are left out.
  std::vector<const GroupFact*> GroupsOf(std::string_view user_id) const;

  // CompartmentPath returns the compartment, its parent and so on up to the tenancy's root. Empty
  // if there is none, one on the way is missing or deleted, or it crosses into another tenancy.
  std::vector<const CompartmentFact*> CompartmentPath(std::string_view id) const;

  // PoliciesAt lists the policies attached to exactly this compartment.
  std::vector<const ParsedPolicy*> PoliciesAt(std::string_view compartment_id) const;

  // ResourcesOn lists what is placed on the node; NodesOf what nodes are enrolled for a pool.
  std::vector<const ResourceFact*> ResourcesOn(std::string_view node_id) const;
  std::vector<const NodeFact*> NodesOf(std::string_view pool_id) const;

  // All facts of a kind, in no particular order.
  std::vector<const ServiceFact*> Services() const { return services_.All(); }
  std::vector<const TokenKeyFact*> TokenKeys() const { return token_keys_.All(); }
  std::vector<const NodeFact*> Nodes() const { return nodes_.All(); }

  // Entries writes the whole snapshot as entries: applied to an empty builder they give it again.
  std::vector<SnapshotEntry> Entries() const;

 private:
  friend class SnapshotBuilder;
  using Ids = std::vector<std::string>;  // Sorted.

  int64_t position_ = 0;
  Table<UserFact> users_;
  Table<GroupFact> groups_;
  Table<MembershipFact> memberships_;
  Table<TenancyFact> tenancies_;
  Table<CompartmentFact> compartments_;  // With one for each tenancy.
  Table<ParsedPolicy> policies_;
  Table<ResourceFact> resources_;
  Table<PlacementFact> placements_;
  Table<NodeFact> nodes_;
  Table<NodePoolFact> node_pools_;
  Table<ServiceFact> services_;
  Table<ReplicaFact> replicas_;
  Table<TokenKeyFact> token_keys_;
  Table<RetiredTokenFact> retired_tokens_;

  // What the lookups above go through; kept by the builder.
  Table<Ids> memberships_of_user_, policies_of_compartment_, resources_of_node_, nodes_of_pool_;
};

// Used by one thread at a time.
class SnapshotBuilder {
 public:
  // Apply takes one entry up. A kind that this program does not know is passed over.
  // kInvalidArgument or kCannotParse: the value cannot be read; then the fact is *gone*, since an
  // old one might allow too much (a retired token stays retired).
  Result<void> Apply(const SnapshotEntry& entry);

  // ApplyAnswer takes up one answer of identity whole: with `full`, what is not in it is gone. It
  // returns the entries that could not be read, for the log.
  std::vector<Error> ApplyAnswer(int64_t position, bool full,
                                 std::span<const SnapshotEntry> entries);

  // Build returns the present state. What did not change since the last Build is shared with it.
  std::shared_ptr<const Snapshot> Build();

  int64_t position() const { return state_.position_; }

 private:
  template <class Fact>
  Result<void> ApplyTo(Table<Fact> Snapshot::* table, const SnapshotEntry& entry);
  Result<void> ApplyMembership(const SnapshotEntry& entry);
  Result<void> ApplyTenancy(const SnapshotEntry& entry);
  Result<void> ApplyPolicy(const SnapshotEntry& entry);
  Result<void> ApplyPlacement(const SnapshotEntry& entry);
  Result<void> ApplyNode(const SnapshotEntry& entry);
  Result<void> ApplyRetiredToken(const SnapshotEntry& entry);

  Snapshot state_;
};

}  // namespace perennial::authz
