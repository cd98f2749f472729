// SPDX-License-Identifier: Apache-2.0
// What a command works with: the context, the services behind it, and where to print.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/audit/client.h"
#include "api/certificates/client.h"
#include "api/identity/client.h"
#include "api/load_balancer/client.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/environment.h"
#include "cli/output/table.h"

namespace perennial::cli {

// One command of one invocation. Clients are made when they are first asked for, and the services'
// URLs are asked for once.
class Session {
 public:
  Session(Environment& environment, const GlobalOptions& options, const CommandTree& tree);

  Environment& environment() { return environment_; }
  std::ostream& out() { return environment_.out; }
  std::ostream& err() { return environment_.err; }
  Clock& clock() { return environment_.clock; }
  Time Now() const { return environment_.clock.Now(); }
  bool colours() const { return environment_.colours; }
  const CommandTree& tree() const { return tree_; }

  // What -o asks for.
  bool json() const { return options_.output == "json"; }
  bool names() const { return options_.output == "name"; }
  bool table() const { return options_.output == "table"; }

  ContextDirectory& directory() { return directory_; }
  // What --context says; empty: the current one is meant.
  const std::string& chosen_context() const { return options_.context; }

  // Each of these stops with kBadConfiguration where there is no usable context.
  Outcome<Context> context();
  Outcome<std::string> tenancy();
  Outcome<const api::identity::Endpoints*> endpoints();
  Outcome<api::identity::IdentityClient*> identity();
  Outcome<api::certificates::CertificatesClient*> certificates();
  Outcome<api::load_balancer::LoadBalancerClient*> load_balancers();
  Outcome<api::audit::AuditClient*> audit();
  // A client that signs, for a service by its URL.
  Outcome<api::Client> ClientOf(const std::string& url);

  // A fresh opc-retry-token, so that a repeated call has one effect.
  api::CallOptions Once() const;

  // ConfirmByName asks the user to type `name`. It stops with kUsage when nobody can answer and
  // --yes was not given, and with kFailed when something else is typed.
  Outcome<void> ConfirmByName(const Arguments& arguments, const std::string& consequence,
                              const std::string& name);

  // For the three formats: JSON of the service, the OCID, or what `print` writes.
  void PrintJson(std::string_view json);
  void PrintLine(std::string_view line);

 private:
  Outcome<void> Connect();

  Environment& environment_;
  const GlobalOptions options_;
  const CommandTree& tree_;
  ContextDirectory directory_;

  std::optional<Context> context_;
  std::unique_ptr<net::Transport> transport_;
  std::unique_ptr<http_signature::CredentialSource> credentials_;
  std::optional<api::identity::Endpoints> endpoints_;
  std::optional<api::identity::IdentityClient> identity_;
  std::optional<api::certificates::CertificatesClient> certificates_;
  std::optional<api::load_balancer::LoadBalancerClient> load_balancers_;
  std::optional<api::audit::AuditClient> audit_;
};

// The flag of every command that asks before it acts.
Flag YesFlag();

}  // namespace perennial::cli
