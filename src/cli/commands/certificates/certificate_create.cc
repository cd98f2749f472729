// SPDX-License-Identifier: Apache-2.0
// certificate create.
#include <fmt/format.h>

#include <algorithm>

#include "base/spelled_duration.h"
#include "cli/commands/certificates/certificate.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

// --ca, or the only active issuing authority of the compartment.
Outcome<std::string> AuthorityOf(Session& session, const Arguments& arguments,
                                 const std::string& compartment) {
  if (const auto text = arguments.Get("--ca")) return FindAuthority(session, compartment, *text);
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto all, All({{"compartmentId", compartment}}, [&](const api::Query& query) {
               return client->ListCertificateAuthorities(query);
             }));
  std::vector<std::string> issuing;
  for (const auto& authority : all) {
    if (authority.config_type == AuthorityConfigType::kSubordinateIssuedByInternalCa &&
        authority.lifecycle_state == LifecycleState::kActive) {
      issuing.push_back(authority.id);
    }
  }
  if (issuing.size() == 1) return issuing.front();
  return Stop(Exit::kUsage, "--ca CA is missing",
              issuing.empty() ? "there is no active issuing authority here"
                              : "there are several issuing authorities here",
              issuing.empty()
                  ? "perennial ca create issuing --name example-ca --issuer example-root"
                  : "perennial ca list   (shows them)");
}

// The rule that was asked for, or what the console suggests, since all operators' limits accept it:
// 75 and 15 of 90 days. Short lives need the operator's permission: there it must be asked for.
Outcome<std::vector<CertificateRule>> RulesOf(const Arguments& arguments,
                                              const Lifetime& lifetime) {
  TRY_ASSIGN(const auto every, arguments.Period("--renew-every"));
  TRY_ASSIGN(const auto before, arguments.Period("--renew-before"));
  if (arguments.Has("--no-renewal")) {
    if (!every && !before) return std::vector<CertificateRule>{};
    return Stop(Exit::kUsage, "--no-renewal contradicts --renew-every and --renew-before");
  }
  if (every) {
    const auto advance = before.value_or(*every / 4);
    return std::vector<CertificateRule>{{.renewal_interval = FormatDuration(*every),
                                         .advance_renewal_period = FormatDuration(advance)}};
  }
  if (before) {
    return Stop(Exit::kUsage, "--renew-every PERIOD is missing",
                "--renew-before says how long before that time to begin");
  }
  constexpr seconds kDay{86400};
  const auto days = lifetime.length ? *lifetime.length / kDay : 0;
  if (days < 6) {
    return Stop(Exit::kUsage, "--renew-every PERIOD is missing",
                "a certificate of less than six days, or with --until, has no usual renewal rule",
                "repeat it with --renew-every and --renew-before, or with --no-renewal");
  }
  const auto advance = (days + 5) / 6;
  return std::vector<CertificateRule>{{.renewal_interval = FormatDuration(kDay * (days - advance)),
                                       .advance_renewal_period = FormatDuration(kDay * advance)}};
}

// FitToIssuer begins the life not before the issuer's, and holds it against what the issuer allows:
// the service would refuse it too, in words that know nothing of flags.
Outcome<void> FitToIssuer(Session& session, const std::string& issuer_id, Lifetime& lifetime) {
  if (!lifetime.length) return {};
  TRY_ASSIGN(auto* client, session.certificates());
  const auto issuer = client->GetCertificateAuthority(issuer_id);
  if (!issuer) return {};  // Using it may be allowed, and reading it not.
  auto length = *lifetime.length;
  for (const auto& rule : issuer->value.certificate_authority_rules) {
    const auto& text = rule.leaf_certificate_max_validity_duration;
    const auto most = text ? ParseDuration(*text) : Result<seconds>(length);
    if (!most || length <= *most) continue;
    if (!lifetime.said.empty()) {
      return Stop(Exit::kUsage,
                  fmt::format("{} cannot be {}", lifetime.said, SpellDuration(length)),
                  fmt::format("{} lets a certificate live {} at most", issuer->value.name,
                              SpellDuration(*most)));
    }
    length = *most;
  }
  auto from = ToSeconds(session.Now());
  const auto& version = issuer->value.current_version;
  if (version && version->validity && version->validity->time_of_validity_not_before) {
    from = std::max(from, ToSeconds(*version->validity->time_of_validity_not_before));
  }
  lifetime.Begin(from, length);
  return {};
}

