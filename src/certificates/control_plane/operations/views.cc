// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/views.h"

#include <cctype>

namespace perennial::certificates {
namespace {

wire::Validity ValidityOf(const VersionRow& version) {
  return {version.not_after, version.not_before};
}

wire::CertificateRule RuleOf(const RenewalRule& rule) {
  return {wire::CertificateRuleType::kRenewal, FormatDuration(rule.interval),
          FormatDuration(rule.advance)};
}

// What a full object and a summary show alike.
template <class View>
View CommonView(const GuardedRow& row) {
  View view;
  view.id = row.id;
  view.name = row.name;
  view.time_created = row.created_at;
  view.lifecycle_state = row.state;
  view.compartment_id = row.compartment_id;
  view.description = row.description;
  view.time_of_deletion = row.deletion_at;
  view.freeform_tags = row.tags.freeform_tags;
  view.defined_tags = row.tags.defined_tags;
  return view;
}

template <class View>
View CommonView(const CertificateRow& row) {
  auto view = CommonView<View>(static_cast<const GuardedRow&>(row));
  view.config_type = row.config_type;
  view.issuer_certificate_authority_id = row.issuer_id;
  if (row.renewal) view.certificate_rules.push_back(RuleOf(*row.renewal));
  view.subject = row.subject;
  view.key_algorithm = row.key_algorithm;
  view.signature_algorithm = row.signature_algorithm;
  view.certificate_profile_type = row.profile;
  return view;
}

template <class View>
View CommonView(const AuthorityRow& row) {
  auto view = CommonView<View>(static_cast<const GuardedRow&>(row));
  view.config_type = row.config_type;
  view.issuer_certificate_authority_id = row.issuer_id;
  view.kms_key_id = row.kms_key_id;
  view.certificate_authority_rules = row.rules;
  view.subject = row.subject;
  view.signing_algorithm = row.signing_algorithm;
  return view;
}

// An empty chain is no chain.
std::optional<std::string> ChainOf(const VersionRow& version) {
  if (version.chain_pem.empty()) return std::nullopt;
  return version.chain_pem;
}

}  // namespace

std::string SerialText(const std::string& hex) {
  std::string text;
  for (size_t i = 0; i < hex.size(); ++i) {
    if (i > 0 && i % 2 == 0) text += ' ';
    text += static_cast<char>(std::toupper(static_cast<unsigned char>(hex[i])));
  }
  return text;
}

std::string EtagOf(const GuardedRow& row) { return service::EtagOf(row.id, row.revision); }

wire::CertificateAuthorityVersionSummary AuthorityVersionView(const AuthorityRow& row,
                                                              const VersionRow& version) {
  wire::CertificateAuthorityVersionSummary view;
  view.certificate_authority_id = row.id;
  view.time_created = version.created_at;
  view.version_number = version.number;
  view.stages = StagesOf(row.marks, version);
  view.issuer_ca_version_number = version.issuer_version;
  view.serial_number = SerialText(version.serial);
  view.version_name = version.name;
  view.time_of_deletion = version.deletion_at;
  view.validity = ValidityOf(version);
  return view;
}

wire::CertificateAuthority AuthorityView(const AuthorityRow& row, const VersionRow& current) {
  auto view = CommonView<wire::CertificateAuthority>(row);
  view.external_key_description = row.external_key_description;
  view.current_version = AuthorityVersionView(row, current);
  return view;
}

wire::CertificateAuthoritySummary AuthoritySummaryView(const AuthorityRow& row,
                                                       const VersionRow& current) {
  auto view = CommonView<wire::CertificateAuthoritySummary>(row);
  if (!row.issuer_id) view.issuer_certificate_authority_id = row.id;
  view.current_version_summary = AuthorityVersionView(row, current);
  return view;
}

wire::CertificateAuthorityBundle AuthorityBundleView(const AuthorityRow& row,
                                                     const VersionRow& version) {
  wire::CertificateAuthorityBundle view;
  view.certificate_authority_id = row.id;
  view.certificate_authority_name = row.name;
  view.serial_number = SerialText(version.serial);
  view.certificate_pem = version.certificate_pem;
  view.time_created = version.created_at;
  view.version_number = version.number;
  view.validity = ValidityOf(version);
  view.stages = StagesOf(row.marks, version);
  view.cert_chain_pem = ChainOf(version);
  view.version_name = version.name;
  return view;
}

wire::CertificateVersion VersionView(const CertificateRow& row, const VersionRow& version) {
  wire::CertificateVersion view;
  view.certificate_id = row.id;
  view.time_created = version.created_at;
  view.version_number = version.number;
  view.stages = StagesOf(row.marks, version);
  view.serial_number = SerialText(version.serial);
  view.issuer_ca_version_number = version.issuer_version;
  view.version_name = version.name;
  view.subject_alternative_names = row.alternative_names;
  view.time_of_deletion = version.deletion_at;
  view.validity = ValidityOf(version);
  return view;
}

wire::Certificate CertificateView(const CertificateRow& row, const VersionRow& current) {
  auto view = CommonView<wire::Certificate>(row);
  view.lifecycle_details = row.renewal_error;
  view.current_version = VersionView(row, current);
  return view;
}

wire::CertificateSummary CertificateSummaryView(const CertificateRow& row,
                                                const VersionRow& current) {
  auto view = CommonView<wire::CertificateSummary>(row);
  view.current_version_summary = VersionView(row, current);
  return view;
}

wire::CertificateBundle BundleView(const CertificateRow& row, const VersionRow& version) {
  wire::CertificateBundle view;
  view.certificate_id = row.id;
  view.certificate_name = row.name;
  view.version_number = version.number;
  view.serial_number = SerialText(version.serial);
  view.time_created = version.created_at;
  view.validity = ValidityOf(version);
  view.stages = StagesOf(row.marks, version);
  view.certificate_pem = version.certificate_pem;
  view.cert_chain_pem = ChainOf(version);
  view.version_name = version.name;
  return view;
}

wire::CertificateBundleVersionSummary BundleVersionView(const CertificateRow& row,
                                                        const VersionRow& version) {
  wire::CertificateBundleVersionSummary view;
  view.certificate_id = row.id;
  view.certificate_name = row.name;
  view.version_number = version.number;
  view.time_created = version.created_at;
  view.stages = StagesOf(row.marks, version);
  view.serial_number = SerialText(version.serial);
  view.version_name = version.name;
  view.validity = ValidityOf(version);
  view.time_of_deletion = version.deletion_at;
  return view;
}

}  // namespace perennial::certificates
