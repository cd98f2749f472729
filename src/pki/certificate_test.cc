// SPDX-License-Identifier: Apache-2.0
#include "pki/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "base/encoding.h"
#include "pki/lint.h"
#include "pki/primitives/der.h"
#include "pki/primitives/openssl.h"
#include "pki/testing.h"
#include "pki/verify.h"

namespace perennial::pki {
namespace {

using ::testing::HasSubstr;
using testing::Identity;
using testing::Issue;
using testing::MakeRoot;

const Identity& Leaf() {
  static const Identity root = MakeRoot();
  static const Identity leaf =
      Issue(root, CertificateProfile::kTlsServer, [](CertificateTemplate& request) {
        request.serial = HexDecode("03acfcfa000102030405060708090a0b").value();
        request.subject_alternative_names = {{SubjectAlternativeNameType::kDns, "shop.example.com"},
                                             {SubjectAlternativeNameType::kIp, "10.0.0.1"},
                                             {SubjectAlternativeNameType::kIp, "2001:db8::1"}};
      });
  return leaf;
}

TEST(Certificate, TellsWhatIsInIt) {
  const auto& certificate = Leaf().certificate;
  EXPECT_EQ(certificate.SerialHex(), "03 AC FC FA 00 01 02 03 04 05 06 07 08 09 0A 0B");
  EXPECT_EQ(certificate.subject(), "CN=shop.example.com");
  EXPECT_EQ(certificate.issuer(), "CN=Example Root");
  EXPECT_EQ(certificate.DnsNames(), std::vector<std::string>{"shop.example.com"});
  ASSERT_EQ(certificate.subject_alternative_names().size(), 3u);
  EXPECT_EQ(certificate.subject_alternative_names()[1].value, "10.0.0.1");
  EXPECT_EQ(certificate.subject_alternative_names()[2].value, "2001:db8::1");
  EXPECT_FALSE(certificate.is_ca());
  EXPECT_EQ(certificate.path_length(), std::nullopt);
  EXPECT_EQ(certificate.fields().extended_key_usage, std::vector<std::string>{"1.3.6.1.5.5.7.3.1"});
  EXPECT_EQ(certificate.fields().key_usage, std::vector<KeyUsage>{KeyUsage::kDigitalSignature});
  EXPECT_EQ(certificate.public_key(), Leaf().key.public_key());
  EXPECT_EQ(certificate.subject_key_id(), Leaf().key.public_key().KeyIdentifier());
  EXPECT_EQ(certificate.FingerprintSha256(), HexEncode(Sha256(certificate.der())));
}

TEST(Certificate, IsTheSameThroughPem) {
  const auto& certificate = Leaf().certificate;
  EXPECT_EQ(ParseCertificatePem(certificate.pem()), certificate);
  EXPECT_EQ(ParseChainPem("")->size(), 0u);
  const std::vector<Certificate> three(3, certificate);
  EXPECT_EQ(ParseChainPem(EncodeChainPem(three)), three);
  EXPECT_FALSE(ParseCertificatePem(EncodeChainPem(three)).has_value());
  EXPECT_FALSE(ParseCertificatePem("").has_value());
  EXPECT_FALSE(
      ParseChainPem(EncodeChainPem(std::vector<Certificate>(11, certificate))).has_value());
  EXPECT_FALSE(ParseChainPem(std::string(Leaf().key.ToPkcs8Pem().RevealText())).has_value());
}

// Changing a byte anywhere outside the signature is noticed by the parser, a lint or the signature.
TEST(Certificate, NeverAcceptsADamagedByte) {
  const Identity root = MakeRoot();
  const Identity leaf = Issue(root);
  const auto& der = leaf.certificate.der();
  for (size_t i = 0; i < der.size(); ++i) {
    auto damaged = der;
    damaged[i] ^= 0x21;
    const auto parsed = ParseCertificateDer(damaged);
    EXPECT_FALSE(parsed && parsed->IsSignedBy(root.key.public_key())) << i;
    EXPECT_FALSE(
        ParseCertificateDer({der.begin(), der.begin() + static_cast<ptrdiff_t>(i)}).has_value());
  }
  auto trailing = der;
  trailing.push_back(0);
  EXPECT_FALSE(ParseCertificateDer(trailing).has_value());
}

// Writes a certificate that our own encoder would refuse to write.
struct Raw {
  std::function<void(der::Writer&)> extensions = [](der::Writer&) {};
  std::vector<uint8_t> version = HexDecode("a003020102").value();
  std::vector<uint8_t> serial = HexDecode("02107fffffffffffffffffffffffffffffff").value();

