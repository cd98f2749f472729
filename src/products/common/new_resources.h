// SPDX-License-Identifier: Apache-2.0
// Registering a new resource with identity before it is committed here, so that none is left behind.
#pragma once

#include <string>

#include "products/common/gateways.h"
#include "service/service.h"
#include "storage/storage.h"

namespace perennial::products {

// Safe to call from many threads.
class NewResources {
 public:
  // `type` is the kind and the type token of the OCIDs, "loadbalancer".
  NewResources(service::Service& service, ResourceGateway& gateway, std::string type);

  // Register records the id that must come out, then registers. `evidence_digest` is SignedFacts::digest of
  // the same request. Errors are the gateway's; kInternal when identity derived another id.
  Result<RegisteredResource> Register(const http_signature::Evidence& evidence,
                                      const std::string& evidence_digest);

  // Commit takes the resource over in the transaction that stores it. kIncorrectState: it took too long.
  Result<void> Commit(storage::Session& session, const std::string& resource_id) const;

  // Abandon gives up a resource that was not committed; of a committed one it changes nothing.
  void Abandon(const std::string& resource_id);

  // Reap ends registered resources that no commit took over and that nothing is attached to any more. It
  // returns true when it ended one. One caller at a time.
  Result<bool> Reap();

 private:
  void Forget(const std::string& resource_id);

  service::Service& service_;
  ResourceGateway& gateway_;
  const std::string type_;
};

}  // namespace perennial::products
