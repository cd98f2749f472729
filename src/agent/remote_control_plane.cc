// SPDX-License-Identifier: Apache-2.0
#include "agent/remote_control_plane.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/certificates/client.h"
#include "api/load_balancer/client.h"
#include "api/updates/client.h"
#include "base/json.h"
#include "base/log.h"
#include "base/proof.h"

namespace perennial::agent {
namespace {

namespace wire = api::certificates;

constexpr Duration kAskEndpointsPause = std::chrono::seconds(10);
constexpr Duration kWaitMax = std::chrono::seconds(50);  // wire.md
constexpr size_t kReportsMax = 500;                      // In one call.
constexpr size_t kClosedMax = 1000;                      // The service takes no more.

std::optional<std::vector<api::updates::ServedAssociation>> ToWire(
    const std::vector<SetEntry>& entries) {
  std::vector<api::updates::ServedAssociation> set;
  for (const auto& entry : entries) set.push_back({entry.association_id, entry.version});
  return set;
}

api::updates::PollRequest ToWire(const PollQuestion& question) {
  api::updates::PollRequest request{
      .wait_seconds = std::chrono::ceil<seconds>(std::min(question.wait, kWaitMax)).count(),
      .cursor = question.cursor,
      .set_digest = question.set_digest};
  if (question.set) request.set = ToWire(*question.set);
  if (!question.added.empty()) request.added = ToWire(question.added);
  if (!question.removed.empty()) request.removed = question.removed;
  return request;
}

PollAnswer FromWire(const api::updates::PollAnswer& answer) {
  PollAnswer out{.cursor = answer.cursor.value_or(""),
                 .set_digest = answer.set_digest.value_or(""),
                 .need_set = answer.need_set,
                 .behind_s = answer.behind_seconds};
  for (const auto& news : answer.changes) {
    out.changes.push_back(
        {.association_id = news.association_id, .version = news.wanted, .ended = news.ended});
  }
  return out;
}

wire::ObservationResult ToWire(ReportedResult result) {
  switch (result) {
    case ReportedResult::kProved:
      return wire::ObservationResult::kProved;
    case ReportedResult::kRefusedByGate:
      return wire::ObservationResult::kRefusedByGate;
    case ReportedResult::kFailed:
      return wire::ObservationResult::kFailed;
    case ReportedResult::kInconclusive:
      return wire::ObservationResult::kInconclusive;
  }
  return wire::ObservationResult::kInconclusive;
}

std::optional<std::string> UnlessEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// The control plane refuses a batch with a longer text, and a reason may quote what a peer sent.
std::optional<std::string> Reason(std::string text) {
  constexpr size_t kMost = 1000;
  if (text.size() > kMost) {
    size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // RFC 3629.
    text.resize(end);
  }
  return UnlessEmpty(text);
}

wire::Observation ToWire(const Report& report) {
  return {.association_id = report.association_id,
          .version_number = report.version,
          .fingerprint_sha256 = UnlessEmpty(report.fingerprint_sha256),
          .address = UnlessEmpty(report.address),
          .server_name = UnlessEmpty(report.server_name),
          .key_type = UnlessEmpty(report.key_type),
          .vantage = "node",
          .result = ToWire(report.result),
          .reason = Reason(report.reason),
          .time_observed = report.seen};
}

// What will be refused again however often it is sent.
bool IsFinal(ErrorCode code) {
  return code == ErrorCode::kCannotParse || code == ErrorCode::kInvalidArgument ||
         code == ErrorCode::kMissingArgument || code == ErrorCode::kTooLarge;
}

}  // namespace

RemoteControlPlane::RemoteControlPlane(Parts parts, Options options)
    : parts_(parts),
      options_(std::move(options)),
      credential_(parts.transport, parts.clock, parts.random, options_.identity_url, options_.node,
                  {.describe =
                       [this](auto& details) {
                         details.agent_version = options_.agent_version;
                         if (wanted_ < 0) return;
                         details.wanted_count = wanted_;
                         details.served_count = served_;
                       }}),
      identity_(ClientFor(options_.identity_url, credential_)),
      tokens_(identity_, parts.clock, parts.files, options_.resource_tokens) {
  const auto text = parts_.files.Read(options_.endpoints_path);
  if (!text) return;
  auto kept = DecodeJson<api::identity::Endpoints>(*text, UnknownFields::kIgnore);
  if (!kept) return;  // It is asked for anyway.
  MutexLock lock(mutex_);
  Adopt(*std::move(kept));
}

api::Client RemoteControlPlane::ClientFor(const std::string& url,
                                          http_signature::CredentialSource& credential) const {
  return {parts_.transport, &credential, parts_.clock, parts_.random, url};
}

template <class T>
Result<T> RemoteControlPlane::Judged(Result<T> result) {
  if (!result && (result.error().code == ErrorCode::kUnavailable ||
                  result.error().code == ErrorCode::kNoSuchOperation)) {
    MutexLock lock(mutex_);
    doubtful_ = true;
  }
  // A token that should live and does not: the next call exchanges the enrolment key again.
  if (!result && result.error().code == ErrorCode::kUnauthenticated) credential_.Discard();
  return result;
}

void RemoteControlPlane::Adopt(api::identity::Endpoints endpoints) {
  doubtful_ = false;
  if (endpoints == endpoints_) return;
  endpoints_ = std::move(endpoints);
  replicas_ = endpoints_.updates;
  // Each node in an order of its own, so that the load is spread and no replica is everybody's
  // first.
  for (size_t i = replicas_.size(); i > 1; --i) {
    std::swap(replicas_[i - 1], replicas_[parts_.random.Uint64() % i]);
  }
}

Result<api::identity::Endpoints> RemoteControlPlane::Endpoints() {
  {
    MutexLock lock(mutex_);
    const bool known = !endpoints_.certificates.empty();
    if (known && !doubtful_) return endpoints_;
    if (parts_.clock.Monotonic() < ask_not_before_) {
      if (known) return endpoints_;
      return Fail(ErrorCode::kUnavailable, "it is not known yet where the services are");
    }
    ask_not_before_ = parts_.clock.Monotonic() + kAskEndpointsPause;
  }
  auto answer = identity_.GetEndpoints();
  MutexLock lock(mutex_);
  if (!answer) {
    if (!endpoints_.certificates.empty()) return endpoints_;
    return answer;
  }
  const bool changed = *answer != endpoints_;
  Adopt(*std::move(answer));
  if (changed) {
    auto kept =
        parts_.files.ReplaceAtomically(options_.endpoints_path, EncodeJson(endpoints_), 0600);
    if (!kept) {
      Log(LogLevel::kWarn, "agent", "the endpoints could not be kept",
          {{"reason", kept.error().message}});
    }
  }
  return endpoints_;
}

Result<std::optional<Configuration>> RemoteControlPlane::ConfigurationAfter(int64_t version,
                                                                            Duration wait) {
  TRY_ASSIGN(const auto endpoints, Endpoints());
  const api::load_balancer::LoadBalancerClient client(
      ClientFor(endpoints.load_balancer, credential_));
  TRY_ASSIGN(auto news, Judged(client.GetNodeConfigurationAsSent(
                            options_.node.principal_id, version, std::min(wait, kWaitMax))));
  if (news.version == version) return std::optional<Configuration>();
  TRY_ASSIGN(auto resources, CanonicalJson(news.resources.text));
  return Configuration{.version = news.version,
                       .previous_hash = std::move(news.previous_hash),
                       .hash = std::move(news.hash),
                       .resources = std::move(resources)};
}

void RemoteControlPlane::MoveBehind(const std::string& replica) {
  MutexLock lock(mutex_);
  const auto found = std::ranges::find(replicas_, replica);
  if (found != replicas_.end()) std::rotate(found, found + 1, replicas_.end());
}

Result<PollAnswer> RemoteControlPlane::Poll(const PollQuestion& question) {
  TRY(Endpoints());
  std::vector<std::string> replicas;
  {
    MutexLock lock(mutex_);
    replicas = replicas_;
  }
  auto request = ToWire(question);
  std::optional<PollAnswer> old;
  Error last{ErrorCode::kUnavailable, "identity names no replica"};
  for (const auto& url : replicas) {
    const api::updates::UpdatesClient client(ClientFor(url, credential_));
    const auto answer = Judged(client.Poll(request));
    if (answer &&
        (answer->behind_seconds <= kBehindMaxS || PERENNIAL_MUTANT("agent.any_replica"))) {
      return FromWire(*answer);
    }
    MoveBehind(url);
    if (answer) {
      if (!old || answer->behind_seconds < old->behind_s) old = FromWire(*answer);
      request.wait_seconds = 0;  // The others are looked at, not waited for.
      continue;
    }
    last = answer.error();
    // Another replica may be better off; what is wrong with the question or with us is so at each
    // of them.
    if (last.code != ErrorCode::kUnavailable && last.code != ErrorCode::kInternal) break;
  }
  if (old) return *std::move(old);
  return std::unexpected(last);
}

void RemoteControlPlane::Expect(const std::vector<std::string>& resource_ids) {
  tokens_.Expect(resource_ids);
}

void RemoteControlPlane::Tell(int64_t wanted, int64_t served) {
  const auto wanted_before = wanted_.exchange(wanted);
  const auto served_before = served_.exchange(served);
  // Identity hears it with the next exchange, which may be minutes away.
  if (wanted_before != wanted || served_before != served) credential_.RenewSoon();
}

Result<BundleAnswer> RemoteControlPlane::FetchBundle(const std::string& resource_id,
                                                     const std::string& certificate_id,
                                                     int64_t version) {
  TRY_ASSIGN(const auto endpoints, Endpoints());
  ResourceCredential credential(tokens_, resource_id);
  const wire::CertificatesClient client(ClientFor(endpoints.certificates, credential));
  auto bundle = Judged(client.GetCertificateBundle(
      certificate_id, wire::BundleType::kWithPrivateKey, {.version_number = version}));
  if (!bundle && bundle.error().code == ErrorCode::kUnauthenticated) tokens_.Discard(resource_id);
  if (!bundle) {
    // What the service finds wrong with our question is no judgement of the gate about the bundle.
    const bool is_ours = bundle.error().code == ErrorCode::kInvalidArgument;
    return Fail(is_ours ? ErrorCode::kInternal : bundle.error().code, bundle.error().message);
  }
  if (!bundle->certificate_pem || !bundle->private_key_pem || !bundle->wanted_version_number ||
      bundle->certificate_id != certificate_id) {
    return Fail(ErrorCode::kUnavailable, "the answer is not the bundle that was asked for");
  }
  return BundleAnswer{
      .bundle = {.version = bundle->version_number,
                 .certificate_pem = *std::move(bundle->certificate_pem),
                 .chain_pem = std::move(bundle->cert_chain_pem).value_or(""),
                 .private_key_pem = SecretBytes::FromText(*std::move(bundle->private_key_pem))},
      .wanted_version = *bundle->wanted_version_number};
}

Result<void> RemoteControlPlane::SendReports(const std::vector<Report>& reports) {
  TRY_ASSIGN(const auto endpoints, Endpoints());
  const wire::CertificatesClient client(ClientFor(endpoints.certificates, credential_));
  for (size_t at = 0; at < reports.size(); at += kReportsMax) {
    wire::CreateObservationsDetails details;
    for (size_t i = at; i < std::min(reports.size(), at + kReportsMax); ++i) {
      details.items.push_back(ToWire(reports[i]));
    }
    const auto answer = Judged(client.CreateObservations(details));
    if (!answer && !IsFinal(answer.error().code)) return std::unexpected(answer.error());
    if (!answer) {
      Log(LogLevel::kError, "agent", "reports were refused and are dropped",
          {{"reason", answer.error().message}});
      continue;
    }
    for (const auto& rejected : answer->rejected) {
      const auto index = static_cast<size_t>(rejected.index);
      Log(LogLevel::kWarn, "agent", "a report was not taken",
          {{"code", rejected.code},
           {"association",
            index < details.items.size() ? details.items[index].association_id : ""}});
    }
  }
  return {};
}

Result<void> RemoteControlPlane::SendListeners(const ListenerReport& report) {
  TRY_ASSIGN(const auto endpoints, Endpoints());
  const api::load_balancer::LoadBalancerClient client(
      ClientFor(endpoints.load_balancer, credential_));
  api::load_balancer::ReportListenersDetails details{
      .configuration_version = report.configuration_version,
      .problem = UnlessEmpty(report.problem)};
  for (const auto& closed : report.closed) {
    if (details.closed.size() == kClosedMax) break;
    details.closed.push_back({.load_balancer_id = closed.resource_id,
                              .name = closed.name,
                              .port = closed.port,
                              .waiting = closed.waiting,
                              .reason = closed.reason});
  }
  return Judged(client.ReportListeners(options_.node.principal_id, details));
}

}  // namespace perennial::agent
