// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/evidence/table.h"
#include "http_signature/evidence.h"
#include "products/load_balancer/ports.h"
#include "products/load_balancer/rules.h"
#include "service/page.h"

namespace perennial::load_balancer {

using authz::Permission;
using service::Call;
using service::Reply;

namespace {

// NamedPairs lists which of the pairs in use the user's request names where it can authorise them.
std::set<products::Pair> NamedPairs(const http_signature::Evidence& evidence, const Model& model) {
  const auto granted = api::evidence::PairsAuthorizedBy(evidence);
  std::set<products::Pair> pairs;
  if (!granted) return pairs;
  for (const auto& use : UsesOf(model)) {
    const bool named = std::ranges::any_of(*granted, [&](const auto& grant) {
      return grant.resource_id == use.resource_id &&
             grant.certificates_resource_id == use.certificates_resource_id;
    });
    if (named) pairs.insert({use.certificates_resource_id, use.resource_id});
  }
  return pairs;
}

}  // namespace

LoadBalancerService::LoadBalancerService(service::Service& service,
                                         products::CertificatesGateway& certificates,
                                         products::ResourceGateway& resources,
                                         std::function<void()> wake)
    : service_(service),
      attachments_(service, certificates),
      new_resources_(service, resources, std::string(kProductKind)),
      upkeep_(service, store_, attachments_, new_resources_, resources),
      wake_(std::move(wake)) {}

void LoadBalancerService::Wake() const {
  if (wake_) wake_();
}

Result<Model> LoadBalancerService::Load(Call& call, Permission permission) {
  TRY_ASSIGN(auto model, service_.database().ReadValue([&](storage::Session& session) {
    return store_.Get(session, call.PathValue("loadBalancerId"));
  }));
  call.About(model.id(), model.value.compartment_id, model.value.display_name);
  TRY(call.Require(permission, model.value.compartment_id));
  return model;
}

// Accept is the last part of every mutation: the work request that the answer names.
Result<Reply> LoadBalancerService::Accept(storage::Session& session, const Call& call,
                                          const Model& model, const std::string& type) const {
  TRY_ASSIGN(const auto request,
             work_requests_.Accept(session,
                                   {.id = service_.NewId("loadbalancerworkrequest"),
                                    .resource_id = model.id(),
                                    .compartment_id = model.value.compartment_id,
                                    .type = type},
                                   call.now()));
  session.AfterCommit([this] { Wake(); });
  return Reply::Empty(204).With("opc-work-request-id", request.id);
}

Result<void> LoadBalancerService::JudgeChange(Call& call, storage::Session& session,
                                              const Model& before, Model& after,
                                              const Change& change) const {
  if (before.value.lifecycle_state != wire::LifecycleState::kActive) {
    return Fail(ErrorCode::kIncorrectState,
                fmt::format("the load balancer is {}; it can be changed while it is ACTIVE",
                            WireNameOf(before.value.lifecycle_state)));
  }
  TRY(call.CheckIfMatch(EtagOf(before)));
  after = before;
  TRY(change(after));
  return CheckPorts(call, session, before, after);
}

Result<Reply> LoadBalancerService::Mutate(Call& call, const std::string& type,
                                          const Change& change) {
  TRY_ASSIGN(const Model first, Load(call, Permission::kLoadBalancerUpdate));
  Model planned;
  TRY(service_.database().Read([&](storage::Session& session) {
    return JudgeChange(call, session, first, planned, change);
  }));

  // The attach comes before the commit, because a user who may not use the certificate must learn it from
  // this very answer, with nothing half made. It is idempotent by its evidence, and the intent that
  // Attachments records first lets the reconciler detach it again should this process die before the commit.
  TRY_ASSIGN(const auto ticket, AttachNew(call, first, planned));
  auto reply = call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const Model before, store_.Get(session, first.id()));
    Model after;
    TRY(JudgeChange(call, session, before, after, change));
    TRY(CheckProved(NewPairs(before, after), ticket));
    TRY(attachments_.Commit(session, ticket));
    TRY(store_.Save(session, before, after));
    TRY(attachments_.SetUses(session, after.id(), UsesOf(after)));
    return Accept(session, call, after, type);
  });
  attachments_.Abandon(ticket);
  if (!reply) Wake();
  return reply;
}

