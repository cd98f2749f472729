// SPDX-License-Identifier: Apache-2.0
#include "pki/issue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <set>

#include "base/encoding.h"
#include "pki/lint.h"
#include "pki/primitives/openssl.h"
#include "pki/testing.h"
#include "pki/verify.h"

namespace perennial::pki {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::Identity;
using testing::Issue;
using testing::kDay;
using testing::kStart;
using testing::MakeRoot;
using testing::Must;
using testing::Request;

X509Ptr ToX509(const Certificate& certificate) {
  const uint8_t* bytes = certificate.der().data();
  return X509Ptr(d2i_X509(nullptr, &bytes, static_cast<long>(certificate.der().size())));
}

std::string Refusal(const Identity& root, CertificateProfile profile, auto change) {
  const auto key = Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
  auto request = Request(profile, key.public_key(), &root);
  change(request);
  const auto encoded = EncodeToBeSigned(request);
  return encoded ? "" : encoded.error().message;
}

TEST(Issue, EveryProfileSatisfiesOpensslAndOurLints) {
  for (const auto algorithm :
       {KeyAlgorithm::kEcdsaP256, KeyAlgorithm::kRsa2048, KeyAlgorithm::kEcdsaP384}) {
    const Identity root = MakeRoot(algorithm);
    const Identity sub = Issue(
        root, CertificateProfile::kSubordinateCa,
        [](CertificateTemplate& request) {
          request.subject.common_name = "Issuing CA";
          request.path_length = 0;
        },
        algorithm);
    for (const auto profile :
         {CertificateProfile::kTlsServer, CertificateProfile::kTlsServerOrClient,
          CertificateProfile::kTlsClient, CertificateProfile::kCodeSign}) {
      const Identity leaf = Issue(sub, profile);
      EXPECT_EQ(Describe(LintCertificate(leaf.certificate)), "") << WireNameOf(profile);
      const auto verified =
          VerifyChain(leaf.certificate, {&sub.certificate, 1}, {&root.certificate, 1}, kStart);
      EXPECT_TRUE(verified.has_value()) << verified.error().message;
      const auto x509 = ToX509(leaf.certificate);
      const bool server = profile == CertificateProfile::kTlsServer ||
                          profile == CertificateProfile::kTlsServerOrClient;
      const bool client = profile == CertificateProfile::kTlsClient ||
                          profile == CertificateProfile::kTlsServerOrClient;
      EXPECT_EQ(X509_check_purpose(x509.get(), X509_PURPOSE_SSL_SERVER, 0), server);
      EXPECT_EQ(X509_check_purpose(x509.get(), X509_PURPOSE_SSL_CLIENT, 0), client);
      EXPECT_EQ(X509_check_purpose(x509.get(), X509_PURPOSE_SSL_SERVER, 1), 0);
    }
  }
}

// security.md E20: 90 days are 7,776,000 seconds, and both ends count.
TEST(Issue, ValidityIsExactToTheSecond) {
  const Identity root = MakeRoot();
  const Identity leaf =
      Issue(root, CertificateProfile::kTlsServer, [](CertificateTemplate& request) {
        request.not_before = kStart + seconds(7);
        request.not_after = kStart + seconds(7) + 90 * kDay - seconds(1);
      });
  const auto life = leaf.certificate.not_after() - leaf.certificate.not_before() + seconds(1);
  EXPECT_EQ(life, seconds(7'776'000));
  const auto at = [&](std::chrono::sys_seconds time) {
    return VerifyChain(leaf.certificate, {}, {&root.certificate, 1}, time).has_value();
  };
  EXPECT_FALSE(at(kStart + seconds(6)));
  EXPECT_TRUE(at(kStart + seconds(7)));
  EXPECT_TRUE(at(kStart + seconds(7) + 90 * kDay - seconds(1)));
  EXPECT_FALSE(at(kStart + seconds(7) + 90 * kDay));
}

TEST(Issue, WritesYearsBeyond2049AsGeneralizedTime) {
  const auto key = Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
  auto request = Request(CertificateProfile::kRootCa, key.public_key());
  request.not_before = std::chrono::sys_seconds(seconds(2524607999));
  request.not_after = std::chrono::sys_seconds(seconds(253402300799));
  const auto root = IssueCertificate(request, key);
  ASSERT_TRUE(root.has_value()) << root.error().message;
  EXPECT_EQ(FormatTime(root->not_before()), "2049-12-31T23:59:59.000Z");
  EXPECT_EQ(FormatTime(root->not_after()), "9999-12-31T23:59:59.000Z");
  request.not_after += seconds(1);
  EXPECT_FALSE(IssueCertificate(request, key).has_value());
}

TEST(Issue, SerialsArePositiveRandomAndOfOneLength) {
  SystemRandom random;
  std::set<std::vector<uint8_t>> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto serial = MakeSerial(random);
    EXPECT_EQ(serial.size(), 16u);
    EXPECT_TRUE(serial[0] >= 0x40 && serial[0] < 0x80);
    EXPECT_TRUE(seen.insert(serial).second);
  }
}

