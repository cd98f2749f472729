// SPDX-License-Identifier: Apache-2.0
// The typed configuration of a node as HAProxy's text. Pure: the same values give the same bytes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/installer.h"
#include "api/load_balancer/node_configuration.h"

namespace perennial::haproxy {

// Where a listener binds: an address, IPv6 without brackets, and a port.
struct Place {
  std::string address;
  int64_t port = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct RenderContext {
  std::string runtime_socket;  // Absolute paths, made by us.
  std::string certificates_directory;
  std::vector<std::string> node_addresses;  // What this node may bind.
  // HasFile says whether the bundle file of this name is there. A listener goes on with the files of
  // `former`, the text that is in place, until its own are there; where it had none it is left out.
  std::function<bool(const std::string& file_name)> has_file;
  std::string former;
  std::map<Place, std::string> closed;  // Where HAProxy cannot bind, and why, in words.
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

// PlacesOf lists where the listeners of the configuration bind, those in `closed` too.
std::vector<Place> PlacesOf(const api::load_balancer::NodeConfiguration& configuration,
                            const RenderContext& context);

// BindsIn says whether a rendered text binds the place.
bool BindsIn(std::string_view text, const Place& place);

// ListClosed returns what Render leaves out, and why; also what shows a former certificate for now.
std::vector<agent::ClosedListener> ListClosed(
    const api::load_balancer::NodeConfiguration& configuration, const RenderContext& context);

// NamesFile says whether a rendered text shows the bundle file of this name.
bool NamesFile(std::string_view text, const std::string& file_name);

// DescriptionOf returns the description that a rendered text carries, or empty.
std::string DescriptionOf(std::string_view text);

}  // namespace perennial::haproxy
