// SPDX-License-Identifier: Apache-2.0
#include "net/tap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "net/test_server.h"
#include "net/transport.h"

namespace perennial::net {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class TapTest : public ::testing::Test {
 protected:
  TapTest() {
    std::string pattern = ::testing::TempDir() + "/tap-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~TapTest() override {
    unsetenv("PERENNIAL_TAP");
    fs::remove_all(directory_);
  }

  // One request and its answer over TLS, both ends of which are here; a server and a client
  // connection.
  void Talk() {
    TestServer server;
    const auto client = *HttpsTransport::Start({.ca_pem = server.ca.pem()});
    const auto answer = client->Send(
        server.url(),
        {.method = "POST", .target = "/a", .headers = {{"host", "localhost"}}, .body = "asked"},
        std::chrono::seconds(10));
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->body, "POST /aasked");
  }

  std::vector<std::string> Texts(const std::string& suffix) const {
    std::vector<std::string> texts;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      if (entry.path().extension() != suffix) continue;
      std::ifstream in(entry.path());
      texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return texts;
  }

  std::string directory_;
};

TEST_F(TapTest, IsSilentUnlessItIsNamed) {
  Talk();
  EXPECT_THAT(Texts(".read"), IsEmpty());
  EXPECT_THAT(Texts(".written"), IsEmpty());
}

#ifdef PERENNIAL_PROOF

TEST_F(TapTest, HoldsWhatServerAndClientSayDecrypted) {
  setenv("PERENNIAL_TAP", directory_.c_str(), 1);
  Talk();
  const auto asked = ::testing::EndsWith("\r\n\r\nasked");
  const auto answered = ::testing::EndsWith("\r\n\r\nPOST /aasked");
  EXPECT_THAT(Texts(".read"), UnorderedElementsAre(asked, answered));
  EXPECT_THAT(Texts(".written"), UnorderedElementsAre(asked, answered));
  for (const auto& entry : fs::directory_iterator(directory_)) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
}

#else

TEST_F(TapTest, IsAbsentFromARelease) {
  setenv("PERENNIAL_TAP", directory_.c_str(), 1);
  Talk();
  EXPECT_TRUE(fs::is_empty(directory_));
}

#endif

}  // namespace
}  // namespace perennial::net