Result<void> LoadBalancerService::NoteAhead(const Call& call) {
  if (call.signed_facts().signed_date <= call.now()) return {};
  const auto model = service_.database().ReadValue([&](storage::Session& session) {
    return store_.Get(session, call.PathValue("loadBalancerId"));
  });
  // The change itself says what is wrong. Who may not make it shall not close pairs of others.
  if (!model || !call.May(Permission::kLoadBalancerUpdate, model->value.compartment_id)) return {};
  return NoteAhead(call, model->id());
}

Result<void> LoadBalancerService::NoteAhead(const Call& call, const std::string& load_balancer_id) {
  const auto signed_date = call.signed_facts().signed_date;
  if (signed_date <= call.now()) return {};
  const auto evidence = http_signature::MakeEvidence(call.request());
  if (!evidence) return {};
  const auto granted = api::evidence::PairsAuthorizedBy(*evidence);
  if (!granted) return {};
  std::vector<products::Pair> pairs;
  for (const auto& grant : *granted) pairs.push_back({grant.certificates_resource_id, load_balancer_id});
  return attachments_.NoteClick(pairs, signed_date);
}

Result<products::AttachTicket> LoadBalancerService::AttachNew(const Call& call, const Model& before,
                                                              const Model& after) {
  auto pairs = NewPairs(before, after);
  if (pairs.empty() && EncodeJson(before.value) != EncodeJson(after.value)) {
    return products::AttachTicket{};
  }
  TRY_ASSIGN(const auto evidence, http_signature::MakeEvidence(call.request()));
  // A change that changes nothing proves anew what it names: so a user gives back what was detached by
  // force, which nobody told us of (ADR-0018).
  if (pairs.empty()) pairs = NamedPairs(evidence, after);
  if (pairs.empty()) return products::AttachTicket{};
  auto ticket = attachments_.Attach(evidence, {pairs.begin(), pairs.end()});
  if (ticket || ticket.error().code != ErrorCode::kRelatedNotFound) return ticket;
  // A form shows the refusal at its field; the certificate is told as the user wrote it there.
  for (const auto& pair : pairs) {
    const auto& id = pair.certificates_resource_id;
    if (pairs.size() > 1 && !ticket.error().message.contains(id)) continue;
    return Fail(ErrorCode::kRelatedNotFound,
                fmt::format("{}: {} does not exist, or you are not allowed to use it",
                            PointerOf(before, after, id), id));
  }
  return ticket;
}

Result<void> LoadBalancerService::CheckPorts(const Call& call, storage::Session& session,
                                             const Model& before, const Model& after) const {
  const auto pools = PoolsThatShareAddresses(call.snapshot(), after.node_pool_id);
  for (const auto& [name, listener] : after.value.listeners) {
    const auto was = before.value.listeners.find(name);
    if (was != before.value.listeners.end() && was->second.port == listener.port) continue;
    TRY_ASSIGN(const auto holders, store_.PortHolders(session, pools, listener.port));
    for (const auto& holder : holders) {
      // A listener of this same load balancer may be about to give the port up.
      if (holder.load_balancer_id == after.id() &&
          (!after.value.listeners.contains(holder.listener_name) ||
           after.value.listeners.at(holder.listener_name).port != listener.port ||
           holder.listener_name == name)) {
        continue;
      }
      const bool may_read = call.May(Permission::kLoadBalancerRead, holder.compartment_id);
      return Fail(ErrorCode::kConflict,
                  may_read ? fmt::format("port {} of this node pool is taken by listener '{}' of load "
                                         "balancer {}",
                                         listener.port, holder.listener_name, holder.load_balancer_id)
                           : fmt::format("port {} of this node pool is taken", listener.port));
    }
  }
  return {};
}

