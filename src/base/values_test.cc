// SPDX-License-Identifier: Apache-2.0
// The small values: ids, chance, secrets, HTTP messages, enums' names.
#include <gmock/gmock.h>

#include <set>

#include "base/error.h"
#include "base/http.h"
#include "base/ocid.h"
#include "base/random.h"
#include "base/secret_bytes.h"

namespace perennial {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(Ocid, IsMadeOfItsParts) {
  SystemRandom random;
  const auto made = MakeOcid("certificate", "home-1", random);
  EXPECT_THAT(made, MatchesRegex("ocid1\\.certificate\\.perennial\\.home-1\\.[a-z2-7]{40}"));
  EXPECT_EQ(OcidType(made), "certificate");
  EXPECT_EQ(ParseOcid(made, "certificate"), made);
  EXPECT_EQ(ParseOcid(made, ""), made);
  EXPECT_NE(made, MakeOcid("certificate", "home-1", random));
}

TEST(Ocid, RefusesAnotherTypeAndSaysWhich) {
  const auto answer = ParseOcid("ocid1.user.perennial.home-1.aaaa", "certificate");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(answer.error().message, HasSubstr("user"));
}

TEST(Ocid, RefusesWhatIsNotOne) {
  for (const std::string& bad :
       {std::string(""), std::string("ocid1.user.perennial.home-1"),
        std::string("ocid1.user.perennial.home-1."), std::string("ocid1..perennial.home-1.aaaa"),
        std::string("ocid2.user.perennial.home-1.aaaa"), std::string("ocid1.user.oc1.home-1.aaaa"),
        std::string("ocid1.user.perennial.home-1.aaaa.b"),
        std::string("ocid1.user.perennial.Home.aaaa"),
        std::string("ocid1.us-er.perennial.home-1.aaaa"),
        std::string("ocid1.user.perennial.home-1.aa/aa"),
        std::string("ocid1.user.perennial.home-1.AAAA"),
        std::string("ocid1.user.perennial.home-1.aaaa\n"),
        std::string("ocid1.user.perennial.home-1.a\0a", 31),
        "ocid1.user.perennial.home-1." + std::string(300, 'a')}) {
    EXPECT_EQ(OcidType(bad), "") << bad;
    EXPECT_FALSE(ParseOcid(bad, "")) << bad;
  }
}

TEST(Ocid, ADerivedOneFollowsFromTheEvidenceAlone) {
  const std::string digest(32, '\x01');
  const auto made = MakeDerivedOcid("loadbalancer", "home-1", digest);
  EXPECT_EQ(made, MakeDerivedOcid("loadbalancer", "home-1", digest));
  EXPECT_NE(made, MakeDerivedOcid("loadbalancer", "home-1", std::string(32, '\x02')));
  EXPECT_EQ(OcidType(made), "loadbalancer");
}

TEST(Random, DrawsDifferentBytesOfEveryLength) {
  SystemRandom random;
  EXPECT_NE(random.Bytes(32), random.Bytes(32));
  EXPECT_EQ(random.Bytes(0).size(), 0u);
  EXPECT_EQ(random.Bytes(13).size(), 13u);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Uint64());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Random, ASeedRepeatsItself) {
  SeededRandom one(7);
  SeededRandom same(7);
  SeededRandom other(8);
  const auto bytes = one.Bytes(21);
  EXPECT_EQ(bytes, same.Bytes(21));
  EXPECT_NE(bytes, other.Bytes(21));
  EXPECT_NE(bytes, one.Bytes(21));
}

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);

TEST(SecretBytes, IsEmptyAfterItWasMovedFrom) {
  SecretBytes secret(std::vector<uint8_t>{1, 2, 3});
  SecretBytes taken = std::move(secret);
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): this is what is promised.
  EXPECT_EQ(taken.size(), 3u);

  SecretBytes assigned(std::vector<uint8_t>{9});
  assigned = std::move(taken);
  EXPECT_TRUE(taken.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(assigned.Reveal()[2], 3);
}

TEST(SecretBytes, TakesTextOverAndEmptiesIt) {
  std::string text = "hunter2 and more, so that it is on the heap";
  const auto secret = SecretBytes::FromText(std::move(text));
  EXPECT_TRUE(text.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(secret.RevealText().starts_with("hunter2"));
}

TEST(SecretBytes, WipesTheCharactersOfAText) {
  std::string text = "hunter2";  // Short enough to lie in the object, where it may be looked at.
  const char* const where = text.data();
  WipeText(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(std::string(where, 7), std::string(7, '\0'));
}

TEST(Http, FindsAndReplacesHeadersWithoutCase) {
  HttpHeaders headers = {{"Content-Type", "a"}, {"x-one", "1"}, {"CONTENT-TYPE", "b"}};
  EXPECT_EQ(FindHeader(headers, "content-type"), "a");
  EXPECT_EQ(FindHeader(headers, "content"), std::nullopt);
  SetHeader(headers, "content-type", "c");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(FindHeader(headers, "Content-Type"), "c");
}

TEST(Http, SplitsPathAndQuery) {
  EXPECT_EQ((HttpRequest{.target = "/a/b?c=d?e"}).path(), "/a/b");
  EXPECT_EQ((HttpRequest{.target = "/a"}).path(), "/a");
}

TEST(Http, DecodesPercentEscapes) {
  EXPECT_EQ(PercentDecode("a%20b%2Fc%2f+", false), "a b/c/+");
  EXPECT_EQ(PercentDecode("a+b", true), "a b");
  EXPECT_EQ(PercentDecode("%00", false), std::string(1, '\0'));
  for (const auto* bad : {"%", "%4", "%zz", "a%", "%%20", "% 1", "%+1"}) {
    EXPECT_EQ(PercentDecode(bad, false), std::nullopt) << bad;
  }
}

TEST(Http, EncodesEverythingThatIsReserved) {
  EXPECT_EQ(PercentEncode("aZ9-._~ /?&=+%é"), "aZ9-._~%20%2F%3F%26%3D%2B%25%C3%A9");
  const std::string all = [] {
    std::string text;
    for (int i = 0; i < 256; ++i) text.push_back(static_cast<char>(i));
    return text;
  }();
  EXPECT_EQ(PercentDecode(PercentEncode(all), false), all);
}

TEST(Http, ReadsQueryParametersInOrder) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(QueryParameters("/a"), Pairs{});
  EXPECT_EQ(QueryParameters("/a?"), Pairs{});
  EXPECT_EQ(QueryParameters("/a?b=1&c&&b=2%263&d=x=y"),
            (Pairs{{"b", "1"}, {"c", ""}, {"b", "2&3"}, {"d", "x=y"}}));
  EXPECT_EQ(QueryParameters("/a?b=%G0"), std::nullopt);
}

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail(ErrorCode::kInvalidArgument, "odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  TRY(Half(number));
  TRY_ASSIGN(const int half, Half(number));
  return Half(half);
}

TEST(Result, TryReturnsTheFirstFailure) {
  EXPECT_EQ(Quarter(12), 3);
  EXPECT_EQ(Quarter(6).error(), (Error{ErrorCode::kInvalidArgument, "odd"}));
  EXPECT_STREQ(ErrorCodeName(ErrorCode::kEtagMismatch), "EtagMismatch");
}

}  // namespace
}  // namespace perennial
