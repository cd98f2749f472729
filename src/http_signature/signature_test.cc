// SPDX-License-Identifier: Apache-2.0
#include "http_signature/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/encoding.h"
#include "http_signature/signer.h"

namespace perennial::http_signature {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::vector<std::string> kHosts = {"pki.corp.example:8643", "localhost:8643"};
constexpr std::string_view kDate = "Tue, 24 Nov 2026 14:03:07 GMT";

Time Signed() { return *ParseHttpDate(kDate); }

std::shared_ptr<const pki::PrivateKey> MakeKey(pki::KeyAlgorithm algorithm) {
  return std::make_shared<const pki::PrivateKey>(*pki::PrivateKey::Generate(algorithm));
}
const std::shared_ptr<const pki::PrivateKey>& RsaKey() {
  static const auto key = MakeKey(pki::KeyAlgorithm::kRsa2048);
  return key;
}
const std::shared_ptr<const pki::PrivateKey>& EcKey() {
  static const auto key = MakeKey(pki::KeyAlgorithm::kEcdsaP256);
  return key;
}

// A request as a client makes it, signed over whatever names it likes, with whatever it likes to
// say.
struct Draft {
  HttpRequest request{
      .method = "POST",
      .target = "/20210224/certificates",
      .headers = {{"Host", "pki.corp.example:8643"},
                  {"Date", std::string(kDate)},
                  {"Content-Type", "application/json"},
                  {"Content-Length", "15"},
                  {"X-Content-Sha256", "k9oO2+srV0TXg7Qg3kfWobaHBv7N9yGqLQvzkxYPne4="}},
      .body = R"({"name":"shop"})"};
  std::string names = "date (request-target) host content-length content-type x-content-sha256";
  std::string algorithm = "rsa-sha256";
  std::shared_ptr<const pki::PrivateKey> key = RsaKey();
  pki::SignatureAlgorithm scheme = pki::SignatureAlgorithm::kSha256WithRsa;