TEST(Issue, RefusesSerialsThatCouldBeMisread) {
  const Identity root = MakeRoot();
  for (const auto* hex : {"", "00", "01", "0001020304050607", "ff01020304050607",
                          "010203040506070809101112131415161718192021"}) {
    EXPECT_THAT(
        Refusal(root, CertificateProfile::kTlsServer,
                [&](CertificateTemplate& request) { request.serial = HexDecode(hex).value(); }),
        HasSubstr("serial"))
        << hex;
  }
}

TEST(Issue, NamesTheFieldThatMayNeverBeSigned) {
  const Identity root = MakeRoot();
  const auto leaf = [&](auto change) {
    return Refusal(root, CertificateProfile::kTlsServer, change);
  };
  const auto ca = [&](auto change) {
    return Refusal(root, CertificateProfile::kSubordinateCa, change);
  };
  using T = CertificateTemplate;
  EXPECT_EQ(leaf([](T&) {}), "");
  EXPECT_THAT(leaf([](T& t) { t.not_after = t.not_before - seconds(1); }), HasSubstr("notAfter"));
  EXPECT_THAT(leaf([](T& t) { t.subject.common_name = ""; }), HasSubstr("commonName"));
  EXPECT_THAT(leaf([](T& t) { t.path_length = 0; }), HasSubstr("pathLength"));
  EXPECT_THAT(
      leaf([](T& t) { t.name_constraints.permitted = {{NameConstraintType::kDns, "a.com"}}; }),
      HasSubstr("nameConstraints"));
  EXPECT_THAT(leaf([](T& t) { t.issuer_name.clear(); }), HasSubstr("issuer"));
  EXPECT_THAT(leaf([](T& t) { t.issuer_name.pop_back(); }), HasSubstr("issuer"));
  EXPECT_THAT(leaf([](T& t) {
                t.subject_alternative_names.push_back({SubjectAlternativeNameType::kDns, "*.com"});
              }),
              HasSubstr("subjectAlternativeNames/1"));
  EXPECT_THAT(leaf([](T& t) {
                t.subject_alternative_names.push_back({SubjectAlternativeNameType::kIp, "1.2.3"});
              }),
              HasSubstr("subjectAlternativeNames/1"));
  EXPECT_THAT(leaf([](T& t) {
                t.subject_alternative_names.resize(1001, {SubjectAlternativeNameType::kDns, "a.b"});
              }),
              HasSubstr("1,000"));
  EXPECT_THAT(leaf([](T& t) { t.crl_urls = {"https://a.example/crl"}; }), HasSubstr("crlUrls"));
  EXPECT_THAT(leaf([](T& t) { t.crl_urls = {"http://a.example/\n"}; }), HasSubstr("crlUrls"));
  EXPECT_THAT(
      ca([](T& t) { t.subject_alternative_names = {{SubjectAlternativeNameType::kDns, "a.com"}}; }),
      HasSubstr("subjectAlternativeNames"));
  EXPECT_THAT(ca([](T& t) { t.path_length = -1; }), HasSubstr("pathLength"));
  EXPECT_THAT(
      ca([](T& t) { t.name_constraints.excluded = {{NameConstraintType::kIp, "10.0.0.1/8"}}; }),
      HasSubstr("nameConstraints/excludedSubtree/0"));
}

TEST(Issue, CanonicalisesAndDropsRepeatedNames) {
  const Identity root = MakeRoot();
  const Identity leaf =
      Issue(root, CertificateProfile::kTlsServer, [](CertificateTemplate& request) {
        request.subject_alternative_names = {{SubjectAlternativeNameType::kDns, "A.Example"},
                                             {SubjectAlternativeNameType::kDns, "a.example"},
                                             {SubjectAlternativeNameType::kIp, "2001:DB8:0::1"},
                                             {SubjectAlternativeNameType::kIp, "2001:db8::1"}};
      });
  ASSERT_EQ(leaf.certificate.subject_alternative_names().size(), 2u);
  EXPECT_EQ(leaf.certificate.subject_alternative_names()[0].value, "a.example");
  EXPECT_EQ(leaf.certificate.subject_alternative_names()[1].value, "2001:db8::1");
}

TEST(Issue, WritesCrlUrlsAndNameConstraintsThatOpensslReads) {
  const Identity root = MakeRoot();
  const NameConstraints constraints{
      .permitted = {{NameConstraintType::kDns, "a.com"},
                    {NameConstraintType::kIp, "10.0.0.0/8"},
                    {NameConstraintType::kDirectoryName, "O=Example,C=US"}},
      .excluded = {{NameConstraintType::kDns, ".bad.a.com"},
                   {NameConstraintType::kIp, "2001:db8::/32"}}};
  const Identity ca =
      Issue(root, CertificateProfile::kSubordinateCa, [&](CertificateTemplate& request) {
        request.name_constraints = constraints;
        request.crl_urls = {"http://crl.example/1.crl", "http://crl.example/2.crl"};
      });
  EXPECT_EQ(ca.certificate.fields().name_constraints, constraints);
  const auto x509 = ToX509(ca.certificate);
  int critical = -1;
  const OpensslPtr<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free> read(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(x509.get(), NID_name_constraints, &critical, nullptr)));
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(critical, 1);
  EXPECT_EQ(sk_GENERAL_SUBTREE_num(read->permittedSubtrees), 3);
  EXPECT_EQ(sk_GENERAL_SUBTREE_num(read->excludedSubtrees), 2);
  const OpensslPtr<CRL_DIST_POINTS, CRL_DIST_POINTS_free> points(static_cast<CRL_DIST_POINTS*>(
      X509_get_ext_d2i(x509.get(), NID_crl_distribution_points, &critical, nullptr)));
  ASSERT_NE(points, nullptr);
  EXPECT_EQ(sk_DIST_POINT_num(points.get()), 2);
}