Result<Reply> LoadBalancerService::CreateLoadBalancer(Call& call) {
  TRY_ASSIGN(const auto details, call.Body<wire::CreateLoadBalancerDetails>());
  call.About("", details.compartment_id, details.display_name);
  TRY(call.Require(Permission::kLoadBalancerCreate, details.compartment_id));
  Model model;
  TRY_ASSIGN(model.value, MakeLoadBalancer(details));
  model.node_pool_id = details.subnet_ids.at(0);
  const auto* pool = call.snapshot().NodePool(model.node_pool_id);
  if (pool == nullptr || !call.May(Permission::kNodePoolRead, pool->compartment_id)) {
    return Fail(ErrorCode::kRelatedNotFound,
                "/subnetIds/0: no such node pool, or you may not read it");
  }
  for (const auto& address : pool->addresses) model.value.ip_addresses.push_back({address, {}});
  model.tenancy_id = call.caller().tenancy_id;
  model.version = 1;
  model.value.time_created = call.now();
  TRY(service_.database().Read([&](storage::Session& session) {
    return CheckPorts(call, session, Model{}, model);
  }));

  // The id is not ours to choose: it derives from the user's signed request (protocols.md §2).
  TRY_ASSIGN(const auto evidence, http_signature::MakeEvidence(call.request()));
  TRY_ASSIGN(const auto registered,
             new_resources_.Register(evidence, call.signed_facts().digest));
  model.value.id = registered.id;
  call.About(model.id(), details.compartment_id, details.display_name);
  if (auto noted = NoteAhead(call, model.id()); !noted) {
    new_resources_.Abandon(model.id());
    return std::unexpected(std::move(noted).error());
  }
  if (registered.compartment_id != details.compartment_id) {
    new_resources_.Abandon(model.id());
    return Fail(ErrorCode::kInternal, "identity read another compartment out of the same request");
  }
  auto ticket = AttachNew(call, Model{}, model);
  if (!ticket) {
    new_resources_.Abandon(model.id());
    Wake();
    return std::unexpected(std::move(ticket).error());
  }
  auto reply = CommitNew(call, model, *ticket);
  // What the commit took over is not touched by these; what it did not is ended by the upkeep.
  attachments_.Abandon(*ticket);
  new_resources_.Abandon(model.id());
  if (!reply) Wake();
  return reply;
}

Result<Reply> LoadBalancerService::CommitNew(Call& call, const Model& model,
                                             const products::AttachTicket& ticket) {
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY(CheckPorts(call, session, Model{}, model));
    TRY(new_resources_.Commit(session, model.id()));
    TRY(attachments_.Commit(session, ticket));
    TRY(store_.Insert(session, model));
    TRY(attachments_.SetUses(session, model.id(), UsesOf(model)));
    return Accept(session, call, model, "CreateLoadBalancer");
  });
}

Result<Reply> LoadBalancerService::DeleteLoadBalancer(Call& call) {
  TRY_ASSIGN(const Model first, Load(call, Permission::kLoadBalancerDelete));
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const Model before, store_.Get(session, first.id()));
    const auto state = before.value.lifecycle_state;
    if (state != wire::LifecycleState::kActive && state != wire::LifecycleState::kFailed) {
      return Fail(ErrorCode::kIncorrectState,
                  fmt::format("the load balancer is {}", WireNameOf(state)));
    }
    TRY(call.CheckIfMatch(EtagOf(before)));
    if (before.value.is_delete_protection_enabled.value_or(false)) {
      return Fail(ErrorCode::kConflict, "deletion protection is enabled for this load balancer");
    }
    Model after = before;
    after.value.lifecycle_state = wire::LifecycleState::kDeleting;
    TRY(store_.Save(session, before, after));
    // No use is left from now on; the associations end when no live node serves them any more.
    TRY(attachments_.SetUses(session, after.id(), {}));
    return Accept(session, call, after, "DeleteLoadBalancer");
  });
}

}  // namespace perennial::load_balancer
