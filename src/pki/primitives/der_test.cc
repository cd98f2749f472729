// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/der.h"

#include <gtest/gtest.h>

#include <random>

#include "base/encoding.h"

namespace perennial::pki::der {
namespace {

using std::chrono::sys_seconds;

std::vector<uint8_t> Hex(std::string_view hex) { return HexDecode(hex).value(); }

template <class Write>
std::string Written(Write write) {
  Writer out;
  write(out);
  return HexEncode(out.bytes());
}

TEST(DerWriter, ChoosesTheShortestLength) {
  for (const auto& [size, prefix] : {std::pair<size_t, std::string>{0, "0400"},
                                     {127, "047f"},
                                     {128, "048180"},
                                     {255, "0481ff"},
                                     {256, "04820100"},
                                     {65536, "0483010000"}}) {
    const std::vector<uint8_t> content(size, 0xab);
    EXPECT_TRUE(
        Written([&](Writer& out) { out.Element(kOctetString, content); }).starts_with(prefix))
        << size;
    EXPECT_TRUE(Written([&](Writer& out) {
                  out.Nest(kOctetString, [&] { out.Raw(content); });
                }).starts_with(prefix));
  }
}

TEST(DerWriter, WritesIntegersAndBitsMinimally) {
  EXPECT_EQ(Written([](Writer& o) { o.SmallInteger(0); }), "020100");
  EXPECT_EQ(Written([](Writer& o) { o.SmallInteger(127); }), "02017f");
  EXPECT_EQ(Written([](Writer& o) { o.SmallInteger(128); }), "02020080");
  EXPECT_EQ(Written([](Writer& o) { o.UnsignedInteger(Hex("000080")); }), "02020080");
  EXPECT_EQ(Written([](Writer& o) { o.NamedBits(0x8000); }), "03020780");
  EXPECT_EQ(Written([](Writer& o) { o.NamedBits(0x0600); }), "03020106");
  EXPECT_EQ(Written([](Writer& o) { o.NamedBits(0x0080); }), "0303070080");
  EXPECT_EQ(Written([](Writer& o) { o.NamedBits(0); }), "030100");
}

TEST(DerWriter, SwitchesToGeneralizedTimeIn2050) {
  const auto time = [](int64_t at) {
    return Written([&](Writer& o) { o.Time(sys_seconds(std::chrono::seconds(at))); });
  };
  EXPECT_EQ(time(0), "170d" + HexEncode(AsBytes("700101000000Z")));
  EXPECT_EQ(time(1709164799), "170d" + HexEncode(AsBytes("240228235959Z")));
  EXPECT_EQ(time(1709164800), "170d" + HexEncode(AsBytes("240229000000Z")));
  EXPECT_EQ(time(2147483648), "170d" + HexEncode(AsBytes("380119031408Z")));
  EXPECT_EQ(time(2524607999), "170d" + HexEncode(AsBytes("491231235959Z")));
  EXPECT_EQ(time(2524608000), "180f" + HexEncode(AsBytes("20500101000000Z")));
  EXPECT_EQ(time(253402300799), "180f" + HexEncode(AsBytes("99991231235959Z")));
}

TEST(DerReader, ReadsBackEveryTimeThatTheWriterWrites) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const sys_seconds time(std::chrono::seconds(static_cast<int64_t>(random() % 253402300800)));
    Writer out;
    out.Time(time);
    Reader reader(out.bytes());
    EXPECT_EQ(reader.TakeTime(), time);
  }
}

TEST(DerReader, RefusesTimesThatAreNotDates) {
  for (const std::string text :
       {"230229000000Z", "231301000000Z", "230100000000Z", "230101240000Z", "230101006000Z",
        "230101000060Z", "2301010000Z", "230101000000+0100", "23010100000 Z", "-10101000000Z"}) {
    Writer out;
    out.Element(kUtcTime, text);
    Reader reader(out.bytes());
    EXPECT_FALSE(reader.TakeTime().has_value()) << text;
  }
}

