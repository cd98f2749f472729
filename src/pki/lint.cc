// SPDX-License-Identifier: Apache-2.0
#include "pki/lint.h"

#include <algorithm>
#include <array>

#include "pki/primitives/der.h"
#include "pki/primitives/oids.h"

namespace perennial::pki {
namespace {

constexpr size_t kSerialBytesMax = 20;
constexpr size_t kShownMax = 10;

class Linter {
 public:
  explicit Linter(const Certificate& certificate)
      : certificate_(certificate), fields_(certificate.fields()) {}

  std::vector<Violation> Run() {
    Serial();
    Validity();
    Extensions();
    BasicConstraints();
    Usage();
    Names();
    Constraints();
    KeyIds();
    return std::move(found_);
  }

 private:
  void Unless(bool fine, std::string_view rule, std::string where, std::string detail) {
    if (!fine) found_.push_back({rule, std::move(where), std::move(detail)});
  }
  const CertificateExtension* Find(std::string_view oid) const {
    const auto found = std::ranges::find(fields_.extensions, oid, &CertificateExtension::oid);
    return found == fields_.extensions.end() ? nullptr : &*found;
  }
  bool Has(std::string_view oid) const { return Find(oid) != nullptr; }
  bool HasExtendedUsage(std::string_view oid) const {
    return std::ranges::find(fields_.extended_key_usage, oid) != fields_.extended_key_usage.end();
  }

  void Serial() {
    const auto& serial = fields_.serial;
    const bool positive = (serial[0] & 0x80) == 0 && !(serial.size() == 1 && serial[0] == 0);
    Unless(positive, "serial.positive", "serialNumber", "the serial number must be positive");
    Unless(serial.size() <= kSerialBytesMax, "serial.length", "serialNumber",
           "the serial number is longer than 20 bytes");
  }

  void Validity() {
    Unless(fields_.not_before <= fields_.not_after, "validity.order", "validity",
           "it ends before it begins");
    // RFC 5280 §4.1.2.5: what our writer makes of the same time must stand in the certificate.
    der::Writer expected;
    expected.Sequence([&] {
      expected.Time(ToSeconds(fields_.not_before));
      expected.Time(ToSeconds(fields_.not_after));
    });
    const auto found = std::ranges::search(fields_.to_be_signed, expected.bytes());
    Unless(!found.empty(), "validity.encoding", "validity",
           "times until 2049 are UTCTime, later ones GeneralizedTime");
  }

  void Extensions() {
    constexpr auto kUnderstood = std::to_array<std::string_view>(
        {oid::kTextBasicConstraints, oid::kTextKeyUsage, oid::kTextExtendedKeyUsage,
         oid::kTextSubjectAlternativeName, oid::kTextNameConstraints, oid::kTextCertificatePolicies,
         oid::kTextPolicyConstraints});
    for (const auto& extension : fields_.extensions) {
      const bool understood = std::ranges::find(kUnderstood, extension.oid) != kUnderstood.end();
      Unless(!extension.critical || understood, "extension.critical", extension.oid,
             "a critical extension that nobody here understands");
    }
  }

  void BasicConstraints() {
    const auto* extension = Find(oid::kTextBasicConstraints);
    const bool signs = certificate_.HasKeyUsage(KeyUsage::kKeyCertSign);
    if (fields_.is_ca) {
      Unless(extension->critical, "basic_constraints.critical", "basicConstraints",
             "must be critical in a CA");
      Unless(fields_.key_usage.has_value() && signs, "key_usage.ca", "keyUsage",
             "a CA must have keyCertSign");
    } else {
      Unless(!signs, "key_usage.leaf", "keyUsage", "keyCertSign is only for a CA");
      Unless(!fields_.path_length, "path_length.leaf", "basicConstraints",
             "a path length is only for a CA");
    }
  }

