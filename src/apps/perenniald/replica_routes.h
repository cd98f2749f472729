// SPDX-License-Identifier: Apache-2.0
// The operation around a poll: certificates/data_plane knows no service, so it stands here.
#pragma once

#include "certificates/data_plane/poll_service.h"
#include "service/router.h"
#include "service/service.h"

namespace perennial::apps {

// AddReplicaRoutes adds POST /20260101/updates/actions/poll for nodes and services, and makes
// /readyz wait until the replica knows something. The references must outlive the router.
void AddReplicaRoutes(service::Router& router, service::Service& service,
                      replica::PollService& polls);

}  // namespace perennial::apps
