// SPDX-License-Identifier: Apache-2.0
// How a bundle and a configuration get into a proxy. One implementation a proxy, below installers/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret_bytes.h"
#include "base/time.h"

namespace perennial::agent {

// The configuration of this node, as the product's service wrote it: whole, versioned, chained by
// hash.
struct Configuration {
  int64_t version = 0;  // 0: none yet.
  std::string previous_hash;
  std::string hash;
  std::string resources;  // Canonical JSON: the product's own type, which only its installer reads.
};

// Where something listens.
struct Endpoint {
  std::string address;  // An IP address, IPv6 without brackets.
  uint16_t port = 0;
  bool shows_by_default =
      true;  // Also to whoever names no server: the listener's first certificate.
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// A certificate that the configuration names, and where it must be seen.
struct Reference {
  std::string resource_id;  // The load balancer: the key is read as exactly this resource.
  std::string association_id;
  std::string certificate_id;
  int64_t current_version =
      0;  // CURRENT when the configuration was written: what a new node starts with.
  std::vector<Endpoint> endpoints;
};

// A bundle that has passed the gate. Moved, never copied: it holds a key.
struct ServingBundle {
  std::string association_id;
  int64_t version = 0;
  std::string fingerprint_sha256;      // Of the leaf's DER, lower-case hex.
  std::vector<std::string> dns_names;  // Of the leaf, as spelled there.
  std::string key_type;                // "RSA" or "ECDSA".
  Time not_after;
  SecretBytes pem;  // pki::EncodeServingPem: leaf, chain, key.
};

// A listener of the configuration that is not open on this node, or not on each of its addresses.
struct ClosedListener {
  std::string resource_id, name;
  int64_t port = 0;
  std::vector<std::string> addresses;  // Where it should be open and is not.
  // Only for its certificate, which this node fetches by itself. Until then it goes on with the one
  // that it showed before, if it showed any.
  bool waiting = false;
  std::string reason;    // In words, with what to do.
  friend bool operator==(const ClosedListener&, const ClosedListener&) = default;
};

// What the proxy says of itself.
struct ProxyState {
  int64_t pid = 0;          // The process that accepts new connections.
  int64_t reloads = 0;      // Since the proxy's start.
  int64_t old_workers = 0;  // That only finish old connections, with what they were started with.
};

// One caller at a time. After any failure the same call may be repeated; nothing served is lost by
// it.
class Installer {
 public:
  virtual ~Installer() = default;

  // Read lists what the configuration refers to, or kInvalidArgument naming what cannot be
  // expressed: then the configuration is refused whole and the last good one stays.
  virtual Result<std::vector<Reference>> Read(const Configuration& configuration) const = 0;

  // Store makes the bundle durable in its file, without telling the running proxy.
  virtual Result<void> Store(const ServingBundle& bundle) = 0;

  // Apply brings the listeners in line with the configuration and returns those that stay closed: a
  // bundle was never stored, the port cannot be opened here, or the address is not this node's. A
  // listener that was given another certificate, which is not stored yet, goes on with the former
  // one, and is among them. Call it again while there are any. It renders, has the proxy's own
  // checker judge the text, and reloads without losing a connection; equal text is no reload.
  // kInvalidArgument: the proxy refused the whole; the running configuration stays. kUnavailable:
  // the proxy cannot be reached; the text is in place and counts when it starts.
  virtual Result<std::vector<ClosedListener>> Apply(const Configuration& configuration) = 0;

  // Serve stores the bundle and has the running proxy serve it: file first, then at run time, never
  // by a reload. It compares what the proxy shows afterwards. kUnavailable: the proxy cannot be
  // reached or did not take it.
  virtual Result<void> Serve(const ServingBundle& bundle) = 0;

  // Forget removes files of associations that are not in `kept`, and that no listener shows.
  virtual Result<void> Forget(const std::vector<std::string>& kept_association_ids) = 0;

  // Shows says whether a listener shows the association's bundle, as they were applied last.
  virtual bool Shows(const std::string& association_id) const = 0;

  virtual Result<ProxyState> State() = 0;
};

}  // namespace perennial::agent
