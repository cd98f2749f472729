// SPDX-License-Identifier: Apache-2.0
#include "pki/certificate.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/encoding.h"
#include "pki/primitives/der.h"
#include "pki/primitives/oids.h"
#include "pki/primitives/pem.h"

namespace perennial::pki {
namespace {

using Fields = Certificate::Fields;

constexpr size_t kDerBytesMax = 64 * 1024;
constexpr size_t kNamesMax = 1000;
constexpr size_t kExtensionsMax = 64;
constexpr size_t kChainMax = 10;

std::unexpected<Error> Refuse(std::string what) {
  return Fail(ErrorCode::kInvalidArgument, "not an acceptable certificate: " + std::move(what));
}

std::vector<uint8_t> Copy(der::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// Reads a Name as it stands; FormatName has then accepted its structure.
Result<std::vector<uint8_t>> TakeName(der::Reader& reader, const char* what) {
  const auto item = reader.Next();
  if (!item || !FormatName(item->whole)) return Refuse(std::string(what) + " is malformed");
  return Copy(item->whole);
}

// Range of an iPAddress constraint as text; nothing for a mask with holes.
std::optional<std::string> RangeText(der::Bytes range) {
  if (range.size() != 8 && range.size() != 32) return std::nullopt;
  const auto address = IpAddressOf(range.first(range.size() / 2));
  int ones = 0;
  for (const uint8_t byte : range.subspan(range.size() / 2)) ones += std::popcount(byte);
  if (!address) return std::nullopt;
  auto text = address->text + "/" + std::to_string(ones);
  const auto canonical = IpRangeOf(text);
  if (!canonical || !der::Equals(*canonical, range)) return std::nullopt;
  return text;
}

bool IsVisibleAscii(der::Bytes bytes) {
  return std::ranges::all_of(bytes, [](uint8_t c) { return c > 0x20 && c < 0x7f; });
}

Result<void> ReadSubtrees(der::Reader reader, std::vector<NameConstraint>& trees, int& others) {
  if (reader.empty()) return Refuse("an empty list of name constraints");
  while (!reader.empty()) {
    auto tree = reader.Enter(der::kSequence);
    const auto base = tree ? tree->Next() : std::nullopt;
    // RFC 5280 §4.2.1.10: minimum is 0, which DER leaves out, and maximum is absent.
    if (!base || !tree->empty()) return Refuse("a name constraint is malformed");
    if (trees.size() + static_cast<size_t>(others) >= kNamesMax)
      return Refuse("more than 1,000 name constraints");
    if (base->tag == der::Primitive(2)) {
      if (!IsVisibleAscii(base->content)) return Refuse("a DNS name constraint is malformed");
      trees.push_back({NameConstraintType::kDns, std::string(AsText(base->content))});
    } else if (base->tag == der::Primitive(7)) {
      const auto text = RangeText(base->content);
      if (!text) return Refuse("an IP name constraint is not a prefix");
      trees.push_back({NameConstraintType::kIp, *text});
    } else if (base->tag == der::Constructed(4)) {
      const auto text = FormatName(base->content);
      if (!text) return Refuse("a directory name constraint is malformed");
      trees.push_back({NameConstraintType::kDirectoryName, *text});
    } else {
      ++others;
    }
  }
  return {};
}

Result<void> ReadNameConstraints(der::Reader reader, Fields& fields) {
  auto sequence = reader.Enter(der::kSequence);
  if (!sequence || !reader.empty() || sequence->empty())
    return Refuse("empty or malformed name constraints");
  fields.has_name_constraints = true;
  if (sequence->Peek() == der::Constructed(0)) {
    const auto permitted = sequence->Enter(der::Constructed(0));
    if (!permitted) return Refuse("name constraints are malformed");
    TRY(ReadSubtrees(*permitted, fields.name_constraints.permitted, fields.other_name_constraints));
  }
  if (sequence->Peek() == der::Constructed(1)) {
    const auto excluded = sequence->Enter(der::Constructed(1));
    if (!excluded) return Refuse("name constraints are malformed");
    TRY(ReadSubtrees(*excluded, fields.name_constraints.excluded, fields.other_name_constraints));
  }
  if (!sequence->empty()) return Refuse("name constraints are malformed");
  return {};
}

Result<void> ReadAlternativeNames(der::Reader reader, Fields& fields) {
  auto sequence = reader.Enter(der::kSequence);
  if (!sequence || !reader.empty() || sequence->empty())
    return Refuse("empty or malformed alternative names");
  auto& names = fields.subject_alternative_names;
  while (!sequence->empty()) {
    const auto name = sequence->Next();
    if (!name) return Refuse("an alternative name is malformed");
    if (names.size() + static_cast<size_t>(fields.other_alternative_names) >= kNamesMax) {
      return Refuse("more than 1,000 alternative names");
    }
    if (name->tag == der::Primitive(2)) {
      if (!IsVisibleAscii(name->content))
        return Refuse("a DNS name holds something other than ASCII");
      names.push_back({SubjectAlternativeNameType::kDns, std::string(AsText(name->content))});
    } else if (name->tag == der::Primitive(7)) {
      const auto address = IpAddressOf(name->content);
      if (!address) return Refuse("an IP address is malformed");
      names.push_back({SubjectAlternativeNameType::kIp, address->text});
    } else {
      ++fields.other_alternative_names;
    }
  }
  return {};
}

Result<void> ReadBasicConstraints(der::Reader reader, Fields& fields) {
  auto sequence = reader.Enter(der::kSequence);
  if (!sequence || !reader.empty()) return Refuse("basic constraints are malformed");
  fields.has_basic_constraints = true;
  if (sequence->Peek() == der::kBoolean) {
    if (sequence->TakeBoolean() != true) return Refuse("basic constraints spell out their default");
    fields.is_ca = true;
  }
  if (sequence->Peek() == der::kInteger) {
    fields.path_length = sequence->TakeSmallInteger();
    if (!fields.path_length) return Refuse("the path length is malformed");
  }
  if (!sequence->empty()) return Refuse("basic constraints are malformed");
  return {};
}

Result<void> ReadKeyUsage(der::Reader reader, Fields& fields) {
  const auto bits = reader.TakeNamedBits();
  if (!bits || !reader.empty()) return Refuse("the key usage is malformed");
  fields.key_usage.emplace();
  for (int bit = 0; bit <= static_cast<int>(KeyUsage::kDecipherOnly); ++bit) {
    if ((*bits & (0x8000 >> bit)) != 0) fields.key_usage->push_back(static_cast<KeyUsage>(bit));
  }
  return {};
}

Result<void> ReadExtendedKeyUsage(der::Reader reader, Fields& fields) {
  auto sequence = reader.Enter(der::kSequence);
  if (!sequence || !reader.empty() || sequence->empty())
    return Refuse("the extended key usage is malformed");
  while (!sequence->empty()) {
    const auto oid = sequence->TakeOid();
    const auto text = oid ? der::OidText(*oid) : std::nullopt;
    if (!text || fields.extended_key_usage.size() >= kExtensionsMax)
      return Refuse("the extended key usage is malformed");
    fields.extended_key_usage.push_back(*text);
  }
  return {};
}

Result<void> ReadKeyIdentifiers(const CertificateExtension& extension, Fields& fields) {
  der::Reader reader(extension.value);
  if (extension.oid == oid::kTextSubjectKeyId) {
    const auto id = reader.Take(der::kOctetString);
    if (!id || id->empty() || !reader.empty())
      return Refuse("the subject key identifier is malformed");
    fields.subject_key_id = Copy(*id);
    return {};
  }
  auto sequence = reader.Enter(der::kSequence);
  if (!sequence || !reader.empty()) return Refuse("the authority key identifier is malformed");
  if (sequence->Peek() == der::Primitive(0)) {
    const auto id = sequence->Take(der::Primitive(0));
    if (!id || id->empty()) return Refuse("the authority key identifier is malformed");
    fields.authority_key_id = Copy(*id);
  }
  // authorityCertIssuer and authorityCertSerialNumber may follow; nobody here uses them.
  while (!sequence->empty()) {
    const auto item = sequence->Next();
    if (!item || (item->tag != der::Constructed(1) && item->tag != der::Primitive(2))) {
      return Refuse("the authority key identifier is malformed");
    }
  }
  return {};
}

Result<void> ReadExtension(const CertificateExtension& extension, Fields& fields) {
  const der::Reader reader(extension.value);
  if (extension.oid == oid::kTextBasicConstraints) return ReadBasicConstraints(reader, fields);
  if (extension.oid == oid::kTextKeyUsage) return ReadKeyUsage(reader, fields);
  if (extension.oid == oid::kTextExtendedKeyUsage) return ReadExtendedKeyUsage(reader, fields);
  if (extension.oid == oid::kTextSubjectAlternativeName)
    return ReadAlternativeNames(reader, fields);
  if (extension.oid == oid::kTextNameConstraints) return ReadNameConstraints(reader, fields);
  if (extension.oid == oid::kTextSubjectKeyId || extension.oid == oid::kTextAuthorityKeyId) {
    return ReadKeyIdentifiers(extension, fields);
  }
  return {};
}

Result<void> ReadExtensions(der::Reader& tbs, Fields& fields) {
  auto wrapped = tbs.Enter(der::Constructed(3));
  auto list = wrapped ? wrapped->Enter(der::kSequence) : std::nullopt;
  if (!list || !wrapped->empty() || list->empty()) return Refuse("the extensions are malformed");
  while (!list->empty()) {
    auto entry = list->Enter(der::kSequence);
    const auto oid = entry ? entry->TakeOid() : std::nullopt;
    const auto text = oid ? der::OidText(*oid) : std::nullopt;
    if (!text) return Refuse("an extension is malformed");
    CertificateExtension extension{.oid = *text};
    if (entry->Peek() == der::kBoolean) {
      if (entry->TakeBoolean() != true) return Refuse("an extension spells out its default");
      extension.critical = true;
    }
    const auto value = entry->Take(der::kOctetString);
    if (!value || !entry->empty()) return Refuse("an extension is malformed");
    extension.value = Copy(*value);
    if (std::ranges::find(fields.extensions, extension.oid, &CertificateExtension::oid) !=
        fields.extensions.end()) {
      return Refuse("the extension " + extension.oid + " appears twice");
    }
    if (fields.extensions.size() == kExtensionsMax) return Refuse("more than 64 extensions");
    TRY(ReadExtension(extension, fields));
    fields.extensions.push_back(std::move(extension));
  }
  return {};
}

Result<void> ReadValidity(der::Reader& tbs, Fields& fields) {
  auto validity = tbs.Enter(der::kSequence);
  const auto not_before = validity ? validity->TakeTime() : std::nullopt;
  const auto not_after = validity ? validity->TakeTime() : std::nullopt;
  if (!not_before || !not_after || !validity->empty()) return Refuse("the validity is malformed");
  fields.not_before = *not_before;
  fields.not_after = *not_after;
  return {};
}

// Reads TBSCertificate and returns the subject's SPKI, a view into `fields.to_be_signed`.
Result<der::Bytes> ReadToBeSigned(der::Bytes signature_algorithm, Fields& fields) {
  der::Reader outer(fields.to_be_signed);
  auto tbs = outer.Enter(der::kSequence);
  auto version = tbs ? tbs->Enter(der::Constructed(0)) : std::nullopt;
  if (!version || version->TakeSmallInteger() != 2 || !version->empty())
    return Refuse("it is not version 3");
  const auto serial = tbs->TakeInteger();
  if (!serial || serial->size() > 64) return Refuse("the serial number is malformed");
  fields.serial = Copy(*serial);
  const auto algorithm = tbs->Next();
  if (!algorithm || !der::Equals(algorithm->whole, signature_algorithm)) {
    return Refuse("it names two different signature algorithms");
  }
  TRY_ASSIGN(fields.issuer_der, TakeName(*tbs, "the issuer"));
  TRY(ReadValidity(*tbs, fields));
  TRY_ASSIGN(fields.subject_der, TakeName(*tbs, "the subject"));
  const auto spki = tbs->Next();
  if (!spki) return Refuse("the public key is malformed");
  // The unique identifiers [1] and [2] of RFC 5280 §4.1.2.8 must not be used, and are not read.
  if (tbs->Peek() == der::Constructed(3)) TRY(ReadExtensions(*tbs, fields));
  if (!tbs->empty()) return Refuse("there is something behind the extensions");
  return spki->whole;
}

}  // namespace

Result<Certificate> ParseCertificateDer(std::span<const uint8_t> der, const PublicKey* known_key) {
  if (der.size() > kDerBytesMax) return Refuse("larger than 64 KiB");
  der::Reader outer(der);
  auto certificate = outer.Enter(der::kSequence);
  if (!certificate || !outer.empty()) return Refuse("it is not one DER sequence");
  const auto tbs = certificate->Next();
  const auto algorithm = certificate->Next();
  const auto signature = certificate->TakeWholeBitString();
  if (!tbs || !algorithm || !signature || !certificate->empty()) return Refuse("it is malformed");
  Fields fields;
  const auto known = SignatureAlgorithmOf(algorithm->whole);
  if (!known) return Refuse("it is not signed with RSA or ECDSA over SHA-256, SHA-384 or SHA-512");
  fields.signature_algorithm = *known;
  fields.signature = Copy(*signature);
  fields.to_be_signed = Copy(tbs->whole);
  TRY_ASSIGN(const auto spki, ReadToBeSigned(algorithm->whole, fields));
  fields.der = Copy(der);
  if (known_key != nullptr && der::Equals(known_key->ToSpkiDer(), spki)) {
    return Certificate(std::make_shared<Certificate::Rep>(std::move(fields), *known_key));
  }
  TRY_ASSIGN(auto key, PublicKey::ParseSpkiDer(spki));
  return Certificate(std::make_shared<Certificate::Rep>(std::move(fields), std::move(key)));
}

Result<Certificate> ParseCertificatePem(std::string_view pem) {
  TRY_ASSIGN(auto chain, ParseChainPem(pem));
  if (chain.size() != 1) return Refuse("expected exactly one CERTIFICATE block");
  return std::move(chain.front());
}

Result<std::vector<Certificate>> ParseChainPem(std::string_view pem) {
  TRY_ASSIGN(const auto blocks, ParsePem(pem, kChainMax));
  std::vector<Certificate> chain;
  for (const auto& block : blocks) {
    if (block.label != "CERTIFICATE") return Refuse("expected only CERTIFICATE blocks");
    TRY_ASSIGN(auto certificate, ParseCertificateDer(block.bytes.Reveal()));
    chain.push_back(std::move(certificate));
  }
  return chain;
}

std::string EncodeChainPem(std::span<const Certificate> chain) {
  std::string pem;
  for (const auto& certificate : chain) pem += certificate.pem();
  return pem;
}

std::string Certificate::pem() const { return EncodePem("CERTIFICATE", der()); }

std::string Certificate::SerialHex() const {
  std::string text = HexEncode(fields().serial);
  for (char& c : text) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  for (size_t i = 2; i < text.size(); i += 3) text.insert(i, 1, ' ');
  return text;
}

// Both names were formatted once when they were parsed, so they have a text.
std::string Certificate::subject() const { return FormatName(subject_der()).value_or(""); }
std::string Certificate::issuer() const { return FormatName(issuer_der()).value_or(""); }

std::vector<std::string> Certificate::DnsNames() const {
  std::vector<std::string> names;
  for (const auto& name : subject_alternative_names()) {
    if (name.type == SubjectAlternativeNameType::kDns) names.push_back(name.value);
  }
  return names;
}

bool Certificate::HasKeyUsage(KeyUsage usage) const {
  return fields().key_usage &&
         std::ranges::find(*fields().key_usage, usage) != fields().key_usage->end();
}

std::string Certificate::FingerprintSha256() const { return HexEncode(Sha256(der())); }

bool Certificate::IsSignedBy(const PublicKey& issuer) const {
  return issuer.Verify(fields().signature_algorithm, fields().to_be_signed, fields().signature);
}

}  // namespace perennial::pki