TEST(DerReader, RefusesEveryLengthThatIsNotDer) {
  for (const std::string hex : {
           "30",                    // No length.
           "3080",                  // Indefinite.
           "308000000000",          // Indefinite, closed.
           "308100",                // Long form of a short length.
           "30817f",                //
           "3082007f",              // Leading zero.
           "3003020100ff00"         // Fine itself, something behind: see below.
           "3088ffffffffffffffff",  // 2^64 − 1.
           "30887fffffffffffffff",  // 2^63 − 1.
           "3084ffffffff",          // Beyond the end.
           "300402010",             //
           "1f8101",                // High tag number.
           "3f0100",                //
       }) {
    const auto bytes = HexDecode(hex);
    if (!bytes) continue;
    Reader reader(*bytes);
    auto item = reader.Next();
    EXPECT_TRUE(!item || !reader.empty()) << hex;
  }
}

TEST(DerReader, RefusesPrimitivesThatAreNotDer) {
  const auto reader = [](std::string_view hex, auto take) {
    const auto bytes = Hex(hex);
    Reader reader(bytes);
    return take(reader).has_value();
  };
  const auto integer = [](Reader& r) { return r.TakeInteger(); };
  EXPECT_TRUE(reader("020100", integer));
  EXPECT_TRUE(reader("020180", integer));
  EXPECT_FALSE(reader("0200", integer));
  EXPECT_FALSE(reader("02020001", integer));
  EXPECT_FALSE(reader("0202ff80", integer));
  const auto number = [](Reader& r) { return r.TakeSmallInteger(); };
  EXPECT_TRUE(reader("02047fffffff", number));
  EXPECT_FALSE(reader("0205ffffffff00", number));
  EXPECT_FALSE(reader("0205008000000000", number));
  EXPECT_FALSE(reader("020500ffffffff", number));
  EXPECT_FALSE(reader("0201ff", number));
  const auto truth = [](Reader& r) { return r.TakeBoolean(); };
  EXPECT_TRUE(reader("0101ff", truth));
  EXPECT_FALSE(reader("010101", truth));
  EXPECT_FALSE(reader("0102ffff", truth));
  const auto bits = [](Reader& r) { return r.TakeNamedBits(); };
  EXPECT_TRUE(reader("03020780", bits));
  EXPECT_FALSE(reader("03020080", bits));  // Trailing zero bits.
  EXPECT_FALSE(reader("03020781", bits));  // A one among the unused bits.
  EXPECT_FALSE(reader("03020880", bits));
  EXPECT_FALSE(reader("03020700", bits));
  EXPECT_FALSE(reader("0300", bits));
  EXPECT_FALSE(reader("0304000000ff", bits));
  const auto oid = [](Reader& r) { return r.TakeOid(); };
  EXPECT_TRUE(reader("0603551d0f", oid));
  EXPECT_FALSE(reader("0600", oid));
  EXPECT_FALSE(reader("060355801d", oid));
  EXPECT_FALSE(reader("06025580", oid));
}

TEST(DerOid, GoesThereAndBack) {
  for (const std::string text :
       {"2.5.29.15", "1.2.840.113549.1.1.11", "0.9.2342.19200300.100.1.25", "2.999.4294967295"}) {
    const auto content = OidFromText(text);
    ASSERT_TRUE(content.has_value()) << text;
    EXPECT_EQ(OidText(*content), text);
  }
  for (const std::string text : {"", "1", "1.", ".1", "3.1", "1.40", "1.2.", "1..2", "01.2",
                                 "1.2.-3", "1.2.4294967296", "a.b"}) {
    EXPECT_FALSE(OidFromText(text).has_value()) << text;
  }
  EXPECT_FALSE(OidText(std::vector<uint8_t>(10'000'000, 0x81)).has_value());
  EXPECT_FALSE(OidText(Hex("2a8f8fffffff7f")).has_value());
}

TEST(DerReader, SurvivesNestedBombsAndNoise) {
  // It never descends by itself, so depth costs nothing.
  std::vector<uint8_t> nested;
  for (int i = 0; i < 10000; ++i) nested.insert(nested.end(), {0x30, 0x80});
  EXPECT_FALSE(Reader(nested).Next().has_value());
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) {
    std::vector<uint8_t> noise(random() % 40);
    for (auto& byte : noise) byte = static_cast<uint8_t>(random());
    Reader reader(noise);
    while (reader.Next()) {
    }
    Reader(noise).TakeTime();
    Reader(noise).TakeNamedBits();
    OidText(noise);
  }
}

}  // namespace
}  // namespace perennial::pki::der
