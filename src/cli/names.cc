// SPDX-License-Identifier: Apache-2.0
#include "cli/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "base/ocid.h"
#include "cli/output/text.h"

namespace perennial::cli {
namespace {

namespace certs = api::certificates;
namespace lbs = api::load_balancer;

// Lists everything that has this name, or, for an empty one, everything.
using Lister = std::function<Outcome<std::vector<Named>>(const std::string& name)>;

struct Kind {
  std::string_view noun;  // "certificate"
  std::string_view type;  // Of its OCIDs.
  std::string_view list_command;
};

Outcome<std::string> Find(const Kind& kind, const std::string& text, const Lister& list) {
  const auto next = fmt::format("perennial {}   (shows what is there)", kind.list_command);
  if (LooksLikeOcid(text)) {
    const auto id = ParseOcid(text, kind.type);
    if (id) return *id;
    return Stop(Exit::kUsage, fmt::format("this is not the OCID of a {}: {}", kind.noun, text),
                id.error().message, next);
  }
  TRY_ASSIGN(const auto found, list(text));
  std::vector<Named> matches;
  std::ranges::copy_if(found, std::back_inserter(matches),
                       [&](const Named& each) { return each.name == text; });
  if (matches.size() == 1) return matches.front().id;
  if (matches.size() > 1) {
    return Stop(Exit::kRefused,
                fmt::format("\"{}\" is not the name of one {} alone", text, kind.noun),
                fmt::format("{} have it", matches.size()), next + "; then use the OCID");
  }
  // Only a mistake costs this second call.
  std::vector<std::string> names;
  if (const auto all = list("")) {
    for (const auto& each : *all) names.push_back(each.name);
  }
  const auto near = Nearest(text, names);
  return Stop(Exit::kRefused, fmt::format("no {} is named \"{}\"", kind.noun, text),
              near.empty() ? "it does not exist here, or no policy allows you to see it"
                           : fmt::format("did you mean \"{}\"?", near),
              next);
}

// What is deleted may still be listed, but its name means nothing any more.
template <class T>
bool IsGone(const T& item) {
  if constexpr (requires { item.lifecycle_state; }) {
    return item.lifecycle_state == decltype(item.lifecycle_state)::kDeleted;
  } else {
    return false;
  }
}

// A list call with its pages, as names. `fetch` takes the query; `name_of` reads the name.
template <class Fetch, class NameOfItem>
Outcome<std::vector<Named>> ListAll(api::Query query, Fetch fetch, NameOfItem name_of) {
  const auto all = api::AllPages([&](const std::string& page) {
    auto asked = query;
    asked.emplace_back("page", page);
    return fetch(asked);
  });
  if (!all) return std::unexpected(Failure(all.error()));
  std::vector<Named> named;
  for (const auto& item : *all) {
    if (!IsGone(item)) named.push_back({item.id, name_of(item)});
  }
  return named;
}

template <class T>
std::string PlainName(const T& item) {
  return item.name;
}
template <class T>
std::string DisplayName(const T& item) {
  return item.display_name;
}

Lister Certificates(Session& session, const std::string& compartment) {
  return [&session, compartment](const std::string& name) -> Outcome<std::vector<Named>> {
    TRY_ASSIGN(auto* client, session.certificates());
    return ListAll(
        {{"compartmentId", compartment}, {"name", name}},
        [&](const api::Query& query) { return client->ListCertificates(query); },
        PlainName<certs::CertificateSummary>);
  };
}

Lister LoadBalancers(Session& session, const std::string& compartment) {
  return [&session, compartment](const std::string& name) -> Outcome<std::vector<Named>> {
    TRY_ASSIGN(auto* client, session.load_balancers());
    return ListAll(
        {{"compartmentId", compartment}, {"displayName", name}},
        [&](const api::Query& query) { return client->ListLoadBalancers(query); },
        DisplayName<lbs::LoadBalancer>);
  };
}

Lister Nodes(Session& session) {
  return [&session](const std::string&) -> Outcome<std::vector<Named>> {
    TRY_ASSIGN(auto* client, session.identity());
    TRY_ASSIGN(const auto tenancy, session.tenancy());
    return ListAll(
        {{"compartmentId", tenancy}},
        [&](const api::Query& query) { return client->ListNodes(query); },
        PlainName<api::identity::Node>);
  };
}

// The four lists of the public identity API differ in the method alone.
template <class T>
Lister Identities(Session& session, const std::string& compartment,
                  Result<api::Page<T>> (api::identity::IdentityClient::*list)(const api::Query&)
                      const) {
  return [&session, compartment, list](const std::string& name) -> Outcome<std::vector<Named>> {
    TRY_ASSIGN(auto* client, session.identity());
    return ListAll(
        {{"compartmentId", compartment}, {"name", name}},
        [&](const api::Query& query) { return (client->*list)(query); }, PlainName<T>);
  };
}

std::vector<Named> WhatMayBeSeen(const Lister& list) {
  auto all = list("");
  return all ? std::move(*all) : std::vector<Named>{};
}

}  // namespace

bool LooksLikeOcid(const std::string& text) { return text.starts_with("ocid1."); }

Flag CompartmentFlag() {
  return {.name = "--compartment",
          .value = "COMPARTMENT",
          .help = "name or OCID; without it the root of the tenancy"};
}

Outcome<std::string> CompartmentOf(Session& session, const Arguments& arguments) {
  const auto text = arguments.Get("--compartment");
  return text ? FindCompartment(session, *text) : session.tenancy();
}

Outcome<std::string> FindCompartment(Session& session, const std::string& text) {
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  if (text == tenancy) return text;  // The root is a compartment too.
  return Find({"compartment", "compartment", "compartment list"}, text,
              Identities(session, tenancy, &api::identity::IdentityClient::ListCompartments));
}

Outcome<std::string> FindAuthority(Session& session, const std::string& compartment,
                                   const std::string& text) {
  return Find(
      {"certificate authority", "certificateauthority", "ca list"}, text,
      [&](const std::string& name) -> Outcome<std::vector<Named>> {
        TRY_ASSIGN(auto* client, session.certificates());
        return ListAll(
            {{"compartmentId", compartment}, {"name", name}},
            [&](const api::Query& query) { return client->ListCertificateAuthorities(query); },
            PlainName<certs::CertificateAuthoritySummary>);
      });
}

Outcome<std::string> FindCertificate(Session& session, const std::string& compartment,
                                     const std::string& text) {
  return Find({"certificate", "certificate", "certificate list"}, text,
              Certificates(session, compartment));
}

Outcome<std::string> FindLoadBalancer(Session& session, const std::string& compartment,
                                      const std::string& text) {
  return Find({"load balancer", "loadbalancer", "load-balancer list"}, text,
              LoadBalancers(session, compartment));
}

Outcome<std::string> FindNodePool(Session& session, const std::string& compartment,
                                  const std::string& text) {
  return Find({"node pool", "subnet", "node-pool list"}, text,
              [&](const std::string&) -> Outcome<std::vector<Named>> {
                TRY_ASSIGN(auto* client, session.identity());
                return ListAll(
                    {{"compartmentId", compartment}},
                    [&](const api::Query& query) { return client->ListNodePools(query); },
                    DisplayName<api::identity::NodePool>);
              });
}

Outcome<std::string> FindPolicy(Session& session, const std::string& compartment,
                                const std::string& text) {
  return Find({"policy", "policy", "policy list"}, text,
              Identities(session, compartment, &api::identity::IdentityClient::ListPolicies));
}

Outcome<std::string> FindUser(Session& session, const std::string& text) {
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  return Find({"user", "user", "user list"}, text,
              Identities(session, tenancy, &api::identity::IdentityClient::ListUsers));
}

Outcome<std::string> FindGroup(Session& session, const std::string& text) {
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  return Find({"group", "group", "group list"}, text,
              Identities(session, tenancy, &api::identity::IdentityClient::ListGroups));
}

Outcome<std::string> FindNode(Session& session, const std::string& text) {
  return Find({"node", "node", "node list"}, text, Nodes(session));
}

std::string NameOf(const std::vector<Named>& known, const std::string& id) {
  const auto found = std::ranges::find(known, id, &Named::id);
  return found == known.end() ? id : found->name;
}

std::vector<Named> KnownCertificates(Session& session, const std::string& compartment) {
  return WhatMayBeSeen(Certificates(session, compartment));
}

std::vector<Named> KnownLoadBalancers(Session& session, const std::string& compartment) {
  return WhatMayBeSeen(LoadBalancers(session, compartment));
}

std::vector<Named> KnownNodes(Session& session) { return WhatMayBeSeen(Nodes(session)); }

std::vector<api::certificates::NodeServing> KnownServing(Session& session) {
  const auto client = session.certificates();
  if (!client) return {};
  auto known = (*client)->GetNodeServing();
  return known ? std::move(known->items) : std::vector<api::certificates::NodeServing>();
}

std::vector<api::load_balancer::ListenerOnNode> KnownListeners(Session& session,
                                                               const api::Query& query) {
  const auto client = session.load_balancers();
  if (!client) return {};
  auto known = (*client)->GetListenerStates(query);
  return known ? std::move(known->items) : std::vector<api::load_balancer::ListenerOnNode>();
}

}  // namespace perennial::cli
