// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/certificates/types.h"
#include "api/certificates/variants.h"
#include "base/json.h"

namespace perennial::api::certificates {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// As the SDKs send it: the discriminator last.
const std::string kIssued =
    R"({"name":"shop","compartmentId":"ocid1.compartment.x","certificateConfig":{
  "issuerCertificateAuthorityId":"ocid1.certificateauthority.x",
  "subject":{"commonName":"shop.example","organization":"Shop"},
  "subjectAlternativeNames":[{"type":"DNS","value":"shop.example"},
                             {"type":"IP","value":"10.0.0.1"}],
  "certificateProfileType":"TLS_SERVER","keyAlgorithm":"ECDSA_P256",
  "validity":{"timeOfValidityNotAfter":"2026-06-01T00:00:00.000Z"},
  "configType":"ISSUED_BY_INTERNAL_CA"},
  "certificateRules":[{"renewalInterval":"P30D","advanceRenewalPeriod":"P5D",
                        "ruleType":"CERTIFICATE_RENEWAL_RULE"}],
  "freeformTags":{"a":"b"},"definedTags":{"ops":{"team":"x","cost":3}}})";

template <class T>
std::string DecodeError(const std::string& text) {
  const auto value = DecodeJson<T>(text, UnknownFields::kRefuse);
  return value ? "decoded" : value.error().message;
}
template <class T>
std::string CheckError(const T& value) {
  const auto checked = CheckBody(value);
  return checked ? "ok" : checked.error().message;
}
CreateCertificateDetails Issued() {
  return *DecodeJson<CreateCertificateDetails>(kIssued, UnknownFields::kRefuse);
}

TEST(CertificateTypes, ACreateRequestIsReadWithTheDiscriminatorLast) {
  const auto details = DecodeJson<CreateCertificateDetails>(kIssued, UnknownFields::kRefuse);
  ASSERT_TRUE(details) << details.error().message;
  EXPECT_EQ(details->certificate_config.config_type, CertificateConfigType::kIssuedByInternalCa);
  EXPECT_EQ(details->certificate_config.key_algorithm, KeyAlgorithm::kEcdsaP256);
  EXPECT_EQ(details->certificate_config.subject->organization, "Shop");
  EXPECT_EQ(details->certificate_config.subject_alternative_names->at(1).type,
            SubjectAlternativeNameType::kIp);
  EXPECT_EQ(details->certificate_rules->at(0).renewal_interval, "P30D");
  EXPECT_EQ(details->defined_tags->at("ops").at("cost").text, "3");
  EXPECT_EQ(CheckError(*details), "ok");
  const auto again =
      DecodeJson<CreateCertificateDetails>(EncodeJson(*details), UnknownFields::kRefuse);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(EncodeJson(*again), EncodeJson(*details));
}

TEST(CertificateTypes, ABadFieldIsNamedByItsPointer) {
  const auto with = [](std::string from, const std::string& to) {
    auto text = kIssued;
    text.replace(text.find(from), from.size(), to);
    return DecodeError<CreateCertificateDetails>(text);
  };
  EXPECT_EQ(with(R"("commonName":"shop.example",)", ""),
            "/certificateConfig/subject/commonName: is required");
  EXPECT_EQ(with(R"("TLS_SERVER")", R"("tls")"),
            "/certificateConfig/certificateProfileType: must be one of TLS_SERVER_OR_CLIENT, "
            "TLS_SERVER, TLS_CLIENT, TLS_CODE_SIGN");
  EXPECT_EQ(with(R"("type":"IP")", R"("kind":"IP")"),
            "/certificateConfig/subjectAlternativeNames/1/type: is required");
  EXPECT_EQ(with(R"("name":"shop")", R"("name":"shop","colour":1)"),
            "/colour: is not a field of this request");
  EXPECT_EQ(with(R"("ISSUED_BY_INTERNAL_CA")", "1"),
            "/certificateConfig/configType: must be one of ISSUED_BY_INTERNAL_CA, "
            "MANAGED_EXTERNALLY_ISSUED_BY_INTERNAL_CA, IMPORTED");
  EXPECT_THAT(with(R"("2026-06-01T00:00:00.000Z")", R"("soon")"),
              HasSubstr("/certificateConfig/validity/timeOfValidityNotAfter: "));
}

TEST(CertificateTypes, AMemberOfAnotherVariantIsRefusedAndAMissingOneNamed) {
  auto details = Issued();
  details.certificate_config.csr_pem = "PEM";
  EXPECT_EQ(CheckError(details),
            "/certificateConfig/csrPem: is not a field of ISSUED_BY_INTERNAL_CA");
  details = Issued();
  details.certificate_config.private_key_pem = "PEM";
  EXPECT_EQ(CheckError(details),
            "/certificateConfig/privateKeyPem: is not a field of ISSUED_BY_INTERNAL_CA");
  details = Issued();
  details.certificate_config.certificate_profile_type.reset();
  EXPECT_EQ(CheckError(details),
            "/certificateConfig/certificateProfileType: is required in ISSUED_BY_INTERNAL_CA");

  details = Issued();
  details.certificate_rules.reset();
  details.certificate_config = {.config_type = CertificateConfigType::kImported,
                                .certificate_pem = "A",
                                .cert_chain_pem = "B",
                                .private_key_pem = "C"};
  EXPECT_EQ(CheckError(details), "ok");
  details.certificate_config.validity.emplace();
  EXPECT_EQ(CheckError(details), "/certificateConfig/validity: is not a field of IMPORTED");
  details.certificate_config = {
      .config_type = CertificateConfigType::kManagedExternallyIssuedByInternalCa,
      .issuer_certificate_authority_id = "ca"};
  EXPECT_EQ(CheckError(details),
            "/certificateConfig/csrPem: is required in MANAGED_EXTERNALLY_ISSUED_BY_INTERNAL_CA");
}

