// SPDX-License-Identifier: Apache-2.0
// For tests of this room and of those above it: a network that answers from a list.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "net/transport.h"

namespace perennial::api {

// Answers each call with `handler`, or with the next of `answers`. Used by one thread at a time.
class FakeTransport final : public net::Transport {
 public:
  struct Sent {
    std::string base_url;
    HttpRequest request;
    Duration deadline;
  };

  Result<HttpResponse> Send(const std::string& base_url, const HttpRequest& request,
                            Duration deadline) override {
    sent.push_back({base_url, request, deadline});
    if (handler) return handler(request);
    if (answers.empty()) return Fail(ErrorCode::kUnavailable, "connection refused");
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  void Answer(int status, std::string body, HttpHeaders headers = {}) {
    answers.push_back(HttpResponse{status, std::move(headers), std::move(body)});
  }
  void Refuse(std::string why) { answers.push_back(Fail(ErrorCode::kUnavailable, std::move(why))); }

  std::vector<Sent> sent;
  std::deque<Result<HttpResponse>> answers;
  std::function<Result<HttpResponse>(const HttpRequest&)> handler;
};

}  // namespace perennial::api
