// SPDX-License-Identifier: Apache-2.0
// The typed configuration of a node as HAProxy's text. Pure: the same values give the same bytes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/load_balancer/node_configuration.h"

namespace perennial::haproxy {

struct RenderContext {
  std::string runtime_socket;  // Absolute paths, made by us.
  std::string certificates_directory;
  std::vector<std::string> node_addresses;  // What this node may bind.
  // HasBundle says whether a bundle was ever stored for the association; a listener without is left
  // out.
  std::function<bool(const std::string& association_id)> has_bundle;
};

// BundleFileName returns the name of an association's file: 32 hex characters and `.pem`. It is
// derived, so no name that anybody chose ever reaches a path or a command.
std::string BundleFileName(const std::string& association_id);

// BindAddresses returns where a load balancer listens on this node: those of its addresses that are
// the node's. None: its listeners are left out. Anything else would let one tenant of a shared node
// answer on another's address.
std::vector<std::string> BindAddresses(
    const api::load_balancer::LoadBalancerConfiguration& resource,
    const std::vector<std::string>& node_addresses);

// Render returns the whole file for a configuration that CheckConfiguration accepted. `description`
// in it names the hash of the rest, so that the running process can be asked which text it has
// loaded.
std::string Render(const api::load_balancer::NodeConfiguration& configuration,
                   const RenderContext& context);

// DescriptionOf returns the description that a rendered text carries, or empty.
std::string DescriptionOf(std::string_view text);

}  // namespace perennial::haproxy
