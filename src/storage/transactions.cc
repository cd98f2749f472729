// SPDX-License-Identifier: Apache-2.0
// Connections behind Database: one that writes, whose users queue on our Mutex, and a pool of
// readers. The same for every engine.
#include <fmt/format.h>

#include <deque>
#include <exception>

#include "base/check.h"
#include "base/mutex.h"
#include "base/proof.h"
#include "storage/connection.h"
#include "storage/storage.h"

namespace perennial::storage {
namespace {

// So many writers share one commit at most: it bounds how long the first waits for the last.
constexpr int kBatchMembersMax = 64;

class ConnectionSession final : public Session {
 public:
  explicit ConnectionSession(Connection& connection) : connection_(connection) {}

  Result<std::vector<Row>> Query(std::string_view sql, std::vector<Value> parameters) override {
    PERENNIAL_FAULT_POINT("storage.step");
    TRY_ASSIGN(auto answer, Remember(Ready() ? connection_.Run(sql, parameters) : Refuse()));
    return std::move(answer.rows);
  }
  Result<int64_t> Execute(std::string_view sql, std::vector<Value> parameters) override {
    PERENNIAL_FAULT_POINT("storage.step");
    TRY_ASSIGN(const auto answer, Remember(Ready() ? connection_.Run(sql, parameters) : Refuse()));
    return answer.changed;
  }
  Result<void> Apply(const Migration& migration) override {
    return Remember(Ready() ? connection_.Apply(migration) : Result<void>(Refuse()));
  }
  void AfterCommit(std::function<void()> action) override { actions_.push_back(std::move(action)); }

  // Finish runs the work and adds what it may have overlooked: the failure of a statement.
  Result<void> Finish(const std::function<Result<void>(Session&)>& work) {
    auto outcome = [&]() -> Result<void> {
      try {
        return work(*this);
      } catch (const std::exception& exception) {
        return Fail(ErrorCode::kInternal,
                    fmt::format("exception in a transaction: {}", exception.what()));
      }
    }();
    if (outcome && failure_) return std::unexpected(*failure_);
    return outcome;
  }

  void RunActions() {
    for (const auto& action : actions_) action();
  }

 private:
  bool Ready() const { return !failure_; }
  std::unexpected<Error> Refuse() const {
    return Fail(
        ErrorCode::kInternal,
        fmt::format("an earlier statement of this transaction failed: {}", failure_->message));
  }
  template <class T>
  Result<T> Remember(Result<T> result) {
    if (!result && !failure_) failure_ = result.error();
    return result;
  }

  Connection& connection_;
  std::optional<Error> failure_;
  std::vector<std::function<void()>> actions_;
};

// What the present thread is doing with which database, innermost first.
struct Activity {
  const Database* const database;
  ConnectionSession* const read_session;  // Null for a Write.
  Activity* const outer;
};
thread_local Activity* innermost = nullptr;

const Activity* FindActivity(const Database* database) {
  for (const auto* activity = innermost; activity != nullptr; activity = activity->outer) {
    if (activity->database == database) return activity;
  }
  return nullptr;
}

class ActivityScope {
 public:
  ActivityScope(const Database* database, ConnectionSession* read_session)
      : activity_{database, read_session, innermost} {
    innermost = &activity_;
  }
  ~ActivityScope() { innermost = activity_.outer; }
  ActivityScope(const ActivityScope&) = delete;

 private:
  Activity activity_;
};

class ConnectionDatabase final : public Database {
 public:
  ConnectionDatabase(std::unique_ptr<Connection> writer,
                     std::vector<std::unique_ptr<Connection>> readers)
      : writer_(std::move(writer)), idle_readers_(std::move(readers)) {}

  Result<void> Read(const std::function<Result<void>(Session&)>& work) override;
  Result<void> Write(const std::function<Result<void>(Session&)>& work) override;
  Result<bool> Lead() override;

 private:
  // Writers that follow each other without a pause share one transaction and one sync: each runs in
  // a savepoint of its own, and nobody is answered before the commit. A batch ends when no one
  // waits any more.
  struct Batch {
    int members = 0;
    int successes = 0;
    bool settled = false;          // Guarded by turns_mutex_, as is `failure` once settled.
    std::optional<Error> failure;  // Everybody's, when the transaction as a whole was lost.
    Condition changed;
  };
  struct Waiter {
    bool has_turn = false;
    Condition changed;
  };

  void TakeTurn();
  void PassTurn() REQUIRES(turns_mutex_);
  Result<void> RunMember(Batch& batch, ConnectionSession& session,
                         const std::function<Result<void>(Session&)>& work);
  void EndBatch(Batch& batch);

  Mutex turns_mutex_;
  bool turn_taken_ GUARDED_BY(turns_mutex_) = false;
  std::deque<Waiter*> queue_ GUARDED_BY(turns_mutex_);
  // Both belong to the thread that has the turn.
  std::unique_ptr<Connection> writer_;
  std::shared_ptr<Batch> batch_;

