// SPDX-License-Identifier: Apache-2.0
// ca: roots, issuing authorities, and their public bundles.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/certificates/bundle.h"
#include "cli/commands/commands.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

bool IsRoot(AuthorityConfigType type) {
  return type == AuthorityConfigType::kRootGeneratedInternally ||
         type == AuthorityConfigType::kRootManagedExternally;
}

std::string KindText(AuthorityConfigType type) { return IsRoot(type) ? "root" : "issuing"; }

std::string RuleText(const CertificateAuthorityRule& rule) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (rule.leaf_certificate_max_validity_duration) {
    add("certificates live at most " + *rule.leaf_certificate_max_validity_duration);
  }
  if (rule.certificate_authority_max_validity_duration) {
    add("authorities live at most " + *rule.certificate_authority_max_validity_duration);
  }
  if (rule.path_length_constraint) {
    add(fmt::format("{} below it", Count(static_cast<size_t>(*rule.path_length_constraint),
                                         "level of authorities")));
  }
  if (rule.name_constraint) {
    for (const auto& name : rule.name_constraint->permitted_subtree.value_or(
             std::vector<NameConstraintSubtreeNode>{})) {
      add(fmt::format("permits {} {}", WireNameOf(name.type), name.value));
    }
    for (const auto& name : rule.name_constraint->excluded_subtree.value_or(
             std::vector<NameConstraintSubtreeNode>{})) {
      add(fmt::format("excludes {} {}", WireNameOf(name.type), name.value));
    }
  }
  return text;
}

void Show(Session& session, const CertificateAuthority& authority) {
  Fields fields;
  fields.Add("name", authority.name);
  fields.Add("id", authority.id);
  fields.Add("kind", KindText(authority.config_type));
  fields.Add("state", StateCellOf(authority.lifecycle_state));
  fields.Add("details", authority.lifecycle_details.value_or(""));
  fields.Add("subject", authority.subject ? "CN=" + authority.subject->common_name : "");
  if (!IsRoot(authority.config_type)) {
    fields.Add("issuer", authority.issuer_certificate_authority_id.value_or(""));
  }
  if (authority.signing_algorithm) {
    fields.Add("signs with", std::string(WireNameOf(*authority.signing_algorithm)));
  }
  if (authority.current_version) {
    const auto& version = *authority.current_version;
    fields.Add("version", std::to_string(version.version_number));
    fields.Add("serial", version.serial_number.value_or(""));
    if (version.validity) {
      fields.Add("expires",
                 RelativeAndExact(version.validity->time_of_validity_not_after, session.Now()));
    }
  }
  for (const auto& rule : authority.certificate_authority_rules) fields.Add("rule", RuleText(rule));
  fields.Add("created", RelativeAndExact(authority.time_created, session.Now()));
  if (authority.time_of_deletion) {
    fields.Add("deleted", RelativeAndExact(authority.time_of_deletion, session.Now()));
  }
  PrintOne(session, EncodeJson(authority), authority.id, fields);
}

Outcome<std::vector<CertificateAuthorityRule>> RulesOf(const Arguments& arguments) {
  std::vector<CertificateAuthorityRule> rules;
  CertificateAuthorityRule expiry{.rule_type = AuthorityRuleType::kIssuanceExpiry};
  TRY_ASSIGN(const auto leaf, arguments.Period("--max-leaf-validity"));
  if (leaf) {
    expiry.leaf_certificate_max_validity_duration = FormatDuration(*leaf);
    rules.push_back(expiry);
  }
  CertificateAuthorityRule issuance{.rule_type = AuthorityRuleType::kIssuance};
  TRY_ASSIGN(issuance.path_length_constraint, arguments.Number("--path-length"));
  std::vector<NameConstraintSubtreeNode> permitted;
  for (const auto& name : arguments.All("--permit-dns")) {
    permitted.push_back({NameConstraintType::kDns, name});
  }
  if (!permitted.empty()) issuance.name_constraint = NameConstraint{.permitted_subtree = permitted};
  if (issuance.path_length_constraint || issuance.name_constraint) rules.push_back(issuance);
  return rules;
}