  std::vector<uint8_t> Der() const {
    const auto& model = Leaf().certificate;
    der::Writer out;
    out.Sequence([&] {
      out.Sequence([&] {
        out.Raw(version);
        out.Raw(serial);
        out.Raw(AlgorithmIdentifierOf(SignatureAlgorithm::kSha256WithEcdsa));
        out.Raw(model.issuer_der());
        out.Sequence([&] {
          out.Time(testing::kStart);
          out.Time(testing::kStart + testing::kDay);
        });
        out.Raw(model.subject_der());
        out.Raw(model.public_key().ToSpkiDer());
        out.Nest(der::Constructed(3), [&] { out.Sequence([&] { extensions(out); }); });
      });
      out.Raw(AlgorithmIdentifierOf(SignatureAlgorithm::kSha256WithEcdsa));
      out.BitString(std::vector<uint8_t>(64, 1));
    });
    return out.Take();
  }
};

void Extension(der::Writer& out, const char* oid, std::string_view value_hex,
               std::string_view critical_hex = "") {
  out.Sequence([&] {
    out.Oid(AsText(der::OidFromText(oid).value()));
    out.Raw(HexDecode(critical_hex).value());
    out.Element(der::kOctetString, HexDecode(value_hex).value());
  });
}

std::string Fault(const std::vector<uint8_t>& der) {
  const auto parsed = ParseCertificateDer(der);
  return parsed ? "" : parsed.error().message;
}
std::string FaultOf(const char* oid, std::string_view value_hex,
                    std::string_view critical_hex = "") {
  return Fault(Raw{.extensions = [&](der::Writer& out) {
                 Extension(out, oid, value_hex, critical_hex);
               }}.Der());
}

TEST(CertificateParser, RefusesExtensionsThatAreNotDer) {
  EXPECT_EQ(FaultOf("2.5.29.19", "3000"), "");
  EXPECT_THAT(FaultOf("2.5.29.19", "3000", "010100"), HasSubstr("spells out its default"));
  EXPECT_THAT(FaultOf("2.5.29.19", "3003010100"), HasSubstr("default"));
  EXPECT_THAT(FaultOf("2.5.29.19", "3003010101"), HasSubstr("default"));
  EXPECT_THAT(FaultOf("2.5.29.19", "30060101ff0201ff"), HasSubstr("path length"));
  EXPECT_THAT(FaultOf("2.5.29.19", "30000500"), HasSubstr("malformed"));
  EXPECT_THAT(FaultOf("2.5.29.15", "03020780ff"), HasSubstr("key usage"));
  EXPECT_THAT(FaultOf("2.5.29.15", "03020080"), HasSubstr("key usage"));
  EXPECT_THAT(FaultOf("2.5.29.37", "3000"), HasSubstr("extended key usage"));
  EXPECT_THAT(FaultOf("2.5.29.17", "3000"), HasSubstr("alternative names"));
  EXPECT_THAT(FaultOf("2.5.29.17", "3005820361e462"), HasSubstr("ASCII"));
  EXPECT_THAT(FaultOf("2.5.29.17", "30058203610062"), HasSubstr("ASCII"));  // A NUL inside.
  EXPECT_THAT(FaultOf("2.5.29.17", "3007870501020304ff"), HasSubstr("IP address"));
  EXPECT_THAT(FaultOf("2.5.29.30", "3000"), HasSubstr("empty"));
  EXPECT_THAT(FaultOf("2.5.29.30", "3002a000"), HasSubstr("empty"));
  EXPECT_THAT(FaultOf("2.5.29.30", "300ea00c300a87080a000000ff00ff00"), HasSubstr("not a prefix"));
  EXPECT_THAT(FaultOf("2.5.29.30", "300ea00c300a87080a000001ff000000"), HasSubstr("not a prefix"));
  EXPECT_EQ(FaultOf("2.5.29.30", "300ea00c300a87080a000000ff000000"), "");
  EXPECT_THAT(FaultOf("2.5.29.14", "0400"), HasSubstr("subject key identifier"));
  EXPECT_THAT(FaultOf("2.5.29.35", "30048002aa"), HasSubstr("authority key identifier"));
}

TEST(CertificateParser, RefusesOtherVersionsAndBadSerials) {
  for (const auto* version : {"", "a003020100", "a003020101", "a003020103", "a00402020002"}) {
    const auto der = Raw{.extensions = [](der::Writer& o) { Extension(o, "2.5.29.19", "3000"); },
                         .version = HexDecode(version).value()}
                         .Der();
    EXPECT_NE(Fault(der), "") << version;
  }
  const auto with_serial = [](const char* hex) {
    return Raw{.extensions = [](der::Writer& o) { Extension(o, "2.5.29.19", "3000"); },
               .serial = HexDecode(hex).value()}
        .Der();
  };
  EXPECT_NE(Fault(with_serial("0200")), "");
  EXPECT_NE(Fault(with_serial("02020001")), "");
  // Negative, zero and long ones parse, for they are out there; the lint refuses them.
  for (const auto* hex : {"0201ff", "020100", "02157f00000000000000000000000000000000000000ff"}) {
    const auto parsed = ParseCertificateDer(with_serial(hex));
    ASSERT_TRUE(parsed.has_value()) << hex;
    EXPECT_THAT(Describe(LintCertificate(*parsed)), HasSubstr("serial number")) << hex;
  }
}

TEST(CertificateParser, RefusesTheSameExtensionTwice) {
  const auto der = Raw{.extensions = [](der::Writer& out) {
                     Extension(out, "2.5.29.19", "3000");
                     Extension(out, "2.5.29.19", "3000");
                   }}.Der();
  EXPECT_THAT(Fault(der), HasSubstr("twice"));
}

// security.md E14: each is refused within 50 ms of CPU.
TEST(CertificateParser, RefusesBombsQuickly) {
  const auto repeat = [](size_t count, std::string_view hex) {
    std::string all;
    for (size_t i = 0; i < count; ++i) all += hex;
    return HexDecode(all).value();
  };
  std::vector<std::vector<uint8_t>> bombs;
  bombs.push_back(repeat(10000, "3080"));                          // Nested, indefinite.
  bombs.push_back(HexDecode("30887fffffffffffffff3000").value());  // Length 2^63 − 1.
  bombs.push_back(HexDecode("3084ffffffff").value());
  bombs.emplace_back(10'000'000, 0x81);
  std::vector<uint8_t> nested;  // Nested with true lengths.
  for (int i = 0; i < 8000; ++i) {
    der::Writer out(nested.size() + 8);
    out.Element(der::kSequence, nested);
    nested = out.Take();
  }
  bombs.push_back(nested);
  bombs.push_back(Raw{.extensions =
                          [](der::Writer& out) {  // Many extensions.
                            for (int i = 0; i < 3000; ++i)
                              Extension(out, ("1.2.3." + std::to_string(i)).c_str(), "00");
                          }}
                      .Der());
  bombs.push_back(Raw{.extensions =
                          [&](der::Writer& out) {  // Many names.
                            der::Writer names;
                            for (int i = 0; i < 1001; ++i) names.Element(der::Primitive(2), "a.b");
                            der::Writer value;
                            value.Element(der::kSequence, names.bytes());
                            Extension(out, "2.5.29.17", HexEncode(value.bytes()));
                          }}
                      .Der());
  bombs.push_back(Raw{.extensions =
                          [&](der::Writer& out) {  // Many name constraints.
                            der::Writer value;
                            value.Sequence([&] {
                              value.Nest(der::Constructed(0), [&] {
                                for (int i = 0; i < 1001; ++i)
                                  value.Sequence([&] { value.Element(der::Primitive(2), "a.b"); });
                              });
                            });
                            Extension(out, "2.5.29.30", HexEncode(value.bytes()));
                          }}
                      .Der());
  bombs.push_back(Raw{.extensions =
                          [](der::Writer& out) {  // An endless OID.
                            out.Sequence([&] {
                              out.Element(der::kOid, std::vector<uint8_t>(60000, 0x81));
                              out.Element(der::kOctetString, std::string_view());
                            });
                          }}
                      .Der());
  for (const auto& bomb : bombs) {
    const auto begin = std::clock();
    EXPECT_NE(Fault(bomb), "") << bomb.size();
    // Ten times the limit, for the sanitizer.
    EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC / 2) << bomb.size();
  }
}

std::vector<std::filesystem::path> Corpus(const char* folder, const char* extension) {
  std::vector<std::filesystem::path> files;
  const auto root = std::filesystem::path(PERENNIAL_CORPORA_DIR) / folder;
  if (!std::filesystem::exists(root)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}
std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What both parsers accept, both must read in the same way.
void ExpectAgreementWithOpenssl(const Certificate& certificate, const std::string& name) {
  const uint8_t* bytes = certificate.der().data();
  const X509Ptr x509(d2i_X509(nullptr, &bytes, static_cast<long>(certificate.der().size())));
  ASSERT_NE(x509, nullptr) << name;
  const uint32_t flags = X509_get_extension_flags(x509.get());
  EXPECT_EQ((flags & EXFLAG_CA) != 0, certificate.is_ca()) << name;
  const auto at = [](const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return static_cast<int64_t>(timegm(&parts));
  };
  EXPECT_EQ(ToSeconds(certificate.not_before()).time_since_epoch().count(),
            at(X509_get0_notBefore(x509.get())))
      << name;
  EXPECT_EQ(ToSeconds(certificate.not_after()).time_since_epoch().count(),
            at(X509_get0_notAfter(x509.get())))
      << name;
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(x509.get(), &encoded);
  EXPECT_EQ(std::vector<uint8_t>(encoded, encoded + size), certificate.der()) << name;
  OPENSSL_free(encoded);
}

TEST(Corpora, PkitsCertificatesParseExceptForThreeReasons) {
  const auto files = Corpus("pkits", ".crt");
  if (files.empty()) GTEST_SKIP() << "no PKITS under " << PERENNIAL_CORPORA_DIR;
  for (const auto& path : files) {
    const auto content = Content(path);
    const auto parsed = ParseCertificateDer(AsBytes(content));
    const auto name = path.filename().string();
    // DSA keys; unique identifiers, which RFC 5280 §4.1.2.8 forbids; a signature that is not whole
    // bytes.
    const bool beyond_us = name.find("DSA") != std::string::npos ||
                           name.find("UID") != std::string::npos || name == "BadSignedCACert.crt";
    EXPECT_EQ(parsed.has_value(), !beyond_us) << name << (parsed ? "" : parsed.error().message);
    if (!parsed) continue;
    ExpectAgreementWithOpenssl(*parsed, name);
    LintCertificate(*parsed);
  }
}

// The label of each file is the lint of zlint that it breaks. These are clear under RFC 5280 alone.
TEST(Corpora, ZlintCertificatesAreRefusedByParserOrLint) {
  const auto files = Corpus("zlint", ".pem");
  if (files.empty()) GTEST_SKIP() << "no zlint under " << PERENNIAL_CORPORA_DIR;
  int parsed_count = 0;
  for (const auto& path : files) {
    // Their files begin with a description; ours accepts the block alone.
    const auto content = Content(path);
    const auto begin = content.find("-----BEGIN");
    if (begin == std::string::npos) continue;
    const auto parsed = ParseCertificatePem(std::string_view(content).substr(begin));
    if (!parsed) continue;
    ++parsed_count;
    ExpectAgreementWithOpenssl(*parsed, path.filename().string());
    LintCertificate(*parsed);
  }
  EXPECT_GT(parsed_count, 300);
  for (const auto* name : {"serialNumberNegative.pem", "serialNumberZero.pem", "SANDNSNull.pem",
                           "caKeyUsageNotCrit.pem", "certVersion4WithExtension.pem",
                           "SANIPv4InvalidLength.pem", "dnsNameEmptyLabel.pem"}) {
    const auto path = std::filesystem::path(PERENNIAL_CORPORA_DIR) / "zlint/v3/testdata" / name;
    if (!std::filesystem::exists(path)) continue;
    const auto content = Content(path);
    const auto parsed =
        ParseCertificatePem(std::string_view(content).substr(content.find("-----BEGIN")));
    EXPECT_TRUE(!parsed || !LintCertificate(*parsed).empty()) << name;
  }
}

TEST(Corpora, MutatedCertificatesNeverCrashTheParser) {
  std::mt19937_64 random(5);
  auto model = Leaf().certificate.der();
  for (int i = 0; i < 20000; ++i) {
    auto mutant = model;
    for (uint64_t flips = 1 + random() % 4; flips > 0; --flips) {
      mutant[random() % mutant.size()] = static_cast<uint8_t>(random());
    }
    const auto parsed = ParseCertificateDer(mutant);
    if (parsed) LintCertificate(*parsed);
  }
}

}  // namespace
}  // namespace perennial::pki
