// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/http.h"
#include "base/random.h"

namespace perennial::service {

// RequestIdOf returns the id under which this request is answered, logged and audited: what the
// client sent as opc-request-id (or something new) and two parts of ours, joined by slashes, as OCI
// does. A client's part that is longer than 128 characters or not plain is replaced.
std::string RequestIdOf(const HttpRequest& request, Random& random);

}  // namespace perennial::service