TEST(CertificateTypes, OnlyACertificateThatCanRenewItselfHasARule) {
  auto details = Issued();
  details.certificate_rules->push_back(details.certificate_rules->front());
  EXPECT_THAT(CheckError(details), HasSubstr("/certificateRules: "));
  details = Issued();
  details.certificate_config = {.config_type = CertificateConfigType::kImported,
                                .certificate_pem = "A",
                                .cert_chain_pem = "B",
                                .private_key_pem = "C"};
  EXPECT_THAT(CheckError(details), HasSubstr("/certificateRules: "));
}

TEST(CertificateTypes, APromotionStandsAlone) {
  UpdateCertificateDetails details{.current_version_number = 3};
  EXPECT_EQ(CheckError(details), "ok");
  details.description = "x";
  EXPECT_EQ(CheckError(details), "/currentVersionNumber: may not be combined with any other field");
  details = {.certificate_config = UpdateCertificateConfigDetails{.csr_pem = "x"}};
  EXPECT_EQ(CheckError(details),
            "/certificateConfig/csrPem: is not a field of ISSUED_BY_INTERNAL_CA");
}

TEST(CertificateTypes, TagsAreCheckedWithTheBody) {
  auto details = Issued();
  details.freeform_tags->emplace("k", std::string(10 * 1024, 'v'));
  EXPECT_THAT(CheckError(details), HasSubstr("/freeformTags/k: "));
}

TEST(AuthorityTypes, VariantsAndRulesAreHeld) {
  CreateCertificateAuthorityDetails details{.name = "root", .compartment_id = "c"};
  EXPECT_EQ(CheckError(details),
            "/certificateAuthorityConfig/subject: is required in ROOT_CA_GENERATED_INTERNALLY");
  details.certificate_authority_config.subject = CertificateSubject{.common_name = "Root"};
  EXPECT_EQ(CheckError(details), "ok");
  details.certificate_authority_config.issuer_certificate_authority_id = "x";
  EXPECT_EQ(CheckError(details),
            "/certificateAuthorityConfig/issuerCertificateAuthorityId: is not a field of "
            "ROOT_CA_GENERATED_INTERNALLY");
  details.certificate_authority_config.config_type =
      AuthorityConfigType::kSubordinateIssuedByInternalCa;
  EXPECT_EQ(CheckError(details), "ok");

  details.certificate_authority_rules = {
      {{.rule_type = AuthorityRuleType::kIssuance, .path_length_constraint = 0},
       {.leaf_certificate_max_validity_duration = "P90D"}}};
  EXPECT_EQ(CheckError(details), "ok");
  details.certificate_authority_rules->at(1).path_length_constraint = 1;
  EXPECT_EQ(CheckError(details),
            "/certificateAuthorityRules/1/pathLengthConstraint: is not a field of "
            "CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE");
  details.certificate_authority_rules->at(1) = details.certificate_authority_rules->at(0);
  EXPECT_THAT(CheckError(details), HasSubstr("/certificateAuthorityRules/1: "));
  details.certificate_authority_rules->pop_back();
  details.certificate_authority_rules->at(0).path_length_constraint = -1;
  EXPECT_THAT(CheckError(details),
              HasSubstr("/certificateAuthorityRules/0/pathLengthConstraint: "));
  details.certificate_authority_rules->at(0).path_length_constraint.reset();
  details.certificate_authority_rules->at(0).name_constraint.emplace();
  EXPECT_THAT(CheckError(details), HasSubstr("/certificateAuthorityRules/0/nameConstraint: "));
}

TEST(CertificateTypes, AnAnswerIsWrittenAsTheSdksExpectIt) {
  Certificate certificate{.id = "i", .name = "n", .compartment_id = "c"};
  certificate.current_version = CertificateVersion{
      .certificate_id = "i", .version_number = 3, .stages = {Stage::kCurrent, Stage::kLatest}};
  EXPECT_EQ(
      EncodeJson(certificate),
      R"({"id":"i","name":"n","timeCreated":"1970-01-01T00:00:00.000Z","lifecycleState":"ACTIVE",)"
      R"("compartmentId":"c","configType":"ISSUED_BY_INTERNAL_CA","certificateRules":[],)"
      R"("currentVersion":{"certificateId":"i","timeCreated":"1970-01-01T00:00:00.000Z",)"
      R"("versionNumber":3,"stages":["CURRENT","LATEST"]},"freeformTags":{},"definedTags":{}})");
}

