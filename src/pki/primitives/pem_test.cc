// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/pem.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace perennial::pki {
namespace {

const std::string kBlock = "-----BEGIN THING-----\naGVsbG8=\n-----END THING-----\n";

std::string Bytes(const PemBlock& block) { return std::string(block.bytes.RevealText()); }

TEST(Pem, ReadsBackWhatItWrites) {
  for (size_t size = 1; size < 300; ++size) {
    const std::vector<uint8_t> bytes(size, static_cast<uint8_t>(size));
    const auto text = EncodePem("THING", bytes);
    EXPECT_EQ(text.find("\n\n"), std::string::npos);
    const auto blocks = ParsePem(text, 1);
    ASSERT_TRUE(blocks.has_value()) << size;
    ASSERT_EQ(blocks->size(), 1u);
    EXPECT_EQ(Bytes(blocks->front()), AsText(bytes));
  }
}

TEST(Pem, AcceptsCarriageReturnsAndSpaceBetweenBlocks) {
  std::string crlf;
  for (const char c : kBlock) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(ParsePem(crlf, 1)->size(), 1u);
  EXPECT_EQ(ParsePem("\n\n" + kBlock + "  \n\n" + kBlock, 2)->size(), 2u);
  EXPECT_EQ(ParsePem(kBlock.substr(0, kBlock.size() - 1), 1)->size(), 1u);
  EXPECT_EQ(ParsePem("", 1)->size(), 0u);
}

// security.md E12: what could smuggle a command to a proxy, or be read in two ways.
TEST(Pem, RefusesWhateverIsNotOnlyBlocks) {
  const std::string begin = "-----BEGIN THING-----\n", end = "-----END THING-----\n";
  for (const std::string& text : {
           std::string("hello"),
           "# comment\n" + kBlock,
           kBlock + "show info\n",
           "\xef\xbb\xbf" + kBlock,
           begin + "aGVs\n\nbG8=\n" + end,                        // A blank line.
           begin + "aGVs bG8=\n" + end,                           //
           begin + " aGVsbG8=\n" + end,                           //
           begin + "aGVs\rbG8=\n" + end,                          // A lone carriage return.
           begin + "Proc-Type: 4,ENCRYPTED\n\naGVsbG8=\n" + end,  // Headers.
           begin + begin + "aGVsbG8=\n" + end,                    // Nested.
           begin + "aGVsbG8=\n",                                  // No end.
           begin + "aGVsbG8=\n-----END OTHER-----\n",             //
           begin + end,                                           // Empty.
           begin + "aGVsbG8\n" + end,                             // No padding.
           begin + "aGVsbG9=\n" + end,                            // Trailing bits.
           begin + "aGVsbG8=aGVsbG8=\n" + end,                    //
           begin + std::string(77, 'A') + "AAA\n" + end,          // A long line.
           std::string("-----BEGIN thing-----\naGVsbG8=\n-----END thing-----\n"),
           std::string("-----BEGIN THING----\naGVsbG8=\n-----END THING-----\n"),
           std::string("-----BEGIN -----\naGVsbG8=\n-----END -----\n"),
           kBlock + kBlock + kBlock,  // Too many.
           std::string(1 << 20, '#'),
           std::string("-----BEGIN THING-----\naGVs\0bG8=\n-----END THING-----\n", 53),
       }) {
    EXPECT_FALSE(ParsePem(text, 2).has_value()) << text.substr(0, 200);
  }
}

}  // namespace
}  // namespace perennial::pki
