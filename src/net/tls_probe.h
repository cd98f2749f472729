// SPDX-License-Identifier: Apache-2.0
// One full TLS handshake with a listener, to see what it serves: the proof of a rollout
// (protocols.md §5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace perennial::net {

// Which of a listener's certificates shall be shown.
enum class ProbeKeyType { kAny, kEcdsa, kRsa };

struct ProbeRequest {
  std::string address;  // An IP address, IPv6 without brackets.
  uint16_t port = 0;
  std::string server_name;  // SNI; empty: none is sent.
  ProbeKeyType key_type = ProbeKeyType::kAny;
  Duration deadline = std::chrono::seconds(3);  // For connecting and the whole handshake.
};

struct ProbeAnswer {
  std::vector<std::string> chain_der;  // What was presented, leaf first; never empty.
  bool resumed = false;                // Always false: no ticket is ever offered.
};

// The seam: the agent proves through it, the simulator answers instead. Safe from many threads.
class TlsProbe {
 public:
  virtual ~TlsProbe() = default;

  // Handshake connects and does one full handshake; the chain is *not* judged here, the caller
  // compares it with what it installed. kUnavailable: no connection, or the handshake failed; the
  // message says which.
  virtual Result<ProbeAnswer> Handshake(const ProbeRequest& request) = 0;
};

class SystemTlsProbe final : public TlsProbe {
 public:
  Result<ProbeAnswer> Handshake(const ProbeRequest& request) override;
};

}  // namespace perennial::net
