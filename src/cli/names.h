// SPDX-License-Identifier: Apache-2.0
// Names or OCIDs everywhere: each of these returns the OCID. An OCID is taken as it is, without a
// call; a name is looked up by a list call and must be exactly one thing's. Otherwise kRefused,
// with the nearest name and the command that lists them.
#pragma once

#include <string>
#include <vector>

#include "api/certificates/types.h"
#include "api/client.h"
#include "api/load_balancer/listener_states.h"
#include "cli/command.h"
#include "cli/session.h"

namespace perennial::cli {

// The --compartment of a command; the tenancy's root without it.
Flag CompartmentFlag();
Outcome<std::string> CompartmentOf(Session& session, const Arguments& arguments);
Outcome<std::string> FindCompartment(Session& session, const std::string& text);

// These live in a compartment.
Outcome<std::string> FindAuthority(Session& session, const std::string& compartment,
                                   const std::string& text);
Outcome<std::string> FindCertificate(Session& session, const std::string& compartment,
                                     const std::string& text);
Outcome<std::string> FindLoadBalancer(Session& session, const std::string& compartment,
                                      const std::string& text);
Outcome<std::string> FindNodePool(Session& session, const std::string& compartment,
                                  const std::string& text);
Outcome<std::string> FindPolicy(Session& session, const std::string& compartment,
                                const std::string& text);

// These live in the tenancy.
Outcome<std::string> FindUser(Session& session, const std::string& text);
Outcome<std::string> FindGroup(Session& session, const std::string& text);
Outcome<std::string> FindNode(Session& session, const std::string& text);

bool LooksLikeOcid(const std::string& text);

// Something's id and name, as a list call tells them.
struct Named {
  std::string id, name;
};

// NamesOf makes OCIDs readable: the name of `id` in `known`, else the OCID itself.
std::string NameOf(const std::vector<Named>& known, const std::string& id);

// For columns that show names: what may be seen of them; empty where the list is refused.
std::vector<Named> KnownCertificates(Session& session, const std::string& compartment);
std::vector<Named> KnownLoadBalancers(Session& session, const std::string& compartment);
std::vector<Named> KnownNodes(Session& session);

// What nodes polled and proved, and their listeners: the same, empty where it is refused.
std::vector<api::certificates::NodeServing> KnownServing(Session& session);
std::vector<api::load_balancer::ListenerOnNode> KnownListeners(Session& session,
                                                               const api::Query& query);

}  // namespace perennial::cli
