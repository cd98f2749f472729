// SPDX-License-Identifier: Apache-2.0
// Reading certificates as they are served: the one place where a private key leaves (protocols.md
// §3).
#pragma once

#include "certificates/control_plane/versions/issuing.h"
#include "service/call.h"
#include "service/service.h"

namespace perennial::certificates {

// Safe to call from many threads. Each method answers one operation.
class Bundles {
 public:
  Bundles(service::Service& service, Issuing& issuing) : service_(service), issuing_(issuing) {}

  // GetCertificate answers a user by policy and a resource by its ACTIVE association. The key goes
  // to a user only by a statement that says so, and to a resource only of the CURRENT version or of
  // the one that a live rollout wants for this association on the caller's node. One statement
  // reads version, association and want; the audit record is durable before the answer leaves.
  Result<service::Reply> GetCertificate(service::Call& call);

  // GetAuthority: the same without any key.
  Result<service::Reply> GetAuthority(service::Call& call);

  // ListCertificateVersions lists all versions at once, as OCI does.
  Result<service::Reply> ListCertificateVersions(service::Call& call);

 private:
  Result<service::Reply> WithKey(service::Call& call);
  Result<service::Reply> CertificatePublicOnly(service::Call& call);

  service::Service& service_;
  Issuing& issuing_;
};

}  // namespace perennial::certificates
