// SPDX-License-Identifier: Apache-2.0
#include "agent/join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/testing_authority.h"
#include "agent/testing_network.h"
#include "api/identity/client.h"
#include "base/encoding.h"
#include "pki/certificate.h"

namespace perennial::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kEnrol[] = "/20260101/nodes/actions/enrol";

// Lends the network to whoever wants a transport of his own.
class Borrowed final : public net::Transport {
 public:
  explicit Borrowed(net::Transport& transport) : transport_(transport) {}
  Result<HttpResponse> Send(const std::string& base_url, const HttpRequest& request,
                            Duration deadline) override {
    return transport_.Send(base_url, request, deadline);
  }

 private:
  net::Transport& transport_;
};

class JoinTest : public ::testing::Test {
 protected:
  JoinTest() {
    const auto shown = authority_.Fetched(1, {"pki.example"});
    chain_pem_ = shown.certificate_pem + shown.chain_pem;
    ca_pem_ = shown.chain_pem;
    request_.ca_hash = "sha256:" + pki::ParseCertificatePem(ca_pem_)->FingerprintSha256();
    network_.answers[kEnrol] = [this](const auto&) -> Result<HttpResponse> {
      return HttpResponse{200,
                          {},
                          EncodeJson(api::identity::EnrolledNode{
                              .node_id = "ocid1.node.perennial.home-1.n1",
                              .tenancy_id = "ocid1.tenancy.perennial..t1",
                              .platform_ca_pem = ca_pem_,
                              .endpoints = {.identity = "https://pki.example:8643",
                                            .certificates = "https://pki.example:8643",
                                            .updates = {"https://pki.example:8643"},
                                            .load_balancer = "https://pki.example:8643",
                                            .audit = "https://pki.example:8643"}})};
    };
  }
  void SetUp() override { std::filesystem::remove_all(request_.directory); }
  void TearDown() override { std::filesystem::remove_all(request_.directory); }

  Result<NodeIdentity> Join() {
    return agent::Join(request_, {.files = files_,
                                  .clock = clock_,
                                  .random = random_,
                                  .fetch_chain = [this](const std::string&) { return chain_pem_; },
                                  .make_transport = [this](const std::string& ca_pem)
                                      -> Result<std::unique_ptr<net::Transport>> {
                                    trusted_ = ca_pem;
                                    return std::make_unique<Borrowed>(network_);
                                  },
                                  .prepare = prepare_});
  }
  bool Joined() const { return std::filesystem::exists(NodeKeyPath(request_.directory)); }

  SystemClock clock_;
  SystemRandom random_;
  SystemFiles files_;
  TestAuthority authority_{clock_};
  FakeNetwork network_;
  std::string chain_pem_, ca_pem_, trusted_;
  std::function<Result<void>()> prepare_;
  JoinRequest request_{
      .url = "https://pki.example:8643",
      .token = "pnj_secret",
      .name = "node-a",
      .addresses = {"127.0.0.11"},
      .directory = ::testing::TempDir() + "/join-" +
                   ::testing::UnitTest::GetInstance()->current_test_info()->name()};
};

