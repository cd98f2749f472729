// SPDX-License-Identifier: Apache-2.0
// The public ListEvents over the copied records (oci-api §3.5), and where they are copied from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/audit/client.h"
#include "audit/collector.h"
#include "service/router.h"
#include "service/service.h"

namespace perennial::audit {

// Reads the chain of one service over the network. Safe from one thread.
class RemoteChainSource final : public ChainSource {
 public:
  // `service_name` is the last part of the path, as "certificates".
  RemoteChainSource(api::audit::AuditClient client, std::string service_name)
      : client_(std::move(client)), service_name_(std::move(service_name)) {}
  Result<std::vector<storage::ChainEntry>> After(int64_t position, const std::string& hash,
                                                 Duration wait) override;

 private:
  const api::audit::AuditClient client_;
  const std::string service_name_;
};

// AddRoutes enters ListEvents, the verification of the chains of `sources`, and this service's own
// audit records. The service outlives the router.
void AddRoutes(service::Router& router, service::Service& service,
               std::vector<std::string> sources);

}  // namespace perennial::audit