  void Set(std::string_view name, std::string value) {
    SetHeader(request.headers, name, std::move(value));
  }
  HttpRequest Sign() const {
    std::vector<std::string> list;
    std::string_view rest = names;
    while (!rest.empty()) {
      const auto end = rest.find(' ');
      list.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    for (auto& name : list) {
      for (auto& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    const auto text = SigningString(request, list);
    EXPECT_TRUE(text) << (text ? "" : text.error().message);
    const auto signature = key->Sign(scheme, AsBytes(text.value_or("")));
    EXPECT_TRUE(signature);
    auto out = request;
    out.headers.emplace_back("Authorization", "Signature version=\"1\",keyId=\"k\",algorithm=\"" +
                                                  algorithm + "\",headers=\"" + names +
                                                  "\",signature=\"" + Base64Encode(*signature) +
                                                  "\"");
    return out;
  }
};

Result<SignedFacts> Judge(const HttpRequest& request,
                          const pki::PublicKey& key = RsaKey()->public_key(), Time now = Signed()) {
  TRY_ASSIGN(const auto header, Inspect(request));
  return Verify(request, header, key, {.now = now, .accepted_hosts = kHosts});
}

// Refusal returns why the request was refused; every refusal is a 401.
std::string Refusal(const HttpRequest& request, const pki::PublicKey& key = RsaKey()->public_key(),
                    Time now = Signed()) {
  const auto facts = Judge(request, key, now);
  EXPECT_FALSE(facts);
  if (facts) return "accepted";
  EXPECT_EQ(facts.error().code, ErrorCode::kUnauthenticated);
  return facts.error().message;
}

std::string& Authorization(HttpRequest& request) { return request.headers.back().second; }

void Replace(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

// ---- Vectors that OpenSSL's command line signed ----

constexpr std::string_view kVectorKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkYV+wmhWVNQ8SLY6nbX2\n"
    "UQ40BeiE8IuCibv/LKtDiyzs7JfD7ksGR96JdvoOe23QvnFcNOdVKKvGloB1ZBpA\n"
    "WCHaV0sK/IfiQVlQwz9TuKPWSKZv4UH7LHYyKjfCpO6IRHM/FLdt/KfrjGVD5crM\n"
    "Y2c0/dHwdDfJ8cwUJvfB+T1R4noAJRlctZwl5rmJeVl891qpqYOvhPLU053R4IUi\n"
    "+5bdWEb/cYYiUMH+wgK6cXfFwbmjMA9t8aYp8XcbuKIx8bdgtfL2s+1ZZOw9/+V7\n"
    "CObiIha6A0Yo0M1BBm44Pq6F2W6GvAOYvkfTc5sETvqVOsx7hbjlKQcUaJlxxUih\n"
    "JwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

TEST(Signatures, OfTheTypeScriptSdkVerify) {
  const auto key = *pki::PublicKey::ParsePem(kVectorKey);
  const HttpRequest request{
      .method = "POST",
      .target = "/20210224/certificates",
      .headers =
          {{"date", "Mon, 01 Jan 2001 00:00:00 GMT"},  // Sent but not signed.
           {"x-date", std::string(kDate)},
           {"host", "pki.corp.example:8643"},
           {"content-type", "application/json"},
           {"content-length", "15"},
           {"x-content-sha256", "k9oO2+srV0TXg7Qg3kfWobaHBv7N9yGqLQvzkxYPne4="},
           {"authorization",
            "Signature version=\"1\",keyId=\"t/u/f\",algorithm=\"rsa-sha256\",headers=\"x-date "
            "(request-target) host Content-Type Content-Length x-content-sha256\",signature=\""
            "eBhbWnOHpdPQB0124JI+nBpoWOXAMVbiwZ40LComv9rLJDHcBBZZlL+3Y+Yi9LgQ6OY2MkAKo2b5DLBJ"
            "IfT7wGxLSO06L7V32dOTdUYVsD9cUrjEMB9DcJTwZ1t43V/GOHVq88b+r+roQ3vRuVEtG/7r5dlTTemh"
            "4qJL7ln+NplcnZ1aO5pEafK1yWEz7OsmSV1UxHcfzHWiiIQ9AstDjWgG4uHcDgy7BxXTjuhM1zBtMupe"
            "YHN66SF7oql6pjrvHZ9sTAOr0q7XYocmvPk0ADImY/d1ZVb4jjszNQiFCO09ftojgj/0F/BToSzHcOnE"
            "BQ2A4QkG0VJMzLdlC+CFyA=="
            "\""}},
      .body = R"({"name":"shop"})"};
  const auto facts = Judge(request, key);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->key_id, "t/u/f");
  EXPECT_EQ(facts->signed_date, Signed());
  EXPECT_EQ(facts->digest, AsText(Sha256(facts->signing_string)));
  EXPECT_THAT(facts->signing_string, StartsWith("x-date: Tue, 24 Nov 2026 14:03:07 GMT\n"
                                                "(request-target): post /20210224/certificates\n"
                                                "host: pki.corp.example:8643\ncontent-type: "));
}

TEST(Signatures, OfThePythonSdkVerify) {
  const auto key = *pki::PublicKey::ParsePem(kVectorKey);
  const HttpRequest request{
      .method = "GET",
      .target = "/20210224/certificates?compartmentId=c&name=a+b",
      .headers =
          {{"Host", "pki.corp.example:8643"},
           {"date", std::string(kDate)},
           {"content-type", "application/json"},
           {"authorization",
            "Signature algorithm=\"rsa-sha256\",headers=\"date (request-target) host\","
            "keyId=\"t/u/f\",signature=\""
            "Z7JpsDzOPD/KwtDMmBCFIT3BexLtDeA+m4HT3DmVUMjtFtcV/doWs1gunE/hvTshDk1pElP9f3KT3Hkt"
            "XYMCMGFDSKjfLOgBYDdlCJDu0mB+bY15qFVoF3AsllG8/U4I67pRBdOSQuvASOM+0oYCkBvhUkHQEmCk"
            "n8HOT2cKbtOR0BTGBgr6HgXPxUKn/NBMD8PjDoMu3ZQsuARVCWbkwrideucoXfp+2y1UBbfH5uM4PLi2"
            "MtxFZAbEHPiY7ffeC6g32JElE0IL1poeW1814PO0tmWlPH03GAXx2rZW7CIVUv3gEl8WLW10kp8L5whS"
            "JCgjobxvPRoAplbg52lqUQ=="
            "\",version=\"1\""}},
      .body = {}};
  const auto facts = Judge(request, key);
  EXPECT_TRUE(facts) << facts.error().message;
}

TEST(Signatures, OverTheTypeScriptSdksSpellingOfAQueryVerify) {
  const auto key = *pki::PublicKey::ParsePem(kVectorKey);
  HttpRequest request{
      .method = "GET",
      .target = "/20210224/certificates?name={x}%C3%A9",
      .headers =
          {{"x-date", std::string(kDate)},
           {"host", "pki.corp.example:8643"},
           {"authorization",
            "Signature version=\"1\",keyId=\"t/u/f\",algorithm=\"rsa-sha256\",headers=\"x-date "
            "(request-target) host\",signature=\""
            "D1RRpIpfBCGDpr2D4+Q1TBjrzW3qalmCQc9RMioqSDI8NXeFkkZv4zLoZ+k6ixmOEVtQoo2ByMXq4q/e"
            "ZELrBIetCwU0OTJnGu5MBku0VU//+oePIeh6oFv7ku+grim6ZZZtPzp0iR5K2vbL447Ni/RoK1cBr1uN"
            "LWNI6iJrzmk8l0w8Sskx6QM8wDH03YvgBBqgH4MN6awrIJ8kOpdXC+ttExpO561m4/6BDYm+ZouOW4Mj"
            "q6LNRDKwX1Nbf2R6u8vk+hXC7Mi93HLiJIopJqnGxfXsesHvdJZTutoTSDrQC3j61dWnNtp+CHhDoYEv"
            "BjD7k66u50Vr7g+o9UkyLw=="
            "\""}},
      .body = {}};
  const auto facts = Judge(request, key);
  ASSERT_TRUE(facts) << facts.error().message;
  // One request has one digest, however its query is spelled on the wire.
  request.target = "/20210224/certificates?name=%7Bx%7D%C3%A9";
  const auto other = Judge(request, key);
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(other->digest, facts->digest);
  // Re-spelling changes nothing but those characters, and only in the query.
  request.target = "/20210224/certificates?name=%7bx%7D%C3%A9";
  Refusal(request, key);
  request.target = "/20210224/%63ertificates?name={x}%C3%A9";
  Refusal(request, key);
}

// ---- What is accepted ----

TEST(Signatures, AreMadeAndVerifiedForEachMethodAndKey) {
  for (const auto& key : {RsaKey(), EcKey()}) {
    for (const std::string method : {"GET", "DELETE", "HEAD", "POST", "PUT", "PATCH"}) {
      HttpRequest request{.method = method,
                          .target = "/20170115/loadBalancers/x?limit=2",
                          .headers = {{"host", "LOCALHOST:8643"}},
                          .body = method.starts_with('P') ? "{}" : ""};
      ASSERT_TRUE(Sign(request, {"ST$token", key}, Signed()));
      const auto facts = Judge(request, key->public_key());
      ASSERT_TRUE(facts) << method << ": " << facts.error().message;
      EXPECT_EQ(facts->key_id, "ST$token");
      EXPECT_EQ(facts->algorithm, AlgorithmName(key->public_key()));
    }
  }
}

TEST(Signatures, CanBeMadeAgainOverTheSameRequest) {
  HttpRequest request{.method = "POST", .target = "/", .headers = {{"host", "localhost:8643"}}};
  ASSERT_TRUE(Sign(request, {"a", EcKey()}, Signed() - hours(1)));
  ASSERT_TRUE(Sign(request, {"b", EcKey()}, Signed()));
  const auto facts = Judge(request, EcKey()->public_key());
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->key_id, "b");
}

TEST(Signer, NeedsAHostAndAFittingKey) {
  HttpRequest request{.method = "GET", .target = "/"};
  EXPECT_FALSE(Sign(request, {"k", EcKey()}, Signed()));
  request.headers = {{"host", "h"}};
  EXPECT_FALSE(Sign(request, {"k", MakeKey(pki::KeyAlgorithm::kEcdsaP384)}, Signed()));
}

TEST(Signatures, OverAnEmptyBodyVerify) {
  Draft draft;
  draft.request.body = "";
  draft.Set("content-length", "0");
  draft.Set("x-content-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_TRUE(Judge(draft.Sign()));
}

TEST(Signatures, PreferTheSignedXDate) {
  Draft draft;
  draft.Set("x-date", FormatHttpDate(Signed() + hours(5)));
  draft.names += " x-date";
  EXPECT_THAT(Refusal(draft.Sign()), HasSubstr("clock"));
  const auto facts = Judge(draft.Sign(), RsaKey()->public_key(), Signed() + hours(5));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->signed_date, Signed() + hours(5));
}

TEST(Signatures, DoNotLookAtAnUnsignedXDate) {
  Draft draft;
  draft.Set("x-date", FormatHttpDate(Signed() + hours(5)));
  EXPECT_TRUE(Judge(draft.Sign()));
}

// ---- security.md A, row by row ----

TEST(Attack, A01_NoAuthorization) {
  EXPECT_EQ(Refusal(Draft().request), "the request is not signed");
}

TEST(Attack, A02_BodyReplaced) {
  auto request = Draft().Sign();
  request.body = R"({"name":"evil"})";
  EXPECT_THAT(Refusal(request), HasSubstr("x-content-sha256"));
}

TEST(Attack, A03_BodyAndDigestReplaced) {
  auto request = Draft().Sign();
  request.body = R"({"name":"evil"})";
  SetHeader(request.headers, "x-content-sha256", Base64Encode(Sha256(request.body)));
  EXPECT_EQ(Refusal(request), "the signature does not verify");
}

TEST(Attack, A03_BodyLengthened) {
  auto request = Draft().Sign();
  request.body += " ";
  EXPECT_THAT(Refusal(request), HasSubstr("content-length"));
  Draft draft;
  draft.Set("content-length", "+15");
  EXPECT_THAT(Refusal(draft.Sign()), HasSubstr("content-length"));
}

TEST(Attack, A04_BodyHeadersNotCovered) {
  for (const std::string missing : {" content-length", " content-type", " x-content-sha256"}) {
    for (const auto* method : {"POST", "PUT", "PATCH", "BREW"}) {
      Draft draft;
      draft.request.method = method;
      Replace(draft.names, missing, "");
      EXPECT_EQ(Refusal(draft.Sign()), missing.substr(1) + " is not signed");
    }
  }
}

TEST(Attack, A04_BodyOfAGetNotCovered) {
  Draft draft;
  draft.request.method = "DELETE";
  draft.names = "date (request-target) host";
  EXPECT_THAT(Refusal(draft.Sign()), HasSubstr("is not signed"));
  draft.request.body = "";
  EXPECT_TRUE(Judge(draft.Sign()));
}

TEST(Attack, A05_OnlyTheDateOrNoListAtAll) {
  Draft draft;
  draft.names = "date";
  EXPECT_EQ(Refusal(draft.Sign()), "(request-target) is not signed");
  auto request = draft.Sign();
  Replace(Authorization(request), ",headers=\"date\"", "");
  EXPECT_THAT(Refusal(request), HasSubstr("lacks headers"));
}

TEST(Attack, A06_RequestTargetNotCoveredOrChanged) {
  Draft draft;
  Replace(draft.names, "(request-target) ", "");
  EXPECT_EQ(Refusal(draft.Sign()), "(request-target) is not signed");
  auto request = Draft().Sign();
  request.target += "/x";
  EXPECT_EQ(Refusal(request), "the signature does not verify");
  request = Draft().Sign();
  request.method = "PUT";
  EXPECT_EQ(Refusal(request), "the signature does not verify");
}

TEST(Attack, A07_HostNotCoveredOrNotOurs) {
  Draft draft;
  Replace(draft.names, " host", "");
  EXPECT_EQ(Refusal(draft.Sign()), "host is not signed");
  for (const auto* host : {"other.example:8643", "pki.corp.example", "pki.corp.example:443", "",
                           "pki.corp.example:8643.", "pki.corp.example:8643 "}) {
    Draft other;
    other.Set("host", host);
    EXPECT_EQ(Refusal(other.Sign()), "the request was signed for another host") << host;
  }
}

TEST(Attack, A08_DateOffByMoreThanFiveMinutes) {
  const auto request = Draft().Sign();
  const auto& key = RsaKey()->public_key();
  for (const int off : {-299, -300, 0, 299, 300}) {
    EXPECT_TRUE(Judge(request, key, Signed() + seconds(off))) << off;
  }
  for (const int off : {-301, 301, -86400, 86400}) {
    EXPECT_THAT(Refusal(request, key, Signed() + seconds(off)), HasSubstr("300 seconds")) << off;
  }
}

TEST(Attack, A08_DateNotCoveredOrUnreadable) {
  Draft draft;
  Replace(draft.names, "date ", "");
  EXPECT_EQ(Refusal(draft.Sign()), "neither date nor x-date is signed");
  for (const auto* date : {"", "now", "2026-11-24T14:03:07Z", "Tue, 24 Nov 2026 14:03:07"}) {
    Draft other;
    other.Set("date", date);
    EXPECT_THAT(Refusal(other.Sign()), HasSubstr("date cannot be read")) << date;
  }
}

TEST(Attack, A12_AnotherKey) {
  const auto other = MakeKey(pki::KeyAlgorithm::kRsa2048);
  EXPECT_EQ(Refusal(Draft().Sign(), other->public_key()), "the signature does not verify");
}

TEST(Attack, A14_AlgorithmChosenByTheSigner) {
  for (const auto* algorithm :
       {"none", "", "hmac-sha256", "rsa-sha1", "rsa-sha512", "hs2019", "ecdsa-sha256", "ed25519"}) {
    Draft draft;
    draft.algorithm = algorithm;
    EXPECT_EQ(Refusal(draft.Sign()), "this key signs with rsa-sha256") << algorithm;
  }
  Draft draft;
  draft.key = EcKey();
  draft.scheme = pki::SignatureAlgorithm::kSha256WithEcdsa;
  EXPECT_EQ(Refusal(draft.Sign(), EcKey()->public_key()), "this key signs with ecdsa-sha256");
  draft.algorithm = "ecdsa-sha256";
  EXPECT_TRUE(Judge(draft.Sign(), EcKey()->public_key()));
}

TEST(Attack, A14_OtherDigestsAndCurves) {
  Draft draft;
  draft.scheme = pki::SignatureAlgorithm::kSha512WithRsa;
  EXPECT_EQ(Refusal(draft.Sign()), "the signature does not verify");
  Draft p384;
  p384.key = MakeKey(pki::KeyAlgorithm::kEcdsaP384);
  p384.scheme = pki::SignatureAlgorithm::kSha384WithEcdsa;
  p384.algorithm = "ecdsa-sha384";
  EXPECT_EQ(Refusal(p384.Sign(), p384.key->public_key()), "this kind of key signs no requests");
}

TEST(Attack, A16_LooseBase64) {
  const auto good = Draft().Sign();
  const auto with = [&](const std::function<void(std::string&)>& change) {
    auto request = good;
    auto& text = Authorization(request);
    const auto begin = text.find("signature=\"") + 11;
    auto signature = text.substr(begin, text.size() - begin - 1);
    change(signature);
    text = text.substr(0, begin) + signature + "\"";
    return request;
  };
  EXPECT_TRUE(Judge(with([](std::string&) {})));
  const char* strict = "the signature is not strict base64";
  EXPECT_EQ(Refusal(with([](auto& s) { s.insert(10, " "); })), strict);
  EXPECT_EQ(Refusal(with([](auto& s) { s += " "; })), strict);
  EXPECT_EQ(Refusal(with([](auto& s) { s.resize(s.size() - 2); })), strict);  // No padding.
  EXPECT_EQ(Refusal(with([](auto& s) { s += "===="; })), strict);
  EXPECT_EQ(Refusal(with([](auto& s) { s = ""; })), strict);
  EXPECT_EQ(Refusal(with([](auto& s) { s[0] = s[0] == '-' ? '_' : '-'; })), strict);
  EXPECT_EQ(Refusal(with([](auto& s) { s[s.size() - 3] = s[s.size() - 3] == 'B' ? 'C' : 'B'; })),
            strict);  // 256 bytes leave four bits over: of A, Q, g, w only.
  Refusal(with([](auto& s) { s = s.substr(4); }));
  Refusal(with([](auto& s) { s = "AAAA" + s; }));
}

TEST(Attack, A16_EveryBitOfTheSignatureFlipped) {
  Draft ec;
  ec.key = EcKey();
  ec.scheme = pki::SignatureAlgorithm::kSha256WithEcdsa;
  ec.algorithm = "ecdsa-sha256";
  for (const auto& [request, key] : {std::pair{Draft().Sign(), RsaKey()}, {ec.Sign(), EcKey()}}) {
    auto header = *Inspect(request);
    const VerifyOptions options{.now = Signed(), .accepted_hosts = kHosts};
    ASSERT_TRUE(Verify(request, header, key->public_key(), options));
    for (size_t bit = 0; bit < header.signature.size() * 8; ++bit) {
      header.signature[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
      EXPECT_FALSE(Verify(request, header, key->public_key(), options)) << bit;
      header.signature[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    }
    header.signature.push_back(0);
    EXPECT_FALSE(Verify(request, header, key->public_key(), options));
  }
}

TEST(Attack, A16_EveryByteOfWhatIsSignedFlipped) {
  const auto good = Draft().Sign();
  size_t flips = 0;
  const auto flip_all = [&](const std::function<std::string&(HttpRequest&)>& part) {
    auto request = good;
    auto& text = part(request);
    for (size_t i = 0; i < text.size(); ++i) {
      for (const int bit : {0x01, 0x10, 0x40, 0x80}) {
        const char before = text[i];
        text[i] = static_cast<char>(text[i] ^ bit);
        Refusal(request);
        text[i] = before;
        ++flips;
      }
    }
  };
  flip_all([](HttpRequest& request) -> std::string& { return request.method; });
  flip_all([](HttpRequest& request) -> std::string& { return request.target; });
  flip_all([](HttpRequest& request) -> std::string& { return request.body; });
  for (size_t i = 0; i + 1 < good.headers.size(); ++i) {
    flip_all([i](HttpRequest& request) -> std::string& { return request.headers[i].second; });
  }
  EXPECT_GT(flips, 600u);
}

TEST(Attack, EveryCharacterOfTheAuthorizationReplaced) {
  const auto good = Draft().Sign();
  const auto facts = Judge(good);
  ASSERT_TRUE(facts);
  auto request = good;
  auto& text = Authorization(request);
  for (size_t i = 0; i < text.size(); ++i) {
    const char before = text[i];
    for (const char c : {'A', 'z', '0', '"', ',', ' ', '=', '\\', '\n', '\xff'}) {
      if (c == before) continue;
      text[i] = c;
      // The keyId is not signed: it only says which key to take. Case and spaces at a few places
      // are free.
      const auto judged = Judge(request);
      if (judged) {
        EXPECT_EQ(judged->digest, facts->digest) << i;
      }
    }
    text[i] = before;
  }
}

TEST(Attack, DuplicatesOfWhatIsSigned) {
  for (const auto* name : {"host", "DATE", "content-type", "content-length", "x-content-sha256"}) {
    auto request = Draft().Sign();
    request.headers.emplace_back(name, *FindHeader(request.headers, name));
    EXPECT_THAT(Refusal(request), HasSubstr("twice")) << name;
  }
  auto request = Draft().Sign();
  request.headers.emplace_back("authorization", Authorization(request));
  EXPECT_EQ(Refusal(request), "there are two Authorization headers");
}

TEST(Attack, SignedHeadersThatAreAbsentOrListedTwice) {
  Draft draft;
  draft.Set("x-extra", "1");
  draft.names += " x-extra";
  auto request = draft.Sign();
  std::erase_if(request.headers, [](const auto& header) { return header.first == "x-extra"; });
  EXPECT_EQ(Refusal(request), "x-extra is signed and absent");
  request = Draft().Sign();
  Replace(Authorization(request), "headers=\"date", "headers=\"date Date");
  EXPECT_EQ(Refusal(request), "date is signed twice");
  request = Draft().Sign();
  Replace(Authorization(request), "headers=\"date", "headers=\"(created) date");
  EXPECT_THAT(Refusal(request), HasSubstr("malformed"));
}

TEST(Attack, ALineBreakInsideASignedValue) {
  Draft draft;
  draft.Set("x-extra", "1");
  draft.names += " x-extra";
  auto request = draft.Sign();
  SetHeader(request.headers, "x-extra", "1\nx-more: 2");
  EXPECT_EQ(Refusal(request), "a signed value holds a line break");
}

TEST(AuthorizationHeader, IsReadStrictly) {
  const std::string rest = ",algorithm=\"rsa-sha256\",headers=\"date\",signature=\"AAAA\"";
  const auto header = ParseAuthorization("signature  keyId=\"a/b/c\" , version=\"1\"" + rest);
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->key_id, "a/b/c");
  EXPECT_EQ(header->signature, (std::vector<uint8_t>{0, 0, 0}));
  for (const std::string& text : std::vector<std::string>{
           "",
           "Signature",
           "Signature ",
           "Bearer keyId=\"a\"" + rest,
           "Signature keyId=\"a\"" + rest + ",",
           "Signature keyId=\"a\"" + rest + ",keyId=\"a\"",
           "Signature keyId=\"a\"" + rest + ",opaque=\"a\"",
           "Signature keyId=\"a\"" + rest + " version=\"1\"",
           "Signature keyId=\"a\",version=\"2\"" + rest,
           "Signature keyId=\"\"" + rest,
           "Signature keyId=a" + rest,
           "Signature keyId=\"a\\\"b\"" + rest,
           "Signature keyId=\"a\tb\"" + rest,
           "Signature keyId =\"a\"" + rest,
           "Signature keyid=\"a\"" + rest,
           "Signature version=\"1\"" + rest,
           "Signature keyId=\"a\",algorithm=\"x\",headers=\"\",signature=\"AAAA\"",
           "Signature keyId=\"a\",algorithm=\"x\",headers=\"date  host\",signature=\"AAAA\"",
           "Signature keyId=\"a\",algorithm=\"x\",headers=\"date \",signature=\"AAAA\"",
           "Signature keyId=\"a\",algorithm=\"x\",headers=\"date,host\",signature=\"AAAA\"",
           "Signature keyId=\"a\",algorithm=\"x\",headers=\"date\"",
           "Signature keyId=\"a\",algorithm=\"x\",headers=\"date\",signature=\"AAAA",
       }) {
    const auto refused = ParseAuthorization(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kUnauthenticated);
  }
}

}  // namespace
}  // namespace perennial::http_signature