// OpenSSL's writer, from OpenSSL's parse, must give our bytes again, for requests of every shape.
TEST(Issue, IsByteForByteWhatOpensslWouldWrite) {
  const Identity root = MakeRoot();
  SeededRandom random(6);
  for (int i = 0; i < 300; ++i) {
    const auto profile = static_cast<CertificateProfile>(1 + random.Uint64() % 5);
    const Identity issued = Issue(root, profile, [&](CertificateTemplate& request) {
      request.subject.organization = std::string(random.Uint64() % 65, 'o');
      request.subject.locality_name = random.Uint64() % 2 == 0 ? "Zürich" : "";
      request.not_after = request.not_before + seconds(random.Uint64() % 3'000'000'000);
      if (IsCa(profile)) {
        if (random.Uint64() % 2 == 0) request.path_length = static_cast<int>(random.Uint64() % 21);
      } else {
        for (uint64_t names = random.Uint64() % 200; names > 0; --names) {
          request.subject_alternative_names.push_back(
              {SubjectAlternativeNameType::kDns,
               "n" + std::to_string(random.Uint64()) + ".example"});
        }
      }
    });
    const auto x509 = ToX509(issued.certificate);
    ASSERT_NE(x509, nullptr);
    // Marks the body as changed, so that OpenSSL encodes it anew instead of copying ours.
    unsigned char* encoded = nullptr;
    const int size = i2d_re_X509_tbs(x509.get(), &encoded);
    EXPECT_EQ(std::vector<uint8_t>(encoded, encoded + size),
              issued.certificate.fields().to_be_signed);
    OPENSSL_free(encoded);
  }
}

TEST(Issue, AssemblesOnlyWhatFitsTogether) {
  const Identity root = MakeRoot();
  const auto key = Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
  const auto request = Request(CertificateProfile::kTlsServer, key.public_key(), &root);
  const auto tbs = Must(EncodeToBeSigned(request));
  const auto signature = Must(root.key.Sign(request.signature_algorithm, tbs));
  const auto certificate = AssembleCertificate(tbs, request.signature_algorithm, signature);
  ASSERT_TRUE(certificate.has_value());
  EXPECT_TRUE(certificate->IsSignedBy(root.key.public_key()));
  EXPECT_FALSE(certificate->IsSignedBy(key.public_key()));
  EXPECT_EQ(EncodeToBeSigned(request), tbs);  // The same request is the same bytes.
  EXPECT_FALSE(
      AssembleCertificate(tbs, SignatureAlgorithm::kSha384WithEcdsa, signature).has_value());
  EXPECT_FALSE(AssembleCertificate({}, request.signature_algorithm, signature).has_value());
  // A hint for another key changes nothing.
  EXPECT_EQ(AssembleCertificate(tbs, request.signature_algorithm, signature, &root.key.public_key())
                ->public_key(),
            key.public_key());
}

TEST(Issue, RefusesASignerThatSignsSomethingElse) {
  class Liar final : public Signer {
   public:
    Liar() : key_(Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256))) {}
    Result<std::vector<uint8_t>> Sign(SignatureAlgorithm algorithm,
                                      std::span<const uint8_t>) const override {
      return key_.Sign(algorithm, AsBytes("something else"));
    }
    const PublicKey& public_key() const override { return key_.public_key(); }

   private:
    PrivateKey key_;
  };
  const Liar liar;
  const auto issued =
      IssueCertificate(Request(CertificateProfile::kRootCa, liar.public_key()), liar);
  ASSERT_FALSE(issued.has_value());
  EXPECT_EQ(issued.error().code, ErrorCode::kInternal);
}

// A lint for each thing that the profile fixes, shown on certificates that only this test can make.
TEST(Lint, RefusesATlsServerWithoutANameAndACaWithoutLimits) {
  const Identity root = MakeRoot();
  const auto key = Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
  auto request = Request(CertificateProfile::kTlsServer, key.public_key(), &root);
  request.subject_alternative_names.clear();
  const auto issued = IssueCertificate(request, root.key);
  ASSERT_FALSE(issued.has_value());
  EXPECT_THAT(issued.error().message, HasSubstr("subjectAlternativeNames"));
}

}  // namespace
}  // namespace perennial::pki
