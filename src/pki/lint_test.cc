// SPDX-License-Identifier: Apache-2.0
#include "pki/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/encoding.h"
#include "pki/primitives/der.h"
#include "pki/testing.h"

namespace perennial::pki {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const testing::Identity& Root() {
  static const testing::Identity root = testing::MakeRoot();
  return root;
}

// A certificate as our encoder would never write it: a good one, until a test changes a part.
struct Sketch {
  struct Entry {
    std::string value_hex;
    bool critical = false;
  };
  PublicKey key = Root().key.public_key();
  std::string serial_hex = "02104142434445464748494a4b4c4d4e4f50";
  std::string issuer_hex = "300d310b300906035504030c024341";
  std::string subject_hex = "300f310d300b06035504030c0473686f70";
  std::string validity_hex;  // Empty: the first day of testing::kStart.
  std::map<std::string, Entry> extensions = {
      {"2.5.29.19", {"3000", true}},
      {"2.5.29.15", {"03020780", true}},
      {"2.5.29.37", {"300a06082b06010505070301"}},
      {"2.5.29.17", {"3009820773686f702e6575"}},
      {"2.5.29.14", {"0401aa"}},
      {"2.5.29.35", {"30038001bb"}},
  };

  std::vector<std::string> Faults() const {
    const auto algorithm = AlgorithmIdentifierOf(SignatureAlgorithm::kSha256WithEcdsa);
    der::Writer out;
    out.Sequence([&] {
      out.Sequence([&] {
        out.Nest(der::Constructed(0), [&] { out.SmallInteger(2); });
        out.Raw(HexDecode(serial_hex).value());
        out.Raw(algorithm);
        out.Raw(HexDecode(issuer_hex).value());
        out.Sequence([&] {
          if (validity_hex.empty()) {
            out.Time(testing::kStart);
            out.Time(testing::kStart + testing::kDay);
          } else {
            out.Raw(HexDecode(validity_hex).value());
          }
        });
        out.Raw(HexDecode(subject_hex).value());
        out.Raw(key.ToSpkiDer());
        out.Nest(der::Constructed(3), [&] {
          out.Sequence([&] {
            for (const auto& [oid, entry] : extensions) {
              out.Sequence([&] {
                out.Oid(AsText(der::OidFromText(oid).value()));
                if (entry.critical) out.True();
                out.Element(der::kOctetString, HexDecode(entry.value_hex).value());
              });
            }
          });
        });
      });
      out.Raw(algorithm);
      out.BitString(std::vector<uint8_t>(64, 1));
    });
    const auto certificate = ParseCertificateDer(out.bytes());
    if (!certificate) return {"does not parse: " + certificate.error().message};
    std::vector<std::string> rules;
    for (const auto& violation : LintCertificate(*certificate)) rules.emplace_back(violation.rule);
    return rules;
  }
};

std::vector<std::string> Leaf(const std::function<void(Sketch&)>& change) {
  Sketch sketch;
  change(sketch);
  return sketch.Faults();
}
std::vector<std::string> Ca(const std::function<void(Sketch&)>& change) {
  Sketch sketch;
  sketch.extensions = {{"2.5.29.19", {"30030101ff", true}},
                       {"2.5.29.15", {"03020106", true}},
                       {"2.5.29.14", {"0401aa"}},
                       {"2.5.29.35", {"30038001bb"}}};
  change(sketch);
  return sketch.Faults();
}

TEST(Lint, FindsNothingInWhatIsInOrder) {
  EXPECT_THAT(Leaf([](Sketch&) {}), IsEmpty());
  EXPECT_THAT(Ca([](Sketch&) {}), IsEmpty());
}

TEST(Lint, JudgesSerialAndValidity) {
  EXPECT_THAT(Leaf([](Sketch& s) { s.serial_hex = "020100"; }), ElementsAre("serial.positive"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.serial_hex = "0201ff"; }), ElementsAre("serial.positive"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.serial_hex = "0215" + std::string(42, '1'); }),
              ElementsAre("serial.length"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.serial_hex = "0214" + std::string(40, '1'); }), IsEmpty());
  const auto utc = [](const char* text) { return "170d" + HexEncode(AsBytes(text)); };
  const auto generalized = [](const char* text) { return "180f" + HexEncode(AsBytes(text)); };
  EXPECT_THAT(
      Leaf([&](Sketch& s) { s.validity_hex = utc("260102000000Z") + utc("260101000000Z"); }),
      ElementsAre("validity.order"));
  EXPECT_THAT(Leaf([&](Sketch& s) {
                s.validity_hex = utc("260102000000Z") + generalized("20270101000000Z");
              }),
              ElementsAre("validity.encoding"));
  EXPECT_THAT(Leaf([&](Sketch& s) {
                s.validity_hex = utc("260102000000Z") + generalized("20500101000000Z");
              }),
              IsEmpty());
}