  Mutex readers_mutex_;
  Condition readers_changed_;
  std::vector<std::unique_ptr<Connection>> idle_readers_ GUARDED_BY(readers_mutex_);
};

Result<void> ConnectionDatabase::Read(const std::function<Result<void>(Session&)>& work) {
  // A second reader for the same thread could wait for the first for ever, and would see another
  // snapshot.
  if (const auto* activity = FindActivity(this);
      activity != nullptr && activity->read_session != nullptr) {
    return work(*activity->read_session);
  }
  std::unique_ptr<Connection> reader;
  {
    MutexLock lock(readers_mutex_);
    while (idle_readers_.empty()) readers_changed_.Wait(readers_mutex_);
    reader = std::move(idle_readers_.back());
    idle_readers_.pop_back();
  }
  ConnectionSession session(*reader);
  auto outcome = [&]() -> Result<void> {
    TRY(reader->BeginRead());
    const ActivityScope scope(this, &session);
    return session.Finish(work);
  }();
  if (reader->InTransaction()) reader->Rollback();
  CHECK(!reader->InTransaction());
  {
    MutexLock lock(readers_mutex_);
    idle_readers_.push_back(std::move(reader));
    readers_changed_.NotifyAll();
  }
  if (outcome) session.RunActions();
  return outcome;
}

Result<void> ConnectionDatabase::Write(const std::function<Result<void>(Session&)>& work) {
  const bool write_is_not_nested = FindActivity(this) == nullptr;
  CHECK(write_is_not_nested);
  ConnectionSession session(*writer_);
  TakeTurn();
  if (!batch_) batch_ = std::make_shared<Batch>();
  const auto batch = batch_;
  Result<void> outcome = RunMember(*batch, session, work);
  const bool lost_by_me = batch->failure.has_value();

  bool ends = false;
  {
    MutexLock lock(turns_mutex_);
    ends = batch->failure || queue_.empty() || batch->members >= kBatchMembersMax;
    if (!ends) {
      PassTurn();
      while (!batch->settled) batch->changed.Wait(turns_mutex_);
    }
  }
  if (ends) EndBatch(*batch);
  // A refusal may rest on what an earlier member did: when that is lost, the refusal is void too.
  if (batch->failure && !lost_by_me) return std::unexpected(*batch->failure);
  if (outcome) session.RunActions();
  return outcome;
}

// The turn is what makes the writer's connection ours to ask, and BeginWrite what made it anew if it
// was cut.
Result<bool> ConnectionDatabase::Lead() {
  bool leads = false;
  TRY(Write([&](Session&) -> Result<void> {
    TRY_ASSIGN(leads, writer_->Lead());
    return {};
  }));
  return leads;
}

void ConnectionDatabase::TakeTurn() {
  MutexLock lock(turns_mutex_);
  if (!turn_taken_) {
    turn_taken_ = true;
    return;
  }
  Waiter waiter;
  queue_.push_back(&waiter);
  while (!waiter.has_turn) waiter.changed.Wait(turns_mutex_);
}

void ConnectionDatabase::PassTurn() {
  if (queue_.empty()) {
    turn_taken_ = false;
    return;
  }
  Waiter* const next = queue_.front();
  queue_.pop_front();
  next->has_turn = true;
  next->changed.NotifyAll();
}

// Runs with the turn. It sets batch.failure when what earlier members did is lost as well.
Result<void> ConnectionDatabase::RunMember(Batch& batch, ConnectionSession& session,
                                           const std::function<Result<void>(Session&)>& work) {
  ++batch.members;
  if (!writer_->InTransaction()) {
    if (auto begun = writer_->BeginWrite(); !begun) {
      batch.failure = begun.error();
      return std::unexpected(std::move(begun).error());
    }
  }
  const ActivityScope scope(this, nullptr);
  auto outcome = [&]() -> Result<void> {
    TRY(writer_->BeginMember());
    TRY(session.Finish(work));
    return writer_->EndMember();
  }();
  if (outcome) {
    ++batch.successes;
    return outcome;
  }
  // After a full disk, for example, the engine has rolled back everything by itself.
  const bool undone = writer_->InTransaction() && writer_->UndoMember();
  if (!undone) {
    if (writer_->InTransaction()) writer_->Rollback();
    batch.failure = Error{ErrorCode::kUnavailable,
                          fmt::format("another writer's failure: {}", outcome.error().message)};
  }
  return outcome;
}

// Runs with the turn, and gives it up.
void ConnectionDatabase::EndBatch(Batch& batch) {
  if (!batch.failure && batch.successes > 0) {
    PERENNIAL_FAULT_POINT("storage.step");
    PERENNIAL_FAULT_POINT("storage.before_commit");
    auto done = writer_->Commit();
    if (!done && !PERENNIAL_MUTANT("storage.failed_commit_acknowledged"))
      batch.failure = std::move(done).error();
    PERENNIAL_FAULT_POINT("storage.after_commit");
    PERENNIAL_FAULT_POINT("storage.step");
  }
  if (writer_->InTransaction()) writer_->Rollback();
  CHECK(!writer_->InTransaction());
  batch_.reset();
  MutexLock lock(turns_mutex_);
  batch.settled = true;
  batch.changed.NotifyAll();
  PassTurn();
}

}  // namespace

std::unique_ptr<Database> MakeDatabase(std::unique_ptr<Connection> writer,
                                       std::vector<std::unique_ptr<Connection>> readers) {
  return std::make_unique<ConnectionDatabase>(std::move(writer), std::move(readers));
}

}  // namespace perennial::storage
