// SPDX-License-Identifier: Apache-2.0
#include "pki/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"

namespace perennial::pki {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

TEST(DnsName, IsReturnedInLowerCase) {
  for (const auto& [text, name] : std::vector<std::pair<std::string, std::string>>{
           {"shop.Example.COM", "shop.example.com"},
           {"localhost", "localhost"},
           {"*.a.example", "*.a.example"},
           {"1.example", "1.example"},
           {"a--b.example", "a--b.example"},
           {"xn--bcher-kva.example", "xn--bcher-kva.example"},
           {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
           {"*.xn--bcher-kva.example", "*.xn--bcher-kva.example"},
           {std::string(63, 'a') + ".example", std::string(63, 'a') + ".example"},
       }) {
    const auto parsed = ParseDnsName(text);
    ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, name);
  }
}

// security.md E04.
TEST(DnsName, RefusesWhatAVerifierMayReadInTwoWays) {
  std::string long_name;
  for (int i = 0; i < 43; ++i) long_name += "abcde.";
  long_name += "example";
  for (const std::string& text : {
           ""s,
           "a\0.example.com"s,
           "a.example.com\0"s,
           "a..example.com"s,
           ".example.com"s,
           "example.com."s,
           "*.*"s,
           "*.*.example.com"s,
           "w*w.a.example"s,
           "w*.a.example"s,
           "*w.a.example"s,
           "a.*.example.com"s,
           "*"s,
           "*."s,
           "*.com"s,
           "*.."s,
           long_name,
           std::string(64, 'a') + ".example",
           "a_b.example.com"s,
           "_acme.example.com"s,
           "10.0.0.1"s,
           "1.2.3"s,
           "0x7f.1"s,
           "example.0x7f"s,
           "127"s,
           "fe80::1%eth0"s,
           "[::1]"s,
           "a%00.example.com"s,
           "a b.example"s,
           " a.example"s,
           "a.example\n"s,
           "a.example,b.example"s,
           "-a.example"s,
           "a-.example"s,
           "user@a.example"s,
           "http://a.example"s,
           "a.example:443"s,
           "a/b.example"s,
       }) {
    const auto parsed = ParseDnsName(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
}

// security.md E05.
TEST(DnsName, RefusesInternationalisedNamesThatAreNotCanonical) {
  for (const std::string& text : {
           "bücher.example"s,  // Raw UTF-8.
           "b\xfc"
           "cher.example"s,          // Latin 1.
           "xn--.example"s,          //
           "xn--a.example"s,         // Decodes to nothing sound.
           "xn--abc-.example"s,      // Plain ASCII in disguise.
           "xn--99999999.example"s,  // Overflow (CVE-2022-3602). "xn--" + std::string(59, '9') +
                                     // ".example",
           "xn--a-ecp.ru"s,          // ab with a zero-width joiner.
           "xn--pple-43d.com"s,      // Cyrillic а before Latin pple.
           "xn--bcher-kva8445foa.example"s,  //
           "xn--u-ccb.example"s,             // u and a combining diaeresis: not NFC.
           "xn--n3h.example"s,               // A snowman.
           "zz--a.example"s,                 // A reserved label.
       }) {
    EXPECT_FALSE(ParseDnsName(text).has_value()) << text;
  }
}

TEST(IpAddress, HasOneSpelling) {
  for (const auto& [text, canonical] : std::vector<std::pair<std::string, std::string>>{
           {"10.0.0.1", "10.0.0.1"},
           {"::1", "::1"},
           {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
           {"2001:0db8:0000:0001:0000:0000:0000:0001", "2001:db8:0:1::1"},
       }) {
    const auto parsed = ParseIpAddress(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(parsed->text, canonical);
    EXPECT_EQ(IpAddressOf(parsed->bytes), *parsed);
  }
  for (const std::string& text :
       {""s, "10.0.0"s, "10.0.0.256"s, "010.0.0.1"s, "0x0a.0.0.1"s, "10.0.0.1 "s, "10.0.0.1\0"s,
        "fe80::1%eth0"s, "::ffff:10.0.0.1"s, "::ffff:a00:1"s, "1::2::3"s, "[::1]"s, "167772161"s,
        "10.0.0.0/8"s}) {
    EXPECT_FALSE(ParseIpAddress(text).has_value()) << text;
  }
}

TEST(NameConstraint, IsReturnedInCanonicalSpelling) {
  const auto parse = [](NameConstraintType type, std::string value) {
    return ParseNameConstraint({type, std::move(value)});
  };
  EXPECT_EQ(parse(NameConstraintType::kDns, "Example.COM")->value, "example.com");
  EXPECT_EQ(parse(NameConstraintType::kDns, ".Example.COM")->value, ".example.com");
  EXPECT_EQ(parse(NameConstraintType::kDns, "com")->value, "com");
  EXPECT_EQ(parse(NameConstraintType::kIp, "10.0.0.0/8")->value, "10.0.0.0/8");
  EXPECT_EQ(parse(NameConstraintType::kIp, "2001:DB8::/33")->value, "2001:db8::/33");
  EXPECT_EQ(parse(NameConstraintType::kIp, "0.0.0.0/0")->value, "0.0.0.0/0");
  EXPECT_EQ(parse(NameConstraintType::kDirectoryName, "o=Example, C=US")->value, "O=Example,C=US");
  for (const auto* text :
       {"", ".", "*.a.com", "a..com", "a.com.", "..a.com", "a_b.com", "1.2.3.4"}) {
    EXPECT_FALSE(parse(NameConstraintType::kDns, text).has_value()) << text;
  }
  for (const auto* text : {"10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1",
                           "10.0.0.0/255.0.0.0", "10.0.0.0/", "::/129", "10.0.0.0/8 "}) {
    EXPECT_FALSE(parse(NameConstraintType::kIp, text).has_value()) << text;
  }
  for (const auto* text : {"", "Example", "O=", "O", "X=1", "C=usa", "O=a+OU=b", "1.2.3=abc",
                           "1.2.3=#zz", "O=a;", "O=\"a\""}) {
    EXPECT_FALSE(parse(NameConstraintType::kDirectoryName, text).has_value()) << text;
  }
}

TEST(Subject, EncodesEveryFieldAndReadsItBack) {
  const Subject subject{.common_name = "a, b+c=\"d\"",
                        .country = "DE",
                        .domain_component = "example",
                        .distinguished_name_qualifier = "q1",
                        .generation_qualifier = "III",
                        .given_name = "Ada",
                        .initials = "A.L.",
                        .locality_name = "Zürich",
                        .organization = "Ex/ample",
                        .organizational_unit = " outer ",
                        .pseudonym = "#1",
                        .serial_number = "42",
                        .state_or_province_name = "ZH",
                        .street = "Weg 1",
                        .surname = "Lovelace",
                        .title = "Dr",
                        .user_id = "ada"};
  const auto der = EncodeName(subject);
  ASSERT_TRUE(der.has_value()) << der.error().message;
  const auto text = FormatName(*der);
  EXPECT_EQ(
      *text,
      R"(CN=a\, b\+c\=\"d\",UID=ada,dnQualifier=q1,serialNumber=42,pseudonym=\#1,generationQualifier=III,)"
      R"(initials=A.L.,GN=Ada,SN=Lovelace,title=Dr,)"
      R"(OU=\ outer\ ,O=Ex/ample,STREET=Weg 1,L=Zürich,ST=ZH,C=DE,DC=example)");
  EXPECT_EQ(ParseDistinguishedName(*text), *der);
}

TEST(Subject, NamesTheFieldThatIsWrong) {
  const auto fault = [](auto change) {
    Subject subject{.common_name = "shop"};
    change(subject);
    const auto der = EncodeName(subject);
    return der ? std::string() : der.error().message;
  };
  EXPECT_EQ(fault([](Subject&) {}), "");
  EXPECT_THAT(fault([](Subject& s) { s.common_name = ""; }), HasSubstr("commonName is missing"));
  EXPECT_THAT(fault([](Subject& s) { s.common_name = std::string(65, 'a'); }),
              HasSubstr("commonName"));
  EXPECT_THAT(fault([](Subject& s) { s.common_name = "a\0b"s; }), HasSubstr("commonName"));
  EXPECT_THAT(fault([](Subject& s) { s.common_name = "a\nb"; }), HasSubstr("commonName"));
  EXPECT_THAT(fault([](Subject& s) { s.common_name = "\xff"; }), HasSubstr("UTF-8"));
  EXPECT_THAT(fault([](Subject& s) { s.common_name = "\xc0\x80"; }), HasSubstr("UTF-8"));
  EXPECT_THAT(fault([](Subject& s) { s.common_name = "\xed\xa0\x80"; }), HasSubstr("UTF-8"));
  EXPECT_THAT(fault([](Subject& s) { s.country = "us"; }), HasSubstr("country"));
  EXPECT_THAT(fault([](Subject& s) { s.country = "USA"; }), HasSubstr("country"));
  EXPECT_THAT(fault([](Subject& s) { s.serial_number = "a*b"; }), HasSubstr("serialNumber"));
  EXPECT_THAT(fault([](Subject& s) { s.domain_component = "ü"; }), HasSubstr("domainComponent"));
  EXPECT_THAT(fault([](Subject& s) { s.organization = std::string(65, 'a'); }),
              HasSubstr("organization"));
}

TEST(NamePrefix, ComparesPartsWithoutCaseAndSpaces) {
  const auto name = [](const char* text) { return ParseDistinguishedName(text).value(); };
  const auto whole = name("CN=x,OU=Web,O=Ex  Ample,C=US");
  EXPECT_TRUE(NameHasPrefix(whole, name("C=US")));
  EXPECT_TRUE(NameHasPrefix(whole, name("O=ex ample,C=US")));
  EXPECT_TRUE(NameHasPrefix(whole, whole));
  EXPECT_FALSE(NameHasPrefix(whole, name("O=Ex Ample")));
  EXPECT_FALSE(NameHasPrefix(whole, name("C=DE")));
  EXPECT_FALSE(NameHasPrefix(whole, name("O=Ex Ampl,C=US")));
  EXPECT_FALSE(NameHasPrefix(name("C=US"), whole));
  EXPECT_FALSE(NameHasPrefix(whole, {}));
}

TEST(FormatName, RefusesWhatIsNotADerName) {
  EXPECT_EQ(FormatName(HexDecode("3000").value()), "");
  for (const auto* hex : {"", "30", "3100", "30023100", "300100", "300000"}) {
    EXPECT_FALSE(FormatName(HexDecode(hex).value()).has_value()) << hex;
  }
  // The elements of a set have one order in DER.
  const std::string first = "3008060355040a0c0162", second = "300a060355040a0c03616161";
  EXPECT_EQ(FormatName(HexDecode("30183116" + first + second).value()), "O=b+O=aaa");
  EXPECT_FALSE(FormatName(HexDecode("30183116" + second + first).value()).has_value());
  EXPECT_FALSE(FormatName(HexDecode("30163114" + first + first).value()).has_value());
}

}  // namespace
}  // namespace perennial::pki
