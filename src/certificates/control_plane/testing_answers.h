// SPDX-License-Identifier: Apache-2.0
// For tests: what an answer says, and guards that a test switches off (MutantOn).
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/http.h"
#include "base/testing_mutant.h"
#include "certificates/control_plane/testing_world.h"

namespace perennial::certificates::testing {

// Answers with this status, and with this text somewhere in the body.
MATCHER_P2(Answers, status, text, "") {
  *result_listener << arg.status << " " << arg.body;
  return arg.status == status && arg.body.find(text) != std::string::npos;
}

inline std::string EtagIn(const HttpResponse& response) {
  return FindHeader(response.headers, "etag").value_or("");
}

}  // namespace perennial::certificates::testing
