// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/configurations.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/load_balancer/node_configuration.h"
#include "base/log.h"
#include "products/load_balancer/ports.h"

namespace perennial::load_balancer {

namespace {

// Values come from our own rows, which held them against rules.h: a name outside the enum is a defect.
template <class E>
Result<E> Enum(const std::string& name) {
  const auto value = FromWireName<E>(name);
  if (!value) return Fail(ErrorCode::kInternal, "a stored load balancer holds '" + name + "'");
  return *value;
}

Result<wire::BackendSetConfiguration> BuildSet(const wire::BackendSet& set) {
  wire::BackendSetConfiguration out;
  out.name = set.name;
  TRY_ASSIGN(out.policy, Enum<wire::BalancingPolicy>(set.policy));
  const auto& checker = set.health_checker;
  TRY_ASSIGN(out.health_checker.protocol, Enum<wire::HealthProtocol>(checker.protocol));
  out.health_checker.port = checker.port;
  out.health_checker.url_path = checker.url_path;
  out.health_checker.return_code = checker.return_code;
  out.health_checker.retries = checker.retries;
  out.health_checker.timeout_ms = checker.timeout_in_millis;
  out.health_checker.interval_ms = checker.interval_in_millis;
  for (const auto& backend : set.backends) {
    out.backends.push_back({.ip_address = backend.ip_address,
                            .port = backend.port,
                            .weight = backend.weight,
                            .drain = backend.drain,
                            .backup = backend.backup,
                            .offline = backend.offline,
                            .max_connections = backend.max_connections});
  }
  return out;
}

// BuildListener returns nothing for a listener that cannot be served.
Result<std::optional<wire::ListenerConfiguration>> BuildListener(
    const wire::Listener& listener, const std::vector<products::Attachment>& attachments) {
  wire::ListenerConfiguration out;
  out.name = listener.name;
  out.port = listener.port;
  TRY_ASSIGN(out.protocol, Enum<wire::ListenerProtocol>(listener.protocol));
  out.default_backend_set = listener.default_backend_set_name;
  if (listener.connection_configuration) {
    out.idle_timeout_s = listener.connection_configuration->idle_timeout;
  }
  if (!listener.ssl_configuration) return std::optional(std::move(out));
  out.ssl.emplace();
  for (const auto& name : listener.ssl_configuration->protocols) {
    TRY_ASSIGN(const auto protocol, Enum<wire::TlsProtocol>(name));
    out.ssl->protocols.push_back(protocol);
  }
  for (const auto& id : listener.ssl_configuration->certificate_ids) {
    const auto found = std::ranges::find_if(attachments, [&](const products::Attachment& attachment) {
      return attachment.pair.certificates_resource_id == id && attachment.association_id;
    });
    if (found == attachments.end()) return std::optional<wire::ListenerConfiguration>();
    out.ssl->certificates.push_back({*found->association_id, id, found->current_version.value_or(1)});
  }
  return std::optional(std::move(out));
}

Result<wire::LoadBalancerConfiguration> BuildOne(const Placed& placed) {
  wire::LoadBalancerConfiguration out;
  out.id = placed.model.id();
  out.tenancy_id = placed.model.tenancy_id;
  out.compartment_id = placed.model.value.compartment_id;
  out.addresses = placed.addresses;
  for (const auto& [name, set] : placed.model.value.backend_sets) {
    TRY_ASSIGN(auto built, BuildSet(set));
    out.backend_sets.push_back(std::move(built));
  }
  for (const auto& [name, listener] : placed.model.value.listeners) {
    TRY_ASSIGN(auto built, BuildListener(listener, placed.attachments));
    if (built) {
      out.listeners.push_back(std::move(*built));
    } else {
      Log(LogLevel::kError, "load_balancer", "a listener has no association and is not served",
          {{"resource", out.id}, {"listener", name}});
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> AddressesOf(const authz::Snapshot& snapshot, const Model& model) {
  if (const auto* pool = snapshot.NodePool(model.node_pool_id)) return pool->addresses;
  // A pool that is gone, or not here yet: where it answered when it was made.
  std::vector<std::string> addresses;
  for (const auto& address : model.value.ip_addresses) addresses.push_back(address.ip_address);
  return addresses;
}

std::string TopicOf(const std::string& node_id) { return kConfigurationTopics + node_id; }

Result<std::vector<NotYet>> ConfigurationPositions(storage::Session& session,
                                                   const std::vector<std::string>&) {
  // As a rule every node waits, so one question for all is the cheaper one.
  TRY_ASSIGN(const auto rows, session.Query("SELECT node_id, MAX(version) FROM node_configuration "
                                            "GROUP BY node_id"));
  std::vector<NotYet> positions;
  for (const auto& row : rows) positions.push_back({TopicOf(row.Text(0)), row.Int(1)});
  return positions;
}

Result<NodeDraft> BuildDraft(const std::string& node_id, const std::vector<Placed>& placed,
                             const std::vector<wire::LoadBalancerConfiguration>& head) {
  NodeDraft draft;
  draft.node_id = node_id;
  wire::NodeConfiguration configuration;
  std::map<std::string, Time> created;
  for (const auto& one : placed) {
    TRY_ASSIGN(auto built, BuildOne(one));
    created.emplace(built.id, one.model.value.time_created);
    configuration.resources.push_back(std::move(built));
  }
  draft.conflicts = TakeOutConflicts(configuration.resources, head, created);
  // The agent holds it against the same rules: what it would refuse is never written.
  if (const auto checked = CheckConfiguration(configuration); !checked) {
    return Fail(ErrorCode::kInternal, "configuration of " + node_id + checked.error().message);
  }
  TRY_ASSIGN(draft.resources, CanonicalJson(EncodeJson(configuration.resources)));
  for (auto& resource : configuration.resources) {
    for (auto& listener : resource.listeners) {
      if (!listener.ssl) continue;
      for (auto& certificate : listener.ssl->certificates) {
        draft.references.push_back({certificate.certificate_id, resource.id});
        certificate.current_version = 0;
      }
    }
  }
  TRY_ASSIGN(draft.structure, CanonicalJson(EncodeJson(configuration.resources)));
  return draft;
}

ConfigurationWriter::ConfigurationWriter(const Store& store, const products::Attachments& attachments,
                                         const service::Service& service)
    : store_(store), attachments_(attachments), service_(service) {}

Result<std::vector<wire::LoadBalancerConfiguration>> ConfigurationWriter::HeadOf(
    storage::Session& session, const std::string& node_id) const {
  TRY_ASSIGN(const auto stored, configurations_.Head(session, node_id));
  const auto text = fmt::format(R"({{"version":0,"previousHash":"","hash":"","resources":{}}})",
                                stored.resources);
  TRY_ASSIGN(auto head, DecodeJson<wire::NodeConfiguration>(text, UnknownFields::kIgnore));
  return std::move(head.resources);
}

// Its owner learns of it where he looks for what became of his changes. Who has the port is not told: it
// may be another tenant's, and nobody in particular is asking.
Result<void> ConfigurationWriter::Tell(storage::Session& session, const std::string& node_id,
                                       const std::vector<Placed>& placed,
                                       const std::set<PortConflict>& conflicts) const {
  TRY_ASSIGN(const auto known, store_.PortConflictsOn(session, node_id));
  if (known == conflicts) return {};
  TRY(store_.SetPortConflicts(session, node_id, conflicts));
  for (const auto& one : placed) {
    for (const auto& conflict : conflicts) {
      if (conflict.load_balancer_id != one.model.id() || known.contains(conflict)) continue;
      const auto what = fmt::format(
          "listener '{}' is not served by node {}: port {} is taken there by a listener that was first; "
          "give this one another port, or take the node out of its pool",
          conflict.listener_name, node_id, conflict.port);
      TRY(work_requests_.AcceptFailed(session,
                                      {.id = service_.NewId("loadbalancerworkrequest"),
                                       .resource_id = one.model.id(),
                                       .compartment_id = one.model.value.compartment_id,
                                       .type = "ServeListener"},
                                      what, service_.clock().Now()));
      Log(LogLevel::kWarn, "load_balancer", "a listener is not served, its port is taken",
          {{"resource", one.model.id()}, {"listener", conflict.listener_name}, {"node", node_id}});
    }
  }
  return {};
}

Result<bool> ConfigurationWriter::Write(storage::Session& session, const authz::Snapshot& snapshot,
                                        const std::string& node_id) const {
  TRY_ASSIGN(auto models, store_.PlacedOn(session, node_id));
  std::vector<Placed> placed;
  for (auto& model : models) {
    TRY_ASSIGN(auto attached, attachments_.Of(session, model.id()));
    auto addresses = AddressesOf(snapshot, model);
    placed.push_back({std::move(model), std::move(addresses), std::move(attached)});
  }
  TRY_ASSIGN(const auto head, HeadOf(session, node_id));
  TRY_ASSIGN(const auto draft, BuildDraft(node_id, placed, head));
  TRY(Tell(session, node_id, placed, draft.conflicts));
  TRY_ASSIGN(const auto version, configurations_.Raise(session, draft, service_.clock().Now()));
  if (version == 0) return false;
  session.AfterCommit(
      [this, node_id, version] { service_.news().Publish(TopicOf(node_id), version); });
  return true;
}

}  // namespace perennial::load_balancer
