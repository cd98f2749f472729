// SPDX-License-Identifier: Apache-2.0
#include "sim/faulty_database.h"

#include <optional>

namespace perennial::sim {
namespace {

using storage::Database;
using storage::Session;
using Work = std::function<Result<void>(Session&)>;

// A session whose news of the commit never come, and whose disk may run full.
class DoomedSession final : public Session {
 public:
  DoomedSession(Session& inner, std::optional<int> statements)
      : inner_(inner), statements_(statements) {}

  Result<std::vector<storage::Row>> Query(std::string_view sql,
                                          std::vector<storage::Value> parameters) override {
    if (Full()) return std::unexpected(*failure);
    return inner_.Query(sql, std::move(parameters));
  }
  Result<int64_t> Execute(std::string_view sql, std::vector<storage::Value> parameters) override {
    if (Full()) return std::unexpected(*failure);
    return inner_.Execute(sql, std::move(parameters));
  }
  Result<void> Apply(const storage::Migration& migration) override {
    return inner_.Apply(migration);
  }
  void AfterCommit(std::function<void()>) override {}

  std::optional<Error> failure;

 private:
  bool Full() {
    if (statements_ && (*statements_)-- <= 0 && !failure) {
      failure = Error{ErrorCode::kUnavailable, "database or disk is full (SQLite 13)"};
    }
    return failure.has_value();
  }

  Session& inner_;
  std::optional<int> statements_;
};

class Faulty final : public Database {
 public:
  Faulty(Part& owner, std::unique_ptr<Database> inner) : owner_(owner), inner_(std::move(inner)) {}

  Result<void> Read(const Work& work) override {
    owner_.Pass();
    return inner_->Read(work);
  }

  Result<bool> Lead() override {
    owner_.Pass();
    return inner_->Lead();
  }

  Result<void> Write(const Work& work) override {
    owner_.Pass();
    ++owner_.writes;
    auto& faults = owner_.faults;
    if (owner_.meanwhile && faults.Strikes(Fault::kMeanwhile)) {
      owner_.meanwhile();
      owner_.Pass();
    }
    if (faults.Strikes(Fault::kDatabaseAway)) {
      return Fail(ErrorCode::kUnavailable, "unable to open database file (SQLite 14)");
    }
    if (faults.Strikes(Fault::kDatabaseFull)) return RunFull(work);
    if (faults.Strikes(Fault::kCommitUnknownKept)) {
      TRY(RunQuiet(work, true));
      return Fail(ErrorCode::kUnknownOutcome, "disk I/O error in: COMMIT");
    }
    if (faults.Strikes(Fault::kCommitUnknownLost)) {
      TRY(RunQuiet(work, false));
      return Fail(ErrorCode::kUnknownOutcome, "disk I/O error in: COMMIT");
    }
    if (faults.Strikes(Fault::kCrashBeforeCommit)) {
      TRY(RunQuiet(work, false));
      owner_.Die();
    }
    if (faults.Strikes(Fault::kCrashAfterCommit)) {
      TRY(RunQuiet(work, true));
      owner_.Die();
    }
    return inner_->Write(work);
  }

 private:
  // The statement that finds the disk full changes from one time to the next.
  Result<void> RunFull(const Work& work) {
    const int statements = next_full_;
    next_full_ = (next_full_ + 1) % 7;
    return inner_->Write([&](Session& session) -> Result<void> {
      DoomedSession doomed(session, statements);
      TRY(work(doomed));
      if (doomed.failure) return std::unexpected(*doomed.failure);
      // The log's frames did not fit either.
      return Fail(ErrorCode::kUnavailable, "database or disk is full (SQLite 13) in: COMMIT");
    });
  }

  Result<void> RunQuiet(const Work& work, bool keep) {
    bool done = false;
    auto outcome = inner_->Write([&](Session& session) -> Result<void> {
      DoomedSession doomed(session, std::nullopt);
      TRY(work(doomed));
      done = true;
      if (!keep) return Fail(ErrorCode::kUnavailable, "rolled back");
      return {};
    });
    if (done && !keep) return {};
    return outcome;
  }

  Part& owner_;
  const std::unique_ptr<Database> inner_;
  int next_full_ = 0;
};

}  // namespace

std::unique_ptr<Database> FaultyDatabase(Part& owner, std::unique_ptr<Database> inner) {
  return std::make_unique<Faulty>(owner, std::move(inner));
}

}  // namespace perennial::sim
