// SPDX-License-Identifier: Apache-2.0
// How a host becomes a node: a one-time token against an enrolled key, over a server whose CA was
// told apart from every other by its hash.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/node.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/random.h"
#include "net/transport.h"

namespace perennial::agent {

struct JoinRequest {
  std::string url;      // https://host:port of the control plane.
  std::string ca_hash;  // "sha256:" and 64 hexadecimal digits.
  std::string token;    // "pnj_…"
  std::string name;
  std::vector<std::string> addresses;  // Of this host: where listeners may be bound.
  std::string directory;               // Absolute.
};

struct JoinParts {
  Files& files;
  Clock& clock;
  Random& random;
  // What the server at a URL presents, not verified; net::FetchServerChainPem.
  std::function<Result<std::string>(const std::string& url)> fetch_chain;
  // A transport that trusts these certificates and nothing else.
  std::function<Result<std::unique_ptr<net::Transport>>(const std::string& ca_pem)> make_transport;
  // Puts what belongs to this host's proxy beside; runs before the key is written, so that a node
  // that has joined is complete. May be empty.
  std::function<Result<void>()> prepare;
};

// PinCa returns the CA certificate among the presented ones whose DER has this hash.
// kInvalidArgument: the hash is not spelled as one; kPermissionDenied: the server shows no such CA,
// and what it shows instead.
Result<std::string> PinCa(const std::string& chain_pem, const std::string& ca_hash);

// Join enrols a fresh key and writes the node into the directory. Nothing that it says is a secret.
// kAlreadyExists: there is a node already, which is left as it is. kInvalidArgument: the request.
// kPermissionDenied: another CA. kUnauthenticated: the token was used, has expired or never was.
// kUnavailable: the server cannot be reached, or the disk refuses; the message says whether the
// token is spent.
Result<NodeIdentity> Join(const JoinRequest& request, const JoinParts& parts);

// Share enrols a node that has joined also for the pools of another token, which may be another
// tenancy's: the same key, nothing on disk changes. kNotFound: this directory has not joined; the
// rest as Join. `ca_hash` and `name` of the request are not looked at: both are known.
Result<NodeIdentity> Share(JoinRequest request, const JoinParts& parts);

}  // namespace perennial::agent
