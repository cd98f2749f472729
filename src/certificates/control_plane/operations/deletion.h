// SPDX-License-Identifier: Apache-2.0
// Scheduling, cancelling and carrying out deletions. What is in use cannot be scheduled (ADR-0004).
#pragma once

#include "certificates/control_plane/store/rows.h"
#include "service/call.h"
#include "service/service.h"

namespace perennial::certificates {

// Safe to call from many threads; Step by one.
class Deletion {
 public:
  explicit Deletion(service::Service& service) : service_(service) {}

  Result<service::Reply> ScheduleCertificate(service::Call& call);
  Result<service::Reply> CancelCertificate(service::Call& call);
  Result<service::Reply> ScheduleAuthority(service::Call& call);
  Result<service::Reply> CancelAuthority(service::Call& call);

  // Step carries out deletions that are due, a bounded number, each in a transaction of its own
  // with its audit record: the state becomes DELETED and the keys are forgotten. It returns how
  // long to pause.
  Duration Step();

 private:
  Result<service::Reply> Schedule(service::Call& call, Kind kind, const std::string& id);
  Result<service::Reply> Cancel(service::Call& call, Kind kind, const std::string& id);
  Result<void> Purge(const GuardedRow& due);

  service::Service& service_;
};

}  // namespace perennial::certificates
