// SPDX-License-Identifier: Apache-2.0
#include "sim/faulty_database.h"

#include <optional>

#include "storage/faulty_disk/faulty_disk.h"

namespace perennial::sim {
namespace {

using storage::Database;
using storage::DiskAnswer;
using storage::DiskOperation;
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

// The disk of one process' database. SQLite writes to it only within a commit, so each trouble is
// for one transaction.
class TroubledDisk {
 public:
  enum class Trouble { kNone, kFull, kOutcomeUnknown, kTorn };

  explicit TroubledDisk(Part& owner) : owner_(owner) {}

  // Expect has the trouble come after `passes` operations of its kind.
  void Expect(Trouble trouble, int passes) {
    trouble_ = trouble;
    passes_ = passes;
  }
  void Recover() { trouble_ = Trouble::kNone; }
  storage::FaultyDisk& disk() { return disk_; }

 private:
  DiskAnswer Judge(const DiskOperation& operation) {
    // Who is dead writes nothing, not even when its connections are closed.
    if (torn_ || !owner_.alive()) return DiskAnswer::Failed(DiskAnswer::Share::kNone);
    const bool syncs = operation.kind == DiskOperation::Kind::kSync;
    switch (trouble_) {
      case Trouble::kNone:
        return DiskAnswer::Done();
      case Trouble::kFull:
        if (syncs || !Comes("log-full")) return DiskAnswer::Done();
        return DiskAnswer::Full();
      case Trouble::kOutcomeUnknown:
        if (!syncs || !Comes("log-of-unknown-outcome")) return DiskAnswer::Done();
        Recover();
        return DiskAnswer::Failed(DiskAnswer::Share::kAll);
      case Trouble::kTorn:
        torn_ = Comes("log-torn");
        return torn_ ? DiskAnswer::Failed(DiskAnswer::Share::kHalf) : DiskAnswer::Done();
    }
    return DiskAnswer::Done();
  }
  bool Comes(std::string_view name) {
    if (passes_-- > 0) return false;
    owner_.faults.Reached(name);
    return true;
  }

  Part& owner_;
  Trouble trouble_ = Trouble::kNone;
  int passes_ = 0;
  bool torn_ = false;
  storage::FaultyDisk disk_{[this](const DiskOperation& operation) { return Judge(operation); }};
};

class Faulty final : public Database {
 public:
  explicit Faulty(Part& owner) : owner_(owner), disk_(owner) {}

  Result<void> Open(const std::function<Result<std::unique_ptr<Database>>()>& open) {
    const storage::FaultyDisk::Here here(disk_.disk());
    TRY_ASSIGN(inner_, open());
    return {};
  }

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
      TRY(RunUnheard(work));
      return Fail(ErrorCode::kUnknownOutcome, "disk I/O error in: COMMIT");
    }
    if (faults.Strikes(Fault::kCommitUnknownLost)) {
      return RunTroubled(TroubledDisk::Trouble::kOutcomeUnknown, 0, work);
    }
    if (faults.Strikes(Fault::kCrashInCommit)) {
      (void)RunTroubled(TroubledDisk::Trouble::kTorn, Place(11), work);
      owner_.Die();
    }
    if (faults.Strikes(Fault::kCrashAfterCommit)) {
      TRY(RunUnheard(work));
      owner_.Die();
    }
    return inner_->Write(work);
  }

 private:
  // What is struck changes from one time to the next.
  int Place(int count) const { return static_cast<int>(owner_.writes % count); }

  // A statement finds the disk full, or a write of the commit does.
  Result<void> RunFull(const Work& work) {
    const int at = Place(14);
    if (at % 2 == 0) return RunTroubled(TroubledDisk::Trouble::kFull, at / 2, work);
    return inner_->Write([&](Session& session) -> Result<void> {
      DoomedSession doomed(session, at / 2);
      TRY(work(doomed));
      if (doomed.failure) return std::unexpected(*doomed.failure);
      return Fail(ErrorCode::kUnavailable, "database or disk is full (SQLite 13) in: COMMIT");
    });
  }

  Result<void> RunTroubled(TroubledDisk::Trouble trouble, int passes, const Work& work) {
    disk_.Expect(trouble, passes);
    auto outcome = inner_->Write(work);
    disk_.Recover();
    return outcome;
  }

  // The commit is there, and nobody hears of it.
  Result<void> RunUnheard(const Work& work) {
    return inner_->Write([&](Session& session) -> Result<void> {
      DoomedSession doomed(session, std::nullopt);
      return work(doomed);
    });
  }

  Part& owner_;
  TroubledDisk disk_;
  std::unique_ptr<Database> inner_;  // Ends before the disk that it lies on.
};

}  // namespace

Result<std::unique_ptr<Database>> OpenFaultyDatabase(
    Part& owner, const std::function<Result<std::unique_ptr<Database>>()>& open) {
  auto database = std::make_unique<Faulty>(owner);
  TRY(database->Open(open));
  return database;
}

}  // namespace perennial::sim
