// SPDX-License-Identifier: Apache-2.0
// For tests of products: fakes of the two gateways, and a service on a database of its own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ocid.h"
#include "products/common/gateways.h"
#include "service/identity_view.h"
#include "service/service.h"
#include "storage/storage.h"
#include "storage/testing.h"

namespace perennial::products::testing {

// Certificates, as far as a product sees it. Associations stay until they are detached.
class FakeCertificates final : public CertificatesGateway {
 public:
  Result<std::vector<Attached>> Attach(const http_signature::Evidence& evidence,
                                       const std::vector<Pair>& pairs) override {
    last_evidence = evidence;
    ++attach_calls;
    if (before_attach) std::exchange(before_attach, nullptr)();
    if (refuse) return std::unexpected(*refuse);
    std::vector<Attached> items;
    for (const auto& pair : pairs) {
      auto& id = associations[pair];
      if (id.empty()) id = "ocid1.association.perennial.home-1.a" + std::to_string(++made);
      items.push_back({answer_with.value_or(pair), id, current_version});
    }
    if (lose_answer) return Fail(ErrorCode::kUnavailable, "the answer was lost");
    return items;
  }
  Result<void> Detach(const Detachment& detachment) override {
    last_signed_up_to = detachment.signed_up_to;
    if (before_detach) std::exchange(before_detach, nullptr)();
    if (away) return Fail(ErrorCode::kUnavailable, "certificates is away");
    ++detach_calls;
    const auto found = associations.find(detachment.pair);
    if (found == associations.end()) return {};
    if (found->second != detachment.association_id.value_or(found->second)) {
      return Fail(ErrorCode::kIncorrectState, "another association of the pair stands");
    }
    associations.erase(found);
    if (after_detach) std::exchange(after_detach, nullptr)();
    return {};
  }

  std::map<Pair, std::string> associations;
  std::optional<Error> refuse;
  std::optional<Pair> answer_with;  // Another pair than it was asked for.
  bool lose_answer = false;
  bool away = false;
  std::function<void()> before_attach;  // Once.
  std::function<void()> before_detach;  // Once.
  std::function<void()> after_detach;   // Once, before the answer is heard.
  int64_t current_version = 1;
  int made = 0, attach_calls = 0, detach_calls = 0;
  http_signature::Evidence last_evidence;
  std::optional<Time> last_signed_up_to;
};

// Identity's registry. What Register answers is set by the test, except for the id.
class FakeResources : public ResourceGateway {
 public:
  Result<RegisteredResource> Register(const http_signature::Evidence&) override {
    if (refuse) return std::unexpected(*refuse);
    registered.insert(next.id);
    return next;
  }
  Result<void> End(const std::string& resource_id) override {
    if (away) return Fail(ErrorCode::kUnavailable, "identity is away");
    registered.erase(resource_id);
    placements.erase(resource_id);
    return {};
  }
  Result<void> Place(const std::string& resource_id, int64_t version,
                     const std::vector<std::string>& node_ids) override {
    if (away) return Fail(ErrorCode::kUnavailable, "identity is away");
    auto& placement = placements[resource_id];
    if (version <= placement.first) return Fail(ErrorCode::kConflict, "the version must grow");
    placement = {version, node_ids};
    return {};
  }

  RegisteredResource next;
  std::optional<Error> refuse;
  bool away = false;
  std::set<std::string> registered;
  std::map<std::string, std::pair<int64_t, std::vector<std::string>>> placements;
};

class SettableView final : public service::IdentityView {
 public:
  Result<std::shared_ptr<const authz::Snapshot>> Current() const override { return snapshot; }
  Duration Age() const override { return age; }
  std::shared_ptr<const authz::Snapshot> snapshot = authz::SnapshotBuilder().Build();
  Duration age{};
};

// Runs posted work at once.
class InlineExecutor final : public Executor {
 public:
  bool Post(std::function<void()> work) override {
    work();
    return true;
  }
};

// A service with an empty database of these migrations, in a file that goes with it.
class ServiceWorld {
 public:
  explicit ServiceWorld(const std::string& name, const std::vector<storage::Migration>& migrations) {
    database = storage::OpenTestDatabase(storage::NewTestPath(name));
    const auto migrated = storage::Migrate(*database, migrations);
    EXPECT_TRUE(migrated.has_value()) << (migrated ? "" : migrated.error().message);
    service = std::make_unique<service::Service>(
        service::Service::Parts{.name = name,
                                .region = "home-1",
                                .identity = &view,
                                .database = database.get(),
                                .executor = &executor,
                                .news = &news,
                                .clock = &clock,
                                .random = &random,
                                .accepted_hosts = {"localhost:8643"}});
  }
  ~ServiceWorld() {
    service.reset();
    database.reset();
  }

  template <class Fact>
  void Know(const Fact& fact) {
    const authz::SnapshotEntry entry = authz::EntryOf(fact);
    EXPECT_TRUE(builder.ApplyAnswer(builder.position() + 1, false, {&entry, 1}).empty());
    view.snapshot = builder.Build();
  }

  int64_t Number(const std::string& sql) {
    return database
        ->ReadValue([&](storage::Session& session) -> Result<int64_t> {
          TRY_ASSIGN(const auto row, session.QueryOne(sql));
          return row->Int(0);
        })
        .value();
  }

  ManualClock clock;
  SeededRandom random{7};
  NewsBoard news;
  InlineExecutor executor;
  SettableView view;
  authz::SnapshotBuilder builder;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<service::Service> service;
};

}  // namespace perennial::products::testing
