// SPDX-License-Identifier: Apache-2.0
// The engines that storage_conformance_test.cc runs over, and the tools that its tests share. A new
// engine is one more TestStore in Engines().
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/executor.h"
#include "storage/storage.h"
#include "storage/testing.h"

namespace perennial::storage {

// An empty store of its own for one test. Open may be called again, as after a restart.
class TestStore {
 public:
  virtual ~TestStore() = default;
  virtual std::unique_ptr<Database> Open() = 0;
};

class SqliteTestStore final : public TestStore {
 public:
  SqliteTestStore() {
    directory_ = ::testing::TempDir() + "perennial-storage-XXXXXX";
    CHECK(mkdtemp(directory_.data()) != nullptr);
  }
  ~SqliteTestStore() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return directory_ + "/test.db"; }
  std::unique_ptr<Database> Open() override {
    auto database = OpenSqlite(path());
    CHECK(database.has_value());
    return std::move(*database);
  }

 private:
  std::string directory_;
};

class PostgresTestStore final : public TestStore {
 public:
  std::unique_ptr<Database> Open() override {
    auto database = OpenPostgres(address());
    CHECK(database.has_value());
    return std::move(*database);
  }
  PostgresAddress address() const { return PostgresAddressFor(name_); }

 private:
  static inline int count_ = 0;
  const std::string name_ = std::to_string(getpid()) + "-" + std::to_string(count_++);
};

struct Engine {
  std::string name;
  std::function<std::unique_ptr<TestStore>()> make;
  friend void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }
};

inline std::vector<Engine> Engines() {
  std::vector<Engine> engines = {{"Sqlite", [] { return std::make_unique<SqliteTestStore>(); }}};
  if (TestPostgres() != nullptr) {
    engines.push_back({"Postgres", [] { return std::make_unique<PostgresTestStore>(); }});
  }
  return engines;
}

// RunSql executes one statement in a transaction of its own and returns its rows.
inline Result<std::vector<Row>> RunSql(Database& database, std::string_view sql,
                                       std::vector<Value> parameters = {}) {
  return database.WriteValue([&](Session& session) { return session.Query(sql, parameters); });
}

// OnAnotherThread runs `work` there and waits for its end.
template <class F>
auto OnAnotherThread(F work) {
  std::promise<decltype(work())> promise;
  auto answer = promise.get_future();
  ThreadPool pool({.name = "other", .threads = 1});
  CHECK(pool.Post([&] { promise.set_value(work()); }));
  return answer.get();
}

// InParallel runs `work(thread)` on each of so many threads and waits for all.
inline void InParallel(int threads, const std::function<void(int)>& work) {
  ThreadPool pool({.name = "parallel", .threads = threads});
  for (int i = 0; i < threads; ++i) CHECK(pool.Post([&work, i] { work(i); }));
  pool.Stop();
}

}  // namespace perennial::storage
