// SPDX-License-Identifier: Apache-2.0
#include "pki/issue.h"

#include <algorithm>

#include "pki/lint.h"
#include "pki/primitives/der.h"
#include "pki/primitives/oids.h"

namespace perennial::pki {
namespace {

constexpr size_t kSerialBytesMin = 8;
constexpr size_t kSerialBytesMax = 20;  // RFC 5280 §4.1.2.2.
constexpr size_t kNamesMax = 1000;
constexpr size_t kCrlUrlsMax = 10;
constexpr int kPathLengthMax = 20;
// 99991231235959Z, "no well-defined expiration", is the last time that DER can write.
constexpr std::chrono::sys_seconds kTimeMax{std::chrono::seconds(253402300799)};

std::unexpected<Error> Refuse(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

// Prefixes an error of a parser with the field that it came from.
template <class T>
Result<T> In(const std::string& field, Result<T> result) {
  if (!result) result.error().message = field + ": " + result.error().message;
  return result;
}

Result<void> CheckSerial(std::span<const uint8_t> serial) {
  const bool positive = !serial.empty() && serial[0] < 0x80 && serial[0] > 0;
  if (!positive || serial.size() < kSerialBytesMin || serial.size() > kSerialBytesMax) {
    return Refuse("serial: must be positive, of 8 to 20 bytes without a leading zero");
  }
  return {};
}

Result<void> CheckShape(const CertificateTemplate& request) {
  TRY(CheckSerial(request.serial));
  if (request.not_after < request.not_before) return Refuse("notAfter: lies before notBefore");
  if (request.not_before.time_since_epoch().count() < 0 || request.not_after > kTimeMax) {
    return Refuse("notAfter: only the years 1970 to 9999 can be certified");
  }
  const bool ca = IsCa(request.profile);
  if (!ca && request.path_length) return Refuse("pathLength: only for a CA");
  if (!ca && !request.name_constraints.empty()) return Refuse("nameConstraints: only for a CA");
  if (ca && !request.subject_alternative_names.empty()) {
    return Refuse("subjectAlternativeNames: not for a CA");
  }
  if (request.path_length && (*request.path_length < 0 || *request.path_length > kPathLengthMax)) {
    return Refuse("pathLength: must be 0 to 20");
  }
  const bool root = request.profile == CertificateProfile::kRootCa;
  if (root != request.issuer_name.empty() || root != request.issuer_key_id.empty()) {
    return Refuse("issuer: its name and key identifier are needed, except for a root");
  }
  const auto& constraints = request.name_constraints;
  if (request.subject_alternative_names.size() > kNamesMax ||
      constraints.permitted.size() + constraints.excluded.size() > kNamesMax) {
    return Refuse("subjectAlternativeNames: more than 1,000 names");
  }
  return {};
}

void WriteExtension(der::Writer& out, std::string_view oid, bool critical, auto&& body) {
  out.Sequence([&] {
    out.Oid(oid);
    if (critical) out.True();
    out.Nest(der::kOctetString, body);
  });
}

void WriteBasicConstraints(der::Writer& out, const CertificateTemplate& request) {
  WriteExtension(out, oid::kBasicConstraints, true, [&] {
    out.Sequence([&] {
      if (!IsCa(request.profile)) return;
      out.True();
      if (request.path_length) out.SmallInteger(static_cast<uint32_t>(*request.path_length));
    });
  });
}

void WriteKeyUsage(der::Writer& out, const CertificateTemplate& request) {
  const auto bit = [](KeyUsage usage) {
    return static_cast<uint16_t>(0x8000 >> static_cast<int>(usage));
  };
  uint16_t usage = bit(KeyUsage::kDigitalSignature);
  if (IsCa(request.profile)) {
    usage = bit(KeyUsage::kKeyCertSign) | bit(KeyUsage::kCrlSign);
  } else if (request.public_key.family() == KeyFamily::kRsa &&
             request.profile != CertificateProfile::kCodeSign) {
    usage |= bit(KeyUsage::kKeyEncipherment);  // RSA key exchange of TLS 1.2.
  }
  WriteExtension(out, oid::kKeyUsage, true, [&] { out.NamedBits(usage); });
}

void WriteExtendedKeyUsage(der::Writer& out, CertificateProfile profile) {
  if (IsCa(profile)) return;
  const bool server = profile == CertificateProfile::kTlsServer ||
                      profile == CertificateProfile::kTlsServerOrClient;
  const bool client = profile == CertificateProfile::kTlsClient ||
                      profile == CertificateProfile::kTlsServerOrClient;
  WriteExtension(out, oid::kExtendedKeyUsage, false, [&] {
    out.Sequence([&] {
      if (server) out.Oid(oid::kServerAuth);
      if (client) out.Oid(oid::kClientAuth);
      if (profile == CertificateProfile::kCodeSign) out.Oid(oid::kCodeSigning);
    });
  });
}

void WriteKeyIds(der::Writer& out, const CertificateTemplate& request) {
  WriteExtension(out, oid::kSubjectKeyId, false,
                 [&] { out.Element(der::kOctetString, request.public_key.KeyIdentifier()); });
  if (request.issuer_key_id.empty()) return;
  WriteExtension(out, oid::kAuthorityKeyId, false, [&] {
    out.Sequence([&] { out.Element(der::Primitive(0), request.issuer_key_id); });
  });
}

Result<void> WriteAlternativeNames(der::Writer& out, const CertificateTemplate& request) {
  std::vector<SubjectAlternativeName> names;
  for (size_t i = 0; i < request.subject_alternative_names.size(); ++i) {
    TRY_ASSIGN(auto name, In("subjectAlternativeNames/" + std::to_string(i),
                             ParseSubjectAlternativeName(request.subject_alternative_names[i])));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  if (names.empty()) return {};
  // The subject is never empty, so the extension need not be critical (RFC 5280 §4.2.1.6).
  WriteExtension(out, oid::kSubjectAlternativeName, false, [&] {
    out.Sequence([&] {
      for (const auto& name : names) {
        if (name.type == SubjectAlternativeNameType::kDns) {
          out.Element(der::Primitive(2), name.value);
        } else {
          out.Element(der::Primitive(7), ParseIpAddress(name.value)->bytes);
        }
      }
    });
  });
  return {};
}

Result<void> WriteSubtrees(der::Writer& out, int tag, const std::string& field,
                           const std::vector<NameConstraint>& trees) {
  der::Writer list;
  for (size_t i = 0; i < trees.size(); ++i) {
    const std::string where = "nameConstraints/" + field + "/" + std::to_string(i);
    TRY_ASSIGN(const auto tree, In(where, ParseNameConstraint(trees[i])));
    std::vector<uint8_t> value;
    if (tree.type == NameConstraintType::kDirectoryName) {
      TRY_ASSIGN(value, In(where, ParseDistinguishedName(tree.value)));
    } else if (tree.type == NameConstraintType::kIp) {
      TRY_ASSIGN(value, In(where, IpRangeOf(tree.value)));
    }
    list.Sequence([&] {
      switch (tree.type) {
        case NameConstraintType::kDns:
          list.Element(der::Primitive(2), tree.value);
          break;
        case NameConstraintType::kDirectoryName:
          list.Element(der::Constructed(4), value);
          break;
        case NameConstraintType::kIp:
          list.Element(der::Primitive(7), value);
          break;
      }
    });
  }
  if (!trees.empty()) out.Element(der::Constructed(tag), list.bytes());
  return {};
}

Result<void> WriteNameConstraints(der::Writer& out, const NameConstraints& constraints) {
  if (constraints.empty()) return {};
  der::Writer trees;
  TRY(WriteSubtrees(trees, 0, "permittedSubtree", constraints.permitted));
  TRY(WriteSubtrees(trees, 1, "excludedSubtree", constraints.excluded));
  WriteExtension(out, oid::kNameConstraints, true,
                 [&] { out.Element(der::kSequence, trees.bytes()); });
  return {};
}

Result<void> WriteCrlUrls(der::Writer& out, const std::vector<std::string>& urls) {
  if (urls.empty()) return {};
  const bool fit =
      urls.size() <= kCrlUrlsMax && std::ranges::all_of(urls, [](const std::string& url) {
        return url.starts_with("http://") && url.size() <= 2000 &&
               std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f; });
      });
  if (!fit) return Refuse("crlUrls: at most ten plain http URLs");
  WriteExtension(out, oid::kCrlDistributionPoints, false, [&] {
    out.Sequence([&] {
      for (const auto& url : urls) {
        out.Sequence([&] {
          out.Nest(der::Constructed(0), [&] {
            out.Nest(der::Constructed(0), [&] { out.Element(der::Primitive(6), url); });
          });
        });
      }
    });
  });
  return {};
}

Result<void> WriteExtensions(der::Writer& out, const CertificateTemplate& request) {
  Result<void> outcome;
  out.Nest(der::Constructed(3), [&] {
    out.Sequence([&] {
      WriteBasicConstraints(out, request);
      WriteKeyUsage(out, request);
      WriteExtendedKeyUsage(out, request.profile);
      WriteKeyIds(out, request);
      outcome = WriteAlternativeNames(out, request);
      if (outcome) outcome = WriteNameConstraints(out, request.name_constraints);
      if (outcome) outcome = WriteCrlUrls(out, request.crl_urls);
    });
  });
  return outcome;
}

}  // namespace

std::vector<uint8_t> MakeSerial(Random& random) {
  auto serial = random.Bytes(16);
  // Top bit clear: positive. Next bit set: no leading zero, so that every serial has the same
  // length.
  serial[0] = static_cast<uint8_t>((serial[0] & 0x3f) | 0x40);
  return serial;
}

Result<std::vector<uint8_t>> EncodeToBeSigned(const CertificateTemplate& request) {
  TRY(CheckShape(request));
  TRY_ASSIGN(const auto subject, In("subject", EncodeName(request.subject)));
  if (!request.issuer_name.empty()) TRY(In("issuer", FormatName(request.issuer_name)));
  Result<void> outcome;
  der::Writer out(1024);
  out.Sequence([&] {
    out.Nest(der::Constructed(0), [&] { out.SmallInteger(2); });  // v3.
    out.UnsignedInteger(request.serial);
    out.Raw(AlgorithmIdentifierOf(request.signature_algorithm));
    out.Raw(request.issuer_name.empty() ? subject : request.issuer_name);
    out.Sequence([&] {
      out.Time(request.not_before);
      out.Time(request.not_after);
    });
    out.Raw(subject);
    out.Raw(request.public_key.ToSpkiDer());
    outcome = WriteExtensions(out, request);
  });
  TRY(outcome);
  return out.Take();
}

Result<Certificate> AssembleCertificate(std::span<const uint8_t> to_be_signed,
                                        SignatureAlgorithm algorithm,
                                        std::span<const uint8_t> signature,
                                        const PublicKey* subject_key) {
  der::Writer out(to_be_signed.size() + signature.size() + 64);
  out.Sequence([&] {
    out.Raw(to_be_signed);
    out.Raw(AlgorithmIdentifierOf(algorithm));
    out.BitString(signature);
  });
  return ParseCertificateDer(out.bytes(), subject_key);
}

Result<Certificate> IssueCertificate(const CertificateTemplate& request, const Signer& signer) {
  TRY_ASSIGN(const auto to_be_signed, EncodeToBeSigned(request));
  TRY_ASSIGN(const auto signature, signer.Sign(request.signature_algorithm, to_be_signed));
  TRY_ASSIGN(auto certificate, AssembleCertificate(to_be_signed, request.signature_algorithm,
                                                   signature, &request.public_key));
  if (!certificate.IsSignedBy(signer.public_key())) {
    return Fail(ErrorCode::kInternal, "the signature of a new certificate does not verify");
  }
  const auto violations = LintCertificate(certificate);
  if (!violations.empty()) return Fail(ErrorCode::kInternal, "lint: " + Describe(violations));
  return certificate;
}

}  // namespace perennial::pki
