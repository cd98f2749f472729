// SPDX-License-Identifier: Apache-2.0
// Which operation a request is for. All services of a process stand in one table on one port.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/server.h"
#include "service/operation.h"
#include "service/service.h"

namespace perennial::service {

// Filled before the server starts, then read by many threads.
class Router final : public net::Handler {
 public:
  // `fallback` answers what no service has: unknown paths and health.
  Router(Executor& fallback, Random& random);

  // Add takes the operation into the table; two of one method and path stop the process.
  void Add(Service& service, Operation operation);

  // AddReadiness names something that /readyz waits for; `ready` returns an empty string when it is
  // there, else what is missing, in words.
  void AddReadiness(std::function<std::string()> ready);

  Executor& ExecutorFor(const HttpRequest& head) override;
  net::Answer Handle(const HttpRequest& request) override;
  size_t BodyLimit(const HttpRequest& head) override;

 private:
  struct Entry {
    Service* service;
    Operation operation;
    std::vector<std::string> segments;
  };
  struct Match {
    const Entry* entry = nullptr;
    std::map<std::string, std::string> values;
  };
  Match Find(const HttpRequest& request) const;
  HttpResponse Health(std::string_view path) const;

  Executor& fallback_;
  Random& random_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::function<std::string()>> readiness_;
};

}  // namespace perennial::service
