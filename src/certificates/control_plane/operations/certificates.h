// SPDX-License-Identifier: Apache-2.0
// Certificates and their versions: create, get, list, update. For now those issued by an internal
// CA.
#pragma once

#include "certificates/control_plane/settings.h"
#include "certificates/control_plane/versions/issuing.h"
#include "certificates/control_plane/versions/promotion.h"
#include "service/call.h"
#include "service/service.h"

namespace perennial::certificates {

// Safe to call from many threads. Each method answers one operation.
class Certificates {
 public:
  Certificates(service::Service& service, Issuing& issuing, Promotion& promotion,
               RolloutStarter& rollouts, Settings settings)
      : service_(service),
        issuing_(issuing),
        promotion_(promotion),
        rollouts_(rollouts),
        settings_(settings) {}

  Result<service::Reply> Create(service::Call& call);
  Result<service::Reply> Get(service::Call& call);
  Result<service::Reply> List(service::Call& call);
  Result<service::Reply> Update(service::Call& call);
  Result<service::Reply> GetVersion(service::Call& call);
  Result<service::Reply> ListVersions(service::Call& call);

 private:
  struct Change;  // What an update was judged to do.
  Result<void> Judge(service::Call& call, Change& change);
  Result<void> IssueNext(service::Call& call, Change& change);
  Result<void> Apply(storage::Session& session, const Change& change, Time now);

  service::Service& service_;
  Issuing& issuing_;
  Promotion& promotion_;
  RolloutStarter& rollouts_;
  const Settings settings_;
};

}  // namespace perennial::certificates
