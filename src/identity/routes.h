// SPDX-License-Identifier: Apache-2.0
// Identity's operations as the router knows them. routes.cc is the only file that knows both the
// wire and the service.
#pragma once

#include "identity/service.h"
#include "service/router.h"

namespace perennial::identity {

// AddRoutes enters every operation of identity and its audit records; all three must outlive the
// router.
void AddRoutes(service::Router& router, service::Service& service, IdentityService& identity);

}  // namespace perennial::identity
