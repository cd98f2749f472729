// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/punycode.h"

#include <gtest/gtest.h>

#include <random>

namespace perennial::pki {
namespace {

std::vector<char32_t> Points(std::u32string_view text) { return {text.begin(), text.end()}; }

// RFC 3492 §7.1, and names in use.
TEST(Punycode, KnowsTheSamplesOfTheRfc) {
  const std::vector<std::pair<std::u32string, std::string>> samples = {
      {U"ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"},
      {U"他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"},
      {U"למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"},
      {U"почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"},
      {U"bücher", "bcher-kva"},
      {U"münchen", "mnchen-3ya"},
      {U"faß", "fa-hia"},
  };
  for (const auto& [text, code] : samples) {
    EXPECT_EQ(PunycodeDecode(code), Points(text)) << code;
    EXPECT_EQ(PunycodeEncode(Points(text)), code);
  }
}

TEST(Punycode, DecodesWhatItEncodes) {
  std::mt19937 random(3);
  int tried = 0;
  for (int i = 0; i < 5000; ++i) {
    std::vector<char32_t> label(1 + random() % 20);
    for (auto& point : label) {
      point = random() % 2 == 0 ? 'a' + random() % 26 : 0x80 + random() % (0x10ffff - 0x80);
      if (point >= 0xd800 && point <= 0xdfff) point = 'x';
    }
    const auto code = PunycodeEncode(label);
    ASSERT_TRUE(code.has_value());
    if (code->size() > 59) continue;
    ++tried;
    EXPECT_EQ(PunycodeDecode(*code), label) << *code;
  }
  EXPECT_GT(tried, 500);
}

TEST(Punycode, RefusesOverflowsAndNoise) {
  for (const std::string code : {"", "99999999", "zzzzzzzzzzzzzzzzzzzz", "999999b", "a-999999999b",
                                 "A", "a b", "\x80", "ab-\xff"}) {
    EXPECT_FALSE(PunycodeDecode(code).has_value()) << code;
  }
  EXPECT_FALSE(PunycodeDecode(std::string(60, 'a')).has_value());
  std::mt19937 random(4);
  for (int i = 0; i < 20000; ++i) {
    std::string noise(1 + random() % 59, ' ');
    for (auto& c : noise) c = "abcdefghijklmnopqrstuvwxyz0123456789-"[random() % 37];
    PunycodeDecode(noise);
  }
}

TEST(ULabel, IsOneScriptInItsNormalForm) {
  for (const auto* text : {U"bücher", U"straße", U"żółć", U"ελλάδα", U"пример", U"例え", U"テスト",
                           U"한국", U"中国", U"ישראל", U"مصر", U"भारत", U"1ü"}) {
    EXPECT_TRUE(IsAcceptableULabel(Points(text)));
  }
  for (const auto* text : {
           U"plain",         // Needs no A-label.
           U"аpple",         // Cyrillic а before Latin.
           U"paypаl",        //
           U"ΑΒΓ",           // Upper case.
           U"Ü",             //
           U"bu\u0308cher",  // Not NFC.
           U"か\u3099",      // Not NFC.
           U"ﬁ",             // Compatibility form.
           U"ＡＢＣ",        //
           U"☃",             // A symbol.
           U"ü\u200d",       // Zero-width joiner.
           U"-ü",            //
           U"ü-",            //
           U"אa",            //
           U"1א",            // Right to left after a digit.
           U"ुभ",             // A mark first.
           U"カ한",          //
           U"カ中한",        //
           U"\u014a",        // Ŋ: upper case.
       }) {
    EXPECT_FALSE(IsAcceptableULabel(Points(text))) << PunycodeEncode(Points(text)).value_or("");
  }
}

}  // namespace
}  // namespace perennial::pki
