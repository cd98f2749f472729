// SPDX-License-Identifier: Apache-2.0
// certificate: what it is, its versions, and who uses it. Making one is in certificate_create.cc,
// deletion in certificate_deletion.cc.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands/certificates/bundle.h"
#include "cli/commands/certificates/certificate.h"
#include "cli/commands/commands.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

std::string RuleText(const std::vector<CertificateRule>& rules) {
  if (rules.empty()) return "never: it has no renewal rule";
  return fmt::format("every {}, {} before that", rules.front().renewal_interval,
                     rules.front().advance_renewal_period);
}

std::string NamesText(const CertificateVersion& version) {
  std::string text;
  if (!version.subject_alternative_names) return text;
  for (const auto& name : *version.subject_alternative_names) {
    text += (text.empty() ? "" : " ") + name.value;
  }
  return text;
}

Cell ExpiryCell(const std::optional<CertificateVersion>& version, Time now) {
  if (!version || !version->validity) return {""};
  const auto not_after = version->validity->time_of_validity_not_after;
  return {Relative(not_after, now), not_after <= now ? Tone::kBad : Tone::kPlain};
}

// A renewal is due after the interval and before the advance period; a jitter moves it earlier
// still (conventions.md, "The arithmetic of a renewal").
std::optional<Time> LatestRenewal(const Certificate& certificate) {
  if (certificate.certificate_rules.empty() || !certificate.current_version ||
      !certificate.current_version->validity) {
    return std::nullopt;
  }
  const auto& rule = certificate.certificate_rules.front();
  const auto interval = ParseDuration(rule.renewal_interval);
  const auto advance = ParseDuration(rule.advance_renewal_period);
  const auto& not_before = certificate.current_version->validity->time_of_validity_not_before;
  if (!interval || !advance || !not_before) return std::nullopt;
  return *not_before + *interval - std::min(*advance, *interval / 2);
}

Tone ToneOf(Risk risk) {
  if (risk == Risk::kRed) return Tone::kBad;
  if (risk == Risk::kAmber) return Tone::kWarning;
  return risk == Risk::kGreen ? Tone::kGood : Tone::kPlain;
}

// What happens next: at its time, else in words.
std::string NextText(const NextStep& next, Time now) {
  if (!next.time) return next.text;
  const char* what = next.kind == NextKind::kDeletion ? "deleted" : "renews";
  return fmt::format("{} {}", what, Relative(*next.time, now));
}

Outcome<void> List(Session& session, const Arguments& arguments) {
  api::Query query = {{"filter", arguments.Get("--filter").value_or("")},
                      {"search", arguments.Get("--search").value_or("")},
                      {"sort", arguments.Value("--sort")},
                      {"limit", "1000"}};
  if (arguments.Has("--compartment")) {
    TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
    query.emplace_back("compartmentId", compartment);
  }
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto all,
             All(query, [&](const api::Query& asked) { return client->GetInventory(asked); }));
  Table table({"NAME", "RISK", "VERSION", "EXPIRES", "NEXT", "WHY", "NAMES", "ID"});
  for (const auto& each : all) {
    const auto names = fmt::format("{}", fmt::join(each.subject_alternative_names, " "));
    table.Add({each.name,
               {std::string(WireNameOf(each.risk)), ToneOf(each.risk)},
               std::to_string(each.current_version_number),
               Cell(Relative(each.time_of_expiry, session.Now()),
                    each.time_of_expiry <= session.Now() ? Tone::kBad : Tone::kPlain),
               NextText(each.next, session.Now()),
               each.reason,
               names,
               each.id});
  }
  PrintList(session, EncodeJson(Inventory{all, static_cast<int64_t>(all.size())}), IdsOf(all),
            table,
            "No certificates here. Make one:\n"
            "  perennial certificate create --name shop --dns shop.example.com");
  return {};
}

Outcome<void> Show(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto certificate, GetCertificateNamed(session, arguments));
  ShowCertificate(session, certificate.value);
  return {};
}

Outcome<void> Versions(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, CertificateIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto all, All({}, [&](const api::Query& query) {
               return client->ListCertificateVersions(id, query);
             }));
  Table table({"VERSION", "STAGES", "CREATED", "EXPIRES", "SERIAL"});
  std::vector<std::string> numbers;
  for (const auto& version : all) {
    numbers.push_back(std::to_string(version.version_number));
    table.Add({numbers.back(), StagesText(version.stages),
               Relative(version.time_created, session.Now()), ExpiryCell(version, session.Now()),
               version.serial_number.value_or("")});
  }
  PrintList(session, EncodeJson(CertificateVersionCollection{all}), numbers, table, "No versions.");
  return {};
}

Outcome<void> Renew(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, CertificateIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY(WithNext(client->RenewCertificate(id, session.Once()),
               "perennial certificate show " + arguments.Value("CERTIFICATE")));
  if (session.table()) {
    session.err() << Printable(
        fmt::format("The renewal is ordered. To see it: perennial rollout watch {}\n",
                    arguments.Value("CERTIFICATE")),
        true);
  }
  TRY_ASSIGN(const auto certificate, client->GetCertificate(id));
  ShowCertificate(session, certificate.value);
  return {};
}

