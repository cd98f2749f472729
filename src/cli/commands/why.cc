// SPDX-License-Identifier: Apache-2.0
// why: the chain from a click to a key.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/common.h"
#include "cli/evidence_check.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

void PrintEvidence(Session& session, const WhyEvidence& evidence, const EvidenceReport& report) {
  session.out() << "\n";
  session.PrintLine(
      fmt::format("{} ({}) signed {}", evidence.user_name, evidence.user_id, evidence.operation));
  session.PrintLine(
      fmt::format("  at      {}", RelativeAndExact(evidence.signed_date, session.Now())));
  if (!report.request.empty()) session.PrintLine("  request " + report.request);
  session.PrintLine("  sent by " + evidence.presenter_id + ", which presented it as its proof");
  for (const auto& check : report.checks) {
    session.out() << "  "
                  << Paint(check.holds ? "ok   " : "BAD  ", check.holds ? Tone::kGood : Tone::kBad,
                           session.colours())
                  << Printable(check.text) << "\n";
  }
}

// Nodes with what each read and proved last.
void PrintNodes(Session& session, const WhyChain& chain) {
  if (chain.placements.empty()) {
    session.out() << "\nIt is placed on no node: nobody reads the key.\n";
    return;
  }
  Table table({"NODE", "KEY READ", "VERSION", "PROVED", "VERSION", "RESULT"});
  for (const auto& placement : chain.placements) {
    const auto read =
        std::ranges::find(chain.last_key_reads, placement.node_id, &WhyKeyRead::node_id);
    const auto proof = std::ranges::find(chain.last_proofs, placement.node_id, &WhyProof::node_id);
    const bool was_read = read != chain.last_key_reads.end();
    const bool was_proved = proof != chain.last_proofs.end();
    table.Add({placement.node_name, was_read ? Relative(read->time_read, session.Now()) : "never",
               was_read ? std::to_string(read->version_number) : "",
               was_proved ? Relative(proof->observation.time_observed, session.Now()) : "never",
               was_proved ? std::to_string(proof->observation.version_number) : "",
               was_proved ? StateCellOf(proof->observation.result) : Cell("")});
  }
  session.out() << "\nThese nodes may therefore read the key, as this load balancer:\n";
  table.Print(session.out(), session.colours());
}

Outcome<std::optional<pki::PublicKey>> OwnKey(Session& session, const std::string& user_id) {
  TRY_ASSIGN(const auto current, session.context());
  if (current.user_id != user_id) return std::optional<pki::PublicKey>();
  TRY_ASSIGN(const auto key, session.directory().ReadKey(current));
  return std::optional<pki::PublicKey>(key.public_key());
}

Outcome<void> Why(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(const auto resource,
             FindLoadBalancer(session, compartment, arguments.Value("LOAD_BALANCER")));
  const auto other = arguments.Get("--certificate-compartment");
  TRY_ASSIGN(const auto where,
             other ? FindCompartment(session, *other) : Outcome<std::string>(compartment));
  TRY_ASSIGN(const auto certificate,
             FindCertificate(session, where, arguments.Value("CERTIFICATE")));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto chain, WithNext(client->GetWhy(resource, certificate),
                                        "perennial association list   (shows who uses what)"));
  if (session.json()) session.PrintJson(EncodeJson(chain));
  if (session.names()) session.PrintLine(chain.association.id);
  if (session.table()) {
    Fields fields;
    fields.Add("load balancer", arguments.Value("LOAD_BALANCER"));
    fields.Add("may read", chain.certificates_resource_name);
    fields.Add("association", chain.association.id);
    fields.Add("since", RelativeAndExact(chain.association.time_created, session.Now()));
    fields.Print(session.out(), session.colours());
    session.out() << "\nbecause\n";
  }
  bool holds = !chain.evidence.empty();
  // A service that answers about another pair has not answered.
  holds = holds && chain.association.associated_resource_id == resource &&
          chain.association.certificates_resource_id == certificate;
  for (const auto& evidence : chain.evidence) {
    TRY_ASSIGN(auto own_key, OwnKey(session, evidence.user_id));
    const auto report =
        CheckEvidence(evidence, {.resource_id = resource, .own_key = std::move(own_key)});
    holds = holds && report.Holds();
    if (session.table()) PrintEvidence(session, evidence, report);
  }
  if (session.table()) PrintNodes(session, chain);
  if (!holds) {
    return Stop(Exit::kFailed, "this does NOT verify: nobody's signature is shown to allow it",
                chain.evidence.empty() ? "there is no evidence at all" : "see what is BAD above",
                fmt::format("perennial association force-detach {}", chain.association.id));
  }
  if (session.table()) {
    session.out()
        << "\n"
        << Paint("verified", Tone::kGood, session.colours())
        << " here, from the signed text and the public key. The certificate stands in the\n"
           "signed body, whose digest is in the signed text; bodies are not kept.\n";
  }
  return {};
}

}  // namespace

void AddWhyCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"why"},
       .summary = "why this load balancer may read this key: who signed what, verified here",
       .operands = {{"LOAD_BALANCER", "name or OCID"}, {"CERTIFICATE", "name or OCID"}},
       .flags = {{.name = "--certificate-compartment",
                  .value = "COMPARTMENT",
                  .help = "where the certificate is, if not in the same one"},
                 CompartmentFlag()},
       .example = "why shop-front shop",
       .run = Why});
}

}  // namespace perennial::cli
