// SPDX-License-Identifier: Apache-2.0
// A load balancer as commands name it.
#pragma once

#include <string>

#include "api/load_balancer/ssl_types.h"
#include "cli/command.h"
#include "cli/commands/common.h"
#include "cli/session.h"

namespace perennial::cli {

Flag LoadBalancerFlag();  // --lb, required.
// Of --lb, or of an operand, in --compartment.
Outcome<std::string> LoadBalancerIdOf(Session& session, const Arguments& arguments,
                                      const std::string& name = "--lb");

// FinishWork waits for a mutation and prints the work request, or, for people, `done`.
Outcome<void> FinishWork(Session& session, const Arguments& arguments,
                         const Result<std::string>& work_request_id, const std::string& next,
                         const std::string& done);

// "ip:port", "[ipv6]:port".
struct Address {
  std::string ip;
  int64_t port = 0;
};
Outcome<Address> ParseAddress(const std::string& text);
Outcome<int64_t> PortOf(const Arguments& arguments, const std::string& name, int64_t fallback);

// DetailsOf is what a request says to leave the settings as they are.
api::load_balancer::SslConfigurationDetails DetailsOf(
    const api::load_balancer::SslConfiguration& is);

}  // namespace perennial::cli