  void Usage() {
    const auto* usage = Find(oid::kTextKeyUsage);
    Unless(usage != nullptr, "key_usage.present", "keyUsage", "key usage is missing");
    if (usage != nullptr) {
      Unless(usage->critical, "key_usage.critical", "keyUsage", "key usage must be critical");
      Unless(!fields_.key_usage->empty(), "key_usage.empty", "keyUsage", "key usage names no use");
    }
    if (certificate_.public_key().family() == KeyFamily::kEcdsa) {
      Unless(!certificate_.HasKeyUsage(KeyUsage::kKeyEncipherment) &&
                 !certificate_.HasKeyUsage(KeyUsage::kDataEncipherment),
             "key_usage.family", "keyUsage", "a key on a curve cannot encipher (RFC 8813)");
    }
    if (fields_.is_ca) return;
    Unless(!fields_.extended_key_usage.empty(), "extended_key_usage.present", "extendedKeyUsage",
           "a leaf must say what it is for");
    Unless(!HasExtendedUsage(oid::kTextAnyExtendedKeyUsage), "extended_key_usage.any",
           "extendedKeyUsage", "a leaf may not be for anything");
    Unless(certificate_.HasKeyUsage(KeyUsage::kDigitalSignature), "key_usage.tls13", "keyUsage",
           "a leaf must have digitalSignature: TLS 1.3 needs it");
  }

  void Names() {
    const auto& names = fields_.subject_alternative_names;
    const auto* extension = Find(oid::kTextSubjectAlternativeName);
    const bool empty_subject = fields_.subject_der.size() == 2;
    Unless(!empty_subject || (extension != nullptr && extension->critical), "subject.empty",
           "subject", "without a subject the alternative names must be critical");
    Unless(!(empty_subject && fields_.is_ca), "subject.ca", "subject", "a CA must have a name");
    Unless(fields_.issuer_der.size() > 2, "issuer.empty", "issuer", "the issuer must have a name");
    if (!fields_.is_ca && HasExtendedUsage(oid::kTextServerAuth)) {
      Unless(!names.empty(), "name.present", "subjectAlternativeNames",
             "a TLS server needs a DNS name or IP address");
    }
    for (size_t i = 0; i < names.size(); ++i) {
      const auto canonical = ParseSubjectAlternativeName(names[i]);
      Unless(canonical && *canonical == names[i], "name.canonical",
             "subjectAlternativeNames/" + std::to_string(i),
             canonical ? "not in canonical spelling" : canonical.error().message);
    }
  }

  void Constraints() {
    const auto* extension = Find(oid::kTextNameConstraints);
    if (extension == nullptr) return;
    Unless(fields_.is_ca, "name_constraints.leaf", "nameConstraints",
           "name constraints are only for a CA");
    Unless(extension->critical, "name_constraints.critical", "nameConstraints",
           "name constraints must be critical");
  }

  void KeyIds() {
    const auto* subject_key = Find(oid::kTextSubjectKeyId);
    const auto* authority_key = Find(oid::kTextAuthorityKeyId);
    Unless(subject_key != nullptr || !fields_.is_ca, "key_id.subject", "subjectKeyIdentifier",
           "a CA must have one");
    Unless(subject_key == nullptr || !subject_key->critical, "key_id.subject_critical",
           "subjectKeyIdentifier", "must not be critical");
    Unless(authority_key == nullptr || !authority_key->critical, "key_id.authority_critical",
           "authorityKeyIdentifier", "must not be critical");
    Unless(!fields_.authority_key_id.empty() || certificate_.is_self_issued(), "key_id.authority",
           "authorityKeyIdentifier", "must be there, except in a root");
  }

  const Certificate& certificate_;
  const Certificate::Fields& fields_;
  std::vector<Violation> found_;
};

}  // namespace

std::string Describe(const std::vector<Violation>& violations) {
  std::string text;
  for (size_t i = 0; i < violations.size() && i < kShownMax; ++i) {
    if (i > 0) text += "; ";
    if (!violations[i].where.empty()) text += violations[i].where + ": ";
    text += violations[i].detail;
  }
  if (violations.size() > kShownMax)
    text += "; and " + std::to_string(violations.size() - kShownMax) + " more";
  return text;
}

std::vector<Violation> LintCertificate(const Certificate& certificate) {
  return Linter(certificate).Run();
}

}  // namespace perennial::pki
