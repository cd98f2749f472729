// SPDX-License-Identifier: Apache-2.0
// Google's vectors of signatures that implementations got wrong before.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "pki/key.h"

namespace perennial::pki {
namespace {

struct Tally {
  int checked = 0;
  int keys_refused = 0;
};

Tally RunVectors(const char* file, SignatureAlgorithm algorithm) {
  Tally tally;
  std::ifstream stream(std::filesystem::path(PERENNIAL_CORPORA_DIR) / "wycheproof" / file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (text.empty()) return tally;
  const auto root = boost::json::parse(text);
  const auto bytes = [](const boost::json::value& hex) {
    return HexDecode(std::string_view(hex.as_string())).value();
  };
  for (const auto& group : root.at("testGroups").as_array()) {
    const auto key = PublicKey::ParseSpkiDer(bytes(group.at("publicKeyDer")));
    if (!key) {
      ++tally.keys_refused;
      continue;
    }
    for (const auto& test : group.at("tests").as_array()) {
      const std::string_view result(test.at("result").as_string());
      const bool verified = key->Verify(algorithm, bytes(test.at("msg")), bytes(test.at("sig")));
      // `acceptable` is for signatures that are legal only outside of PKIX: either answer will do.
      if (result != "acceptable") {
        EXPECT_EQ(verified, result == "valid") << file << " tcId " << test.at("tcId").as_int64();
      }
      ++tally.checked;
    }
  }
  return tally;
}

TEST(Wycheproof, EcdsaP256) {
  const auto tally =
      RunVectors("ecdsa_secp256r1_sha256_test.json", SignatureAlgorithm::kSha256WithEcdsa);
  if (tally.checked == 0) GTEST_SKIP() << "no vectors under " << PERENNIAL_CORPORA_DIR;
  EXPECT_GE(tally.checked, 450);
  EXPECT_EQ(tally.keys_refused, 0);
}

TEST(Wycheproof, RsaPkcs1) {
  const auto tally =
      RunVectors("rsa_signature_2048_sha256_test.json", SignatureAlgorithm::kSha256WithRsa);
  if (tally.checked == 0) GTEST_SKIP() << "no vectors under " << PERENNIAL_CORPORA_DIR;
  EXPECT_GE(tally.checked, 200);
}

}  // namespace
}  // namespace perennial::pki