Outcome<void> Create(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(auto lifetime, LifetimeOf(arguments, 90, session.Now()));
  TRY_ASSIGN(auto rules, RulesOf(arguments, lifetime));
  const auto dns = arguments.All("--dns");
  const auto ips = arguments.All("--ip");
  if (dns.empty() && ips.empty()) {
    return Stop(Exit::kUsage, "--dns NAME is missing", "a certificate is for at least one name");
  }
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  CreateCertificateDetails details{.name = arguments.Value("--name"),
                                   .compartment_id = compartment,
                                   .description = arguments.Get("--description")};
  auto& config = details.certificate_config;
  config.config_type = CertificateConfigType::kIssuedByInternalCa;
  TRY_ASSIGN(config.issuer_certificate_authority_id, AuthorityOf(session, arguments, compartment));
  TRY(FitToIssuer(session, *config.issuer_certificate_authority_id, lifetime));
  TRY_ASSIGN(rules, RulesOf(arguments, lifetime));
  if (!rules.empty()) details.certificate_rules = std::move(rules);
  config.subject = CertificateSubject{
      .common_name =
          arguments.Get("--common-name").value_or(dns.empty() ? ips.front() : dns.front())};
  config.subject_alternative_names.emplace();
  for (const auto& name : dns) {
    config.subject_alternative_names->push_back({SubjectAlternativeNameType::kDns, name});
  }
  for (const auto& address : ips) {
    config.subject_alternative_names->push_back({SubjectAlternativeNameType::kIp, address});
  }
  config.certificate_profile_type = CertificateProfileType::kTlsServer;
  config.key_algorithm = FromWireName<KeyAlgorithm>(arguments.Value("--key"));
  config.validity = Validity{.time_of_validity_not_after = lifetime.not_after,
                             .time_of_validity_not_before = lifetime.not_before};
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto created, WithNext(client->CreateCertificate(details, session.Once()),
                                          "perennial certificate create --help"));
  ShowCertificate(session, created.value);
  return {};
}

std::vector<Flag> CreateFlags() {
  std::vector<Flag> flags = {
      {.name = "--name", .value = "NAME", .help = "unique in its compartment", .required = true},
      {.name = "--dns", .value = "NAME", .help = "a host name that it is for", .many = true},
      {.name = "--ip", .value = "ADDRESS", .help = "an address that it is for", .many = true},
      {.name = "--common-name", .value = "TEXT", .help = "the first name without it"},
      {.name = "--ca",
       .value = "CA",
       .help = "who issues it; the only issuing authority of the compartment without it"}};
  const auto validity = ValidityFlags("90, or less where its issuer says so,");
  flags.insert(flags.end(), validity.begin(), validity.end());
  const std::vector<Flag> more = {
      {.name = "--renew-every",
       .value = "PERIOD",
       .help = "when the next version shall be in use; 5/6 of its life without it"},
      {.name = "--renew-before",
       .value = "PERIOD",
       .help = "how long before that to begin; 1/4 of it without it"},
      {.name = "--no-renewal", .help = "it ends when it ends"},
      {.name = "--key",
       .value = "KIND",
       .help = "the kind of its key",
       .fallback = "ECDSA_P256",
       .one_of = {"ECDSA_P256", "ECDSA_P384", "RSA2048", "RSA4096"}},
      {.name = "--description", .value = "TEXT", .help = "for people"},
      CompartmentFlag()};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

}  // namespace

void AddCertificateCreate(CommandTree& tree) {
  tree.push_back({.path = {"certificate", "create"},
                  .summary = "issue a certificate that renews itself",
                  .flags = CreateFlags(),
                  .example = "certificate create --name shop --dns shop.example.com --days 90",
                  .run = Create});
}

}  // namespace perennial::cli
