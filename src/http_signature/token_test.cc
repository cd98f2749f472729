// SPDX-License-Identifier: Apache-2.0
#include "http_signature/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "http_signature/key_id.h"

namespace perennial::http_signature {
namespace {

using ::testing::HasSubstr;

const Time kNow = *ParseTime("2026-11-24T14:00:00Z");

const pki::PrivateKey& IdentityKey() {
  static const auto key = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
  return key;
}

TokenClaims SomeClaims() {
  static const auto session = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
  return {.iss = "identity",
          .sub = "ocid1.loadbalancer.perennial..lb1",
          .ptype = "resource",
          .kind = "loadbalancer",
          .tenant = "ocid1.tenancy.perennial..t",
          .jwk = session.public_key().ToJwk(),
          .iat = kNow,
          .exp = kNow + seconds(900),
          .jti = "j1",
          .res_id = "ocid1.loadbalancer.perennial..lb1",
          .res_type = "loadbalancer",
          .res_tenant = "ocid1.tenancy.perennial..t",
          .res_compartment = "ocid1.compartment.perennial..c",
          .node = "ocid1.node.perennial..n"};
}

std::optional<pki::PublicKey> Lookup(std::string_view kid) {
  if (kid == "k1") return IdentityKey().public_key();
  return std::nullopt;
}

std::string Refusal(std::string_view token, Time now = kNow) {
  const auto claims = VerifyToken(token, Lookup, now);
  EXPECT_FALSE(claims);
  if (claims) return "accepted";
  EXPECT_EQ(claims.error().code, ErrorCode::kUnauthenticated);
  return claims.error().message;
}

// A token with any header and claims, signed well.
std::string Forge(std::string_view header, std::string_view claims,
                  const pki::PrivateKey& key = IdentityKey()) {
  const auto signed_part =
      Base64UrlEncode(AsBytes(header)) + "." + Base64UrlEncode(AsBytes(claims));
  return signed_part + "." + Base64UrlEncode(*key.SignJose(AsBytes(signed_part)));
}

std::string ClaimsOf(std::string_view token) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  return std::string(AsText(*Base64UrlDecode(token.substr(first + 1, second - first - 1))));
}

constexpr std::string_view kHeader = R"({"alg":"ES256","typ":"JWT","kid":"k1"})";

TEST(Token, GivesBackItsClaims) {
  const auto token = EncodeToken(SomeClaims(), IdentityKey(), "k1");
  ASSERT_TRUE(token);
  const auto claims = VerifyToken(*token, Lookup, kNow);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(*claims, SomeClaims());
}

TEST(Token, LeavesOutWhatIsEmptyAndSpellsClaimsAsOciDoes) {
  const auto resource = ClaimsOf(*EncodeToken(SomeClaims(), IdentityKey(), "k1"));
  EXPECT_THAT(resource, HasSubstr(R"("res_tenant":"ocid1.tenancy.perennial..t")"));
  EXPECT_THAT(resource, HasSubstr(R"("res_compartment":)"));
  EXPECT_THAT(resource, HasSubstr(R"("exp":1795529700)"));
  TokenClaims user = SomeClaims();
  user.kind = user.res_id = user.res_type = user.res_tenant = user.res_compartment = user.node = "";
  const auto token = *EncodeToken(user, IdentityKey(), "k1");
  EXPECT_THAT(ClaimsOf(token), Not(HasSubstr("res_")));
  EXPECT_EQ(*VerifyToken(token, Lookup, kNow), user);
}

TEST(Token, CarriesRsaSessionKeys) {
  auto claims = SomeClaims();
  static const auto session = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kRsa2048);
  claims.jwk = session.public_key().ToJwk();
  const auto back = VerifyToken(*EncodeToken(claims, IdentityKey(), "k1"), Lookup, kNow);
  ASSERT_TRUE(back);
  EXPECT_EQ(*pki::PublicKey::FromJwk(back->jwk), session.public_key());
}