TEST(AssociationTypes, AnAttachCarriesTheEvidenceByteForByte) {
  const AttachDetails details{
      .evidence = {.method = "POST",
                   .target = "/20170115/loadBalancers/x/listeners",
                   .headers = {{"Host", "h"}, {"Authorization", "Signature …"}},
                   .body = std::string("{\"a\":1}\n\0\xff", 10)},
      .pairs = {{"c", "lb"}}};
  const auto back = DecodeJson<AttachDetails>(EncodeJson(details), UnknownFields::kRefuse);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->evidence, details.evidence);
  EXPECT_EQ(back->pairs, details.pairs);
  EXPECT_THAT(EncodeJson(details), HasSubstr(R"("headers":[["Host","h"],)"));
}

// B01: without evidence there is no attach, and what stands there must be one.
TEST(AssociationTypes, AnAttachWithoutEvidenceIsRefused) {
  EXPECT_EQ(DecodeError<AttachDetails>(R"({"pairs":[]})"), "/evidence: is required");
  EXPECT_NE(DecodeError<AttachDetails>(R"({"pairs":[],"evidence":null})"), "decoded");
  EXPECT_NE(DecodeError<AttachDetails>(R"({"pairs":[],"evidence":"x"})"), "decoded");
  EXPECT_THAT(DecodeError<AttachDetails>(R"({"pairs":[],"evidence":{"method":"POST"}})"),
              HasSubstr("/evidence/target: is required"));
  EXPECT_THAT(
      DecodeError<AttachDetails>(
          R"({"pairs":[],"evidence":{"method":"POST","target":"/","headers":[],"body":"x"}})"),
      HasSubstr("/evidence/body: "));
  EXPECT_THAT(
      DecodeError<AttachDetails>(
          R"({"pairs":[],"evidence":{"method":"POST","target":"/","headers":[],"body":"","more":1}})"),
      HasSubstr("/evidence/more: "));
  EXPECT_EQ(
      DecodeError<DetachDetails>(R"({"pairs":[{"certificatesResourceId":"c","resourceId":"l"}]})"),
      "decoded");
}

TEST(FeedTypes, AChangeHasTheMembersOfItsKindAndNoOthers) {
  const auto check = [](const Change& change) {
    const auto checked = CheckVariant("", change);
    return checked ? "ok" : checked.error().message;
  };
  Change created{.kind = ChangeKind::kAssociationCreated,
                 .association_id = "a",
                 .certificates_resource_id = "c",
                 .resource_id = "l",
                 .product_kind = "loadbalancer",
                 .current_version = 1};
  EXPECT_EQ(check(created), "ok");
  created.node_id = "n";
  EXPECT_EQ(check(created), "/nodeId: is not a field of ASSOCIATION_CREATED");
  EXPECT_EQ(check({.kind = ChangeKind::kNodeWant, .association_id = "a", .node_id = "n"}), "ok");
  EXPECT_EQ(check({.kind = ChangeKind::kNodeWant, .association_id = "a", .version = 2}),
            "/nodeId: is required in NODE_WANT");
  EXPECT_EQ(check({.kind = ChangeKind::kCurrentVersion, .association_id = "a"}),
            "/version: is required in CURRENT_VERSION");
  EXPECT_EQ(check({.kind = ChangeKind::kContentRevision, .association_id = "a", .revision = 2}),
            "ok");
  EXPECT_EQ(check({.kind = ChangeKind::kAssociationEnded, .association_id = "a", .version = 2}),
            "/version: is not a field of ASSOCIATION_ENDED");
}

TEST(FeedTypes, AFeedGoesRound) {
  const ChangeFeed feed{
      .position = 8,
      .hash = "ab",
      .items = {{.position = 8,
                 .hash = "ab",
                 .changes = {
                     {.kind = ChangeKind::kNodeWant, .association_id = "a", .node_id = "n"},
                     {.kind = ChangeKind::kCurrentVersion, .association_id = "a", .version = 4}}}}};
  const auto text = EncodeJson(feed);
  EXPECT_EQ(text, R"({"position":8,"hash":"ab","items":[{"position":8,"hash":"ab","changes":[)"
                  R"({"kind":"NODE_WANT","associationId":"a","nodeId":"n"},)"
                  R"({"kind":"CURRENT_VERSION","associationId":"a","version":4}]}]})");
  const auto back = DecodeJson<ChangeFeed>(text, UnknownFields::kIgnore);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->items[0].changes, feed.items[0].changes);
}

TEST(RolloutTypes, LinesAreAbsentFromAListAndThereInOne) {
  Rollout rollout{.id = "r", .certificate_id = "c", .to_version = 2};
  EXPECT_THAT(EncodeJson(rollout), ::testing::Not(HasSubstr("lines")));
  rollout.lines = {
      {{.association_id = "a", .node_id = "n", .result = ObservationResult::kRefusedByGate}}};
  const auto back = DecodeJson<Rollout>(EncodeJson(rollout), UnknownFields::kIgnore);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->lines->at(0).result, ObservationResult::kRefusedByGate);
}

}  // namespace
}  // namespace perennial::api::certificates