// --issuer, or the only active root of the compartment.
Outcome<std::string> IssuerOf(Session& session, const Arguments& arguments,
                              const std::string& compartment) {
  if (const auto text = arguments.Get("--issuer")) {
    return FindAuthority(session, compartment, *text);
  }
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto all, All({{"compartmentId", compartment}}, [&](const api::Query& query) {
               return client->ListCertificateAuthorities(query);
             }));
  std::vector<std::string> roots;
  for (const auto& authority : all) {
    if (IsRoot(authority.config_type) && authority.lifecycle_state == LifecycleState::kActive) {
      roots.push_back(authority.id);
    }
  }
  if (roots.size() == 1) return roots.front();
  return Stop(Exit::kUsage, "--issuer ISSUER is missing",
              roots.empty() ? "there is no active root here that could issue it"
                            : "there are several roots here",
              roots.empty()
                  ? "perennial ca create root --name example-root --common-name \"Example Root\""
                  : "perennial ca list   (shows them)");
}

Outcome<void> Create(Session& session, const Arguments& arguments, bool root) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(const auto lifetime, LifetimeOf(arguments, root ? 3650 : 1825, session.Now()));
  CreateCertificateAuthorityDetails details{.name = arguments.Value("--name"),
                                            .compartment_id = compartment,
                                            .description = arguments.Get("--description")};
  auto& config = details.certificate_authority_config;
  config.config_type = root ? AuthorityConfigType::kRootGeneratedInternally
                            : AuthorityConfigType::kSubordinateIssuedByInternalCa;
  config.subject = CertificateSubject{
      .common_name = arguments.Get("--common-name").value_or(arguments.Value("--name")),
      .organization = arguments.Get("--organization")};
  config.validity = Validity{.time_of_validity_not_after = lifetime.not_after};
  const bool rsa = arguments.Value("--key") == "rsa";
  config.signing_algorithm =
      rsa ? SignatureAlgorithm::kSha256WithRsa : SignatureAlgorithm::kSha256WithEcdsa;
  TRY_ASSIGN(auto* client, session.certificates());
  if (!root) {
    TRY_ASSIGN(config.issuer_certificate_authority_id, IssuerOf(session, arguments, compartment));
    const bool chosen =
        arguments.Has("--days") || arguments.Has("--validity") || arguments.Has("--until");
    TRY_ASSIGN(const auto issuer,
               client->GetCertificateAuthority(*config.issuer_certificate_authority_id));
    // Nothing outlives its issuer; our own choice gives way, a person's is told.
    const auto& version = issuer.value.current_version;
    if (!chosen && version && version->validity) {
      auto& not_after = config.validity->time_of_validity_not_after;
      not_after = std::min(not_after, version->validity->time_of_validity_not_after);
    }
  }
  TRY_ASSIGN(auto rules, RulesOf(arguments));
  if (!rules.empty()) details.certificate_authority_rules = std::move(rules);
  TRY_ASSIGN(const auto created,
             WithNext(client->CreateCertificateAuthority(details, session.Once()),
                      "perennial ca list   (shows the names that are taken)"));
  Show(session, created.value);
  return {};
}

Outcome<void> List(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto all, All({{"compartmentId", compartment}}, [&](const api::Query& query) {
               return client->ListCertificateAuthorities(query);
             }));
  std::vector<Named> known;
  for (const auto& each : all) known.push_back({each.id, each.name});
  Table table({"NAME", "KIND", "STATE", "ISSUER", "EXPIRES", "ID"});
  for (const auto& each : all) {
    const auto& version = each.current_version_summary;
    table.Add({each.name, KindText(each.config_type), StateCellOf(each.lifecycle_state),
               IsRoot(each.config_type) || !each.issuer_certificate_authority_id
                   ? ""
                   : NameOf(known, *each.issuer_certificate_authority_id),
               version && version->validity
                   ? Relative(version->validity->time_of_validity_not_after, session.Now())
                   : "",
               each.id});
  }
  PrintList(session, EncodeJson(CertificateAuthorityCollection{all}), IdsOf(all), table,
            "No certificate authorities here. Make one:\n"
            "  perennial ca create root --name example-root --common-name \"Example Root\"");
  return {};
}

