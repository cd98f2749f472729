// SPDX-License-Identifier: Apache-2.0
#include "sim/network.h"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::sim {
namespace {

constexpr size_t kLateMax = 64;

std::string HostOf(const std::string& base_url) {
  return base_url.substr(base_url.find("://") + 3);
}

// While a process waits for its token its threads wait for the one that asks: nothing else of it
// can go on.
bool IsExchange(const HttpRequest& request) {
  return request.target.contains("/actions/exchange") ||
         request.target.contains("/resourcePrincipalTokens");
}

}  // namespace

Result<HttpResponse> Network::Send(Part& sender, const std::string& base_url,
                                   const HttpRequest& request) {
  const auto host = HostOf(base_url);
  auto& faults = sender.faults;
  sender.Pass();
  if (faults.Strikes(Fault::kCrashBeforeSend)) sender.Die();
  if (faults.Strikes(Fault::kRequestLost)) {
    return Fail(ErrorCode::kUnavailable, host + ": deadline passed while waiting for the answer");
  }
  if (faults.Strikes(Fault::kRequestDelayed) && late_.size() < kLateMax) {
    late_.push_back({host, request});
    return Fail(ErrorCode::kUnavailable, host + ": deadline passed while waiting for the answer");
  }
  const bool meanwhile = !IsExchange(request) && faults.Strikes(Fault::kMeanwhile);
  if (meanwhile) {
    hooks_.meanwhile();
    sender.Pass();
  }
  auto answer = Deliver(host, request);
  sender.Pass();
  if (faults.Strikes(Fault::kMessageTwice)) {
    (void)Deliver(host, request);
    sender.Pass();
  }
  if (faults.Strikes(Fault::kMessageLate) && late_.size() < kLateMax) {
    late_.push_back({host, request});
  }
  if (meanwhile) {
    hooks_.meanwhile();
    sender.Pass();
  }
  if (faults.Strikes(Fault::kReplyLost)) {
    return Fail(ErrorCode::kUnavailable, host + ": connection reset while reading the answer");
  }
  if (faults.Strikes(Fault::kCrashBeforeReply)) sender.Die();
  return answer;
}

Result<HttpResponse> Network::Deliver(const std::string& host, const HttpRequest& request) {
  const auto found = servers_.find(host);
  if (found == servers_.end()) return Fail(ErrorCode::kUnavailable, host + ": unknown host name");
  const auto server = std::ranges::find_if(found->second, &Part::alive);
  if (server == found->second.end()) {
    return Fail(ErrorCode::kUnavailable, host + ": connection refused");
  }
  HttpResponse answer;
  auto copy = request;
  copy.peer_address = "10.0.0.9";
  trace_.Add(copy.method);
  trace_.Add(copy.target);
  trace_.Add(copy.body);
  const bool lives = (*server)->Enter([&] { answer = (*server)->Answer(copy); });
  if (!lives) return Fail(ErrorCode::kUnavailable, host + ": connection reset");
  trace_.Aside(fmt::format("{} {} {}{}: {}", (*server)->name, request.method, host, request.target,
                           answer.status));
  trace_.Add(std::to_string(answer.status));
  trace_.Add(answer.body);
  hooks_.answered(request, answer);
  return answer;
}

bool Network::DeliverLate(bool oldest) {
  if (late_.empty()) return false;
  const auto late = oldest ? late_.front() : late_.back();
  oldest ? late_.pop_front() : late_.pop_back();
  (void)Deliver(late.host, late.request);
  return true;
}

void Network::Turn() {
  for (auto& [host, servers] : servers_) std::ranges::rotate(servers, servers.begin() + 1);
}

}  // namespace perennial::sim