TEST(Token, IsSignedByP256KeysOnly) {
  const auto rsa = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kRsa2048);
  const auto p384 = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP384);
  EXPECT_FALSE(EncodeToken(SomeClaims(), rsa, "k1"));
  EXPECT_FALSE(EncodeToken(SomeClaims(), p384, "k1"));
  const auto token =
      Forge(kHeader, ClaimsOf(*EncodeToken(SomeClaims(), IdentityKey(), "k1")), p384);
  EXPECT_FALSE(VerifyToken(token, [&](auto) { return p384.public_key(); }, kNow));
}

TEST(Token, DiesWithItsTime) {
  const auto token = *EncodeToken(SomeClaims(), IdentityKey(), "k1");
  EXPECT_TRUE(VerifyToken(token, Lookup, kNow + seconds(899)));
  EXPECT_EQ(Refusal(token, kNow + seconds(900)), "the token has expired");
  EXPECT_TRUE(VerifyToken(token, Lookup, kNow - seconds(60)));
  EXPECT_EQ(Refusal(token, kNow - seconds(61)), "the token is from the future");
}

TEST(Token, IsRefusedUnderAnotherKey) {
  const auto other = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
  EXPECT_THAT(Refusal(*EncodeToken(SomeClaims(), other, "k1")), HasSubstr("does not verify"));
  EXPECT_THAT(Refusal(*EncodeToken(SomeClaims(), IdentityKey(), "k2")), HasSubstr("unknown key"));
}

TEST(Token, LetsNothingInItsHeaderChoose) {
  const auto claims = ClaimsOf(*EncodeToken(SomeClaims(), IdentityKey(), "k1"));
  EXPECT_TRUE(VerifyToken(Forge(kHeader, claims), Lookup, kNow));
  for (const std::string_view header : {
           R"({"alg":"none","typ":"JWT","kid":"k1"})",
           R"({"alg":"HS256","typ":"JWT","kid":"k1"})",
           R"({"alg":"RS256","typ":"JWT","kid":"k1"})",
           R"({"alg":"es256","typ":"JWT","kid":"k1"})",
           R"({"alg":"ES256","kid":"k1"})",
           R"({"alg":"ES256","typ":"JWT"})",
           R"({"alg":"ES256","typ":"at+jwt","kid":"k1"})",
           R"({"alg":"ES256","typ":"JWT","kid":"k1","jwk":{}})",
           R"({"alg":"ES256","typ":"JWT","kid":"k1","crit":["b64"],"b64":false})",
           R"({"alg":"ES256","alg":"none","typ":"JWT","kid":"k1"})",
           R"({"alg":"ES256","typ":"JWT","kid":1})",
           "[]",
           "",
       }) {
    Refusal(Forge(header, claims));
  }
}

TEST(Token, NeedsItsClaims) {
  const auto claims = ClaimsOf(*EncodeToken(SomeClaims(), IdentityKey(), "k1"));
  const auto with = [&](std::string_view from, std::string_view to) {
    auto text = claims;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return Forge(kHeader, text);
  };
  EXPECT_TRUE(VerifyToken(with(R"("jti":)", R"("new":1,"jti":)"), Lookup, kNow));
  Refusal(with(R"("exp":)", R"("exq":)"));
  Refusal(with(R"("iat":)", R"("iau":)"));
  Refusal(with(R"("sub":)", R"("suc":)"));
  Refusal(with(R"("jwk":)", R"("jwl":)"));
  Refusal(with(R"("kty":"EC")", R"("kty":"oct")"));
  Refusal(with(R"("exp":1795529700)", R"("exp":"1795529700")"));
  Refusal(with(R"("exp":1795529700)", R"("exp":9223372036854775807)"));
  Refusal(with(R"("exp":1795529700)", R"("exp":-1)"));
  Refusal(with(R"("jti":)", R"("sub":"x","jti":)"));
  // Another spelling is another claim.
  const auto other = VerifyToken(with(R"("res_id":)", R"("resId":)"), Lookup, kNow);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->res_id, "");
}