Outcome<void> Promote(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, CertificateIdOf(session, arguments));
  TRY_ASSIGN(const auto version, arguments.Number("VERSION"));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(
      const auto updated,
      WithNext(client->UpdateCertificate(id, {.current_version_number = version}, session.Once()),
               "perennial certificate versions " + arguments.Value("CERTIFICATE")));
  ShowCertificate(session, updated.value);
  return {};
}

Outcome<void> Bundle(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto selector, SelectorOf(arguments));
  TRY_ASSIGN(const auto id, CertificateIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto bundle,
             WithNext(client->GetCertificateBundle(id, BundleType::kPublicOnly, selector),
                      "perennial certificate versions " + arguments.Value("CERTIFICATE")));
  return DeliverBundle(session, arguments,
                       {.json = EncodeJson(bundle),
                        .id = bundle.certificate_id,
                        .certificate_pem = bundle.certificate_pem.value_or(""),
                        .chain_pem = bundle.cert_chain_pem.value_or("")});
}

}  // namespace

Outcome<std::string> CertificateIdOf(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  return FindCertificate(session, compartment, arguments.Value("CERTIFICATE"));
}

Outcome<api::Tagged<Certificate>> GetCertificateNamed(Session& session,
                                                      const Arguments& arguments) {
  TRY_ASSIGN(const auto id, CertificateIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.certificates());
  return WithNext(client->GetCertificate(id), "perennial certificate list   (shows what is there)");
}

void ShowCertificate(Session& session, const Certificate& certificate) {
  const auto now = session.Now();
  Fields fields;
  fields.Add("name", certificate.name);
  fields.Add("id", certificate.id);
  fields.Add("state", StateCellOf(certificate.lifecycle_state));
  fields.Add("details", certificate.lifecycle_details.value_or(""));
  fields.Add("issuer", certificate.issuer_certificate_authority_id.value_or(""));
  if (certificate.current_version) {
    const auto& version = *certificate.current_version;
    fields.Add("names", NamesText(version));
    fields.Add("version",
               fmt::format("{} ({})", version.version_number, StagesText(version.stages)));
    fields.Add("serial", version.serial_number.value_or(""));
    if (version.validity) {
      const auto not_after = version.validity->time_of_validity_not_after;
      fields.Add("expires", Cell(RelativeAndExact(not_after, now),
                                 not_after <= now ? Tone::kBad : Tone::kPlain));
    }
  }
  if (certificate.key_algorithm)
    fields.Add("key", std::string(WireNameOf(*certificate.key_algorithm)));
  fields.Add("renews", RuleText(certificate.certificate_rules));
  if (const auto latest = LatestRenewal(certificate)) {
    fields.Add("next renewal", "begins not later than " + RelativeAndExact(latest, now));
  }
  fields.Add("created", RelativeAndExact(certificate.time_created, now));
  if (certificate.time_of_deletion) {
    fields.Add("deleted",
               Cell(RelativeAndExact(certificate.time_of_deletion, now), Tone::kWarning));
  }
  PrintOne(session, EncodeJson(certificate), certificate.id, fields);
}

void AddCertificateCommands(CommandTree& tree) {
  const Operand operand{"CERTIFICATE", "name or OCID"};
  AddCertificateCreate(tree);
  tree.push_back({.path = {"certificate", "list"},
                  .summary = "certificates, their colour and why, and what happens next",
                  .flags = {CompartmentFlag(),
                            {.name = "--filter",
                             .value = "FILTER",
                             .help = "only those",
                             .one_of = {"needsYou", "expiring", "unproved", "unused"}},
                            {.name = "--search",
                             .value = "TEXT",
                             .help = "in name, host names, subject, serial and fingerprint"},
                            {.name = "--sort",
                             .value = "KEY",
                             .help = "the order",
                             .fallback = "expiry",
                             .one_of = {"expiry", "name", "next", "risk"}}},
                  .example = "certificate list --filter needsYou",
                  .run = List});
  tree.push_back({.path = {"certificate", "show"},
                  .summary = "one certificate, and when it renews",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "certificate show shop",
                  .run = Show});
  tree.push_back({.path = {"certificate", "versions"},
                  .summary = "its versions and their stages",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "certificate versions shop",
                  .run = Versions});
  tree.push_back({.path = {"certificate", "renew"},
                  .summary = "make the next version now; it is proved before it becomes current",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "certificate renew shop",
                  .run = Renew});
  tree.push_back({.path = {"certificate", "promote"},
                  .summary = "make a version the current one, back or forth, at once",
                  .operands = {operand, {"VERSION", "its number"}},
                  .flags = {CompartmentFlag()},
                  .example = "certificate promote shop 1",
                  .run = Promote});
  auto bundle_flags = BundleFlags();
  bundle_flags.push_back(CompartmentFlag());
  tree.push_back({.path = {"certificate", "bundle"},
                  .summary = "certificate and chain as PEM; never the key",
                  .operands = {operand},
                  .flags = std::move(bundle_flags),
                  .example = "certificate bundle shop --out shop.pem",
                  .run = Bundle});
}

}  // namespace perennial::cli
