// SPDX-License-Identifier: Apache-2.0
// Certificate authorities: create, get, list. The service holds their keys, and no operation reads
// one.
#pragma once

#include "certificates/control_plane/settings.h"
#include "certificates/control_plane/versions/issuing.h"
#include "service/call.h"
#include "service/service.h"

namespace perennial::certificates {

// Safe to call from many threads. Each method answers one operation.
class Authorities {
 public:
  Authorities(service::Service& service, Issuing& issuing, Settings settings)
      : service_(service), issuing_(issuing), settings_(settings) {}

  Result<service::Reply> Create(service::Call& call);
  Result<service::Reply> Get(service::Call& call);
  Result<service::Reply> List(service::Call& call);

 private:
  service::Service& service_;
  Issuing& issuing_;
  const Settings settings_;
};

}  // namespace perennial::certificates
