// SPDX-License-Identifier: Apache-2.0
// The loop that renews what is due. Any number of processes may run it: a claim is a
// compare-and-set.
#pragma once

#include "certificates/control_plane/settings.h"
#include "certificates/control_plane/versions/issuing.h"
#include "certificates/control_plane/versions/promotion.h"
#include "service/service.h"

namespace perennial::certificates {

// Step is called by one thread at a time.
class RenewalScheduler {
 public:
  // The references must outlive this object.
  RenewalScheduler(service::Service& service, Issuing& issuing, RolloutStarter& rollouts,
                   Settings settings)
      : service_(service), issuing_(issuing), rollouts_(rollouts), settings_(settings) {}

  // Step renews up to `renewals_per_step` certificates, the longest due first, and returns how long
  // to pause: until the next is due, at most `retry_pause_max`. Each renewal issues one version,
  // stores it as LATEST and PENDING, and hands it to the rollout in the same transaction. What
  // fails is due again, later each time, and says why in the certificate's lifecycleDetails, the
  // log and a metric.
  Duration Step();

  // RenewNow makes one certificate due at once, in the caller's transaction. kIncorrectState when
  // it has no renewal rule or is not ACTIVE; kNotFound.
  static Result<void> RenewNow(storage::Session& session, const std::string& certificate_id,
                               Time now);

 private:
  Result<void> Renew(const CertificateRow& due);
  Result<void> Issue(const CertificateRow& due);
  void RecordFailure(const CertificateRow& due, const Error& error);

  service::Service& service_;
  Issuing& issuing_;
  RolloutStarter& rollouts_;
  const Settings settings_;
};

}  // namespace perennial::certificates
