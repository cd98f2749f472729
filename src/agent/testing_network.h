// SPDX-License-Identifier: Apache-2.0
// For tests: a control plane that is a list of answers by path.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api/testing.h"

namespace perennial::agent {

// What a path answers; `base_url` tells which server was asked.
class FakeNetwork final : public net::Transport {
 public:
  struct Call {
    std::string base_url;
    HttpRequest request;
    Duration deadline;
  };
  using Answer = std::function<Result<HttpResponse>(const Call&)>;

  Result<HttpResponse> Send(const std::string& base_url, const HttpRequest& request,
                            Duration deadline) override {
    const Call call{base_url, request, deadline};
    calls.push_back(call);
    const auto found = answers.find(std::string(request.path()));
    if (found == answers.end()) return Fail(ErrorCode::kUnavailable, "connection refused");
    return found->second(call);
  }

  void Answers(const std::string& path, std::string body) {
    answers[path] = [body = std::move(body)](const Call&) { return HttpResponse{200, {}, body}; };
  }
  void Refuses(const std::string& path, int status, const std::string& code,
               const std::string& message = "no") {
    answers[path] = [=](const Call&) {
      return HttpResponse{
          status, {}, fmt::format(R"({{"code":"{}","message":"{}"}})", code, message)};
    };
  }
  std::vector<Call> CallsTo(std::string_view path) const {
    std::vector<Call> found;
    for (const auto& call : calls) {
      if (call.request.path() == path) found.push_back(call);
    }
    return found;
  }

  std::map<std::string, Answer> answers;
  std::vector<Call> calls;
};

}  // namespace perennial::agent
