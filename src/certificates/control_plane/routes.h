// SPDX-License-Identifier: Apache-2.0
// The operations of the certificates service on authorities, certificates, versions and bundles.
// Those on associations, rollouts and the feed are added by association_routes.h.
#pragma once

#include "certificates/control_plane/operations/authorities.h"
#include "certificates/control_plane/operations/bundles.h"
#include "certificates/control_plane/operations/certificates.h"
#include "certificates/control_plane/operations/deletion.h"
#include "service/router.h"
#include "service/service.h"

namespace perennial::certificates {

// The references must outlive the router.
struct Operations {
  Authorities& authorities;
  Certificates& certificates;
  Bundles& bundles;
  Deletion& deletion;
};

// AddRoutes adds them all, and the audit records of this service.
void AddRoutes(service::Router& router, service::Service& service, Operations operations);

}  // namespace perennial::certificates