TEST(Lint, JudgesTheShapeOfALeaf) {
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions.erase("2.5.29.17"); }),
              ElementsAre("name.present"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions.erase("2.5.29.37"); }),
              ElementsAre("extended_key_usage.present"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.37"].value_hex = "30060604551d2500"; }),
              ElementsAre("extended_key_usage.any"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.15"].value_hex = "03020284"; }),
              ElementsAre("key_usage.leaf"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.19"].value_hex = "3003020100"; }),
              ElementsAre("path_length.leaf"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.15"].value_hex = "03020640"; }),
              ElementsAre("key_usage.tls13"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.15"].value_hex = "030205a0"; }),
              ElementsAre("key_usage.family"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.15"].critical = false; }),
              ElementsAre("key_usage.critical"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions.erase("2.5.29.15"); }),
              Contains("key_usage.present"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.15"].value_hex = "030100"; }),
              Contains("key_usage.empty"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.30"] = {"3007a0053003820161", true}; }),
              ElementsAre("name_constraints.leaf"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["1.2.3.4"] = {"0500", true}; }),
              ElementsAre("extension.critical"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["1.2.3.4"] = {"0500", false}; }), IsEmpty());
}

TEST(Lint, JudgesNamesAndKeyIdentifiers) {
  EXPECT_THAT(Leaf([](Sketch& s) {
                s.extensions["2.5.29.17"].value_hex = "30098207" + HexEncode(AsBytes("*.shopx"));
              }),
              ElementsAre("name.canonical"));
  EXPECT_THAT(Leaf([](Sketch& s) {
                s.extensions["2.5.29.17"].value_hex = "30098207" + HexEncode(AsBytes("Shop.eu"));
              }),
              ElementsAre("name.canonical"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.subject_hex = "3000"; }), ElementsAre("subject.empty"));
  EXPECT_THAT(Leaf([](Sketch& s) {
                s.subject_hex = "3000";
                s.extensions["2.5.29.17"].critical = true;
              }),
              IsEmpty());
  EXPECT_THAT(Leaf([](Sketch& s) { s.issuer_hex = "3000"; }), ElementsAre("issuer.empty"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions.erase("2.5.29.35"); }),
              ElementsAre("key_id.authority"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.35"].critical = true; }),
              Contains("key_id.authority_critical"));
  EXPECT_THAT(Leaf([](Sketch& s) { s.extensions["2.5.29.14"].critical = true; }),
              Contains("key_id.subject_critical"));
}

TEST(Lint, JudgesTheShapeOfACa) {
  EXPECT_THAT(Ca([](Sketch& s) { s.extensions["2.5.29.19"].critical = false; }),
              ElementsAre("basic_constraints.critical"));
  EXPECT_THAT(Ca([](Sketch& s) { s.extensions["2.5.29.15"].value_hex = "03020102"; }),
              ElementsAre("key_usage.ca"));
  EXPECT_THAT(Ca([](Sketch& s) { s.extensions.erase("2.5.29.14"); }),
              ElementsAre("key_id.subject"));
  EXPECT_THAT(Ca([](Sketch& s) { s.subject_hex = "3000"; }), Contains("subject.ca"));
  EXPECT_THAT(Ca([](Sketch& s) { s.extensions["2.5.29.30"] = {"3007a0053003820161", false}; }),
              ElementsAre("name_constraints.critical"));
  EXPECT_THAT(Ca([](Sketch& s) { s.extensions["2.5.29.30"] = {"3007a0053003820161", true}; }),
              IsEmpty());
}

TEST(Lint, DescribesAtMostTen) {
  const std::vector<Violation> many(12, {"rule", "field", "is wrong"});
  EXPECT_THAT(Describe(many), ::testing::EndsWith("field: is wrong; and 2 more"));
  EXPECT_EQ(Describe({}), "");
  EXPECT_EQ(Describe({{"rule", "", "is wrong"}}), "is wrong");
}

}  // namespace
}  // namespace perennial::pki
