// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <gtest/gtest.h>

namespace perennial {
namespace {

std::string Text(const std::optional<std::vector<uint8_t>>& bytes) {
  return bytes ? std::string(AsText(*bytes)) : "refused";
}

// RFC 4648 §10.
TEST(Encoding, AgreesWithTheVectorsOfTheRfc) {
  struct Vector {
    std::string plain, base64, base32;
  };
  for (const auto& [plain, base64, base32] :
       {Vector{"", "", ""}, Vector{"f", "Zg==", "my"}, Vector{"fo", "Zm8=", "mzxq"},
        Vector{"foo", "Zm9v", "mzxw6"}, Vector{"foob", "Zm9vYg==", "mzxw6yq"},
        Vector{"fooba", "Zm9vYmE=", "mzxw6ytb"}, Vector{"foobar", "Zm9vYmFy", "mzxw6ytboi"}}) {
    EXPECT_EQ(Base64Encode(AsBytes(plain)), base64);
    EXPECT_EQ(Text(Base64Decode(base64)), plain);
    EXPECT_EQ(Base32Encode(AsBytes(plain)), base32);
    EXPECT_EQ(Text(Base64UrlDecode(Base64UrlEncode(AsBytes(plain)))), plain);
  }
}

TEST(Encoding, UsesTheUrlSafeAlphabetWithoutPaddingInJws) {
  EXPECT_EQ(Base64UrlEncode(std::vector<uint8_t>{0xfb, 0xff}), "-_8");
  EXPECT_EQ(Base64Encode(std::vector<uint8_t>{0xfb, 0xff}), "+/8=");
}

TEST(Encoding, Base64HasOneSpellingForEachValue) {
  for (const auto* bad : {"Zg", "Zg=", "Zg===", "Zm9v=", "Zm9v====", "====", "=", "A===", "Zm=v",
                          "Z g=", "Zg==\n", "-_8=", "Zh==", "Zm9=", "Zm9vYmE", "Zg==Zg=="}) {
    EXPECT_EQ(Base64Decode(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(Base64Decode(std::string_view("Zm9\0", 4)), std::nullopt);
}

TEST(Encoding, Base64UrlHasOneSpellingForEachValue) {
  for (const auto* bad : {"Zg==", "Zh", "Zm9", "Z", "+/8", "Zm9vY", " Zg"}) {
    EXPECT_EQ(Base64UrlDecode(bad), std::nullopt) << bad;
  }
}

TEST(Encoding, HexIsWrittenInLowerCaseAndReadInEither) {
  EXPECT_EQ(HexEncode(std::vector<uint8_t>{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(HexDecode("00aBff"), (std::vector<uint8_t>{0x00, 0xab, 0xff}));
  for (const auto* bad : {"0", "0g", "00 11", "0x", "00:11"})
    EXPECT_EQ(HexDecode(bad), std::nullopt) << bad;
}

TEST(Encoding, HashesWithSha256) {
  EXPECT_EQ(HexEncode(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Encoding, KnowsWellFormedUtf8) {
  for (const auto* good :
       {"", "a", "\x7f", "é", "木", "🔑", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const auto* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe0\x9f\xbf",
                          "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xff", "\xe6\x9c", "a\xc3(", "\xf0\x9f\x94"}) {
    EXPECT_FALSE(IsUtf8(bad)) << HexEncode(AsBytes(bad));
  }
  EXPECT_TRUE(IsUtf8(std::string_view("a\0b", 3)));
}

TEST(Encoding, ClipsBetweenCharacters) {
  EXPECT_EQ(Clip("abc", 3), "abc");
  EXPECT_EQ(Clip("abcd", 3), "abc");
  EXPECT_EQ(Clip("ab木", 4), "ab");
  EXPECT_EQ(Clip("ab木x", 5), "ab木");
  EXPECT_EQ(Clip("木", 0), "");
}

TEST(Encoding, ComparesSecretsByContent) {
  EXPECT_TRUE(ConstantTimeEquals("abc", "abc"));
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_FALSE(ConstantTimeEquals("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "abcd"));
}

}  // namespace
}  // namespace perennial
