// SPDX-License-Identifier: Apache-2.0
// certificate schedule-deletion, cancel-deletion, associations.
#include <fmt/format.h>

#include "cli/commands/certificates/association.h"
#include "cli/commands/certificates/certificate.h"
#include "cli/commands/commands.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

Outcome<std::optional<Time>> DeletionTime(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto at, arguments.Moment("--at"));
  TRY_ASSIGN(const auto in, arguments.Period("--in"));
  if (at && in) return Stop(Exit::kUsage, "only one of --at and --in can be true");
  if (in) return std::optional<Time>(Time(ToSeconds(session.Now()) + *in));
  return at;
}

Outcome<void> ScheduleDeletion(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto when, DeletionTime(session, arguments));
  TRY_ASSIGN(const auto certificate, GetCertificateNamed(session, arguments));
  const auto& name = certificate.value.name;
  TRY(session.ConfirmByName(arguments,
                            fmt::format("The certificate \"{}\" will be deleted, {}", name,
                                        when ? Relative(*when, session.Now()) : "in 30 days"),
                            name));
  TRY_ASSIGN(auto* client, session.certificates());
  auto options = session.Once();
  options.if_match = certificate.etag;
  TRY(WithNext(client->ScheduleCertificateDeletion(certificate.value.id, {.time_of_deletion = when},
                                                   options),
               fmt::format("perennial certificate associations {}   (shows who uses it)", name)));
  TRY_ASSIGN(const auto now, client->GetCertificate(certificate.value.id));
  ShowCertificate(session, now.value);
  if (session.table()) {
    session.err() << Printable("To keep it after all: perennial certificate cancel-deletion " +
                               name)
                  << "\n";
  }
  return {};
}

Outcome<void> CancelDeletion(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, CertificateIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY(WithNext(client->CancelCertificateDeletion(id, session.Once()),
               "perennial certificate show " + arguments.Value("CERTIFICATE")));
  TRY_ASSIGN(const auto now, client->GetCertificate(id));
  ShowCertificate(session, now.value);
  return {};
}

Outcome<void> Associations(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(const auto id, FindCertificate(session, compartment, arguments.Value("CERTIFICATE")));
  return ListAssociations(session, compartment, {{"certificatesResourceId", id}});
}

}  // namespace

void AddCertificateDeletionCommands(CommandTree& tree) {
  const Operand operand{"CERTIFICATE", "name or OCID"};
  tree.push_back({.path = {"certificate", "associations"},
                  .summary = "who uses it",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "certificate associations shop",
                  .run = Associations});
  tree.push_back({.path = {"certificate", "schedule-deletion"},
                  .summary = "delete it after a waiting period; refused while it is in use",
                  .operands = {operand},
                  .flags = {{.name = "--in",
                             .value = "PERIOD",
                             .help = "how long to wait; 30 days without it"},
                            {.name = "--at", .value = "TIME", .help = "the same as a time"},
                            YesFlag(),
                            CompartmentFlag()},
                  .example = "certificate schedule-deletion shop --in P30D --yes",
                  .run = ScheduleDeletion});
  tree.push_back({.path = {"certificate", "cancel-deletion"},
                  .summary = "keep it after all",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "certificate cancel-deletion shop",
                  .run = CancelDeletion});
}

}  // namespace perennial::cli
