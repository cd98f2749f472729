// SPDX-License-Identifier: Apache-2.0
// What makes a directory a node: its key, who it is, and the platform CA that it trusts.
//
//   DIR/node.key        the enrolment key, P-256, 0600; written last: with it the node has joined
//   DIR/node.json       {"nodeId", "tenancyId", "name"}
//   DIR/ca.pem          the platform CA that was pinned
//   DIR/endpoints.json  where the services are (remote_control_plane.h)
//   DIR/state.json      what is served (state.h)
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "pki/key.h"

namespace perennial::agent {

struct NodeIdentity {
  std::string node_id;
  std::string tenancy_id;
  std::string name;
};

struct Node {
  NodeIdentity identity;
  std::shared_ptr<const pki::PrivateKey> key;
  std::string ca_pem;
};

std::string NodeKeyPath(const std::string& directory);
std::string EndpointsPath(const std::string& directory);
std::string StatePath(const std::string& directory);

// LoadIdentity and LoadNode return kNotFound when this directory has not joined, kInvalidArgument
// when a file in it is not what it should be.
Result<NodeIdentity> LoadIdentity(const Files& files, const std::string& directory);
Result<Node> LoadNode(const Files& files, const std::string& directory);

// SaveNode writes the three files, the key last.
Result<void> SaveNode(Files& files, const std::string& directory, const Node& node);

}  // namespace perennial::agent