Outcome<CertificateAuthority> Get(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(const auto id, FindAuthority(session, compartment, arguments.Value("CA")));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(auto authority, WithNext(client->GetCertificateAuthority(id),
                                      "perennial ca list   (shows what is there)"));
  return std::move(authority.value);
}

Outcome<void> ShowOne(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto authority, Get(session, arguments));
  Show(session, authority);
  return {};
}

Outcome<void> Bundle(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto selector, SelectorOf(arguments));
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(const auto id, FindAuthority(session, compartment, arguments.Value("CA")));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto bundle, WithNext(client->GetCertificateAuthorityBundle(id, selector),
                                         "perennial ca list   (shows what is there)"));
  return DeliverBundle(session, arguments,
                       {.json = EncodeJson(bundle),
                        .id = bundle.certificate_authority_id,
                        .certificate_pem = bundle.certificate_pem,
                        .chain_pem = bundle.cert_chain_pem.value_or("")});
}

std::vector<Flag> CreateFlags(bool root) {
  std::vector<Flag> flags = {
      {.name = "--name", .value = "NAME", .help = "unique in its compartment", .required = true},
      {.name = "--common-name", .value = "TEXT", .help = "in its certificate; the name without it"},
      {.name = "--organization", .value = "TEXT", .help = "in its certificate"},
      {.name = "--description", .value = "TEXT", .help = "for people"}};
  if (!root) {
    flags.push_back({.name = "--issuer",
                     .value = "CA",
                     .help = "who signs it; the only root of the compartment without it"});
  }
  const auto validity = ValidityFlags(root ? "3650" : "1825");
  flags.insert(flags.end(), validity.begin(), validity.end());
  flags.push_back({.name = "--key",
                   .value = "KIND",
                   .help = "the kind of its key",
                   .fallback = "ecdsa",
                   .one_of = {"ecdsa", "rsa"}});
  flags.push_back(
      {.name = "--path-length", .value = "N", .help = "levels of authorities below it"});
  flags.push_back({.name = "--permit-dns",
                   .value = "DOMAIN",
                   .help = "names outside these domains are refused, for ever",
                   .many = true});
  flags.push_back({.name = "--max-leaf-validity",
                   .value = "PERIOD",
                   .help = "the longest life of a certificate that it issues"});
  flags.push_back(CompartmentFlag());
  return flags;
}

}  // namespace

void AddAuthorityCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"ca", "create", "root"},
       .summary = "make a root certificate authority",
       .flags = CreateFlags(true),
       .example = "ca create root --name example-root --common-name \"Example Root\" --days 3650",
       .run = [](Session& s, const Arguments& a) { return Create(s, a, true); }});
  tree.push_back({.path = {"ca", "create", "issuing"},
                  .summary = "make an authority that issues certificates, signed by another",
                  .flags = CreateFlags(false),
                  .example = "ca create issuing --name example-ca --common-name \"Example CA\" "
                             "--issuer example-root --max-leaf-validity P90D",
                  .run = [](Session& s, const Arguments& a) { return Create(s, a, false); }});
  tree.push_back({.path = {"ca", "list"},
                  .summary = "certificate authorities of a compartment",
                  .flags = {CompartmentFlag()},
                  .example = "ca list",
                  .run = List});
  tree.push_back({.path = {"ca", "show"},
                  .summary = "one certificate authority with its rules",
                  .operands = {{"CA", "name or OCID"}},
                  .flags = {CompartmentFlag()},
                  .example = "ca show example-root",
                  .run = ShowOne});
  auto bundle_flags = BundleFlags();
  bundle_flags.push_back(CompartmentFlag());
  tree.push_back({.path = {"ca", "bundle"},
                  .summary = "its certificate and chain as PEM, for whoever shall trust it",
                  .operands = {{"CA", "name or OCID"}},
                  .flags = std::move(bundle_flags),
                  .example = "ca bundle example-root --out example-root.pem",
                  .run = Bundle});
}

}  // namespace perennial::cli
