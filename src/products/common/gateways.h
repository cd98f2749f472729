// SPDX-License-Identifier: Apache-2.0
// What a product asks of certificates and identity, as it needs it. Behind each interface stands a typed
// client of api/; tests put a fake there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "http_signature/evidence.h"
#include "products/common/uses.h"

namespace perennial::products {

// IsRefused is true when the other side has judged and nothing was made; with any other error the call may
// have had its effect.
constexpr bool IsRefused(ErrorCode code) {
  return code != ErrorCode::kUnavailable && code != ErrorCode::kUnknownOutcome &&
         code != ErrorCode::kRateLimited && code != ErrorCode::kInternal;
}

struct Attached {
  Pair pair;
  std::string association_id;
  std::optional<int64_t> current_version;  // Of the certificate, when the attach was answered.
};

struct Detachment {
  Pair pair;
  std::optional<std::string> association_id = {};  // Only this one, where it is known.
  std::optional<Time> signed_up_to = {};  // Later than now where a click's date was ahead of us.
};

// Safe to call from many threads. Both calls may be repeated: they answer the same.
class CertificatesGateway {
 public:
  virtual ~CertificatesGateway() = default;

  // Attach makes the associations on behalf of the user whose request the evidence is; all or nothing.
  // kRelatedNotFound: the user may not, or there is no such certificate. kConflict: signed before the fence.
  // kIncorrectState: being deleted. kUnavailable, kUnknownOutcome: it may have happened.
  virtual Result<std::vector<Attached>> Attach(const http_signature::Evidence& evidence,
                                               const std::vector<Pair>& pairs) = 0;

  // Detach ends an association by the service's own authority. A pair that is not there is no error. What
  // users signed up to now is dead afterwards. kIncorrectState: another association of the pair stands than
  // the one that was named.
  virtual Result<void> Detach(const Detachment& detachment) = 0;
};

// A new resource as identity registered it: all of it read from what the user signed.
struct RegisteredResource {
  std::string id;
  std::string compartment_id;
  std::vector<std::string> node_pool_ids;
};

// Safe to call from many threads.
class ResourceGateway {
 public:
  virtual ~ResourceGateway() = default;

  // Register makes the resource that this request creates; its id derives from the evidence. Repeatable.
  virtual Result<RegisteredResource> Register(const http_signature::Evidence& evidence) = 0;

  // End says the owner's positive word that the resource is gone. One that is not there is no error.
  virtual Result<void> End(const std::string& resource_id) = 0;

  // Place says on which nodes the resource runs: the full set; `version` must grow. kConflict: a node that
  // is not enrolled for a pool of the resource.
  virtual Result<void> Place(const std::string& resource_id, int64_t version,
                             const std::vector<std::string>& node_ids) = 0;
};

}  // namespace perennial::products
