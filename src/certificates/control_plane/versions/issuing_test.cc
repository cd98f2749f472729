// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/versions/issuing.h"

#include <algorithm>

#include "base/executor.h"
#include "certificates/control_plane/testing_answers.h"
#include "pki/lint.h"
#include "pki/verify.h"

namespace perennial::certificates {
namespace {

using std::chrono::days;
using ::testing::HasSubstr;
using testing::kBalancer1;
using testing::World;

// Draws the same bytes a number of times, then others: a broken generator (security.md E16).
class Repeating final : public Random {
 public:
  explicit Repeating(int times) : left_(times) {}
  void Fill(std::span<uint8_t> out) override {
    if (left_-- > 0) {
      std::ranges::fill(out, uint8_t{0x42});
    } else {
      random_.Fill(out);
    }
  }

 private:
  int left_;
  SystemRandom random_;
};

class IssuingTest : public ::testing::Test {
 protected:
  IssuingTest() : root(world.Root()) {
    auto loaded = world.database().ReadValue(
        [&](storage::Session& session) { return LoadIssuer(session, root); });
    EXPECT_TRUE(loaded);
    issuer.emplace(std::move(*loaded));
  }
  IssueRequest Request(const std::string& subject_id, int64_t number = 1) {
    CertificateRow row;
    row.id = subject_id;
    row.subject.common_name = "shop.example.com";
    row.alternative_names = {{wire::SubjectAlternativeNameType::kDns, "shop.example.com"}};
    row.key_algorithm = wire::KeyAlgorithm::kEcdsaP256;
    row.signature_algorithm = wire::SignatureAlgorithm::kSha256WithEcdsa;
    return RequestFor(row, *issuer, number, LifeOf(ToSeconds(world.clock.Now()), days(30)));
  }

  World world;
  std::string root;
  std::optional<Issuer> issuer;
};

TEST_F(IssuingTest, ARepeatedSerialIsDrawnAgain) {
  // The first serial is used; the second request draws it once more, and then another one.
  for (const int repeats : {1, 1}) {
    Repeating random(repeats);
    Issuing issuing(world.database(), world.envelope(), random, world.clock);
    static int count = 0;
    EXPECT_TRUE(issuing.IssueVersion(Request("certificate-" + std::to_string(count++))));
  }
  EXPECT_EQ(world.Number("SELECT count(DISTINCT serial) FROM issuance"), 3);
  EXPECT_EQ(world.Number("SELECT count(*) FROM issuance"), 3);
}

TEST_F(IssuingTest, AGeneratorThatOnlyRepeatsIssuesNothing) {
  Repeating random(1'000'000);
  Issuing issuing(world.database(), world.envelope(), random, world.clock);
  EXPECT_TRUE(issuing.IssueVersion(Request("one")));
  const auto second = issuing.IssueVersion(Request("two"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

TEST_F(IssuingTest, ANumberIsSignedOnce) {
  EXPECT_TRUE(world.issuing().IssueVersion(Request("one", 7)));
  const auto again = world.issuing().IssueVersion(Request("one", 7));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

TEST_F(IssuingTest, WhatIsRecordedIsWhatWasSigned) {
  const auto version = world.issuing().IssueVersion(Request("one"));
  ASSERT_TRUE(version);
  const auto certificate = *pki::ParseCertificatePem(version->certificate_pem);
  const auto row =
      world.Sql("SELECT to_be_signed, serial FROM issuance WHERE subject_id = 'one'")->front();
  EXPECT_EQ(row.Bytes(0), certificate.fields().to_be_signed);
  EXPECT_EQ(row.Text(1), version->serial);
  EXPECT_TRUE(pki::LintCertificate(certificate).empty());
}

TEST_F(IssuingTest, SaysEverythingThatIsWrongAndReservesNothing) {
  auto request = Request("one");
  request.alternative_names = {{pki::SubjectAlternativeNameType::kDns, "a..b"},
                               {pki::SubjectAlternativeNameType::kDns, "*.*"}};
  request.life.not_after = ToSeconds(issuer->version.not_after) + seconds(1);
  request.signature_algorithm = pki::SignatureAlgorithm::kSha256WithRsa;
  const auto answer = world.issuing().IssueVersion(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kInvalidArgument);
  for (const auto* where : {"subjectAlternativeNames/0", "subjectAlternativeNames/1", "validity",
                            "signatureAlgorithm"}) {
    EXPECT_THAT(answer.error().message, HasSubstr(where));
  }
  EXPECT_EQ(world.Number("SELECT count(*) FROM issuance WHERE subject_id = 'one'"), 0);
}

TEST_F(IssuingTest, LivesUntilTheLastSecondOfItsIssuerAndNotOneMore) {
  auto request = Request("one");
  request.life.not_after = ToSeconds(issuer->version.not_after);
  EXPECT_TRUE(world.issuing().IssueVersion(request));
  request = Request("two");
  request.life.not_after = ToSeconds(issuer->version.not_after) + seconds(1);
  EXPECT_FALSE(world.issuing().IssueVersion(request));
}

TEST_F(IssuingTest, OpensTheKeyOfItsOwnVersionOnly) {
  auto version = *world.issuing().IssueVersion(Request("one"));
  const auto key = world.issuing().OpenKey(Kind::kCertificate, version);
  ASSERT_TRUE(key);
  EXPECT_TRUE(pki::KeyMatches(*pki::ParseCertificatePem(version.certificate_pem), *key));
  EXPECT_FALSE(world.issuing().OpenKey(Kind::kCertificateAuthority, version));
  version.number = 2;
  EXPECT_FALSE(world.issuing().OpenKey(Kind::kCertificate, version));
}

// Deleting and attaching at the same time (security.md D02): never both, whoever is first.
TEST_F(IssuingTest, DeletionAndAttachNeverBothSucceed) {
  const auto id = world.Certificate(root);
  int deleted = 0, attached = 0;
  for (int round = 0; round < 100; ++round) {
    bool won[2] = {false, false};
    {
      ThreadPool pool({.name = "race", .threads = 2});
      const auto run = [&](bool& out, std::string sql) {
        return pool.Post([&out, this, sql = std::move(sql)] { out = world.Sql(sql).has_value(); });
      };
      ASSERT_TRUE(run(won[0],
                      "UPDATE guarded SET attachable = 0, lifecycle_state = "
                      "'PENDING_DELETION' WHERE id = '" +
                          id + "'"));
      ASSERT_TRUE(run(won[1],
                      "INSERT INTO association (id, name, kind, certificates_resource_id, "
                      "resource_id, resource_kind, created_at) VALUES ('a', 'n', "
                      "'CERTIFICATE', '" +
                          id + "', '" + kBalancer1 + "', 'loadbalancer', 0)"));
    }
    EXPECT_NE(won[0], won[1]) << round;
    deleted += won[0];
    attached += won[1];
    ASSERT_TRUE(world.Sql("DELETE FROM association"));
    ASSERT_TRUE(
        world.Sql("UPDATE guarded SET attachable = 1, lifecycle_state = 'ACTIVE' "
                  "WHERE id = $1",
                  {id}));
  }
  EXPECT_EQ(deleted + attached, 100);
}

}  // namespace
}  // namespace perennial::certificates
