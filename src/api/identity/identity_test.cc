// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/audit/types.h"
#include "api/identity/node_types.h"
#include "api/identity/types.h"
#include "base/json.h"

namespace perennial::api::identity {
namespace {

using ::testing::HasSubstr;

TEST(IdentityTypes, AUserIsWrittenAsTheSdksExpectIt) {
  const User user{.id = "u",
                  .compartment_id = "t",
                  .name = "n",
                  .description = "d",
                  .capabilities = UserCapabilities{}};
  const auto text = EncodeJson(user);
  EXPECT_THAT(text, HasSubstr(R"("isMfaActivated":false)"));
  EXPECT_THAT(text, HasSubstr(R"("canUseOAuth2ClientCredentials":false)"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("email")));
  ASSERT_TRUE(DecodeJson<std::vector<User>>("[" + text + "]", UnknownFields::kIgnore));
}

TEST(IdentityTypes, APolicyRequestNamesWhatIsMissing) {
  const auto details = DecodeJson<CreatePolicyDetails>(
      R"({"compartmentId":"t","name":"p","description":"d","statements":["Allow …",2]})",
      UnknownFields::kRefuse);
  EXPECT_EQ(details.error().message, "/statements/1: must be a string");
  EXPECT_EQ(DecodeJson<CreatePolicyDetails>("{}", UnknownFields::kRefuse).error(),
            (Error{ErrorCode::kMissingArgument, "/compartmentId: is required"}));
}

TEST(IdentityTypes, AGoneFactIsAbsentOrNull) {
  const auto snapshot = DecodeJson<AuthorizationSnapshot>(
      R"({"position":3,"full":false,"entries":[{"kind":"user","id":"a","value":{"x":[1]}},
          {"kind":"user","id":"b","value":null},{"kind":"user","id":"c"}]})",
      UnknownFields::kIgnore);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ(snapshot->entries[0].value.text, R"({"x":[1]})");
  EXPECT_EQ(snapshot->entries[1].value.text, "null");
  EXPECT_EQ(snapshot->entries[2].value.text, "");
}

TEST(IdentityTypes, VerifiedEvidenceGoesRound) {
  const VerifiedEvidence verified{
      .user_id = "u", .allowed = {true, false}, .signing_string = "a\nb: c"};
  const auto back = DecodeJson<VerifiedEvidence>(EncodeJson(verified), UnknownFields::kIgnore);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->allowed, verified.allowed);
  EXPECT_EQ(back->signing_string, verified.signing_string);
}

TEST(IdentityTypes, TheProofOfEnrolmentCoversTokenAndKey) {
  EXPECT_EQ(EnrolmentProofText("pnj_x", "PEM"), "perennial-enrol\npnj_x\nPEM");
}

TEST(AuditTypes, AnEventGoesRound) {
  audit::AuditEvent event{.event_type = "com.oraclecloud.X", .event_id = "e"};
  event.data.request = audit::Request{.path = "/x", .parameters = {{"a", {"1", "2"}}}};
  event.data.additional_details.emplace("basis", RawJson{R"({"statement":"Allow"})"});
  const auto text = EncodeJson(std::vector<audit::AuditEvent>{event});
  EXPECT_THAT(text, HasSubstr(R"("parameters":{"a":["1","2"]})"));
  const auto back = DecodeJson<std::vector<audit::AuditEvent>>(text, UnknownFields::kIgnore);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->at(0).data.additional_details.at("basis").text, R"({"statement":"Allow"})");
}

}  // namespace
}  // namespace perennial::api::identity