TEST_F(JoinTest, EnrolsAFreshKeyAndRemembersWhoItIs) {
  const auto joined = Join();
  ASSERT_TRUE(joined) << joined.error().message;
  EXPECT_EQ(trusted_, ca_pem_);
  const auto node = LoadNode(files_, request_.directory);
  ASSERT_TRUE(node) << node.error().message;
  EXPECT_EQ(node->identity.node_id, "ocid1.node.perennial.home-1.n1");
  EXPECT_EQ(node->identity.tenancy_id, "ocid1.tenancy.perennial..t1");
  EXPECT_EQ(node->identity.name, "node-a");
  EXPECT_EQ(node->ca_pem, ca_pem_);
  struct stat status{};
  ASSERT_EQ(stat(NodeKeyPath(request_.directory).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_TRUE(files_.Read(EndpointsPath(request_.directory)));

  // The proof was made by the key that was kept, for this token.
  const auto details = *DecodeJson<api::identity::EnrolNodeDetails>(
      network_.CallsTo(kEnrol).at(0).request.body, UnknownFields::kRefuse);
  EXPECT_EQ(details.name, "node-a");
  EXPECT_EQ(details.public_key_pem, node->key->public_key().ToPem());
  EXPECT_TRUE(node->key->public_key().Verify(
      pki::SignatureAlgorithm::kSha256WithEcdsa,
      AsBytes(api::identity::EnrolmentProofText("pnj_secret", details.public_key_pem)),
      *Base64Decode(details.proof)));
}

TEST_F(JoinTest, NeverShowsTheTokenToAServerWithAnotherCa) {
  request_.ca_hash = "sha256:" + std::string(64, '0');
  const auto joined = Join();
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(joined.error().message, HasSubstr("another hash"));
  EXPECT_THAT(joined.error().message, Not(HasSubstr("pnj_secret")));
  EXPECT_THAT(network_.calls, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(request_.directory));
}

TEST_F(JoinTest, DoesNotTakeALeafForTheCa) {
  const auto leaf = pki::ParseChainPem(chain_pem_)->front();
  request_.ca_hash = "sha256:" + leaf.FingerprintSha256();
  EXPECT_EQ(Join().error().code, ErrorCode::kPermissionDenied);
}

TEST_F(JoinTest, RefusesAHashThatIsNone) {
  for (const auto* hash : {"", "sha256:", "sha256:zz", "md5:00", "00"}) {
    request_.ca_hash = hash;
    EXPECT_EQ(Join().error().code, ErrorCode::kInvalidArgument) << hash;
  }
}

TEST_F(JoinTest, SaysWhatToDoWhenTheTokenIsSpent) {
  network_.Refuses(kEnrol, 401, "NotAuthenticated");
  const auto joined = Join();
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(joined.error().message, HasSubstr("perennial node token create"));
  EXPECT_FALSE(Joined());
}

TEST_F(JoinTest, SaysWhichOptionNamedAnAddressThatThePoolDoesNotHave) {
  network_.Refuses(kEnrol, 400, "InvalidParameter",
                   "/addresses: the node has 10.0.0.2, and node pool edge has 10.0.0.1");
  const auto joined = Join();
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(joined.error().message,
            "--address: the node has 10.0.0.2, and node pool edge has 10.0.0.1");
  EXPECT_FALSE(Joined());
}

TEST_F(JoinTest, LeavesANodeThatHasJoinedAsItIs) {
  ASSERT_TRUE(Join());
  const auto key = *files_.Read(NodeKeyPath(request_.directory));
  const auto again = Join();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(*files_.Read(NodeKeyPath(request_.directory)), key);
  EXPECT_EQ(network_.CallsTo(kEnrol).size(), 1u);
}

TEST_F(JoinTest, IsNoNodeUntilEverythingIsInPlace) {
  prepare_ = [] { return Fail(ErrorCode::kUnavailable, "no space left"); };
  const auto joined = Join();
  ASSERT_FALSE(joined);
  EXPECT_THAT(joined.error().message, HasSubstr("The token is spent"));
  EXPECT_FALSE(Joined());
  EXPECT_EQ(LoadNode(files_, request_.directory).error().code, ErrorCode::kNotFound);
}

TEST_F(JoinTest, TrustsARenewedCaBesideThePinnedOne) {
  TestAuthority renewed(clock_);
  const auto pinned = std::exchange(ca_pem_, renewed.Fetched(1, {"pki.example"}).chain_pem);
  ASSERT_TRUE(Join());
  EXPECT_EQ(LoadNode(files_, request_.directory)->ca_pem, pinned + ca_pem_);
}

TEST_F(JoinTest, RefusesAddressesAndTokensThatAreNone) {
  request_.addresses = {"node-a"};
  EXPECT_EQ(Join().error().code, ErrorCode::kInvalidArgument);
  request_.addresses = {};
  EXPECT_EQ(Join().error().code, ErrorCode::kInvalidArgument);
  request_.addresses = {"::1"};
  request_.token = "secret";
  EXPECT_EQ(Join().error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(network_.calls, IsEmpty());
}

}  // namespace
}  // namespace perennial::agent
