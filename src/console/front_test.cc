// SPDX-License-Identifier: Apache-2.0
#include "console/front.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <variant>

namespace perennial::console {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Api final : public net::Handler {
 public:
  explicit Api(Executor& executor) : executor_(executor) {}
  Executor& ExecutorFor(const HttpRequest&) override { return executor_; }
  net::Answer Handle(const HttpRequest&) override { return HttpResponse{.body = "the API"}; }

 private:
  Executor& executor_;
};

class FrontTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory_ + "/assets");
    Write("index.html", "<meta content=\"__PERENNIAL_NONCE__\"><b id=\"__PERENNIAL_NONCE__\">");
    Write("favicon.svg", "<svg/>");
    Write("assets/a1.js", "let plain");
    Write("assets/a1.js.br", "brotli");
    Write("assets/a1.js.gz", "gzip");
    Write("assets/b2.css", "css");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ + "/" + name) << text;
  }

  HttpResponse Ask(const std::string& target, HttpHeaders headers = {},
                   const std::string& method = "GET") {
    auto build = LoadBuild(files_, directory_);
    EXPECT_TRUE(build) << build.error().message;
    Front front(*std::move(build), api_, pool_, random_);
    return std::get<HttpResponse>(
        front.Handle({.method = method, .target = target, .headers = std::move(headers)}));
  }

  const std::string directory_ = ::testing::TempDir() + "console-" +
                                 ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                                 std::to_string(getpid());
  SystemFiles files_;
  SystemRandom random_;
  ThreadPool pool_{{.name = "test", .threads = 1}};
  Api api_{pool_};
};

std::string Header(const HttpResponse& response, std::string_view name) {
  return FindHeader(response.headers, name).value_or("");
}

TEST_F(FrontTest, GivesEachPageANonceOfItsOwnThatItsPolicyNames) {
  const auto first = Ask("/console/"),
             second = Ask("/console/certificates/ocid1.certificate.perennial.home-1.a?tab=rollout");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(Header(first, "cache-control"), "no-store");
  EXPECT_THAT(first.body, Not(HasSubstr(kNoncePlace)));
  const auto begin = first.body.find('"') + 1;
  const auto nonce = first.body.substr(begin, first.body.find('"', begin) - begin);
  EXPECT_EQ(nonce.size(), 24u);
  EXPECT_THAT(Header(first, "content-security-policy"), HasSubstr("'nonce-" + nonce + "'"));
  EXPECT_NE(first.body, second.body);
}

TEST_F(FrontTest, LetsAPageRunItsOwnScriptsAndBeFramedByNobody) {
  const auto policy = Header(Ask("/console/"), "content-security-policy");
  for (const auto* part : {"default-src 'none'", "script-src 'self';", "connect-src 'self'",
                           "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"}) {
    EXPECT_THAT(policy, HasSubstr(part));
  }
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(Header(Ask("/console/"), "x-frame-options"), "DENY");
  for (const auto* target :
       {"/", "/console/", "/console/assets/a1.js", "/console/assets/none.js"}) {
    EXPECT_EQ(Header(Ask(target), "x-content-type-options"), "nosniff") << target;
  }
}

TEST_F(FrontTest, SendsTheSmallestFormThatTheBrowserTakes) {
  const auto body = [&](const std::string& accepts) {
    return Ask("/console/assets/a1.js", {{"Accept-Encoding", accepts}}).body;
  };
  EXPECT_EQ(body("gzip, deflate, br, zstd"), "brotli");
  EXPECT_EQ(body("gzip, br;q=0"), "gzip");
  EXPECT_EQ(body("gzip;q=0.5"), "gzip");
  EXPECT_EQ(body("identity"), "let plain");
  EXPECT_EQ(body("brr, xgzip"), "let plain");
  EXPECT_EQ(Ask("/console/assets/b2.css", {{"accept-encoding", "br"}}).body, "css");
}

TEST_F(FrontTest, LetsHashedFilesBeKeptForEver) {
  const auto file = Ask("/console/assets/a1.js");
  EXPECT_THAT(Header(file, "cache-control"), HasSubstr("immutable"));
  EXPECT_EQ(Header(file, "content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(Header(file, "vary"), "accept-encoding");
  const auto again = Ask("/console/assets/a1.js", {{"if-none-match", Header(file, "etag")}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST_F(FrontTest, HasWhatWasAddedToTheBuildAskedForAgainEachTime) {
  auto build = LoadBuild(files_, directory_);
  ASSERT_TRUE(build);
  AddFile(*build, "/console/ca.pem", "application/x-pem-file", "PEM");
  Front front(*std::move(build), api_, pool_, random_);
  const auto answer =
      std::get<HttpResponse>(front.Handle({.method = "GET", .target = "/console/ca.pem"}));
  EXPECT_EQ(answer.body, "PEM");
  EXPECT_EQ(Header(answer, "cache-control"), "no-cache");
  EXPECT_EQ(Header(answer, "content-type"), "application/x-pem-file");
}

TEST_F(FrontTest, OpensNoFileByARequestsPath) {
  Write("../console-secret", "secret");
  for (const auto* target : {"/console/../console-secret", "/console/assets/../../console-secret",
                             "/console/%2e%2e/console-secret", "/console/assets/a1.js.br",
                             "/console/index.html", "/console/assets/missing.js"}) {
    const auto answer = Ask(target);
    EXPECT_THAT(answer.body, Not(HasSubstr("secret"))) << target;
    EXPECT_THAT(answer.body, Not(HasSubstr("brotli"))) << target;
  }
  EXPECT_EQ(Ask("/console/assets/missing.js").status, 404);
}

TEST_F(FrontTest, SendsTheRootToTheConsoleAndTheRestToTheApi) {
  EXPECT_EQ(Header(Ask("/"), "location"), "/console/");
  EXPECT_EQ(Header(Ask("/console"), "location"), "/console/");
  for (const auto* target : {"/20210224/certificates", "/consoles", "/healthz"}) {
    EXPECT_EQ(Ask(target).body, "the API") << target;
  }
  EXPECT_EQ(Ask("/console/", {}, "POST").body, "the API");
}

TEST_F(FrontTest, SetsNoCookie) {
  for (const auto* target : {"/", "/console/", "/console/assets/a1.js", "/console/x.js"}) {
    EXPECT_EQ(FindHeader(Ask(target).headers, "set-cookie"), std::nullopt) << target;
  }
}

TEST_F(FrontTest, TakesNoBuildThatWouldNotWork) {
  EXPECT_EQ(LoadBuild(files_, directory_ + "/none").error().code, ErrorCode::kNotFound);
  Write("assets/x.exe", "");
  EXPECT_EQ(LoadBuild(files_, directory_).error().code, ErrorCode::kInvalidArgument);
  std::filesystem::remove(directory_ + "/assets/x.exe");
  Write("index.html", "no place for it");
  EXPECT_EQ(LoadBuild(files_, directory_).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace perennial::console
