// SPDX-License-Identifier: Apache-2.0
// Seeing with one's own eyes that a version is served: full handshakes with every listener that
// must show it.
#pragma once

#include <string>
#include <vector>

#include "agent/installer.h"
#include "base/clock.h"
#include "base/wire_enum.h"
#include "net/tls_probe.h"

namespace perennial::agent {

// kFailed: something else is served. kInconclusive: nothing could be seen, which is not a failure.
enum class ProofResult { kProved, kFailed, kInconclusive };

// What one address, name and key type showed.
struct Sight {
  Endpoint endpoint;
  std::string server_name;
  std::string fingerprint_sha256;  // Of the leaf that was shown; empty when none was.
  ProofResult result = ProofResult::kInconclusive;
  std::string reason;  // In words, where it is not proved.
  Time seen;
};

struct Proof {
  ProofResult result = ProofResult::kInconclusive;
  std::vector<Sight> sights;
};

// What must be seen.
struct Expected {
  std::vector<Endpoint> endpoints;
  std::string fingerprint_sha256;
  std::vector<std::string> dns_names;  // SNI is sent for each, a wildcard with a label of ours.
  std::string key_type;                // "RSA" or "ECDSA": beside it another type may be served.
};

// ServerNamesToProbe returns what SNI to send: at most eight names, and where the endpoint shows
// the certificate by default, the empty one.
std::vector<std::string> ServerNamesToProbe(const std::vector<std::string>& dns_names,
                                            bool shows_by_default);

class Prover {
 public:
  Prover(net::TlsProbe& probe, Clock& clock) : probe_(probe), clock_(clock) {}

  // Prove does `kHandshakesToProve` full handshakes in a row with each endpoint and name. One that
  // shows another leaf fails the whole; one that shows nothing makes it inconclusive, unless
  // another failed.
  static constexpr int kHandshakesToProve = 3;
  Proof Prove(const Expected& expected);

 private:
  Sight Look(const Endpoint& endpoint, const std::string& server_name, const Expected& expected);

  net::TlsProbe& probe_;
  Clock& clock_;
};

}  // namespace perennial::agent