TEST(Token, HasThreePartsOfStrictBase64Url) {
  const auto token = *EncodeToken(SomeClaims(), IdentityKey(), "k1");
  const auto first = token.find('.');
  for (const auto& text : {std::string(), std::string("."), std::string(".."), token + ".",
                           "." + token, token.substr(0, first), token + "=", token + " ",
                           token.substr(0, token.rfind('.') + 1), std::string(9000, 'a')}) {
    Refusal(text);
  }
  EXPECT_FALSE(VerifyToken(token.substr(0, token.rfind('.')), Lookup, kNow));
}

TEST(Token, IsBrokenByEveryOtherCharacter) {
  const auto token = *EncodeToken(SomeClaims(), IdentityKey(), "k1");
  auto text = token;
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'B', 'z', '-', '_', '.', '+', '=', '\n'}) {
      if (c == token[i]) continue;
      text[i] = c;
      EXPECT_FALSE(VerifyToken(text, Lookup, kNow)) << i << c;
    }
    text[i] = token[i];
  }
}

TEST(Jwk, IsWrittenAndReadAgain) {
  const auto jwk = IdentityKey().public_key().ToJwk();
  EXPECT_EQ(*DecodeJwk(EncodeJwk(jwk)), jwk);
  EXPECT_TRUE(DecodeJwk(R"({"kty":"RSA","n":"AQ","e":"AQAB","kid":"k","state":"NEXT"})"));
  for (const std::string_view text :
       {R"({"kty":"EC","crv":"P-256","x":"AQ"})", R"({"kty":"RSA","n":"AQ"})",
        R"({"kty":"RSA","n":"AQ","e":"AQAB","x":"AQ"})", R"({"kty":"oct","k":"AQ"})", "{}", "[]"}) {
    EXPECT_FALSE(DecodeJwk(text)) << text;
  }
}

TEST(KeyIds, AreOneOfThree) {
  const std::string fingerprint = "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff";
  const auto api = ParseKeyId(
      ApiKeyId("ocid1.tenancy.perennial..t", "ocid1.user.perennial.home-1.u", fingerprint));
  ASSERT_TRUE(api);
  EXPECT_EQ(api->kind, KeyId::Kind::kApiKey);
  EXPECT_EQ(api->tenancy_id, "ocid1.tenancy.perennial..t");
  EXPECT_EQ(api->user_id, "ocid1.user.perennial.home-1.u");
  EXPECT_EQ(api->fingerprint, fingerprint);
  const auto token = ParseKeyId(TokenKeyId("a.b.c"));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->kind, KeyId::Kind::kToken);
  EXPECT_EQ(token->token, "a.b.c");
  const auto enrolment = ParseKeyId(EnrolmentKeyId("ocid1.node.perennial..n"));
  ASSERT_TRUE(enrolment);
  EXPECT_EQ(enrolment->kind, KeyId::Kind::kEnrolment);
  EXPECT_EQ(enrolment->principal_id, "ocid1.node.perennial..n");
}

TEST(KeyIds, AreNothingElse) {
  const std::string fingerprint = "/00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff";
  const std::string pair = "ocid1.tenancy.perennial..t/ocid1.user.perennial..u";
  EXPECT_TRUE(ParseKeyId(pair + fingerprint));
  for (const auto& text :
       {std::string(), std::string("ST$"), std::string("st$a"), std::string("enrolment/"),
        std::string("enrolment/x"), std::string("a/b/c"), pair, pair + "/", pair + "/00:11",
        pair + fingerprint + ":00", pair + fingerprint + "/x",
        pair + "/00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
        "ocid1.user.perennial..u/ocid1.tenancy.perennial..t" + fingerprint,
        "ocid1.tenancy.perennial..t/fed-x509" + fingerprint}) {
    const auto id = ParseKeyId(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, ErrorCode::kUnauthenticated);
  }
}

}  // namespace
}  // namespace perennial::http_signature
