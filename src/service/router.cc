// SPDX-License-Identifier: Apache-2.0
#include "service/router.h"

#include <fmt/format.h>

#include "base/check.h"
#include "service/request_id.h"
#include "service/wire_error.h"

namespace perennial::service {
namespace {

std::vector<std::string> Segments(std::string_view path) {
  std::vector<std::string> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return segments;
}

bool IsPlaceholder(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

}  // namespace

Router::Router(Executor& fallback, Random& random) : fallback_(fallback), random_(random) {}

void Router::Add(Service& service, Operation operation) {
  auto segments = Segments(operation.path);
  for (const auto& entry : entries_) {
    CHECK(entry->operation.method != operation.method || entry->segments != segments);
  }
  entries_.push_back(std::make_unique<Entry>(&service, std::move(operation), std::move(segments)));
}

void Router::AddReadiness(std::function<std::string()> ready) {
  readiness_.push_back(std::move(ready));
}

// A literal segment beats a placeholder, so /nodes/actions/enrol is never read as the node
// "actions".
Router::Match Router::Find(const HttpRequest& request) const {
  const auto wanted = Segments(request.path());
  Match best;
  size_t best_literals = 0;
  for (const auto& entry : entries_) {
    if (entry->operation.method != request.method || entry->segments.size() != wanted.size())
      continue;
    std::map<std::string, std::string> values;
    size_t literals = 0;
    bool fits = true;
    for (size_t i = 0; i < wanted.size() && fits; ++i) {
      const std::string& segment = entry->segments[i];
      if (!IsPlaceholder(segment)) {
        fits = segment == wanted[i];
        ++literals;
        continue;
      }
      auto value = PercentDecode(wanted[i], false);
      fits = value && !value->empty() && value->find('\0') == std::string::npos;
      if (fits) values.emplace(segment.substr(1, segment.size() - 2), std::move(*value));
    }
    if (fits && (best.entry == nullptr || literals > best_literals)) {
      best = {entry.get(), std::move(values)};
      best_literals = literals;
    }
  }
  return best;
}

Executor& Router::ExecutorFor(const HttpRequest& head) {
  const auto match = Find(head);
  return match.entry != nullptr ? match.entry->service->executor() : fallback_;
}

size_t Router::BodyLimit(const HttpRequest& head) {
  const auto match = Find(head);
  return match.entry != nullptr ? match.entry->operation.body_limit : 64 * 1024;
}

net::Answer Router::Handle(const HttpRequest& request) {
  if (request.method == "GET" && (request.target == "/healthz" || request.target == "/readyz")) {
    return Health(request.target);
  }
  auto match = Find(request);
  if (match.entry == nullptr) {
    auto response = ErrorResponse(Error{ErrorCode::kNoSuchOperation, ""});
    response.headers.emplace_back("opc-request-id", RequestIdOf(request, random_));
    return response;
  }
  return match.entry->service->Handle(match.entry->operation, std::move(match.values), request);
}

HttpResponse Router::Health(std::string_view path) const {
  HttpResponse response;
  response.headers = {{"content-type", "text/plain; charset=utf-8"},
                      {"cache-control", "no-store"},
                      {"x-content-type-options", "nosniff"}};
  if (path == "/readyz") {
    for (const auto& ready : readiness_) {
      if (const auto missing = ready(); !missing.empty()) response.body += missing + "\n";
    }
  }
  response.status = response.body.empty() ? 200 : 503;
  if (response.body.empty()) response.body = "ok\n";
  return response;
}

}  // namespace perennial::service
