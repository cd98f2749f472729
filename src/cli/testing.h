// SPDX-License-Identifier: Apache-2.0
// For tests of this room: a person at a terminal, a disk, and a server that answers what it was
// told.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/random.h"
#include "cli/context.h"
#include "cli/runner.h"
#include "pki/key.h"

namespace perennial::cli::testing {

inline constexpr char kTenancy[] = "ocid1.tenancy.perennial.home-1.aaaa";
inline constexpr char kUser[] = "ocid1.user.perennial.home-1.bbbb";
inline constexpr char kUrl[] = "https://localhost:8643";

// Answers by "METHOD /path", without the query. What is not known is 404, as to somebody without
// rights.
class FakeServer {
 public:
  using Answer = std::function<HttpResponse(const HttpRequest&)>;

  void On(const std::string& what, Answer answer) { answers_[what] = std::move(answer); }
  void On(const std::string& what, std::string body, HttpHeaders headers = {}) {
    On(what, [=](const HttpRequest&) { return HttpResponse{200, headers, body}; });
  }
  void Refuse(const std::string& what, int status, const std::string& code,
              const std::string& message) {
    On(what, [=](const HttpRequest&) {
      return HttpResponse{status,
                          {{"opc-request-id", "req-1"}},
                          "{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}"};
    });
  }

  Result<HttpResponse> Send(const HttpRequest& request) {
    requests.push_back(request);
    if (!down.empty()) return Fail(ErrorCode::kUnavailable, down);
    const auto found = answers_.find(request.method + " " + std::string(request.path()));
    if (found != answers_.end()) return found->second(request);
    return HttpResponse{
        404, {}, R"({"code":"NotAuthorizedOrNotFound","message":"not authorized or not found"})"};
  }

  size_t Count(const std::string& what) const {
    size_t count = 0;
    for (const auto& request : requests) {
      if (request.method + " " + std::string(request.path()) == what) ++count;
    }
    return count;
  }

  std::vector<HttpRequest> requests;
  std::string down;  // Not empty: nobody answers, for this reason.

 private:
  std::map<std::string, Answer> answers_;
};

class FakeTransport final : public net::Transport {
 public:
  explicit FakeTransport(FakeServer& server) : server_(server) {}
  Result<HttpResponse> Send(const std::string&, const HttpRequest& request, Duration) override {
    return server_.Send(request);
  }

 private:
  FakeServer& server_;
};

// A directory of its own, with a context unless `with_context` is false.
class World {
 public:
  explicit World(bool with_context = true) {
    char pattern[] = "/tmp/perennial-cli-XXXXXX";
    CHECK(mkdtemp(pattern) != nullptr);
    directory = pattern;
    server.On("GET /20260101/endpoints",
              R"({"identity":"https://i","certificates":"https://c","updates":[],)"
              R"("loadBalancer":"https://l","audit":"https://a"})");
    if (!with_context) return;
    const Context context{.name = "test", .url = kUrl, .tenancy_id = kTenancy, .user_id = kUser};
    const auto pem = Key().ToPkcs8Pem();
    CHECK(ContextDirectory(files, directory).Put(context, pem.RevealText(), "ca\n").has_value());
  }
  ~World() { std::filesystem::remove_all(directory); }

  // One key for all tests: making one is the slowest thing here.
  static const pki::PrivateKey& Key() {
    static const auto key = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
    return key;
  }

  // What it prints is in out() and err() until the next run.
  int Run(std::vector<std::string> words, const std::string& typed = {}) {
    out_.str("");
    err_.str("");
    in_.str(typed);
    in_.clear();
    Environment environment{
        .clock = clock,
        .random = random,
        .files = files,
        .out = out_,
        .err = err_,
        .in = in_,
        .in_is_terminal = terminal,
        .colours = false,
        .default_directory = directory,
        .make_transport = [this](const std::string&) -> Result<std::unique_ptr<net::Transport>> {
          return std::make_unique<FakeTransport>(server);
        },
        .fetch_chain = [this](const std::string&) -> Result<std::string> {
          if (!server.down.empty()) return Fail(ErrorCode::kUnavailable, server.down);
          return chain_pem;
        },
        .pause = [this](Duration duration) { clock.Advance(duration); },
        .home = directory,
        .run_program = run_program,
    };
    return Runner(environment).Run(words);
  }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  ManualClock clock;
  SeededRandom random{7};
  SystemFiles files;
  FakeServer server;
  std::string directory;
  std::string chain_pem;
  bool terminal = false;
  std::function<Result<ProgramEnd>(const std::vector<std::string>&)> run_program;

 private:
  std::ostringstream out_, err_;
  std::istringstream in_;
};

}  // namespace perennial::cli::testing
