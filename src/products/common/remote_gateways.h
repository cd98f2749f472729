// SPDX-License-Identifier: Apache-2.0
// The gateways over the typed, signing clients: what a product uses in production. What the other service
// answers to *us* is not what our caller should hear: a refused signature or an unknown path of ours is our
// trouble (kUnavailable), never the user's 401 or 404.
#pragma once

#include "api/certificates/client.h"
#include "api/identity/client.h"
#include "products/common/gateways.h"

namespace perennial::products {

// Safe to call from many threads. The client outlives it.
class RemoteCertificates final : public CertificatesGateway {
 public:
  explicit RemoteCertificates(const api::certificates::CertificatesClient& client) : client_(client) {}
  Result<std::vector<Attached>> Attach(const http_signature::Evidence& evidence,
                                       const std::vector<Pair>& pairs) override;
  Result<void> Detach(const Detachment& detachment) override;

 private:
  const api::certificates::CertificatesClient& client_;
};

// Safe to call from many threads. The client outlives it.
class RemoteResources final : public ResourceGateway {
 public:
  explicit RemoteResources(const api::identity::IdentityClient& client) : client_(client) {}
  Result<RegisteredResource> Register(const http_signature::Evidence& evidence) override;
  Result<void> End(const std::string& resource_id) override;
  Result<void> Place(const std::string& resource_id, int64_t version,
                     const std::vector<std::string>& node_ids) override;

 private:
  const api::identity::IdentityClient& client_;
};

// ForCaller turns an error between services into what may be passed on.
Error ForCaller(std::string_view service, Error error);

}  // namespace perennial::products
